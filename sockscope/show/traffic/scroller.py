"""Where in a strand a view stands, and how it moves.

The rules:
- A place is an entry, a page of it and a line of that page: it stays the same line while the tape grows, and
  finding the lines around it costs the same whatever lies before and after.
- How far along a place is, for a scroll bar, is weighed in bytes and entries, not in lines: lines are known
  only where somebody looks.
"""

from collections import OrderedDict
from dataclasses import replace
from typing import NamedTuple

from sockscope.record.layers import Track
from sockscope.show.traffic.columns import Columns
from sockscope.show.traffic.lines import PAGE_BYTES, Line, Look, Window, page, pages
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
        self._looks = replace(look, width=self._columns.width, earlier=strand.earlier)
        self._pages: OrderedDict[tuple[int, int], Window] = OrderedDict()

    @property
    def beside(self) -> bool:
        """Whether two tracks stand side by side."""
        return self._columns.beside

    def _last_entry(self) -> Shown | None:
        total = self.strand.total
        number = (total if self.end is None else min(self.end, total)) - 1
        return self.strand.at(number) if number >= self.strand.first else None

    def _page(self, shown: Shown, number: int) -> Window:
        key = (shown.number, number)
        found = self._pages.get(key)
        if found is None:
            found = page(shown.track, shown.entry, number, self._looks)
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
        entry = self._last_entry()
        if entry is None:
            return self.first()
        number = pages(entry.entry, self._looks) - 1
        return Position(entry.number, number, max(0, self._page(entry, number).height - 1))

    def clamp(self, place: Position) -> Position:
        """Bring a place into what is kept."""
        return min(max(place, self.first()), self.last())

    def move(self, place: Position, lines: int) -> Position:
        """Return the place so many lines below (or, negative, above), or the end that is reached before."""
        place = self.clamp(place)
        entry = self.strand.at(place.entry)
        if entry is None:
            return place
        return self._down(entry, place, lines) if lines > 0 else self._up(entry, place, -lines)

    def _down(self, entry: Shown, place: Position, lines: int) -> Position:
        last = self.last()
        number, line = place.page, place.line + lines
        while line >= (height := self._page(entry, number).height):
            line -= height
            if number + 1 < pages(entry.entry, self._looks):
                number += 1
                continue
            following = self.strand.at(entry.number + 1)
            if following is None or following.number > last.entry:
                return last
            entry, number = following, 0
        return min(Position(entry.number, number, line), last)

    def _up(self, entry: Shown, place: Position, lines: int) -> Position:
        number, line = place.page, place.line - lines
        while line < 0:
            if number == 0:
                earlier = self.strand.at(entry.number - 1)
                if earlier is None:
                    return Position(entry.number)
                entry, number = earlier, pages(earlier.entry, self._looks)
            number -= 1
            line += self._page(entry, number).height
        return Position(entry.number, number, line)

    def window(self, place: Position, height: int) -> list[Line]:
        """Make at most `height` lines from a place on."""
        lines: list[Line] = []
        last = self._last_entry()
        entry = self.strand.at(place.entry)
        number, first = place.page, place.line
        while last and entry and entry.number <= last.number and len(lines) < height:
            shown = self._page(entry, number)
            rows = range(first, min(shown.height, first + height - len(lines)))
            lines += [self._columns.placed(entry.column, shown.line(i)) for i in rows]
            first, number = 0, number + 1
            if number >= pages(entry.entry, self._looks):
                entry, number = self.strand.at(entry.number + 1), 0
        return lines

    def below(self, place: Position, height: int) -> int:
        """How many entries begin below a window."""
        return max(0, self.last().entry - self.move(place, height - 1).entry)

    # The scroll bar.

    def weight(self, place: Position) -> float:
        """How much lies before a place: its entries and bytes, those of its own page by the share of its lines."""
        entry = self.strand.at(place.entry)
        if entry is None:
            return float(place.entry)
        start = place.page * PAGE_BYTES
        page_bytes = max(0, min(PAGE_BYTES, entry.entry.size_bytes - start))
        share = place.line / self._page(entry, place.page).height if place.line else 0.0
        head = share if place.page == 0 else 1.0  # an entry's own line weighs as much as a line of bytes
        return entry.number + head + (entry.before_bytes + start + page_bytes * share) / _WEIGHT_OF_LINE

    def weights(self) -> tuple[float, float]:
        """What lies before the first kept line, and before the end of the last one."""
        last = self._last_entry()
        end = last.number + 1 + (last.before_bytes + last.entry.size_bytes) / _WEIGHT_OF_LINE if last else 0.0
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
        entry = self.strand.at(low)
        if entry is None:
            return self.first()
        number, last = 0, pages(entry.entry, self._looks) - 1
        if last:
            within = (weight - self.weight(Position(low, 1))) * _WEIGHT_OF_LINE
            number = max(0, min(last, int(within // PAGE_BYTES) + 1))
        begins, height = self.weight(Position(low, number)), self._page(entry, number).height
        ends = self.weight(Position(low, number, height))
        line = int((weight - begins) / (ends - begins) * height) if ends > begins else 0
        return self.clamp(Position(low, number, max(0, min(line, height - 1))))

    # Bytes.

    def offset_of(self, place: Position) -> int:
        """Return where the page of a place begins on the tape of the first track."""
        for number in range(place.entry, max(place.entry - _LOOKED_BACK, self.strand.first) - 1, -1):
            if (shown := self.strand.at(number)) and not shown.column:
                return shown.entry.offset + (place.page * PAGE_BYTES if number == place.entry else 0)
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
        return Position(shown.number, number, self._page(shown, number).line_of(within))

    def byte_at(self, place: Position, cell: int) -> tuple[Track, int] | None:
        """Return whose byte a cell of a line shows, and where it stands on the tape; None of a line without bytes."""
        shown = self.strand.at(place.entry)
        if shown is None:
            return None
        within = cell - self._columns.begins(shown.column)
        found = self._page(shown, place.page).byte_at(place.line, within)
        return None if found is None else (shown.track, found)

    def cell_of(self, place: Position, offset: int) -> int:
        """Return the cell of a line where a byte of it begins."""
        shown = self.strand.at(place.entry)
        if shown is None:
            return 0
        return self._columns.begins(shown.column) + self._page(shown, place.page).cell_of(place.line, offset)
