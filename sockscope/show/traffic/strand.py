"""Which entries are shown, and in what order: all of a track, one direction of it, or two tracks on one time axis.

The rules:
- The entries of a strand have numbers of its own, from 0 for ever and without gaps, as those of a tape have. Where a
  tape dropped an entry, all before it is gone too.
- What is chosen is kept as numbers, and taken in bit by bit (TAKEN), so that nobody waits for a million entries.
- Two tracks are joined by when each of their calls was made. What was made just now waits (HELD_NS): a call of the
  other track that is noted a moment later may have been made before it.
- A call that moved the same first byte as the call right before it, at the other end, belongs beside that one.
"""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Sequence
from heapq import merge
from itertools import islice
from typing import NamedTuple, Protocol

from sockscope.net.clock import now_ns
from sockscope.record.layers import Track
from sockscope.record.tape_entry import EntryKind, TapeEntry
from sockscope.record.tape_segment import Outline
from sockscope.show.traffic.lines import one_earlier

TAKEN = 20_000
HELD_NS = 20_000_000
_BOTH_ENDS = {EntryKind.SENT, EntryKind.RECEIVED}


class Shown(NamedTuple):
    """An entry of a strand: its number there, whose it is, and how many bytes the strand has before it."""

    number: int
    column: int
    track: Track
    entry: TapeEntry
    before_bytes: int


class Strand(Protocol):
    """Entries in the order in which they are shown."""

    @property
    def tracks(self) -> Sequence[Track]:
        """Whose entries they are."""

    @property
    def first(self) -> int:
        """The number of the first entry that is kept."""

    @property
    def total(self) -> int:
        """How many entries there were so far."""

    @property
    def behind(self) -> bool:
        """Whether there is more to take in."""

    def take_in(self) -> None:
        """Take in a part of what came since."""

    def at(self, number: int) -> Shown | None:
        """Return one entry, or None where it was dropped or is not there yet."""

    def place_of(self, track: Track, number: int) -> int:
        """Return the number in the strand of an entry of a track; of one that is not shown, that of the next."""

    def shows(self, track: Track, number: int) -> bool:
        """Return whether an entry of a track is shown."""

    def earlier(self, track: Track, number: int) -> TapeEntry | None:
        """Return the entry of a track that is shown before one of it."""

    def belongs_beside(self, number: int) -> bool:
        """Return whether an entry is the other end of the one right before it."""


class Whole:
    """All of a track."""

    behind = False

    def __init__(self, track: Track) -> None:
        self.tracks = (track,)
        self._tape = track.tape

    @property
    def first(self) -> int:
        """The number of the first entry that is kept."""
        return self._tape.first_entry

    @property
    def total(self) -> int:
        """How many entries there were so far."""
        return self._tape.total_entries

    def take_in(self) -> None:
        """Do nothing: the tape is what is shown."""

    def at(self, number: int) -> Shown | None:
        """Return one entry, or None where it was dropped or is not there yet."""
        entry = self._tape.entry(number) if number >= 0 else None
        return Shown(number, 0, self.tracks[0], entry, entry.offset) if entry else None

    def place_of(self, track: Track, number: int) -> int:
        """Return the entry's own number."""
        return number

    def shows(self, track: Track, number: int) -> bool:
        """Return whether it is of this track."""
        return track is self.tracks[0]

    def earlier(self, track: Track, number: int) -> TapeEntry | None:
        """Return the entry before it."""
        return one_earlier(track, number)

    def belongs_beside(self, number: int) -> bool:
        """Return False: there is one track."""
        return False


