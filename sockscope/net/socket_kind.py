"""The kinds of sockets, in one table: what socket(2) is called with, and what follows from it.

The rule: nobody asks which kind a socket is; each asks for the one property that it needs. What a row claims is true
of the kernel's sockets (socket(7), tcp(7), udp(7), unix(7)); what is chosen for a single socket, such as TLS or going
without connect(2), is not here. The standard library's `socket.SocketKind` is only the type, SOCK_STREAM and so on.
"""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

AF_UNIX = getattr(socket, "AF_UNIX", None)
"""The family of UNIX sockets; None on a system without them."""

_STREAM, _DATAGRAM = socket.SOCK_STREAM, socket.SOCK_DGRAM
_INTERNET = (socket.AF_INET, socket.AF_INET6)
_LOCAL = (AF_UNIX,) if AF_UNIX is not None else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketKind:
    """One kind of socket: `title` is its name on the screen, `protocol` as services(5) writes it.

    `unit` is what one record is where its boundaries mean something, else empty. `families` is empty where this system
    has no such socket.
    """

    title: str
    families: tuple[socket.AddressFamily, ...]
    type: socket.SocketKind
    protocol: str = ""
    unit: str = ""

    connection_oriented: bool
    """Whether a connection comes first: a server calls listen(2), with a backlog, and accept(2)."""

    keeps_boundaries: bool
    """Whether what one call sends arrives whole, as one message, or not at all; an empty one arrives too."""

    reliable: bool
    """Whether nothing is lost on the way: a sender waits while the receiver has no room."""

    has_end_of_stream: bool
    """Whether each end can finish its own direction (shutdown(2), SHUT_WR), which the peer receives as 0 bytes."""

    can_reset: bool
    """Whether closing can abort with a reset (SO_LINGER with 0 s); without one, EPIPE only says the peer has closed."""

    has_tcp_states: bool
    """Whether a connection goes through the states of TCP, of which the kernel tells with its figures (TCP_INFO)."""

    can_carry_tls: bool
    """Whether TLS can lie above it."""

    has_ports: bool
    """Whether addresses are a host and a port, else a path or an abstract name, or none at all."""

    resolves: bool
    """Whether a resolver is asked for its addresses, and which version of IP to use."""

    can_multicast: bool
    """Whether it can send to groups, and join them."""

    has_peer_credentials: bool
    """Whether the kernel says which process is at the other end (SO_PEERCRED)."""

    reaches_network: bool
    """Whether it can leave this machine."""

    @property
    def type_word(self) -> str:
        """The type in the words of a question to getaddrinfo."""
        return "stream" if self.type == _STREAM else "datagram"


TCP = SocketKind(
    title="TCP",
    families=_INTERNET,
    type=_STREAM,
    protocol="tcp",
    connection_oriented=True,
    keeps_boundaries=False,
    reliable=True,
    has_end_of_stream=True,
    can_reset=True,
    has_tcp_states=True,
    can_carry_tls=True,
    has_ports=True,
    resolves=True,
    can_multicast=False,
    has_peer_credentials=False,
    reaches_network=True,
)
UDP = SocketKind(
    title="UDP",
    families=_INTERNET,
    type=_DATAGRAM,
    protocol="udp",
    unit="datagram",
    connection_oriented=False,
    keeps_boundaries=True,
    reliable=False,
    has_end_of_stream=False,
    can_reset=False,
    has_tcp_states=False,
    can_carry_tls=False,
    has_ports=True,
    resolves=True,
    can_multicast=True,
    has_peer_credentials=False,
    reaches_network=True,
)
UNIX = SocketKind(
    title="UNIX stream",
    families=_LOCAL,
    type=_STREAM,
    connection_oriented=True,
    keeps_boundaries=False,
    reliable=True,
    has_end_of_stream=True,
    can_reset=False,
    has_tcp_states=False,
    can_carry_tls=True,
    has_ports=False,
    resolves=False,
    can_multicast=False,
    has_peer_credentials=True,
    reaches_network=False,
)
UNIXGRAM = SocketKind(
    title="UNIX datagram",
    families=_LOCAL,
    type=_DATAGRAM,
    unit="datagram",
    connection_oriented=False,
    keeps_boundaries=True,
    reliable=True,
    has_end_of_stream=False,
    can_reset=False,
    has_tcp_states=False,
    can_carry_tls=False,
    has_ports=False,
    resolves=False,
    can_multicast=False,
    has_peer_credentials=False,
    reaches_network=False,
)

SCHEMES: Mapping[str, SocketKind] = MappingProxyType(
    {"tcp": TCP, "udp": UDP, "tls": TCP, "unix": UNIX, "unixgram": UNIXGRAM}
)
"""The kind of socket of what people write before an address; TLS is a layer over TCP, no kind of its own."""


def scheme_of(family: int, type: int) -> str:
    """Return the scheme of the addresses that such a socket connects to; empty where there is none."""
    return next((scheme for scheme, kind in SCHEMES.items() if kind.type == type and family in kind.families), "")
