"""A row of the traffic: one call, or two calls side by side that moved the same bytes, page by page.

The rule: a row is as high as the higher of its calls, and has the number of the first.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sockscope.show.traffic.columns import Columns
from sockscope.show.traffic.lines import Line, Look, Window, page, pages
from sockscope.show.traffic.strand import Shown


class Row(NamedTuple):
    """The calls that begin in one row of the screen, one or two."""

    calls: Sequence[Shown]

    @property
    def number(self) -> int:
        """The number in the strand of its first call."""
        return self.calls[0].number

    @property
    def last(self) -> int:
        """The number in the strand of its last call."""
        return self.calls[-1].number

    @property
    def size_bytes(self) -> int:
        """The bytes of its longest call."""
        return max(one.entry.size_bytes for one in self.calls)

    def pages(self, look: Look) -> int:
        """How many pages it has; at least one."""
        return max(pages(one.entry, look) for one in self.calls)

    def page(self, number: int, look: Look) -> "RowPage":
        """Lay out one page."""
        there = (one for one in self.calls if number < pages(one.entry, look))
        return RowPage({one.column: page(one.track, one.entry, number, look) for one in there})


class RowPage:
    """The lines of one page of a row: of each column that has one, its window."""

    def __init__(self, windows: dict[int, Window]) -> None:
        self._windows = windows
        self.height = max(window.height for window in windows.values())

    @property
    def settled(self) -> bool:
        """Whether what comes later leaves these lines as they are."""
        return all(window.settled for window in self._windows.values())

    def line(self, i: int, columns: Columns) -> Line:
        """Make the i-th line, 0 ≤ i < height."""
        lines = {column: window.line(i) for column, window in self._windows.items() if i < window.height}
        return columns.row(lines[0], lines[1]) if len(lines) > 1 else columns.placed(*next(iter(lines.items())))

    def line_of(self, column: int, within: int) -> int:
        """Return the line that shows a byte of a column's page, counted from its first."""
        return self._windows[column].line_of(within)

    def byte_at(self, column: int, i: int, cell: int) -> int | None:
        """Return where the byte stands on the tape that a cell of a column's line shows; None where there is none."""
        window = self._windows.get(column)
        return window.byte_at(i, cell) if window and i < window.height else None

    def cell_of(self, column: int, i: int, offset: int) -> int:
        """Return the cell of a column's line where a byte of it begins, given by where it stands on the tape."""
        return self._windows[column].cell_of(i, offset)
