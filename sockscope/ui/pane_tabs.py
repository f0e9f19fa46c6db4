"""Which pane is shown, where only one fits."""

from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from sockscope.ui.line import strip
from sockscope.ui.roles import styles

PANES = (("resolve", "Resolve"), ("connect", "Connect"), ("listen", "Listen"))
"""The id and the name of each pane; F2, F3 and F4 in this order."""


class PaneTabs(Widget):
    """One line with the names of the panes and their keys."""

    class Clicked(Message):
        """A name was clicked."""

        def __init__(self, pane: str) -> None:
            super().__init__()
            self.pane = pane

    DEFAULT_CSS = """
    PaneTabs {
        height: 1;
        background: $panel;
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._current = PANES[0][0]

    def show(self, current: str) -> None:
        """Mark another pane as the one that is shown."""
        self._current = current
        self.refresh()

    def _labels(self) -> list[tuple[str, str]]:
        return [(pane, f" F{number} {name} ") for number, (pane, name) in enumerate(PANES, 2)]

    def render_line(self, y: int) -> Strip:
        """Draw the names."""
        parts = [(label, "title focused" if pane == self._current else "head") for pane, label in self._labels()]
        return strip(parts, styles(self.app), self.size.width)

    def on_click(self, event: events.Click) -> None:
        """Say which name was clicked."""
        left = 0
        for pane, label in self._labels():
            if left <= event.x < left + len(label):
                self.post_message(self.Clicked(pane))
            left += len(label)
