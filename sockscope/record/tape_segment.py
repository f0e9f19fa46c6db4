"""A segment of a tape: a run of entries, their bytes, and an index of fixed-size entries.

The rule: the index grows only after the bytes are in place, so an entry that can be seen is complete.
"""

from collections.abc import Iterator
from struct import Struct

from sockscope.record.tape_entry import EntryKind, Mover, TapeEntry
from sockscope.record.tape_memory import Chunk

INDEX = Struct("=qIIIIB")
"""Of an entry: at_ns, took_ns, asked or the fact's number, the bytes and the received bytes in its segment up to its
end, and its kind and mover."""

_AT_NS = Struct("=q")
RECEIVED, SENT, FACT = map(int, EntryKind)  # an enumeration's members are slow to reach
KINDS = 4  # the kind is in the two lowest bits, the mover above
INDEX_LIMIT = 8192 * INDEX.size
LONGEST_NS = 2**32 - 1

Outline = tuple[int, int, int, int]
"""Of an entry: its number, kind, at_ns and size in bytes."""


class Segment:
    """A run of entries from a place of the tape on."""

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

    def __init__(
        self, before: tuple[int, int, int], chunk: Chunk | None, data: bytearray | memoryview, capacity: int
    ) -> None:
        """`before` are the entries, the bytes and the received bytes that the tape had before it."""
        self.first_entry, self.first_offset, self.first_received = before
        self.chunk = chunk
        self.capacity = capacity
        self.data = data  # the whole chunk, a shared part of it, or memory that grows
        self.index = bytearray()
        self.used = self.received = 0
        self.held_bytes = capacity if chunk else 0

    @property
    def first_sent(self) -> int:
        """Of the bytes before it, those that were sent."""
        return self.first_offset - self.first_received

    def room(self) -> int:
        """How many more bytes fit."""
        return 0 if len(self.index) >= INDEX_LIMIT else self.capacity - self.used

    def entry(self, i: int) -> TapeEntry:
        """Return the i-th entry of this segment; raises struct.error where there is none."""
        at_ns, took_ns, asked, end, _, packed = INDEX.unpack_from(self.index, i * INDEX.size)
        mover, kind = divmod(packed, KINDS)
        start, received = INDEX.unpack_from(self.index, (i - 1) * INDEX.size)[3:5] if i else (0, 0)
        offset, received = self.first_offset + start, self.first_received + received
        number = self.first_entry + i
        if kind == FACT:
            return TapeEntry(number, EntryKind.FACT, at_ns, took_ns, 0, offset, 0, fact=asked)
        stream_offset = received if kind == RECEIVED else offset - received
        moved = EntryKind(kind), at_ns, took_ns, asked, offset, end - start, Mover(mover)
        return TapeEntry(number, *moved, stream_offset=stream_offset)

    def at_ns(self, i: int) -> int:
        """Return when the call of the i-th entry was made."""
        at_ns: int = _AT_NS.unpack_from(self.index, i * INDEX.size)[0]
        return at_ns

    def count(self) -> int:
        """How many entries can be read."""
        return len(self.index) // INDEX.size

    def first_behind(self, size_bytes: int, kind: EntryKind | None = None) -> TapeEntry | None:
        """Return the first entry up to whose end the segment has more than so many bytes, of both kinds or of one."""
        low, high = 0, self.count() - 1
        if high < 0:
            return None
        while low < high:
            middle = (low + high) // 2
            end, received = INDEX.unpack_from(self.index, middle * INDEX.size)[3:5]
            had = end if kind is None else received if kind == RECEIVED else end - received
            low, high = (middle + 1, high) if had <= size_bytes else (low, middle)
        return self.entry(low)

    def outline(self, number: int) -> Iterator[Outline]:
        """Return the outlines of its entries from that number of the tape on."""
        begun, at = 0, self.first_entry
        for at_ns, _, _, end, _, packed in INDEX.iter_unpack(bytes(self.index)):
            if at >= number:
                yield at, packed % KINDS, at_ns, end - begun
            begun, at = end, at + 1
