"""Where in a strand a view stands, and how it moves.

The rules:
- A place is an entry, a page of it and a line of that page: it stays the same line while the tape grows, and
  finding the lines around it costs the same whatever lies before and after.
- Where two tracks stand side by side, a row may hold two calls; its places have the number of the first.
- How far along a place is, for a scroll bar, is weighed in bytes and entries, not in lines: lines are known
  only where somebody looks.
"""

from collections import OrderedDict
from typing import NamedTuple

from sockscope.record.layers import Track
from sockscope.show.traffic.columns import Columns
from sockscope.show.traffic.lines import PAGE_BYTES, Line, Look
from sockscope.show.traffic.row import Row, RowPage
from sockscope.show.traffic.strand import Shown, Strand

_PAGES_KEPT = 256
_LOOKED_BACK = 1000  # entries of the second track before which one of the first is looked for
_WEIGHT_OF_LINE = 16  # bytes that weigh as much as an entry's own line


class Position(NamedTuple):
    """A line of the traffic: places compare in order of occurrence."""

    entry: int
    page: int = 0
    line: int = 0


class Scroller:
    """The lines of a strand in one look; `end` is the entry to stop before, None for the latest."""

    def __init__(self, strand: Strand, look: Look, end: int | None = None) -> None:
        self.strand = strand
        self.look = look
        self.end = end
        self._columns = Columns(len(strand.tracks), look.width)
        self._looks = look._replace(width=self._columns.width, earlier=strand.earlier)
        self._pages: OrderedDict[tuple[int, int, int], RowPage] = OrderedDict()

    @property
    def side_by_side(self) -> bool:
        """Whether two tracks stand side by side."""
        return self._columns.side_by_side

    @property
    def _stop(self) -> int:
        total = self.strand.total
        return total if self.end is None else min(self.end, total)

    def _row(self, number: int) -> Row | None:
        """Return the row that an entry stands in, None where it was dropped or is not there yet."""
        shown = self.strand.at(number)
        if shown is None or not self.side_by_side:
            return Row((shown,)) if shown else None
        if self.strand.belongs_beside(number) and number > self.strand.first and (first := self.strand.at(number - 1)):
            return Row((first, shown))
        second = number + 1 < self._stop and self.strand.belongs_beside(number + 1) and self.strand.at(number + 1)
        return Row((shown, second)) if second else Row((shown,))

    def _last_row(self) -> Row | None:
        number = self._stop - 1
        return self._row(number) if number >= self.strand.first else None

    def _page(self, row: Row, number: int) -> RowPage:
        key = (row.number, row.last, number)
        found = self._pages.get(key)
        if found is None:
            found = row.page(number, self._looks)
            if found.settled:
                self._pages[key] = found
            if len(self._pages) > _PAGES_KEPT:
                self._pages.popitem(last=False)
        return found

    def first(self) -> Position:
        """The first line that is kept."""
        return Position(self.strand.first)

    def last(self) -> Position:
        """The last line there is."""
        row = self._last_row()
        if row is None:
            return self.first()
        number = row.pages(self._looks) - 1
        return Position(row.number, number, max(0, self._page(row, number).height - 1))

    def clamp(self, place: Position) -> Position:
        """Bring a place into what is kept, and to the row that it stands in."""
        place = min(max(place, self.first()), self.last())
        row = self._row(place.entry)
        return place._replace(entry=row.number) if row else place

    def last_entry(self, place: Position) -> int:
        """Return the number of the last entry that stands in the row of a place."""
        row = self._row(place.entry)
        return row.last if row else place.entry

    def move(self, place: Position, lines: int) -> Position:
        """Return the place so many lines below (or, negative, above), or the end that is reached before."""
        place = self.clamp(place)
        row = self._row(place.entry)
        if row is None:
            return place
        return self._down(row, place, lines) if lines > 0 else self._up(row, place, -lines)

    def _down(self, row: Row, place: Position, lines: int) -> Position:
        last = self.last()
        number, line = place.page, place.line + lines
        while line >= (height := self._page(row, number).height):
            line -= height
            if number + 1 < row.pages(self._looks):
                number += 1
                continue
            following = self._row(row.last + 1)
            if following is None or following.number > last.entry:
                return last
            row, number = following, 0
        return min(Position(row.number, number, line), last)

    def _up(self, row: Row, place: Position, lines: int) -> Position:
        number, line = place.page, place.line - lines
        while line < 0:
            if number == 0:
                earlier = self._row(row.number - 1)
                if earlier is None:
                    return Position(row.number)
                row, number = earlier, earlier.pages(self._looks)
            number -= 1
            line += self._page(row, number).height
        return Position(row.number, number, line)

    def window(self, place: Position, height: int) -> list[Line]:
        """Make at most `height` lines from a place on."""
        lines: list[Line] = []
        last = self._last_row()
        row = self._row(place.entry)
        number, first = place.page, place.line
        while last and row and row.number <= last.number and len(lines) < height:
            shown = self._page(row, number)
            lines += [
                shown.line(i, self._columns) for i in range(first, min(shown.height, first + height - len(lines)))
            ]
            first, number = 0, number + 1
            if number >= row.pages(self._looks):
                row, number = self._row(row.last + 1), 0
        return lines

    def below(self, place: Position, height: int) -> int:
        """How many entries begin below a window."""
        return max(0, self.last_entry(self.last()) - self.last_entry(self.move(place, height - 1)))

    # The scroll bar.

    def weight(self, place: Position) -> float:
        """How much lies before a place: its entries and bytes, those of its own page by the share of its lines."""
        row = self._row(place.entry)
        if row is None:
            return float(place.entry)
        start = place.page * PAGE_BYTES
        page_bytes = max(0, min(PAGE_BYTES, row.size_bytes - start))
        share = place.line / self._page(row, place.page).height if place.line else 0.0
        head = share if place.page == 0 else 1.0  # an entry's own line weighs as much as a line of bytes
        return row.number + head + (row.calls[0].before_bytes + start + page_bytes * share) / _WEIGHT_OF_LINE

    def weights(self) -> tuple[float, float]:
        """What lies before the first kept line, and before the end of the last one."""
        last = self._last_row()
        end = 0.0
        if last:
            end = last.number + 1 + (last.calls[0].before_bytes + last.size_bytes) / _WEIGHT_OF_LINE
        return self.weight(self.first()), end

    def at_weight(self, weight: float) -> Position:
        """Find the place that so much lies before."""
        low, high = self.first().entry, self.last().entry
        while low < high:
            middle = (low + high + 1) // 2
            if self.weight(Position(middle)) <= weight:
                low = middle
            else:
                high = middle - 1
        row = self._row(low)
        if row is None:
            return self.first()
        low, number, last = row.number, 0, row.pages(self._looks) - 1
        if last:
            within = (weight - self.weight(Position(low, 1))) * _WEIGHT_OF_LINE
            number = max(0, min(last, int(within // PAGE_BYTES) + 1))
        begins, height = self.weight(Position(low, number)), self._page(row, number).height
        ends = self.weight(Position(low, number, height))
        line = int((weight - begins) / (ends - begins) * height) if ends > begins else 0
        return self.clamp(Position(low, number, max(0, min(line, height - 1))))

    # Bytes.

    def offset_of(self, place: Position) -> int:
        """Return where the page of a place begins on the tape of the first track."""
        for number in range(self.last_entry(place), max(place.entry - _LOOKED_BACK, self.strand.first) - 1, -1):
            if (shown := self.strand.at(number)) and not shown.column:
                return shown.entry.offset + (place.page * PAGE_BYTES if number >= place.entry else 0)
        return self.strand.tracks[0].tape.first_offset

    def at_offset(self, offset: int, track: Track | None = None) -> Position:
        """Find the line that shows the byte at an offset of a track's tape, or of the first track's."""
        track = track or self.strand.tracks[0]
        entry = track.tape.entry_at(offset)
        if entry is None:
            return self.first()
        shown = self.strand.at(self.strand.place_of(track, entry.number))
        if shown is None or self.look.mode == "calls" or shown.entry.number != entry.number:
            return self.clamp(Position(shown.number if shown else 0))
        number, within = divmod(offset - entry.offset, PAGE_BYTES)
        row = self._row(shown.number) or Row((shown,))
        return Position(row.number, number, self._page(row, number).line_of(shown.column, within))

    def call_at(self, place: Position, cell: int) -> Shown | None:
        """Return the call that a cell of a line belongs to."""
        row = self._row(place.entry)
        if row is None:
            return None
        column = self._columns.column_at(cell)
        return next((one for one in row.calls if one.column == column), row.calls[0])

    def byte_at(self, place: Position, cell: int) -> tuple[Track, int] | None:
        """Return whose byte a cell of a line shows, and where it stands on the tape; None of a line without bytes."""
        row, shown = self._row(place.entry), self.call_at(place, cell)
        if row is None or shown is None:
            return None
        within = cell - self._columns.begins(shown.column)
        found = self._page(row, place.page).byte_at(shown.column, place.line, within)
        return None if found is None else (shown.track, found)

    def cell_of(self, place: Position, offset: int, track: Track | None = None) -> int:
        """Return the cell of a line where a byte of it begins: one of a track, or of the first call there."""
        row = self._row(place.entry)
        if row is None:
            return 0
        column = next((one.column for one in row.calls if one.track is track), row.calls[0].column)
        return self._columns.begins(column) + self._page(row, place.page).cell_of(column, place.line, offset)
