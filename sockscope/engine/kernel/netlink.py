"""Netlink messages, written and read (netlink(7), rtnetlink(7)); the sockets are others' business.

The rule: a length is believed only as far as there are bytes; what is cut off in the middle is left out.
"""

import struct
from collections.abc import Iterator

FAMILY = 16  # AF_NETLINK, by number because only Linux has the name
REQUEST = 1  # NLM_F_REQUEST
DUMP = 0x300  # NLM_F_DUMP: all there are
ERROR = 2  # NLMSG_ERROR
DONE = 3  # NLMSG_DONE

_HEADER = struct.Struct("=IHHII")  # struct nlmsghdr: length, type, flags, sequence, port
_ATTRIBUTE = struct.Struct("=HH")  # struct rtattr: length, type


def request(kind: int, body: bytes, flags: int = 0) -> bytes:
    """Write a request of that type."""
    return _HEADER.pack(_HEADER.size + len(body), kind, REQUEST | flags, 1, 0) + body


def messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Return the type and the body of each message in what was received."""
    at = 0
    while at + _HEADER.size <= len(data):
        size, kind, *_ = _HEADER.unpack_from(data, at)
        if size < _HEADER.size or at + size > len(data):
            return
        yield kind, data[at + _HEADER.size : at + size]
        at += _aligned(size)


def attributes(data: bytes, at: int = 0) -> Iterator[tuple[int, bytes]]:
    """Return the type and the payload of each attribute from `at` on; one without a length is read on behind."""
    while at + _ATTRIBUTE.size <= len(data):
        size, kind = _ATTRIBUTE.unpack_from(data, at)
        if at + size > len(data):
            return
        yield kind, data[at + _ATTRIBUTE.size : at + size]
        at += _aligned(max(_ATTRIBUTE.size, size))


def _aligned(size: int) -> int:
    """Each message and each attribute begins at a multiple of 4."""
    return (size + 3) & ~3
