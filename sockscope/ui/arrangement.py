"""Which pane has the room, and how much of the screen.

The rules: the main pane stands first and the others behind it in their order; where each stands is for the style sheet
to say. The pane that was entered is the main one.
"""

from collections.abc import Sequence
from enum import Enum

from textual.screen import Screen
from textual.widget import Widget

from sockscope.ui.panes.pane import Pane
from sockscope.ui.widgets.pane_strips import PaneStrips


class Zoom(Enum):
    """What has the screen."""

    NONE = 0
    PANE = 1
    BYTES = 2  # the traffic or the page of the main pane


class Arrangement:
    """Arranges the panes."""

    def __init__(self, panes: Sequence[Pane], main: Pane) -> None:
        """`main` has the room, and is about to have the focus; the panes are not mounted yet."""
        self._panes = panes
        self.main = main
        self._zoom = Zoom.NONE
        for mark in ("-current", "-focused"):
            main.set_class(True, mark, update=False)
        self._place()

    @property
    def order(self) -> list[Pane]:
        """The main pane and then the others."""
        return [self.main, *(other for other in self._panes if other is not self.main)]

    def enter(self, screen: Screen[object], pane: Pane) -> None:
        """Give the room to a pane, which has the focus or is about to."""
        self.main = pane
        order, room = self.order, screen.query_one("#panes")
        if list(room.children) != order:
            room.sort_children(key=lambda child: order.index(child))  # type: ignore[arg-type]
        self._mark(pane)
        self._place()
        screen.query_one(PaneStrips).show(pane.NAME)

    def follow_focus(self, screen: Screen[object]) -> None:
        """Make the pane with the focus the main one, and mark it."""
        entered = next((pane for pane in self._panes if pane.has_focus_within), None)
        if self._zoom is Zoom.BYTES and screen.focused and _left_out(screen.focused):
            self._zoom = Zoom.PANE  # what is typed into has to be seen
            self._place()
        if entered and entered is not self.main:
            self.enter(screen, entered)
        else:
            self._mark(entered)

    def _mark(self, focused: Pane | None) -> None:
        """Mark the main pane, and the one with the focus.

        Only the panes themselves are styled anew for the focus: a pseudo-class such as :focus-within would have
        everything in them styled with every step of it.
        """
        moved = [pane for pane in self._panes if pane.has_class("-focused") is not (pane is focused)]
        for pane in moved:
            pane.set_class(pane is focused, "-focused", update=False)
        if moved:
            moved[0].app.stylesheet.update_nodes(moved)
        for pane in self._panes:
            pane.set_class(pane is self.main, "-current")

    def zoom(self, screen: Screen[object]) -> None:
        """Give the screen to the main pane, then to its traffic or page alone, then to all again."""
        self._zoom = Zoom((self._zoom.value + 1) % len(Zoom))
        screen.set_class(self._zoom is not Zoom.NONE, "-zoomed")
        self._place()
        if self._zoom is Zoom.BYTES:
            self.main.focus_bytes()

    def unzoom(self, screen: Screen[object]) -> bool:
        """Show all again; False where all is shown."""
        if self._zoom is Zoom.NONE:
            return False
        self._zoom = Zoom.BYTES
        self.zoom(screen)
        return True

    @property
    def next_zoom(self) -> str:
        """What to call the next step of zooming, where that is not its usual name."""
        return {Zoom.NONE: "", Zoom.PANE: self.main.BYTES, Zoom.BYTES: "Back"}[self._zoom]

    def _place(self) -> None:
        for pane in self._panes:
            pane.place(main=pane is self.main, bare=self._zoom is Zoom.BYTES)


def _left_out(widget: Widget) -> bool:
    return any(part.has_class("-away") for part in widget.ancestors_with_self)
