"""The kinds of sockets: their family, type and protocol, and what follows from the type.

The rule: a stream is a row of bytes without boundaries that begins with a connection and ends with an end of
stream; a datagram is whole or not there, and a socket for datagrams needs no connection (socket(7), udp(7),
unix(7)).
"""

import socket
from enum import Enum

UNIX = getattr(socket, "AF_UNIX", None)
"""The family of UNIX sockets; None on a system without them."""


class Transport(Enum):
    """What carries bytes; the value is the word on the screen."""

    TCP = "TCP"
    UDP = "UDP"
    UNIX = "UNIX stream"
    UNIXGRAM = "UNIX datagram"

    @property
    def datagrams(self) -> bool:
        """Whether what is sent arrives whole, with its boundaries, or not at all."""
        return self in (Transport.UDP, Transport.UNIXGRAM)

    @property
    def local(self) -> bool:
        """Whether it never leaves this machine."""
        return self in (Transport.UNIX, Transport.UNIXGRAM)

    @property
    def type(self) -> int:
        """The type for socket(2)."""
        return socket.SOCK_DGRAM if self.datagrams else socket.SOCK_STREAM

    @property
    def asked(self) -> str:
        """The type in the words of a question to getaddrinfo."""
        return "datagram" if self.datagrams else "stream"


_KINDS = {
    "tcp": Transport.TCP,
    "tls": Transport.TCP,
    "udp": Transport.UDP,
    "unix": Transport.UNIX,
    "unixgram": Transport.UNIXGRAM,
}


def transport(kind: str) -> Transport:
    """Give the transport of an address's kind; TLS is a layer over TCP."""
    return _KINDS[kind]
