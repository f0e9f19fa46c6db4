"""The tape: what one conversation received and sent, in order of occurrence, with every call's boundary.

The rules:
- An entry is one call that moved bytes, or one fact (a number into the conversation's facts). Entries and
  bytes are counted from 0 for ever; the oldest are dropped in whole segments, and what was dropped is counted.
- One thread writes (the engine's), any thread reads, without locks. A segment's index grows only after its
  bytes are in place, so an entry that can be seen is complete. The counters of what was dropped move before the
  memory is used again: a reader copies first and then asks whether the piece is still kept.
- A receive lands in a chunk of history. If it is large the tape adopts the chunk, so nothing is copied; if it
  is small its bytes are copied out, so a quiet conversation costs a few hundred bytes. What a relay sends on is
  large in the same way: the two tapes share the chunk.
"""

from collections.abc import Callable, Iterator
from operator import attrgetter

from sockscope.record.tape_entry import EntryKind, Mover, TapeEntry
from sockscope.record.tape_memory import Chunk, TapeMemory
from sockscope.record.tape_segment import FACT, INDEX, KINDS, LONGEST_NS, RECEIVED, SENT, Outline, Segment

_by_entry: Callable[[Segment], int] = attrgetter("first_entry")
_by_offset: Callable[[Segment], int] = attrgetter("first_offset")
_by_stream: dict[EntryKind, Callable[[Segment], int]] = {
    EntryKind.RECEIVED: attrgetter("first_received"),
    EntryKind.SENT: attrgetter("first_sent"),
}
_totals: dict[EntryKind, Callable[["Tape"], int]] = {
    EntryKind.RECEIVED: attrgetter("total_received"),
    EntryKind.SENT: attrgetter("total_sent"),
}
_LARGE = 16  # from this part of a chunk on, it is adopted rather than copied
_WORTHWHILE = 4  # the least part of a chunk that the next receive may land in


