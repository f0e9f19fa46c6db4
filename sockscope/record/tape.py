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

from collections.abc import Iterator
from struct import Struct

from sockscope.record.tape_entry import EntryKind, Mover, TapeEntry
from sockscope.record.tape_memory import Chunk, TapeMemory

_LARGE = 16  # from this part of a chunk on, it is adopted rather than copied
_WORTHWHILE = 4  # the least part of a chunk that the next receive may land in
_INDEX = Struct("=qIIIIB")
"""Of an entry: at_ns, took_ns, asked or the fact's number, the bytes and the received bytes in its segment up to its
end, and its kind and mover."""

_RECEIVED, _SENT, _FACT = map(int, EntryKind)  # an enumeration's members are slow to reach
_KINDS = 4  # the kind is in the two lowest bits, the mover above
_INDEX_LIMIT = 8192 * _INDEX.size
_LONGEST_NS = 2**32 - 1


class _Segment:
    """A run of entries: their bytes, and an index of fixed-size entries."""

    __slots__ = (
        "capacity",
        "chunk",
        "data",
        "first_entry",
        "first_offset",
        "first_received",
        "held_bytes",
        "index",
        "received",
        "used",
    )

    def __init__(self, tape: "Tape", chunk: Chunk | None, data: bytearray | memoryview, capacity: int) -> None:
        self.first_entry = tape.total_entries
        self.first_offset = tape.total_bytes
        self.first_received = tape.total_received  # of the bytes before it, those that were received
        self.chunk = chunk
        self.capacity = capacity
        self.data = data  # the whole chunk, a shared part of it, or memory that grows
        self.index = bytearray()
        self.used = self.received = 0
        self.held_bytes = capacity if chunk else 0

    def room(self) -> int:
        """How many more bytes fit."""
        return 0 if len(self.index) >= _INDEX_LIMIT else self.capacity - self.used

    def entry(self, i: int) -> TapeEntry:
        """Return the i-th entry of this segment; raises struct.error where there is none."""
        at_ns, took_ns, asked, end, _, packed = _INDEX.unpack_from(self.index, i * _INDEX.size)
        mover, kind = divmod(packed, _KINDS)
        start, received = _INDEX.unpack_from(self.index, (i - 1) * _INDEX.size)[3:5] if i else (0, 0)
        offset, received = self.first_offset + start, self.first_received + received
        number = self.first_entry + i
        if kind == _FACT:
            return TapeEntry(number, EntryKind.FACT, at_ns, took_ns, 0, offset, 0, fact=asked)
        stream_offset = received if kind == _RECEIVED else offset - received
        moved = EntryKind(kind), at_ns, took_ns, asked, offset, end - start, Mover(mover)
        return TapeEntry(number, *moved, stream_offset=stream_offset)

    def count(self) -> int:
        """How many entries can be read."""
        return len(self.index) // _INDEX.size


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
    )

    def __init__(self, history: TapeMemory) -> None:
        self._history = history
        self._segments: dict[int, _Segment] = {}
        self._first = 0  # the numbers of the kept segments are _first … _last
        self._last = -1
        self.held_bytes = 0
        self.first_offset = self.first_entry = 0
        self.total_bytes = self.total_entries = self.total_received = 0

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
        self._note(segment, _RECEIVED + _KINDS * mover, size_bytes, at_ns, took_ns, asked or len(room))
        return received

    def sent(self, data: memoryview, asked: int, at_ns: int, took_ns: int, mover: int = Mover.SEND) -> None:
        """Keep the bytes that the kernel took of the `asked` bytes it was offered."""
        large = len(data) >= self._history.chunk_bytes // _LARGE
        shared = self._history.share(data) if large else None
        segment = self._open(shared, data) if shared else self._copy(data)
        self._note(segment, _SENT + _KINDS * mover, len(data), at_ns, took_ns, asked)

    def fact(self, number: int, at_ns: int, took_ns: int) -> None:
        """Put a fact in line with the bytes."""
        segment = self._segments.get(self._last)
        if segment is None or not segment.room():
            segment = self._open(None)
        self._note(segment, _FACT, 0, at_ns, took_ns, number)

    def _copy(self, data: memoryview) -> _Segment:
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

    def _open(self, chunk: Chunk | None, shared: memoryview | None = None) -> _Segment:
        """Begin a segment: in a chunk, in a part of one that another tape holds too, or in memory that grows."""
        data = shared or (chunk.view if chunk else bytearray())
        capacity = len(shared) if shared else self._history.chunk_bytes
        segment = _Segment(self, chunk, data, capacity)
        self._segments[self._last + 1] = segment
        self._last += 1
        self._history.holders[self] = None
        self.held_bytes += segment.held_bytes
        self._history.held_bytes += segment.held_bytes
        return segment

    def _note(self, segment: _Segment, packed: int, size_bytes: int, at_ns: int, took_ns: int, asked: int) -> None:
        segment.used += size_bytes
        if took_ns > _LONGEST_NS:
            took_ns = _LONGEST_NS
        if packed % _KINDS == _RECEIVED:
            segment.received += size_bytes
            self.total_received += size_bytes
        segment.index += _INDEX.pack(at_ns, took_ns, asked, segment.used, segment.received, packed)
        self.total_bytes += size_bytes
        self.total_entries += 1
        self._grew(segment, _INDEX.size)
        history = self._history
        while self.held_bytes > history.limit_each_bytes:
            self.drop_oldest()
        if history.held_bytes > history.limit_bytes:
            history.make_room(self)

    def _grew(self, segment: _Segment, size_bytes: int) -> None:
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

    def entries(self, number: int) -> Iterator[TapeEntry]:
        """Return the entries from that number on; what is dropped, before or meanwhile, is left out."""
        number = max(number, self.first_entry)
        place = self._place(number, by_offset=False)
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
        segment = self._segments.get(self._place(offset, by_offset=True))
        if segment is None:
            return None
        low, high = 0, segment.count() - 1
        while low < high:
            middle = (low + high) // 2
            entry = segment.entry(middle)
            if entry.offset + entry.size_bytes <= offset:
                low = middle + 1
            else:
                high = middle
        found = segment.entry(low) if high >= 0 else None
        return found if found and found.offset <= offset < found.offset + found.size_bytes else None

    def read(self, offset: int, size_bytes: int) -> bytes | None:
        """Copy a piece that lies within one entry; None where it was dropped, be it while copying."""
        segment = self._segments.get(self._place(offset, by_offset=True))
        if segment is None:
            return None
        start = offset - segment.first_offset
        if start + size_bytes > segment.used:
            return None
        piece = bytes(segment.data[start : start + size_bytes])
        return piece if offset >= self.first_offset and len(piece) == size_bytes else None

    def _place(self, number: int, *, by_offset: bool) -> int:
        """Find the last segment that begins at or before an entry or an offset; numbers only ever grow."""
        low, high = self._first, self._last
        while low < high:
            middle = (low + high + 1) // 2
            segment = self._segments.get(middle)
            if segment is None:  # dropped meanwhile, with all before it
                low = middle + 1
            elif (segment.first_offset if by_offset else segment.first_entry) <= number:
                low = middle
            else:
                high = middle - 1
        return low
