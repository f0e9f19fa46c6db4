"""The least a Textual program can be: one word on the screen, what ours is compared with."""

from textual.app import App, ComposeResult
from textual.widgets import Static

WORD = "minimal"


class Minimal(App[None]):
    """Shows one word."""

    def compose(self) -> ComposeResult:
        """Give the word."""
        yield Static(WORD)


if __name__ == "__main__":
    Minimal().run()
