"""What a select server would be told: which sockets can be read, and which can be written, without waiting."""

from typing import NamedTuple

READY_ASKED = 1000
"""A listener's sockets beyond so many are not asked about."""


class Ready(NamedTuple):
    """Descriptors at one moment, of `asked` that were asked about.

    A listening socket is readable where somebody waits to be accepted; a connected one where something is unread, or
    the peer has finished or is gone. Writable is one whose send buffer has room.
    """

    at_ns: int
    readable: tuple[int, ...]
    writable: tuple[int, ...]
    asked: int
