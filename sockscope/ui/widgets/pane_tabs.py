"""Which pane is shown, where only one fits."""

from collections.abc import Sequence

from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from sockscope.ui.theme.roles import styles
from sockscope.ui.widgets.line import strip

Tab = tuple[str, str, str]
"""The id of a pane, its title, and its key."""


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

    def __init__(self, tabs: Sequence[Tab]) -> None:
        super().__init__()
        self._tabs = tabs
        self._current = tabs[0][0]

    def show(self, current: str) -> None:
        """Mark another pane as the one that is shown."""
        self._current = current
        self.refresh()

    def _labels(self) -> list[tuple[str, str]]:
        return [(pane, f" {key.upper()} {title} ") for pane, title, key in self._tabs]

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
