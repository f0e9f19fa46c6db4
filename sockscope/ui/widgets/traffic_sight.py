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
from sockscope.show.traffic.lines import Line, Look
from sockscope.show.traffic.strand import Shown
from sockscope.ui.theme.roles import Palette
from sockscope.ui.widgets import scroll_bar
from sockscope.ui.widgets.line import strip
from sockscope.ui.widgets.traffic_words import read_of

_FOOT = 6  # lines at the most of what is selected; and half of all


class Sight:
    """The lines below the title, as they were looked at last."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.here: Shown | None = None  # the call that is here, where that is to be seen
        self._foot: list[str] = []
        self._bar: list[Segment] = []
        self._told_of: tuple[Selection, int, int, int] | None = None
        self._told: list[str] = []

    def look(
        self, reader: Reader, note: str, size: Size, look: Look, colours: tuple[Color, Color], *, focused: bool
    ) -> None:
        """See what is there now, in so many cells and lines; a `note` stands in place of what is selected.

        Where it is `focused`, the call that is here is to be seen.
        """
        width, height = size
        most = min(_FOOT, max(1, height // 2))
        self._foot = packed([note], width - 2, most) if note else self._selected(reader, width - 2, most)
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

    def _selected(self, reader: Reader, room: int, lines: int) -> list[str]:
        """Say what is selected; its checksums are made once."""
        chosen = reader.selection
        of = (chosen, chosen.kept_bytes, room, lines) if chosen else None
        if of != self._told_of:
            self._told_of, self._told = of, read_of(chosen, room, lines) if chosen else []
        return self._told

    def draw(self, y: int, palette: Palette, width: int) -> Strip:
        """Draw a line, counted from below the title."""
        if y >= len(self._bar):
            foot = self._foot[y - len(self._bar) :][:1]
            return strip([(f" {text}", "title") for text in foot], palette, width, "title" if foot else "")
        line = self.lines[y] if y < len(self.lines) else []
        return Strip([*strip(line, palette, width - 1), self._bar[y]], width)
