"""What was found out about a failure by looking at the system just behind it: data, made into sentences by `show`.

The rules: a finding is of the moment at which it was looked for, and is never changed. What may not be seen is None or
left out, so that nothing is ever said to be free, or nobody's, only because we could not look. Names of programs,
users, interfaces and paths are foreign text.
"""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from sockscope.net.endpoint import Endpoint
from sockscope.record.certificate import Certificate
from sockscope.record.process import Holders

NET_BIND_SERVICE, NET_RAW = 10, 13
"""Numbers of capabilities (<linux/capability.h>)."""


class SeenSocket(NamedTuple):
    """A socket of any program: its protocol, what state ss(8) would call it in, its addresses, who owns and holds it.

    `ours` is whether this very process holds it. `left_s` is for how long a connection in TIME-WAIT stays. `waiting`
    and `limit` are the clients in the queue of one that listens.
    """

    protocol: str
    state: str
    local: Endpoint
    peer: Endpoint
    user: str
    holders: Holders
    ours: bool = False
    left_s: float = 0.0
    waiting: int = 0
    limit: int = 0


@dataclass(frozen=True, slots=True)
class OwnHolder:
    """What of this very program has an address that could not be had: a listener, or a conversation, by its number."""

    kind: ClassVar[str] = "own_holder"
    number: int
    listens: bool
    local: Endpoint
    peer: Endpoint


@dataclass(frozen=True, slots=True)
class InTheWay:
    """The sockets of any program that have an address that could not be had."""

    kind: ClassVar[str] = "in_the_way"
    sockets: tuple[SeenSocket, ...]


@dataclass(frozen=True, slots=True)
class Nearby:
    """Who listens near an address of this machine that refused.

    They have the same port at another address, a port next to it, or are of a program that has one of those.
    """

    kind: ClassVar[str] = "nearby"
    sockets: tuple[SeenSocket, ...]


@dataclass(frozen=True, slots=True)
class ListenQueue:
    """The listener of this machine that a connect waited for in vain."""

    kind: ClassVar[str] = "listen_queue"
    socket: SeenSocket

    @property
    def full(self) -> bool:
        """Whether it lets nobody else in: Linux admits one more than the limit."""
        return self.socket.waiting > self.socket.limit


@dataclass(frozen=True, slots=True)
class Privileges:
    """What this process may do: the first port that anybody may bind, and its effective capabilities as a mask."""

    kind: ClassVar[str] = "privileges"
    user: str
    first_port: int | None
    capabilities: int | None

    def has(self, capability: int) -> bool | None:
        """Whether it has a capability, None where that is not known."""
        return None if self.capabilities is None else bool(self.capabilities >> capability & 1)


@dataclass(frozen=True, slots=True)
class Route:
    """How the kernel would reach an address (rtnetlink(7), RTM_GETROUTE): the type of the route, and its way.

    `type` is "unicast", "local", "unreachable", "prohibit", "blackhole", "broadcast" …; where there is none it is empty
    and `error` is the errno's name. `up` is whether the interface is up, None where unknown.
    """

    kind: ClassVar[str] = "route"
    type: str
    error: str = ""
    interface: str = ""
    gateway: str = ""
    source: str = ""
    up: bool | None = None


class OwnAddress(NamedTuple):
    """An address of this machine, and the interface that has it."""

    address: str
    interface: str


@dataclass(frozen=True, slots=True)
class OwnAddresses:
    """The addresses of this machine, the first of many, and how many there are."""

    kind: ClassVar[str] = "own_addresses"
    addresses: tuple[OwnAddress, ...]
    count: int


@dataclass(frozen=True, slots=True)
class PortRange:
    """The ports that the kernel chooses from, and how many of them any program's sockets have."""

    kind: ClassVar[str] = "port_range"
    first: int
    last: int
    used: int | None

    @property
    def count(self) -> int:
        """How many ports there are to choose from."""
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Descriptors:
    """How many descriptors this process has open and may have, up to its hard limit; and the same of the system."""

    kind: ClassVar[str] = "descriptors"
    used: int | None
    limit: int
    hard_limit: int
    system_used: int | None
    system_limit: int | None


@dataclass(frozen=True, slots=True)
class Memory:
    """What the machine has left, and the most that a socket's send buffer may be set to (net.core.wmem_max)."""

    kind: ClassVar[str] = "memory"
    available_bytes: int | None
    most_buffer_bytes: int | None


@dataclass(frozen=True, slots=True)
class DatagramRoom:
    """How large a datagram to that address may be in all, and what fits into one packet of the path (IP_MTU)."""

    kind: ClassVar[str] = "datagram_room"
    most_bytes: int | None
    path_mtu_bytes: int | None


@dataclass(frozen=True, slots=True)
class PathSeen:
    """What is at the path of a UNIX socket, or the first part of it that is missing or may not be passed.

    `type` is "socket", "directory", "file", "link" or "other", empty where `at` does not exist. `mode` are the bits of
    its permissions, `holders` is None where the kernel did not tell whether anybody has a socket there.
    """

    kind: ClassVar[str] = "path"
    at: str
    type: str
    owner: str = ""
    mode: int = 0
    user: str = ""  # who we are
    last: bool = True  # `at` is the path itself, no part of it
    holders: Holders | None = None


@dataclass(frozen=True, slots=True)
class Sharers:
    """Other sockets bound to the very address that we are bound to (SO_REUSEPORT): they get a part of what comes."""

    kind: ClassVar[str] = "sharers"
    sockets: tuple[SeenSocket, ...]


class Hello(NamedTuple):
    """What one side of TLS said first: what it offers, or as an `answer` what it chose; names as OpenSSL has them."""

    versions: tuple[str, ...]
    ciphers: tuple[str, ...]
    groups: tuple[str, ...]
    alpn: tuple[str, ...]
    server_name: str = ""
    answer: bool = False


@dataclass(frozen=True, slots=True)
class Offers:
    """What both sides of a handshake that failed had said; None of one that said nothing that could be read.

    Of ours as a server, which chose nothing yet, `ours` is what the listener would take. `versions` are those that we
    take, `left_out` names what we leave out on purpose though OpenSSL has it.
    """

    kind: ClassVar[str] = "offers"
    ours: Hello | None
    theirs: Hello | None
    versions: tuple[str, ...]
    left_out: str = ""


class Check(NamedTuple):
    """One check of a certificate of a chain, counted from 0, and its verdict; None where it could not be made."""

    certificate: int
    name: str
    passed: bool | None


@dataclass(frozen=True, slots=True)
class Nameservers:
    """The DNS servers that the system's resolver goes by; none where it asks no DNS. Who answered nobody tells."""

    kind: ClassVar[str] = "nameservers"
    servers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChainSeen:
    """The certificates that came in a handshake that failed, the peer's own first, with every check of each."""

    kind: ClassVar[str] = "chain"
    certificates: tuple[Certificate, ...]
    checks: tuple[Check, ...]
    server_name: str

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that were not passed."""
        return tuple(one for one in self.checks if one.passed is False)


Finding = (
    OwnHolder
    | InTheWay
    | Nearby
    | ListenQueue
    | Privileges
    | Route
    | OwnAddresses
    | PortRange
    | Descriptors
    | Memory
    | DatagramRoom
    | PathSeen
    | Sharers
    | Offers
    | Nameservers
    | ChainSeen
)
