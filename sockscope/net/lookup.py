"""One question to getaddrinfo and what it answered. What a view reads."""

import socket
from dataclasses import dataclass
from enum import Enum

from sockscope.net.address import SocketAddress, endpoint
from sockscope.net.fact import Call, now_ns

UNIX = getattr(socket, "AF_UNIX", None)
"""The family of UNIX sockets; None on a system without them."""

FAMILIES = {"any": socket.AF_UNSPEC, "IPv4": socket.AF_INET, "IPv6": socket.AF_INET6}
TYPES: dict[str, int] = {"any": 0, "stream": socket.SOCK_STREAM, "datagram": socket.SOCK_DGRAM, "raw": socket.SOCK_RAW}
_PROTOCOLS = {0: "any", socket.IPPROTO_TCP: "TCP", socket.IPPROTO_UDP: "UDP"}


class LookupState(Enum):
    """Where a lookup is; the value is the word on the screen."""

    QUEUED = "queued"
    ASKING = "asking"
    ANSWERED = "answered"
    FAILED = "failed"
    ABANDONED = "abandoned"

    @property
    def live(self) -> bool:
        """Whether an answer is still awaited."""
        return self in (LookupState.QUEUED, LookupState.ASKING)


@dataclass(frozen=True, slots=True)
class Question:
    """What getaddrinfo is asked (getaddrinfo(3)); `family` and `type` are keys of FAMILIES and TYPES."""

    name: str
    service: str = ""
    family: str = "any"
    type: str = "stream"
    passive: bool = False
    canonical: bool = False

    def arguments(self) -> str:
        """Write the call's arguments as a person would."""
        name = f'"{self.name}"' if self.name else "NULL"
        service = f'"{self.service}"' if self.service else "NULL"
        kind = socket.SocketKind(TYPES[self.type]).name if TYPES[self.type] else "0"
        flags = [*(["AI_PASSIVE"] if self.passive else []), *(["AI_CANONNAME"] if self.canonical else [])]
        return ", ".join([name, service, FAMILIES[self.family].name, kind, *flags])


@dataclass(frozen=True, slots=True)
class Row:
    """One row of getaddrinfo's answer, in the words people use."""

    family: socket.AddressFamily
    type: int
    protocol: int
    canonical: str
    sockaddr: SocketAddress

    @property
    def family_word(self) -> str:
        """IPv4 or IPv6, else the constant's name."""
        words = {socket.AF_INET: "IPv4", socket.AF_INET6: "IPv6", UNIX: "UNIX"}
        return words.get(self.family, self.family.name)

    @property
    def type_word(self) -> str:
        """Stream, datagram or raw."""
        return next((word for word, number in TYPES.items() if number == self.type), str(self.type))

    @property
    def protocol_word(self) -> str:
        """TCP, UDP, or the number."""
        return _PROTOCOLS.get(self.protocol, str(self.protocol))

    @property
    def host(self) -> str:
        """The address without its port."""
        if not isinstance(self.sockaddr, tuple):
            return endpoint(self.sockaddr)
        address, scope = str(self.sockaddr[0]), self.sockaddr[3] if len(self.sockaddr) == 4 else 0
        return f"{address}%{scope}" if scope and "%" not in address else address

    @property
    def port(self) -> int:
        """The port, 0 where no service was asked for, and of a UNIX socket."""
        return int(self.sockaddr[1]) if isinstance(self.sockaddr, tuple) else 0

    @property
    def endpoint(self) -> str:
        """Address and port as one word."""
        return endpoint(self.sockaddr)


class Lookup:
    """The record of one lookup; written by the engine, read by any thread."""

    __slots__ = ("asked_at_ns", "call", "ended_at_ns", "error", "number", "question", "rows", "state")

    def __init__(self, number: int, question: Question) -> None:
        self.number = number
        self.question = question
        self.state = LookupState.QUEUED
        self.asked_at_ns = now_ns()
        self.ended_at_ns = 0  # when it was abandoned
        self.call: Call | None = None  # there once the state is ANSWERED or FAILED
        self.rows: tuple[Row, ...] = ()
        self.error = ""

    @property
    def took_ns(self) -> int:
        """How long it took, or takes so far."""
        return self.call.took_ns if self.call else (self.ended_at_ns or now_ns()) - self.asked_at_ns
