"""The panes that have no room beside the main one: a line for each, with its key and the latest of what lives there."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from sockscope.show.layout import fit
from sockscope.ui.theme.roles import styles
from sockscope.ui.widgets.line import strip


class Outline(NamedTuple):
    """What a line says of a pane; `latest` is asked at each tick, and what it gives is harmless."""

    name: str
    title: str
    key: str
    latest: Callable[[], str]

    @property
    def label(self) -> str:
        """The key and the title."""
        return f" {self.key.upper()} {self.title} "


class PaneStrips(Widget):
    """A line for each pane but the main one; where there is a line only, the names of all."""

    class Clicked(Message):
        """A name, or a line, was clicked."""

        def __init__(self, pane: str) -> None:
            super().__init__()
            self.pane = pane

    DEFAULT_CSS = """
    PaneStrips {
        height: 2;
        background: $panel;
    }
    """

    def __init__(self, outlines: Sequence[Outline], current: str) -> None:
        """`current` is the name of the main pane."""
        super().__init__()
        self._outlines = outlines
        self._current = current
        self._drawn: list[tuple[Outline, str]] = []

    def show(self, current: str) -> None:
        """Another pane is the main one."""
        if current != self._current:
            self._current = current
            self.tick()
            self.refresh()

    def tick(self) -> None:
        """Draw what is new."""
        others = [(one, one.latest()) for one in self._outlines if one.name != self._current]
        if others != self._drawn:
            self._drawn = others
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw the names, or what is to be said of one pane."""
        width = self.size.width
        if self.size.height == 1:
            return strip([(one.label, self._role(one)) for one in self._outlines], styles(self.app), width)
        if y >= len(self._drawn):
            return strip([], styles(self.app), width)
        pane, latest = self._drawn[y]
        return strip(
            [(pane.label, "title"), (fit(f" {latest}", max(0, width - len(pane.label))), "status")],
            styles(self.app),
            width,
        )

    def _role(self, one: Outline) -> str:
        return "title focused" if one.name == self._current else "head"

    def on_click(self, event: events.Click) -> None:
        """Say which one was clicked."""
        if self.size.height > 1:
            if event.y < len(self._drawn):
                self.post_message(self.Clicked(self._drawn[event.y][0].name))
            return
        left = 0
        for one in self._outlines:
            if left <= event.x < left + len(one.label):
                self.post_message(self.Clicked(one.name))
            left += len(one.label)
