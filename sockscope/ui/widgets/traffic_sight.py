"""What is in sight of the traffic: its lines, the scroll bar, and below them what is selected or could not be done.

The rule: a look makes all of it, and drawing a line makes nothing anew.
"""

from rich.segment import Segment
from textual.color import Color
from textual.geometry import Size
from textual.strip import Strip

from sockscope.show.layout import packed
from sockscope.show.reading.reader import Reader
from sockscope.show.reading.selection import Selection
from sockscope.show.traffic.followed import Followed
from sockscope.show.traffic.followed_words import told_followed
from sockscope.show.traffic.lines import Line, Look
from sockscope.show.traffic.strand import Shown
from sockscope.show.wall_clock import WallClock
from sockscope.ui.theme.roles import Palette
from sockscope.ui.widgets import scroll_bar
from sockscope.ui.widgets.line import strip
from sockscope.ui.widgets.traffic_scope import Scope
from sockscope.ui.widgets.traffic_words import read_of

_FOOT = 6  # lines at the most of what is selected; and half of all


class Sight:
    """The lines below the title, as they were looked at last."""

    def __init__(self, scope: Scope) -> None:
        """`scope` knows the other end, to which a byte is followed."""
        self._scope = scope
        self.lines: list[Line] = []
        self.here: Shown | None = None  # the call that is here, where that is to be seen
        self._foot: list[str] = []
        self._bar: list[Segment] = []
        self._told_of: tuple[Selection, int, int, int] | None = None
        self._told: list[str] = []
        self._followed: Followed | None = None

    def look(
        self, reader: Reader, note: str, size: Size, look: Look, colours: tuple[Color, Color], *, focused: bool
    ) -> None:
        """See what is there now, in so many cells and lines; a `note` stands in place of what is selected.

        Where it is `focused`, the call that is here is to be seen.
        """
        width, height = size
        most, room = min(_FOOT, max(1, height // 2)), width - 2
        self._foot = packed([note], room, most) if note else self._selected(reader, look.wall, room, most)
        stand = reader.stand
        seen = reader.sees_cursor
        stand.height = max(0, height - len(self._foot))
        stand.look_anew(look)
        stand.settle()
        if seen:  # what is said of it takes lines, and never its own
            reader.show_cursor()
        self.here = reader.here() if focused else None
        self.lines = stand.lines()
        self._bar = scroll_bar.cells(stand.scroller, stand.top, stand.height, *colours)

    def _selected(self, reader: Reader, wall: WallClock, room: int, lines: int) -> list[str]:
        """Say what is selected, its checksums made once, and below that on what way its bytes went."""
        chosen = reader.selection
        if chosen is None:
            self._told_of = None
            return []
        if self._told_of is None or self._told_of[0] != chosen:
            self._followed = self._scope.follow(chosen)
        below = packed(self._way(chosen, wall), room, 2)[: lines - 1]
        of = (chosen, chosen.kept_bytes, room, lines - len(below))
        if of != self._told_of:
            self._told_of, self._told = of, read_of(chosen, room, lines - len(below))
        return [*self._told, *below]

    def _way(self, chosen: Selection, wall: WallClock) -> list[str]:
        """Follow what is selected from the send that took it to the receive that brought it, until it was received."""
        if self._followed is None:
            arrival = self._scope.arrival(chosen)
            return [arrival] if arrival else []
        if self._followed.received is None or self._followed.sent is None:
            self._followed = self._scope.follow(chosen) or self._followed
        return list(told_followed(self._followed, wall))

    def draw(self, y: int, palette: Palette, width: int) -> Strip:
        """Draw a line, counted from below the title."""
        if y >= len(self._bar):
            foot = self._foot[y - len(self._bar) :][:1]
            return strip([(f" {text}", "title") for text in foot], palette, width, "title" if foot else "")
        line = self.lines[y] if y < len(self.lines) else []
        return Strip([*strip(line, palette, width - 1), self._bar[y]], width)
