"""One row of getaddrinfo's answer, in the words people use."""

import socket
from typing import NamedTuple

from sockscope.net.endpoint import Endpoint, SocketAddress, endpoint
from sockscope.net.hint import TYPES
from sockscope.net.socket_kind import AF_UNIX, scheme_of

_PROTOCOLS = {0: "any", socket.IPPROTO_TCP: "TCP", socket.IPPROTO_UDP: "UDP"}


class Row(NamedTuple):
    """One row of getaddrinfo's answer, in the words people use."""

    family: socket.AddressFamily
    type: int
    protocol: int
    canonical: str
    sockaddr: SocketAddress

    @property
    def family_word(self) -> str:
        """IPv4 or IPv6, else the constant's name."""
        words = {socket.AF_INET: "IPv4", socket.AF_INET6: "IPv6", AF_UNIX: "UNIX"}
        return words.get(self.family, self.family_name)

    @property
    def type_word(self) -> str:
        """Stream, datagram or raw."""
        return next((word for word, number in TYPES.items() if number == self.type), str(self.type))

    @property
    def family_name(self) -> str:
        """The constant's name, AF_INET; the number where it has none."""
        return _name(socket.AddressFamily, self.family)

    @property
    def type_name(self) -> str:
        """The constant's name, SOCK_STREAM; the number where it has none."""
        return _name(socket.SocketKind, self.type)

    @property
    def scheme(self) -> str:
        """What an address to connect to it begins with; empty where it cannot be connected to."""
        return scheme_of(self.family, self.type)

    @property
    def protocol_word(self) -> str:
        """TCP, UDP, or the number."""
        return _PROTOCOLS.get(self.protocol, str(self.protocol))

    @property
    def host(self) -> str:
        """The address without its port."""
        if not isinstance(self.sockaddr, tuple):
            return str(endpoint(self.sockaddr))
        address, scope = str(self.sockaddr[0]), self.sockaddr[3] if len(self.sockaddr) == 4 else 0
        return f"{address}%{scope}" if scope and "%" not in address else address

    @property
    def port(self) -> int:
        """The port, 0 where no service was asked for, and of a UNIX socket."""
        return int(self.sockaddr[1]) if isinstance(self.sockaddr, tuple) else 0

    @property
    def endpoint(self) -> Endpoint:
        """Address and port."""
        return endpoint(self.sockaddr)


def _name(kind: type[socket.SocketKind] | type[socket.AddressFamily], number: int) -> str:
    try:
        return kind(number).name
    except ValueError:
        return str(number)
