"""How the lines of two tracks stand on one screen: each in its column, or with a letter before it.

The rule: a row is a moment, so of each row one column is empty, but where both tell of the same bytes.
"""

from sockscope.show.sanitizer import cells
from sockscope.show.traffic.lines import Line

LETTERS = "AB"
_LEAST = 36  # cells that a column needs to say something


class Columns:
    """Where a line of each of so many tracks goes in a width in cells."""

    def __init__(self, count: int, width: int) -> None:
        half = (width - 1) // 2
        self.side_by_side = count > 1 and half >= _LEAST
        self.width = half if self.side_by_side else width - 2 if count > 1 else width
        self._count = count

    def placed(self, column: int, line: Line) -> Line:
        """Put a line where its track stands."""
        if self._count == 1:
            return line
        if not self.side_by_side:
            return [(f"{LETTERS[column]} ", "label"), *line]
        if column:
            return self.row([], line)
        return self.row(line, [])

    def row(self, left: Line, right: Line) -> Line:
        """Put two lines side by side."""
        used = sum(cells(text) for text, _ in left)
        return [*left, (" " * max(0, self.width - used), "text"), ("│", "dim"), *right]

    def column_at(self, cell: int) -> int:
        """The column that a cell of a row belongs to, of two that stand side by side."""
        return int(cell > self.width)

    def begins(self, column: int) -> int:
        """The cell where the lines of a track begin."""
        return 0 if self._count == 1 else 2 if not self.side_by_side else column * (self.width + 1)
