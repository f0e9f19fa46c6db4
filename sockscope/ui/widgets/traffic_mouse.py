"""The mouse in the traffic: a drag selects bytes or moves the scroll bar.

The rules: what a press began is what the drag goes on with, wherever it leads; it is a button's business nowhere. A
click alone selects nothing and leaves the newest followed: it brings the focus, no more.
"""

from textual import events
from textual.widget import Widget

from sockscope.show.traffic.scroller import Position
from sockscope.ui.widgets import scroll_bar
from sockscope.ui.widgets.traffic_reading import TrafficReading


class TrafficMouse:
    """What the mouse does below the first line of one view."""

    def __init__(self, view: Widget, reading: TrafficReading) -> None:
        self._view = view
        self._reading = reading
        self._pressed: tuple[Position, int] | None = None  # the line, and the cell of it, where nothing was moved yet
        self._bar = self._bytes = False  # what is dragged over

    def down(self, event: events.MouseDown) -> None:
        """Grab the scroll bar, or what may become a selection once the mouse moves."""
        stand = self._reading.stand
        if event.y == 0 or event.button != 1 or stand is None:
            return
        if event.y > stand.height:  # what is selected stands there, and stays so
            return
        self._bar = event.x == self._view.size.width - 1
        place = None if self._bar else self._line_at(event.y)
        self._pressed = (place, event.x) if place else None
        self._view.capture_mouse()
        if self._bar:
            self.move(event)

    def move(self, event: events.MouseEvent) -> None:
        """Go on with what was begun; beyond an edge the lines follow."""
        reading, stand = self._reading, self._reading.stand
        if stand is None or not (self._bar or self._bytes or self._pressed):
            return
        if self._bar:
            at = scroll_bar.place_at(stand.scroller, event.y - 1, stand.height)
            reading.move(lambda stand: stand.go(at, follow=True))
            return
        if self._pressed:
            place, cell = self._pressed
            if (stand.at_row(event.y - 1), event.x) == self._pressed:
                return
            self._pressed, self._bytes = None, True
            reading.read(lambda reader: reader.drag_from(place, cell))
        if not 0 < event.y <= stand.height:
            reading.move(lambda stand: stand.move(-1 if event.y < 1 else 1))
        if here := stand.at_row(max(int(stand.covered), min(event.y - 1, stand.height - 1))):
            reading.read(lambda reader: reader.extend_to(here, event.x))

    def up(self) -> None:
        """Let go."""
        if self._bar or self._bytes or self._pressed:
            self._bar, self._bytes, self._pressed = False, False, None
            self._view.release_mouse()

    def click(self, event: events.Click) -> None:
        """Twice on a line selects what its call moved."""
        if event.chain == 2 and (place := self._line_at(event.y)):
            self._reading.read(lambda reader: reader.select_call(place, event.x))

    def _line_at(self, y: int) -> Position | None:
        stand = self._reading.stand
        return stand.at_row(y - 1) if stand and 0 < y <= stand.height else None
