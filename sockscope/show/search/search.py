"""Find all matches of a pattern in a track, and go on when more comes.

The rules: calls cut the bytes of a stream at random, so a match may begin in one call and end in a later one of the
same direction; a datagram is whole, so a match lies within one. Matches of one direction do not overlap. What is
dropped meanwhile breaks a match: nothing is joined over a gap. A match that more bytes could make longer is told as it
is now, and found anew when they come; one that is content with less before a call's end, as `(ab)*a` is with `a` of
`ab`, stays less. An expression that takes too long ends the search, and that is said.

One thread searches (`advance`), another reads what was found so far.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sockscope.record.layers import Track
from sockscope.record.tape_entry import EntryKind, TapeEntry
from sockscope.request.pattern import EXPRESSION_BYTES, Pattern

MOST = 100_000
"""Matches that are kept; where there are more, that is said."""

TOO_LONG_S = 1.0
_CONTEXT = 64  # bytes before, for what an expression looks back at

Wanted = Callable[[], bool]
"""Whether a search is still wanted; where it is not, it ends."""

Range = tuple[int, int, int]
"""A piece of a match: where it begins and ends on the tape, and where the match begins."""


@dataclass(slots=True)
class _Line:
    """The latest bytes of one direction that a match may begin in, and where they stand on the tape."""

    data: bytes = b""
    seen: int = 0  # of them, those that are only looked back at
    pieces: list[tuple[int, int]] = field(default_factory=list)  # (offset, size)

    @property
    def open_bytes(self) -> int:
        """How many of them a match may begin in."""
        return len(self.data) - self.seen

    def joined(self, entry: TapeEntry, data: bytes) -> "_Line":
        """Return it with what an entry brought behind it."""
        return _Line(self.data + data, self.seen, [*self.pieces, (entry.offset, len(data))])

    def ranges(self, first: int, last: int) -> list[tuple[int, int]]:
        """Where the bytes from `first` to `last` stand."""
        found, at = [], 0
        for offset, size in self.pieces:
            low, high = max(first - at, 0), min(last - at, size)
            if low < high:
                found.append((offset + low, offset + high))
            at += size
        return found

    def rest(self, first: int, seen: int) -> "_Line":
        """What is left from `first` on, of which `seen` bytes are only looked back at."""
        pieces, at = [], 0
        for offset, size in self.pieces:
            cut = max(0, first - at)
            if cut < size:
                pieces.append((offset + cut, size - cut))
            at += size
        return _Line(self.data[first:], seen, pieces)


class Search:
    """The matches of one pattern in one track."""

    def __init__(self, track: Track, pattern: Pattern) -> None:
        self.track = track
        self.pattern = pattern
        self.starts: list[int] = []  # where each match begins, in order
        self.ranges: list[Range] = []  # the pieces of the matches, in order
        self.trouble = ""  # why it ended before its end
        self.more = False  # whether there are more than are kept
        self.looked_at = 0  # bytes of the tape
        self._next = track.tape.first_entry
        self._lines: dict[EntryKind, _Line] = {}
        self._for_now: list[list[Range]] = []  # the pieces of matches that more bytes could make longer

    # Searching: one thread.

    @property
    def behind(self) -> bool:
        """Whether there is something that was not looked at."""
        return not self.trouble and not self.more and self._next < self.track.tape.total_entries

    def advance(self, wanted: Wanted = lambda: True) -> None:
        """Look at all that came since the last time."""
        tape = self.track.tape
        self._take_back()
        end = tape.total_entries
        for entry in tape.entries(self._next):
            if entry.number >= end or self.trouble or self.more or not wanted():
                break
            data = tape.read(entry.offset, entry.size_bytes) if entry.size_bytes else b""
            if entry.number != self._next or data is None:
                self._lines.clear()
            self._next = entry.number + 1
            self.looked_at = entry.offset + entry.size_bytes
            if data:
                self._look_at(entry, data)
        for line in self._lines.values():
            self._tell_for_now(line)

    def _look_at(self, entry: TapeEntry, data: bytes) -> None:
        before = self._lines.pop(entry.kind, _Line())
        line, whole = before.joined(entry, data), bool(self.track.unit)
        if self.pattern.literal:
            rest = self._find_bytes(line)
        else:
            rest = self._find_expression(line, partial=not whole and before.open_bytes <= EXPRESSION_BYTES)
        if not whole and rest.data:
            self._lines[entry.kind] = rest

    def _find_bytes(self, line: _Line) -> _Line:
        literal = self.pattern.literal
        data = line.data.lower() if self.pattern.folded else line.data
        after, at = 0, data.find(literal)
        while at >= 0 and not self.more:
            after = at + len(literal)
            self._found(line, at, after)
            at = data.find(literal, after)
        begins = range(max(after, len(data) - len(literal) + 1), len(data))
        kept = next((at for at in begins if literal.startswith(data[at:])), len(data))
        return line.rest(kept, 0)

    def _find_expression(self, line: _Line, *, partial: bool) -> _Line:
        """Find what ends in the line; with `partial` what more bytes could make longer is kept back."""
        expression, end = self.pattern.expression, len(line.data)
        assert expression is not None
        try:
            for match in expression.finditer(line.data, line.seen, partial=partial, timeout=TOO_LONG_S):
                first, last = match.span()
                if match.partial or (partial and last == end and first < end):
                    kept = max(0, first - _CONTEXT)
                    return line.rest(kept, first - kept)
                if first < last:
                    self._found(line, first, last)
                if self.more:
                    break
        except TimeoutError:
            self.trouble = "the expression takes too long"
        kept = max(0, end - _CONTEXT)
        return line.rest(kept, end - kept)

    def _tell_for_now(self, line: _Line) -> None:
        """Find in what is kept back what is a match already."""
        if self.pattern.expression is None or not line.open_bytes or self.trouble:
            return
        try:
            for match in self.pattern.expression.finditer(line.data, line.seen, timeout=TOO_LONG_S):
                if match.start() < match.end():
                    self._for_now.append(self._found(line, *match.span()))
        except TimeoutError:
            self.trouble = "the expression takes too long"

    def _found(self, line: _Line, first: int, last: int) -> list[Range]:
        """Take note of a match, and return its pieces."""
        pieces = line.ranges(first, last)
        start = pieces[0][0]
        insort(self.starts, start)
        ranges = [(low, high, start) for low, high in pieces]
        for one in ranges:
            insort(self.ranges, one)
        self.more = len(self.starts) >= MOST
        return ranges

    def _take_back(self) -> None:
        """Forget what was found for now, without looking through all that was found."""
        for ranges in self._for_now:
            del self.starts[bisect_left(self.starts, ranges[0][2])]
            for one in ranges:
                del self.ranges[bisect_left(self.ranges, one)]
        self._for_now.clear()

    # What was found: any thread.

    def within(self, first: int, last: int) -> Iterator[Range]:
        """Return the pieces of matches that lie between two places of the tape."""
        at = max(0, bisect_right(self.ranges, (first, 0, 0)) - 1)
        while at < len(self.ranges) and self.ranges[at][0] < last:
            low, high, start = self.ranges[at]
            if high > first:
                yield max(low, first), min(high, last), start
            at += 1

    def next(self, after: int) -> int | None:
        """Return where the first match behind a place begins; behind the last one, the first of all."""
        kept = self._kept()
        at = bisect_right(kept, after)
        return kept[at % len(kept)] if kept else None

    def previous(self, before: int) -> int | None:
        """Return where the last match before a place begins; before the first one, the last of all."""
        kept = self._kept()
        return kept[bisect_left(kept, before) - 1] if kept else None

    def place(self, start: int) -> tuple[int, int]:
        """Return which of the kept matches one is, counted from 1, and how many there are."""
        kept = self._kept()
        return bisect_left(kept, start) + 1, len(kept)

    def _kept(self) -> list[int]:
        """Where the matches begin that were not dropped meanwhile."""
        dropped = bisect_left(self.starts, self.track.tape.first_offset)
        return self.starts[dropped:] if dropped else self.starts
