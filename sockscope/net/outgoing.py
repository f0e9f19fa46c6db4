"""What waits to be sent: pieces of memory and files, in order.

The rule: memory is bounded. Bytes are refused whole when they do not fit; a file is read piece by piece as
the kernel takes it, so its size does not matter.
"""

import io
from collections import deque
from typing import BinaryIO

LIMIT_BYTES = 16 * 1024 * 1024
LIMIT_ITEMS = 65_536
_ITEM_COST = 256  # what a queued piece takes besides its bytes
PIECE_BYTES = 256 * 1024


class Outgoing:
    """A queue of bytes and open files; `size_bytes` counts the bytes that wait in memory."""

    __slots__ = ("_items", "_piece", "size_bytes")

    def __init__(self) -> None:
        self._items: deque[memoryview | BinaryIO] = deque()
        self._piece = memoryview(b"")  # what was read of the file at the head and not yet taken
        self.size_bytes = 0

    def add(self, data: bytes | memoryview) -> bool:
        """Queue bytes; False, and nothing queued, where they do not fit."""
        if self.size_bytes + len(data) > LIMIT_BYTES or len(self._items) >= LIMIT_ITEMS:
            return False
        if data:
            self._items.append(memoryview(data))
            self.size_bytes += len(data)
        return True

    def add_file(self, file: BinaryIO) -> None:
        """Queue an open file, to be read to its end and closed."""
        self._items.append(file)

    @property
    def cost_bytes(self) -> int:
        """How much memory the queue takes: many small pieces cost more than their bytes."""
        return self.size_bytes + _ITEM_COST * len(self._items)

    def __bool__(self) -> bool:
        return bool(self._items)

    def peek(self) -> memoryview:
        """Give the next piece, at most PIECE_BYTES; empty when nothing is left. Raises OSError from a file."""
        while self._items:
            head = self._items[0]
            if isinstance(head, memoryview):
                return head[:PIECE_BYTES]
            if not self._piece:
                self._piece = memoryview(head.read(PIECE_BYTES))
                self.size_bytes += len(self._piece)
            if self._piece:
                return self._piece
            self.drop_file()
        return memoryview(b"")

    def taken(self, size_bytes: int) -> None:
        """The kernel took so many bytes of the piece that `peek` gave."""
        self.size_bytes -= size_bytes
        head = self._items[0]
        if not isinstance(head, memoryview):
            self._piece = self._piece[size_bytes:]
        elif size_bytes == len(head):
            self._items.popleft()
        else:
            self._items[0] = head[size_bytes:]

    def drop_file(self) -> None:
        """Close the file at the head and go on behind it."""
        head = self._items.popleft()
        assert isinstance(head, io.IOBase)
        head.close()
        self.size_bytes -= len(self._piece)
        self._piece = memoryview(b"")

    def clear(self) -> None:
        """Forget everything and close the files."""
        while self._items:
            if isinstance(self._items[0], memoryview):
                self.size_bytes -= len(self._items.popleft())  # type: ignore[arg-type]
            else:
                self.drop_file()
