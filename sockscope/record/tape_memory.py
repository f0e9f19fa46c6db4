"""The memory that all tapes share: recycled chunks, and the sum of what is held.

The rules: one chunk is always ready for the next receive (the landing), so that the kernel copies straight
into history and no buffer is made per read. When the sum of all tapes is over the limit, whoever holds more
than a fair share gives way, so a flood forgets its own past and never that of a quiet conversation.
"""

from typing import Protocol

CHUNK_BYTES = 256 * 1024

SPARE_BYTES = 16 * 1024 * 1024
"""How much memory that fell out of the tapes is kept for the next landings, besides what is held."""


class Holder(Protocol):
    """What can hold history: a tape."""

    held_bytes: int

    def drop_oldest(self) -> None:
        """Give back the oldest part of what is held."""


class Chunk:
    """A fixed piece of memory, `size_bytes` large, with a view that is made once; `holders` counts whose history it is.

    One tape adopts what was received into it; what is passed on from there to be sent is held by a second tape too.
    """

    __slots__ = ("holders", "view")

    def __init__(self, size_bytes: int = CHUNK_BYTES) -> None:
        self.view = memoryview(bytearray(size_bytes))
        self.holders = 0


class TapeMemory:
    """The chunks and the budget of one engine; used from its thread alone."""

    def __init__(self, *, limit_bytes: int, limit_each_bytes: int, chunk_bytes: int = CHUNK_BYTES) -> None:
        """`chunk_bytes` is what one recv(2) can give at the most."""
        self.chunk_bytes = chunk_bytes
        self.limit_bytes = max(limit_bytes, 4 * chunk_bytes)
        self.limit_each_bytes = max(limit_each_bytes, 2 * chunk_bytes)
        self.held_bytes = 0
        self.holders: dict[Holder, None] = {}
        self._chunks: dict[int, Chunk] = {}  # all of them, by the identity of their memory
        self._spare: list[Chunk] = []
        self.landing = self._unused()

    def _unused(self) -> Chunk:
        if self._spare:
            return self._spare.pop()
        chunk = Chunk(self.chunk_bytes)
        self._chunks[id(chunk.view.obj)] = chunk
        return chunk

    def adopt_landing(self) -> Chunk:
        """Hand over the landing chunk for good and put another one in its place."""
        chunk = self.landing
        chunk.holders = 1
        self.landing = self._unused()
        return chunk

    def adopt_unused(self) -> Chunk:
        """Hand over a chunk to copy into, which costs less than fresh memory."""
        chunk = self._unused()
        chunk.holders = 1
        return chunk

    def share(self, view: memoryview) -> Chunk | None:
        """Return the chunk that a view shows, held once more; None where it is no history."""
        chunk = self._chunks.get(id(view.obj))
        if chunk is None or not chunk.holders:
            return None
        chunk.holders += 1
        return chunk

    def give_back(self, chunk: Chunk) -> None:
        """Take a chunk that fell out of a tape; the last holder's is kept for the next landing, or freed."""
        chunk.holders -= 1
        if chunk.holders:
            return
        if len(self._spare) < SPARE_BYTES // self.chunk_bytes:
            self._spare.append(chunk)
        else:
            del self._chunks[id(chunk.view.obj)]

    def make_room(self, asking: Holder) -> None:
        """Bring the sum back under the limit after `asking` grew."""
        while self.held_bytes > self.limit_bytes:
            share = self.limit_bytes // max(1, len(self.holders))
            if asking.held_bytes < share:
                asking = max(self.holders, key=lambda holder: holder.held_bytes)
            asking.drop_oldest()