class Tape:
    """The bounded record of one conversation's bytes and calls."""

    __slots__ = (
        "_first",
        "_history",
        "_last",
        "_segments",
        "first_entry",
        "first_offset",
        "held_bytes",
        "total_bytes",
        "total_entries",
        "total_received",
        "total_sent",
    )

    def __init__(self, history: TapeMemory) -> None:
        self._history = history
        self._segments: dict[int, Segment] = {}
        self._first = 0  # the numbers of the kept segments are _first … _last
        self._last = -1
        self.held_bytes = 0
        self.first_offset = self.first_entry = 0
        self.total_bytes = self.total_entries = 0
        self.total_received = self.total_sent = 0  # each is one number, so that no reader comes between two

    # Writing: the engine's thread.

    def room(self) -> memoryview:
        """Return the memory for the next receive; `received` says what came of it."""
        segment = self._segments.get(self._last)
        if (
            segment is not None
            and segment.chunk is not None
            and segment.room() >= self._history.chunk_bytes // _WORTHWHILE
        ):
            return segment.chunk.view[segment.used :]
        return self._history.landing.view

    def expect(self, size_bytes: int) -> None:
        """Make ready for so many bytes that will come in small pieces: in a chunk, where they need not be copied."""
        segment = self._segments.get(self._last)
        least = self._history.chunk_bytes // _WORTHWHILE
        if size_bytes >= least and (segment is None or segment.chunk is None or segment.room() < least):
            self._open(self._history.adopt_landing())

    def received(
        self, room: memoryview, size_bytes: int, at_ns: int, took_ns: int, asked: int = 0, mover: int = Mover.RECV
    ) -> memoryview:
        """Keep what a receive put into `room`, and give a view of it that is good until the next receive.

        `asked` is how much the call was to bring at the most, where that was not all of the room.
        """
        received = room[:size_bytes]
        segment = self._segments.get(self._last)
        landed = room is self._history.landing.view
        if landed and size_bytes >= self._history.chunk_bytes // _LARGE:
            segment = self._open(self._history.adopt_landing())
        elif landed:
            segment = self._copy(received)
        assert segment is not None
        self._note(segment, RECEIVED + KINDS * mover, size_bytes, at_ns, took_ns, asked or len(room))
        return received

    def sent(self, data: memoryview, asked: int, at_ns: int, took_ns: int, mover: int = Mover.SEND) -> None:
        """Keep the bytes that the kernel took of the `asked` bytes it was offered."""
        large = len(data) >= self._history.chunk_bytes // _LARGE
        shared = self._history.share(data) if large else None
        segment = self._open(shared, data) if shared else self._copy(data)
        self._note(segment, SENT + KINDS * mover, len(data), at_ns, took_ns, asked)

    def fact(self, number: int, at_ns: int, took_ns: int) -> None:
        """Put a fact in line with the bytes."""
        segment = self._segments.get(self._last)
        if segment is None or not segment.room():
            segment = self._open(None)
        self._note(segment, FACT, 0, at_ns, took_ns, number)

    def _copy(self, data: memoryview) -> Segment:
        size_bytes = len(data)
        segment = self._segments.get(self._last)
        if segment is None or segment.room() < size_bytes:
            fitting = self._history.chunk_bytes // _LARGE <= size_bytes <= self._history.chunk_bytes
            segment = self._open(self._history.adopt_unused() if fitting else None)
        if isinstance(segment.data, memoryview):
            segment.data[segment.used : segment.used + size_bytes] = data
        else:
            segment.data += data
            self._grew(segment, size_bytes)
        return segment

    def _open(self, chunk: Chunk | None, shared: memoryview | None = None) -> Segment:
        """Begin a segment: in a chunk, in a part of one that another tape holds too, or in memory that grows."""
        data = shared or (chunk.view if chunk else bytearray())
        capacity = len(shared) if shared else self._history.chunk_bytes
        segment = Segment((self.total_entries, self.total_bytes, self.total_received), chunk, data, capacity)
        self._segments[self._last + 1] = segment
        self._last += 1
        self._history.holders[self] = None
        self.held_bytes += segment.held_bytes
        self._history.held_bytes += segment.held_bytes
        return segment

    def _note(self, segment: Segment, packed: int, size_bytes: int, at_ns: int, took_ns: int, asked: int) -> None:
        segment.used += size_bytes
        if took_ns > LONGEST_NS:
            took_ns = LONGEST_NS
        received = packed % KINDS == RECEIVED
        if received:
            segment.received += size_bytes
        segment.index += INDEX.pack(at_ns, took_ns, asked, segment.used, segment.received, packed)
        self.total_bytes += size_bytes
        if received:
            self.total_received += size_bytes
        else:
            self.total_sent += size_bytes
        self.total_entries += 1
        self._grew(segment, INDEX.size)
        history = self._history
        while self.held_bytes > history.limit_each_bytes:
            self.drop_oldest()
        if history.held_bytes > history.limit_bytes:
            history.make_room(self)

    def _grew(self, segment: Segment, size_bytes: int) -> None:
        segment.held_bytes += size_bytes
        self.held_bytes += size_bytes
        self._history.held_bytes += size_bytes

    def drop_oldest(self) -> None:
        """Forget the oldest segment and give its memory back."""
        segment = self._segments[self._first]
        self.first_offset = segment.first_offset + segment.used
        self.first_entry = segment.first_entry + segment.count()
        del self._segments[self._first]
        self._first += 1
        self.held_bytes -= segment.held_bytes
        self._history.held_bytes -= segment.held_bytes
        if segment.chunk:
            self._history.give_back(segment.chunk)
        if not self._segments:
            self._history.holders.pop(self, None)

    def release(self) -> None:
        """Forget everything, when nobody will look at it again; the counters stay."""
        while self._segments:
            self.drop_oldest()

    # Reading: any thread.

    def entry(self, number: int) -> TapeEntry | None:
        """Return one entry, or None where it was dropped or is not there yet."""
        found = next(self.entries(number), None)
        return found if found and found.number == number else None

    def at_ns(self, number: int) -> int | None:
        """Return when the call of an entry was made, several times as fast as the entry; None where it was dropped."""
        segment = self._segments.get(self._place(number, _by_entry))
        i = number - segment.first_entry if segment else -1
        return segment.at_ns(i) if segment and 0 <= i < segment.count() else None

    def entries(self, number: int) -> Iterator[TapeEntry]:
        """Return the entries from that number on; what is dropped, before or meanwhile, is left out."""
        number = max(number, self.first_entry)
        place = self._place(number, _by_entry)
        while True:
            segment = self._segments.get(place)
            if segment is None and place < self._first:
                place = self._first
                continue
            if segment is None:
                return
            start = max(0, number - segment.first_entry)
            for i in range(start, segment.count()):
                yield segment.entry(i)
            place += 1

    def entry_at(self, offset: int) -> TapeEntry | None:
        """Return the entry that holds the byte at `offset`, or None."""
        segment = self._segments.get(self._place(offset, _by_offset))
        found = segment.first_behind(offset - segment.first_offset) if segment else None
        return found if found and found.offset <= offset < found.offset + found.size_bytes else None

    def entry_in(self, kind: EntryKind, stream_offset: int) -> TapeEntry | None:
        """Return the entry of one direction that holds a byte of it, counted over that direction alone, or None."""
        first = _by_stream[kind]
        segment = self._segments.get(self._place(stream_offset, first))
        found = segment.first_behind(stream_offset - first(segment), kind) if segment else None
        if found is None or found.kind is not kind:
            return None
        return found if found.stream_offset <= stream_offset < found.stream_offset + found.size_bytes else None

    def bytes_of(self, kind: EntryKind) -> tuple[int, int]:
        """Return of one direction how many bytes were dropped, and how many there were in all."""
        total = _totals[kind]
        dropped = total(self)  # where nothing is kept
        first = self._first
        while (segment := self._segments.get(first)) is None and first <= self._last:
            first = max(first + 1, self._first)  # dropped meanwhile
        if segment:
            dropped = _by_stream[kind](segment)
        return dropped, total(self)  # last: never less than was dropped

    def outline(self, number: int) -> Iterator[Outline]:
        """Return the outlines of the entries from that number on, several times as fast as the entries."""
        place = self._place(max(number, self.first_entry), _by_entry)
        while (segment := self._segments.get(place := max(place, self._first))) is not None:
            yield from segment.outline(number)
            place += 1

    def read(self, offset: int, size_bytes: int) -> bytes | None:
        """Copy a piece that lies within one entry; None where it was dropped, be it while copying."""
        segment = self._segments.get(self._place(offset, _by_offset))
        if segment is None:
            return None
        start = offset - segment.first_offset
        if start + size_bytes > segment.used:
            return None
        piece = bytes(segment.data[start : start + size_bytes])
        return piece if offset >= self.first_offset and len(piece) == size_bytes else None

    def _place(self, number: int, begins: Callable[[Segment], int]) -> int:
        """Find the last segment that begins at or before a number; `begins` gives where one does, which only grows."""
        low, high = self._first, self._last
        while low < high:
            middle = (low + high + 1) // 2
            segment = self._segments.get(middle)
            if segment is None:  # dropped meanwhile, with all before it
                low = middle + 1
            elif begins(segment) <= number:
                low = middle
            else:
                high = middle - 1
        return low
