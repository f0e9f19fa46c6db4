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
_SIZE_AND_TYPE = struct.Struct("=IH")
_ATTRIBUTE = struct.Struct("=HH")  # struct rtattr: length, type


def request(kind: int, body: bytes, flags: int = 0) -> bytes:
    """Write a request of that type."""
    return _HEADER.pack(_HEADER.size + len(body), kind, REQUEST | flags, 1, 0) + body


def messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Return the type and the body of each message in what was received."""
    at = 0
    while at + _HEADER.size <= len(data):
        size, kind = _SIZE_AND_TYPE.unpack_from(data, at)
        if size < _HEADER.size or at + size > len(data):
            return
        yield kind, data[at + _HEADER.size : at + size]
        at += (size + 3) & ~3  # as _aligned: a dump has thousands of messages


def attributes(data: bytes, at: int = 0) -> Iterator[tuple[int, bytes]]:
    """Return the type and the payload of each attribute from `at` on; one without a length is read on behind."""
    while at + _ATTRIBUTE.size <= len(data):
        size, kind = _ATTRIBUTE.unpack_from(data, at)
        if at + size > len(data):
            return
        yield kind, data[at + _ATTRIBUTE.size : at + size]
        at += _aligned(max(_ATTRIBUTE.size, size))


class Layout:
    """Finds the same attributes in one message after another.

    The rule: a kernel writes those of one socket as it wrote those of another, so they are looked for where they stood
    last; what stands there says what it is. Only where that is something else, all are walked through.
    """

    def __init__(self, *wanted: int) -> None:
        self._wanted = wanted
        self._stood: list[
            tuple[bytes, int, int, int]
        ] = []  # a head, where that begins and ends, and where its payload ends

    def payloads(self, data: bytes, at: int) -> list[bytes]:
        """Return the payload of each attribute that is wanted, in that order, from `at` on; empty where it is not."""
        for head, begins, behind, _ in self._stood:
            if data[begins:behind] != head:
                break
        else:
            if self._stood:
                return [data[behind:end] for _, _, behind, end in self._stood]
        found = dict.fromkeys(self._wanted, b"")
        places = {}
        for kind, payload in attributes(data, at):
            size = _ATTRIBUTE.size + len(payload)
            if kind in found:
                found[kind] = payload
                places[kind] = (_ATTRIBUTE.pack(size, kind), at, at + _ATTRIBUTE.size, at + size)
            at += _aligned(size)
        self._stood = [places[kind] for kind in self._wanted] if len(places) == len(found) else []
        return list(found.values())


def _aligned(size: int) -> int:
    """Each message and each attribute begins at a multiple of 4."""
    return (size + 3) & ~3
