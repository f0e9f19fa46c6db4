"""One call on a tape, and what can be told of it without its bytes."""

from enum import IntEnum
from typing import NamedTuple


class EntryKind(IntEnum):
    """What an entry is."""

    RECEIVED = 0
    SENT = 1
    FACT = 2


class Mover(IntEnum):
    """The call that moved the bytes of an entry."""

    RECV = 0
    SEND = 1
    RECVFROM = 2
    SENDTO = 3
    SSL_READ = 4
    SSL_WRITE = 5

    @property
    def call(self) -> str:
        """The name of the call."""
        return _NAMES[self]


_NAMES = ("recv", "send", "recvfrom", "sendto", "SSL_read", "SSL_write")


class TapeEntry(NamedTuple):
    """One call on the tape.

    `asked` is the size of the buffer given to the call, in bytes, and `mover` that call; of a FACT both mean nothing,
    and `fact` is its number, else -1. `offset` is the place of the first byte, counted over the whole tape,
    `stream_offset` counted over its direction alone.
    """

    number: int
    kind: EntryKind
    at_ns: int
    took_ns: int
    asked: int
    offset: int
    size_bytes: int
    mover: Mover = Mover.RECV
    fact: int = -1
    stream_offset: int = 0
