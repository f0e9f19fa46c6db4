"""The mouse in the traffic: a drag selects bytes or moves the scroll bar, a click chooses how bytes are shown.

The rule: what a press began is what the drag goes on with, wherever it leads; it is a button's business nowhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events

from sockscope.ui.widgets import scroll_bar
from sockscope.ui.widgets.traffic_words import tab_at

if TYPE_CHECKING:
    from sockscope.ui.widgets.traffic_view import TrafficView

_BAR, _BYTES = "bar", "bytes"


class TrafficMouse:
    """What the mouse does in one view."""

    def __init__(self, view: TrafficView) -> None:
        self._view = view
        self._drags = ""

    def down(self, event: events.MouseDown) -> None:
        """Grab the scroll bar, or begin to select."""
        if event.y == 0 or event.button != 1 or self._view.stand is None:
            return
        self._drags = _BAR if event.x == self._view.size.width - 1 else _BYTES
        self._view.capture_mouse()
        if self._drags == _BAR:
            self.move(event)
        else:
            if place := self._view.stand.at_row(event.y - 1):
                self._view.read(lambda reader: reader.select_at(place, event.x))

    def move(self, event: events.MouseEvent) -> None:
        """Go on with what was begun; beyond an edge the lines follow."""
        view, stand = self._view, self._view.stand
        if not self._drags or stand is None:
            return
        if self._drags == _BAR:
            view.go(scroll_bar.place_at(stand.scroller, event.y - 1, stand.height))
            return
        if not 0 < event.y <= stand.height:
            view.action_scroll(-1 if event.y < 1 else 1)
        if place := stand.at_row(max(0, min(event.y - 1, stand.height - 1))):
            view.read(lambda reader: reader.extend_to(place, event.x))

    def up(self) -> None:
        """Let go."""
        if self._drags:
            self._drags = ""
            self._view.release_mouse()

    def click(self, event: events.Click) -> None:
        """Choose how bytes are shown."""
        if event.y == 0 and (mode := tab_at(self._view.mode, self._view.size.width, event.x)):
            self._view.show_as(mode)
