"""What is selected in the traffic: bytes of one direction, across the calls that brought them.

The rule: a selection is of the direction that it began in, so that it is what one side really said; what went the other
way meanwhile is passed over. Its places are counted over that direction alone, so it stays what it is while more comes.
"""

from collections.abc import Iterator
from typing import NamedTuple

from sockscope.record.layers import Track
from sockscope.record.tape_entry import EntryKind, TapeEntry
from sockscope.show.traffic.marks import Mark


class Selection(NamedTuple):
    """The bytes from `anchor` to `cursor`, both with it; the cursor is the end that moves."""

    track: Track
    kind: EntryKind
    anchor: int
    cursor: int

    @property
    def first(self) -> int:
        """The first byte."""
        return min(self.anchor, self.cursor)

    @property
    def end(self) -> int:
        """The place behind the last byte."""
        return max(self.anchor, self.cursor) + 1

    @property
    def size_bytes(self) -> int:
        """How many bytes are selected, kept or not."""
        return self.end - self.first

    @property
    def kept_bytes(self) -> int:
        """How many of them are kept."""
        return max(0, self.end - max(self.first, self.track.tape.bytes_of(self.kind)[0]))

    @property
    def cursor_offset(self) -> int | None:
        """Where the cursor stands on the tape, None where that was dropped."""
        entry = self.track.tape.entry_in(self.kind, self.cursor)
        return entry.offset + self.cursor - entry.stream_offset if entry else None

    def to(self, cursor: int) -> "Selection":
        """Move the cursor, to a byte that there is."""
        dropped, total = self.track.tape.bytes_of(self.kind)
        return self._replace(cursor=max(dropped, min(cursor, total - 1)))

    def alone(self) -> "Selection":
        """Select no more than the byte of the cursor."""
        return self._replace(anchor=self.cursor)

    def pieces(self) -> Iterator[tuple[TapeEntry, int, int]]:
        """Return of each call that is kept which of its bytes are selected: from the first up to before the last."""
        tape = self.track.tape
        at = max(self.first, tape.bytes_of(self.kind)[0])
        while at < self.end and (entry := tape.entry_in(self.kind, at)):
            yield entry, at - entry.stream_offset, min(self.end - entry.stream_offset, entry.size_bytes)
            at = entry.stream_offset + entry.size_bytes

    def read(self, most: int) -> bytes:
        """Copy what is kept, at most so many bytes."""
        found = bytearray()
        for entry, first, last in self.pieces():
            last = min(last, first + most - len(found))
            if last <= first:
                break
            found += self.track.tape.read(entry.offset + first, last - first) or b""
        return bytes(found)

    def marks(self, track: Track, first: int, last: int) -> Iterator[Mark]:
        """Give what of it lies between two places of a track's tape, which are of one call."""
        entry = track.tape.entry_at(first) if track is self.track else None
        if entry and entry.kind is self.kind:
            to_tape = entry.offset - entry.stream_offset
            low, high = max(first, self.first + to_tape), min(last, self.end + to_tape)
            cursor = self.cursor + to_tape
            for begins, ends, role in ((low, min(high, cursor), "selected"), (max(low, cursor + 1), high, "selected")):
                if begins < ends:
                    yield begins, ends, role
            if low <= cursor < high:
                yield cursor, cursor + 1, "cursor byte"


def call(track: Track, entry: TapeEntry) -> Selection | None:
    """Select what a call moved; None where it moved nothing."""
    if not entry.size_bytes:
        return None
    return Selection(track, entry.kind, entry.stream_offset, entry.stream_offset + entry.size_bytes - 1)


def direction(track: Track, kind: EntryKind) -> Selection | None:
    """Select all that is kept of a direction; None where that is nothing."""
    dropped, total = track.tape.bytes_of(kind)
    return Selection(track, kind, dropped, total - 1) if dropped < total else None
