"""A field of a few lines: Enter is still what the field is for, ctrl+j puts a line break, and pasted ones stay.

The rules: what stands in it is one text, in which a line break is LF. It takes a line until there is a break, then as
many as it has, up to LINES and a quarter of the screen. ↑ and ↓ move between lines, and at the edges go through what
was entered before. What is drawn of several lines goes through the sanitizer, for it may have been pasted.
"""

from bisect import bisect_right
from itertools import accumulate
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Offset, Size
from textual.strip import Strip
from textual.widgets.input import Selection

from sockscope.show.sanitizer import cells, safe
from sockscope.ui.widgets.saved_field import SavedField

LINES = 5
"""The most that it takes on the screen."""

MOST_BREAKS = 10_000
"""Of lines, in all: they are counted at each key."""

_BREAKS = ("ctrl+j", "alt+enter", "shift+enter")


class _Text:
    """A text and where its lines begin."""

    def __init__(self, value: str) -> None:
        self.value = value
        self.lines = value.split("\n")
        self.starts = list(accumulate((len(line) + 1 for line in self.lines[:-1]), initial=0))

    def place(self, at: int) -> tuple[int, int]:
        """Return in which line a character is, and which one of it."""
        row = bisect_right(self.starts, at) - 1
        return row, at - self.starts[row]

    def at(self, row: int, column: int) -> int:
        """Return which character of all is the one in a line, or where that ends before."""
        return self.starts[row] + min(column, len(self.lines[row]))


class LinesField(SavedField):
    """A saved field that can have several lines."""

    MOST_LINES: ClassVar[int] = LINES
    PART: ClassVar[int] = 4
    """Of the screen's height, it takes at most one of so many parts."""

    DEFAULT_CSS = "LinesField.-textual-compact { height: auto; }"

    _top = 0  # the first line in sight
    _text = _Text("")

    @property
    def _lines(self) -> _Text:
        """What stands in it, taken apart once for each change."""
        if self._text.value != self.value:
            self._text = _Text(self.value)
        return self._text

    @property
    def _several(self) -> bool:
        return "\n" in self.value

    def _go(self, row: int, column: int, *, select: bool = False) -> None:
        """Put the cursor into a line, as near to a column as there is something."""
        at = self._lines.at(row, column)
        self.selection = Selection(self.selection.start if select else at, at)

    # Keys.

    async def on_key(self, event: events.Key) -> None:
        """Take line breaks in line with the other keys; as bindings they would come behind those that follow."""
        if event.key in _BREAKS:
            event.stop()
            event.prevent_default()
            self.action_break_line()

    def action_break_line(self) -> None:
        """Put a line break where the cursor is."""
        self.replace("\n", *self.selection)

    def action_recall(self, step: int) -> None:
        """Go to the line before or behind; at the edges show an earlier or a later entry."""
        row, column = self._lines.place(self.cursor_position)
        if 0 <= row + step < len(self._lines.lines):
            self._go(row + step, column)
        else:
            super().action_recall(step)

    def action_home(self, select: bool = False) -> None:
        """Go to the beginning of the line."""
        row, _ = self._lines.place(self.cursor_position)
        self._go(row, 0, select=select)

    def action_end(self, select: bool = False) -> None:
        """Go to the end of the line."""
        row, _ = self._lines.place(self.cursor_position)
        self._go(row, len(self._lines.lines[row]), select=select)

    def on_paste(self, event: events.Paste) -> None:
        """Put in what was pasted, whatever its lines end in."""
        event.stop()
        event.prevent_default()
        pasted = event.text.replace("\r\n", "\n").replace("\r", "\n")
        if self.value.count("\n") + pasted.count("\n") > MOST_BREAKS:
            self.restricted()
        else:
            self.replace(pasted, *self.selection)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Go to where was clicked."""
        offset = event.get_content_offset(self)
        if not self._several or offset is None:
            return
        event.prevent_default()
        row = min(self._top + offset.y, len(self._lines.lines) - 1)
        line, first = self._in_sight(row)
        column = next((at for at in range(len(line)) if cells(safe(line[: at + 1])) > offset.x), len(line))
        self._go(row, first + column)

    # Drawing.

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as it has, up to what there is room for."""
        return min(len(self._lines.lines), self.MOST_LINES, max(1, viewport.height // self.PART))

    @property
    def cursor_screen_offset(self) -> Offset:
        """Where the cursor is on the screen."""
        if not self._several:
            return super().cursor_screen_offset
        row, column = self._lines.place(self.cursor_position)
        line, first = self._in_sight(row)
        return self.content_region.offset + Offset(cells(safe(line[: column - first])), row - self._top)

    @property
    def _cursor_offset(self) -> int:
        """The cell of the cursor in its line; Textual looks through all lines for that, at each key."""
        if not self._several:
            return super()._cursor_offset
        return self.cursor_screen_offset.x - self.content_region.x

    def _in_sight(self, row: int) -> tuple[str, int]:
        """Return the part of a line that there is room for, so that the cursor is in it, and where it begins."""
        line, first = self._lines.lines[row], 0
        at, column = self._lines.place(self.cursor_position)
        if at == row:
            first = column
            while first and cells(safe(line[first - 1 : column])) < self.size.width:
                first -= 1
        return line[first : first + self.size.width], first

    def render_line(self, y: int) -> Strip:
        """Draw a line; of several, the cursor's is always among those in sight."""
        if not self._several:
            return super().render_line(y)
        row, _ = self._lines.place(self.cursor_position)
        lines, height = self._lines.lines, self.size.height
        self._top = max(0, min(self._top, row, len(lines) - height), row - height + 1)
        number = self._top + y
        if number >= len(lines):
            return Strip.blank(self.size.width, self.rich_style)
        line, first = self._in_sight(number)
        start = self._lines.at(number, first)
        segments = [Segment(safe(one), self._look(start + at)) for at, one in enumerate(line)]
        segments.append(Segment(" ", self._look(start + len(line))))
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style)

    def _look(self, at: int) -> Style:
        """Return how a character is drawn: the cursor's, a selected one, or another."""
        if self.has_focus and at == self.cursor_position:
            return self.get_component_rich_style("input--cursor")
        low, high = sorted(self.selection)
        if self.has_focus and low <= at < high:
            return self.get_component_rich_style("input--selection")
        return self.rich_style
