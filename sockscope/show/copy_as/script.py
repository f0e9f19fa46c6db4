"""What a program or command is to do again: a description that every language is written from.

The rule: what is here was done, in the order in which it was done. What of it is missing, or cannot be done again, is
said in `about`; what a language cannot do at all it refuses with CannotSay.
"""

from dataclasses import dataclass
from typing import NamedTuple

from sockscope.net.endpoint import Endpoint
from sockscope.net.socket_kind import SocketKind
from sockscope.request.answers import Answers
from sockscope.request.question import Question
from sockscope.request.tls import ClientTls, ServerTls

MOST_BYTES = 64 * 1024
"""Bytes that are sent again at the most; what was sent behind them is counted."""

MOST_SENDS = 2_000
MOST_CALLS = 20_000
"""Calls that send, and all calls that are looked at: nobody waits while a copy is written."""


class CannotSay(ValueError):
    """A language cannot do it; the message is one line for a person."""


@dataclass(frozen=True, slots=True)
class Option:
    """A socket option by its constant; `value` is a number, or of SO_LINGER (l_onoff, l_linger)."""

    name: str
    value: int | tuple[int, int]

    @property
    def level(self) -> str:
        """The constant of its level."""
        return {"SO": "SOL_SOCKET"}.get(prefix := self.name.partition("_")[0], f"IPPROTO_{prefix}")

    @property
    def number(self) -> int:
        """The value as one number: of SO_LINGER the seconds."""
        return self.value if isinstance(self.value, int) else self.value[1]


@dataclass(frozen=True, slots=True)
class Send:
    """One call that sends."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait until so many bytes came, or so many datagrams."""

    size_bytes: int
    calls: int


@dataclass(frozen=True, slots=True)
class Finish:
    """Our end of stream (shutdown(2), SHUT_WR), of TLS behind a close_notify."""


Step = Send | Wait | Finish | Option


class Place(NamedTuple):
    """An address to connect to, to bind to or to listen at, and the options that are set before."""

    address: Endpoint
    path: str = ""  # of a UNIX socket, as a person writes it: @name is abstract
    options: tuple[Option, ...] = ()

    @property
    def family(self) -> str:
        """The constant of its family."""
        return self.address.family_name or "AF_UNIX"

    @property
    def host(self) -> str:
        """The address without its port, an IPv4 address in an IPv6 one as it is written there."""
        host = f"::ffff:{self.address.host}" if self.address.mapped else self.address.host
        return f"{host}%{self.address.scope}" if self.address.scope else host

    @property
    def port(self) -> int:
        """Its port, 0 of a UNIX socket."""
        return self.address.port


@dataclass(frozen=True, slots=True)
class Client:
    """Connect, send and wait; `source` is where it binds to first, and a place without a path asks for any name."""

    about: tuple[str, ...]
    kind: SocketKind
    peer: Place
    steps: tuple[Step, ...]
    source: Place | None = None
    connected: bool = True
    tls: ClientTls | None = None

    @property
    def sends(self) -> tuple[Send, ...]:
        """What is sent."""
        return tuple(step for step in self.steps if isinstance(step, Send))

    @property
    def finishes(self) -> bool:
        """Whether it finishes sending before it closes."""
        return any(isinstance(step, Finish) for step in self.steps)

    @property
    def options(self) -> tuple[Option, ...]:
        """All options, also those that are set later."""
        return (*self.peer.options, *(step for step in self.steps if isinstance(step, Option)))

    @property
    def awaited_bytes(self) -> int:
        """How many bytes came back."""
        return sum(step.size_bytes for step in self.steps if isinstance(step, Wait))


@dataclass(frozen=True, slots=True)
class Server:
    """Listen at some places, and answer who comes; `names` are what a self-signed certificate is made for."""

    about: tuple[str, ...]
    kind: SocketKind
    places: tuple[Place, ...]
    backlog: int
    answers: Answers
    one_at_a_time: bool = False
    tls: ServerTls | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lookup:
    """Ask getaddrinfo."""

    about: tuple[str, ...]
    question: Question


Script = Client | Server | Lookup
