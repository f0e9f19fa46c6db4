"""The footer, which lets go of the keys that it shows no more.

The rule: whenever the footer is composed anew, the keys before are forgotten. Textual binds each key to the footer's
`compact` and forgets the binding only when that changes; until then a key that was taken away stays in memory.
"""

from textual.widgets import Footer


class KeyFooter(Footer):
    """Shows the keys that work where the focus is."""

    async def recompose(self) -> None:
        """Compose anew, and look through the bindings as if `compact` had changed."""
        await super().recompose()
        self.mutate_reactive(Footer.compact)
