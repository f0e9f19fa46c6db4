"""A word server: each client gets some words as packets, and then our end of stream.

A packet is the length of the word in bytes, as two bytes in big endian, and then the word: the simplest frame there is.
Several packets may come by one receive, and one by several: whoever reads has to put them together.
"""

import random
from collections.abc import Callable

from sockscope.engine.listen.responders.response import Responder, Response

WORDS = [
    "socket",
    "bind",
    "listen",
    "accept",
    "connect",
    "send",
    "receive",
    "close",
    "port",
    "host",
    "stream",
    "datagram",
    "packet",
    "segment",
    "window",
    "backlog",
    "timeout",
    "retry",
    "reset",
    "finish",
    "address",
    "family",
    "protocol",
    "byte",
    "order",
    "buffer",
    "queue",
    "kernel",
    "peer",
    "client",
    "server",
    "loopback",
]
MOST = 10


class Words(Responder):
    """Gives one client MOST words; over datagrams one packet for each that comes."""

    def __init__(self, datagrams: bool, choose: Callable[[list[str], int], list[str]] = random.sample) -> None:
        self._datagrams = datagrams
        self._choose = choose

    def arrived(self) -> Response | None:
        """Serve a stream."""
        return None if self._datagrams else Response(self._packets(MOST), finish=True)

    def received(self, data: memoryview) -> Response | None:
        """Serve a datagram."""
        return Response(self._packets(1)) if self._datagrams else None

    def _packets(self, count: int) -> bytes:
        return b"".join(packet(word.encode()) for word in self._choose(WORDS, count))


def packet(word: bytes) -> bytes:
    """Write a word behind its length: two bytes, big endian."""
    return len(word).to_bytes(2, "big") + word