class Chosen:
    """Some entries of one track or two: those of a direction, or all."""

    def __init__(
        self, tracks: Sequence[Track], kind: EntryKind | None = None, clock: Callable[[], int] = now_ns
    ) -> None:
        """`kind` is the one direction, None for all; `clock` tells the time by which calls are noted."""
        self.tracks = tracks
        self._clock = clock
        self._kind = kind
        self._next = [track.tape.first_entry for track in tracks]  # of each track, what is taken in next
        self._numbers = [array("Q") for _ in tracks]  # of each track, the entries that were taken
        self._places = [array("Q") for _ in tracks]  # and where each of them stands in the strand
        self._base = 0  # the number of the first entry that is remembered
        self._order = bytearray()  # from there on, whose each entry of the strand is
        self._ends = array("Q")  # how many bytes the strand has up to its end
        self._beside = bytearray()  # and whether it belongs beside the one before

    @property
    def first(self) -> int:
        """The number of the first entry that is kept."""
        first = self._base
        for numbers, places, track in zip(self._numbers, self._places, self.tracks, strict=True):
            if dropped := bisect_left(numbers, track.tape.first_entry):
                first = max(first, places[dropped - 1] + 1)
        return first

    @property
    def total(self) -> int:
        """How many entries there were so far."""
        return self._base + len(self._order)

    @property
    def behind(self) -> bool:
        """Whether there is more to take in."""
        return any(at < track.tape.total_entries for at, track in zip(self._next, self.tracks, strict=True))

    def take_in(self) -> None:
        """Take in a part of what came since, and forget what was dropped."""
        until_ns = self._clock() - HELD_NS if len(self.tracks) > 1 else None
        pieces = [
            list(islice(track.tape.outline(at), TAKEN)) for at, track in zip(self._next, self.tracks, strict=True)
        ]
        for piece in pieces:
            if len(piece) == TAKEN and len(self.tracks) > 1:  # what the other has behind its end waits for the rest
                until_ns = min(until_ns or piece[-1][2], piece[-1][2])
        lines = [[(one[2], column, one) for one in piece] for column, piece in enumerate(pieces)]
        for at_ns, column, one in merge(*lines):
            if until_ns is not None and at_ns > until_ns:
                break
            self._take(column, one)
        if self.first - self._base > TAKEN:
            self._forget(self.first)

    def _take(self, column: int, outline: Outline) -> None:
        number, kind, _, size_bytes = outline
        self._next[column] = number + 1
        if self._kind is None or kind == self._kind:
            self._beside.append(self._same_bytes(column, number))
            self._numbers[column].append(number)
            self._places[column].append(self.total)
            self._ends.append((self._ends[-1] if self._ends else 0) + size_bytes)
            self._order.append(column)

    def _same_bytes(self, column: int, number: int) -> bool:
        """Return whether an entry that comes now moved the same first byte as the last one, the other way."""
        if not self._order or self._order[-1] == column or self._beside[-1]:
            return False
        before, now = self.at(self.total - 1), self.tracks[column].tape.entry(number)
        if before is None or now is None or {before.entry.kind, now.kind} != _BOTH_ENDS:
            return False
        return before.entry.stream_offset == now.stream_offset

    def _forget(self, first: int) -> None:
        """Remember nothing of what stands before an entry."""
        for numbers, places in zip(self._numbers, self._places, strict=True):
            gone = bisect_left(places, first)
            del numbers[:gone], places[:gone]
        gone = first - self._base
        del self._order[:gone], self._ends[:gone], self._beside[:gone]
        self._base = first

    def at(self, number: int) -> Shown | None:
        """Return one entry, or None where it was dropped or is not there yet."""
        at = number - self._base
        if not 0 <= at < len(self._order):
            return None
        column = self._order[at]
        own = self._numbers[column][bisect_left(self._places[column], number)]
        track = self.tracks[column]
        entry = track.tape.entry(own)
        return Shown(number, column, track, entry, self._ends[at] - entry.size_bytes) if entry else None

    def place_of(self, track: Track, number: int) -> int:
        """Return the number in the strand of an entry of a track; of one that is not shown, that of the next."""
        column = self._column(track)
        found, places = bisect_left(self._numbers[column], number), self._places[column]
        return places[found] if found < len(places) else max(0, self.total - 1)

    def shows(self, track: Track, number: int) -> bool:
        """Return whether an entry of a track is shown."""
        if all(track is not one for one in self.tracks):
            return False
        numbers = self._numbers[self._column(track)]
        found = bisect_left(numbers, number)
        return numbers[found : found + 1] == array("Q", [number])

    def earlier(self, track: Track, number: int) -> TapeEntry | None:
        """Return the entry of a track that is shown before one of it."""
        numbers = self._numbers[self._column(track)]
        found = bisect_left(numbers, number)
        return track.tape.entry(numbers[found - 1]) if found else None

    def belongs_beside(self, number: int) -> bool:
        """Return whether an entry is the other end of the one right before it."""
        return 0 < number - self._base < len(self._beside) and bool(self._beside[number - self._base])

    def _column(self, track: Track) -> int:
        return next(at for at, one in enumerate(self.tracks) if one is track)
