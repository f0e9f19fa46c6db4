"""What waits to be sent: pieces of memory and files, in order.

The rule: memory is bounded. Bytes are refused whole when they do not fit; a file is read piece by piece as
the kernel takes it, so its size does not matter.
"""

import errno
import os
import stat
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from sockscope.net.clock import now_ns
from sockscope.record.recorder.outgoing import OutgoingRecorder
from sockscope.record.transfer import Transfer

LIMIT_ITEMS = 65_536
_ITEM_COST = 256  # what a queued piece takes besides its bytes
PIECE_BYTES = 256 * 1024


@dataclass(slots=True)
class OpenFile:
    """A file that is being sent, and the record of how far it is."""

    file: BinaryIO
    transfer: Transfer


def open_file(path: Path) -> OpenFile:
    """Open a regular file; anything else could keep the loop waiting (open(2), FIFOs). Raise OSError, ValueError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        file = cast(BinaryIO, os.fdopen(descriptor, "rb", buffering=0))
    except OSError:
        os.close(descriptor)
        raise
    return OpenFile(file, Transfer(path.name, status.st_size, now_ns()))


class SendQueue:
    """A queue of bytes and open files; `size_bytes` counts the bytes that wait in memory."""

    __slots__ = ("_items", "_limit_bytes", "_piece", "_recorder", "size_bytes")

    def __init__(self, recorder: OutgoingRecorder, limit_bytes: int) -> None:
        """`recorder` notes how far the files are; `limit_bytes` is the most that may wait in memory."""
        self._limit_bytes = limit_bytes
        self._recorder = recorder
        self._items: deque[memoryview | OpenFile] = deque()
        self._piece = memoryview(b"")  # what was read of the file at the head and not yet taken
        self.size_bytes = 0

    def add(self, data: bytes | memoryview) -> bool:
        """Queue bytes; False, and nothing queued, where they do not fit."""
        if self.size_bytes + len(data) > self._limit_bytes or len(self._items) >= LIMIT_ITEMS:
            return False
        if data:
            self._items.append(memoryview(data))
            self.size_bytes += len(data)
        return True

    def add_file(self, file: OpenFile) -> None:
        """Queue an open file, to be read to its end and closed."""
        self._items.append(file)

    def cancel_file(self) -> bool:
        """Take the first file out of the queue, with what of it was read; False where there is none."""
        for item in self._items:
            if isinstance(item, OpenFile):
                if item is self._items[0]:
                    self._forget_piece()
                self._items.remove(item)
                self._end(item, "cancelled")
                return True
        return False

    @property
    def cost_bytes(self) -> int:
        """How much memory the queue takes: many small pieces cost more than their bytes."""
        return self.size_bytes + _ITEM_COST * len(self._items)

    def __bool__(self) -> bool:
        return bool(self._items)

    def peek(self) -> memoryview:
        """Return the next piece, at most PIECE_BYTES; empty when nothing is left. Raise OSError from a file."""
        while self._items:
            head = self._items[0]
            if isinstance(head, memoryview):
                return head[:PIECE_BYTES]
            if not self._piece:
                if not head.transfer.sent_bytes:
                    self._recorder.transfer_begins(head.transfer)
                self._piece = memoryview(_read(head.file))
                self.size_bytes += len(self._piece)
            if self._piece:
                return self._piece
            cut_short = head.transfer.sent_bytes < head.transfer.total_bytes
            self.drop_file("the file became shorter while it was sent" if cut_short else "sent")
        return memoryview(b"")

    def taken(self, size_bytes: int) -> None:
        """The kernel took so many bytes of the piece that `peek` gave."""
        self.size_bytes -= size_bytes
        head = self._items[0]
        if isinstance(head, OpenFile):
            self._piece = self._piece[size_bytes:]
            self._recorder.transferred(head.transfer, size_bytes)
        elif size_bytes == len(head):
            self._items.popleft()
        else:
            self._items[0] = head[size_bytes:]

    def drop_file(self, outcome: str) -> None:
        """Close the file at the head, say how it ended, and go on behind it."""
        head = self._items.popleft()
        assert isinstance(head, OpenFile)
        self._forget_piece()
        self._end(head, outcome)

    def _end(self, file: OpenFile, outcome: str) -> None:
        with suppress(OSError):  # it was only read; the descriptor is gone whatever close(2) says
            file.file.close()
        self._recorder.transfer_over(file.transfer, outcome)

    def _forget_piece(self) -> None:
        self.size_bytes -= len(self._piece)
        self._piece = memoryview(b"")

    def clear(self) -> None:
        """Forget everything and close the files."""
        while self._items:
            if isinstance(self._items[0], memoryview):
                self.size_bytes -= len(self._items.popleft())  # type: ignore[arg-type]
            else:
                self.drop_file("the conversation ended before the file did")


def _read(file: BinaryIO) -> bytes:
    """Read a piece. Raise OSError, also where the file would have us wait, as some of /proc do."""
    piece: bytes | None = file.read(PIECE_BYTES)
    if piece is None:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
    return piece
