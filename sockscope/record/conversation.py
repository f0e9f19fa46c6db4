"""One pair of endpoints: its state, counters, facts and tape. What a view reads.

The states and what leads from one to the next (RFC 9293, 3.6, in the words that the screen uses):

    connecting ──► [TLS handshake] ──► connected ──► peer finished ──► closed by peer, or peer, then us
        │                                  │ └─────► we finished ────► closed by us
        ├─► failed                         └─► reset by peer, failed, closed by us
        └─► open (datagrams without a connection) ───────────────────► closed by us

A stream has two directions, and each end finishes its own. It is closed by whoever finished first, also when the
other end followed by itself: of TCP, that end keeps the port in TIME_WAIT. Where the peer had finished and somebody
here ended our direction, both are said. Datagrams have no end: only we close.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from sockscope.net.clock import now_ns
from sockscope.net.endpoint import NOWHERE, Endpoint
from sockscope.net.socket_kind import TCP, SocketKind
from sockscope.record.credentials import Credentials
from sockscope.record.fact import Call, Facts
from sockscope.record.flow import Flow
from sockscope.record.tape import Tape
from sockscope.record.tls_session import TlsSession
from sockscope.record.transfer import Repeat, Transfer
from sockscope.request import Connect


class State(Enum):
    """Where a conversation is; the value is the word on the screen."""

    CONNECTING = "connecting"
    SECURING = "TLS handshake"
    CONNECTED = "connected"
    OPEN = "open"
    PEER_FINISHED = "peer finished"
    WE_FINISHED = "we finished"
    CLOSED_BY_US = "closed by us"
    CLOSED_BY_PEER = "closed by peer"
    PEER_THEN_US = "peer, then us"
    RESET_BY_PEER = "reset by peer"
    FAILED = "failed"

    @property
    def live(self) -> bool:
        """Whether there is still a socket."""
        return self not in _ENDED

    @property
    def can_send(self) -> bool:
        """Whether our direction is open."""
        return self in (State.CONNECTED, State.OPEN, State.PEER_FINISHED)


_ENDED = (State.CLOSED_BY_US, State.CLOSED_BY_PEER, State.PEER_THEN_US, State.RESET_BY_PEER, State.FAILED)
PEER, US = "the peer", "we"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What can be done with a conversation; a record that a recording or another program fills can do less."""

    send: bool = False  # also finish, repeat, and send a file
    close: bool = False  # also reset, and stop reading
    set_options: bool = False
    ask_kernel: bool = False  # which options are in force


OURS = Capabilities(send=True, close=True, set_options=True, ask_kernel=True)
"""Of a conversation whose socket is our own."""


@dataclass(slots=True)
class Attempt:
    """One address that was tried; `error` is an errno name, empty while it is open or when it succeeded."""

    address: Endpoint
    started_at_ns: int
    fd: int = -1
    ended_at_ns: int = 0
    error: str = ""
    won: bool = False
    dialled_at_ns: int = 0  # when connecting began of which it is a part; tried again, it begins anew
    opened: Call | None = None  # socket(2)
    bound: Call | None = None  # bind(2), where a source was asked for
    failed: Call | None = None  # the call that gave `error`


ATTEMPTS_KEPT = 100
"""How many addresses that were tried stay in the record, the latest ones."""


class Track(Protocol):
    """What can be looked at call by call: a tape, and the facts that it holds the numbers of."""

    @property
    def tape(self) -> Tape:
        """The bytes and calls in order."""

    @property
    def facts(self) -> Facts:
        """The calls that moved no bytes."""

    @property
    def fd(self) -> int:
        """The descriptor that the bytes went through."""

    @property
    def unit(self) -> str:
        """What one record is, where its boundaries mean something: "datagram", else empty."""


class Wire:
    """What goes over the wire below a layer that changes it: a tape beside the conversation's own."""

    __slots__ = ("_conversation", "tape")

    def __init__(self, conversation: "Conversation", tape: Tape) -> None:
        self._conversation = conversation
        self.tape = tape

    @property
    def facts(self) -> Facts:
        """The conversation's."""
        return self._conversation.facts

    @property
    def fd(self) -> int:
        """The conversation's."""
        return self._conversation.fd

    @property
    def unit(self) -> str:
        """None: a stream is below."""
        return ""


class Conversation:
    """The record of one conversation; written by a recorder, read by any thread."""

    __slots__ = (
        "attempted",
        "attempts",
        "blocked_at_ns",
        "capabilities",
        "connected_at_ns",
        "credentials",
        "ended_at_ns",
        "error",
        "facts",
        "fd",
        "finished",
        "flow",
        "follows",
        "held_by",
        "listener_fd",
        "local",
        "number",
        "options",
        "peer",
        "queued_bytes",
        "reading_stopped",
        "reason",
        "repeat",
        "request",
        "retry_at_ns",
        "session",
        "started_at_ns",
        "state",
        "tape",
        "target",
        "transfer",
        "transport",
        "unconnected",
        "unsent_bytes",
        "upstream",
        "wire",
    )

    def __init__(self, number: int, target: str, tape: Tape, flow: Flow, transport: SocketKind = TCP) -> None:
        self.number = number
        self.transport = transport
        self.target = target  # what was asked for, as a person wrote it; empty for an accepted one
        self.tape = tape
        self.flow = flow
        self.capabilities = OURS
        self.facts = Facts()
        self.attempts: list[Attempt] = []  # the latest ATTEMPTS_KEPT
        self.attempted = 0  # how many there were
        self.state = State.CONNECTING
        self.error = ""  # the errno, EAI_ or TLS name where the state is FAILED
        self.reason = ""  # the exact reason in the words of who reported it, where the name does not say enough
        self.held_by = ""  # what of this very program has the address that could not be had
        self.fd = -1  # kept after the end, as the name it had
        self.finished: tuple[str, ...] = ()  # whose end of stream was sent, PEER and US, in that order
        self.follows = False  # our direction ends because the peer's did, without anybody here doing it
        self.unconnected = False  # of datagrams: connect was not called, so that each send names the peer
        self.listener_fd = -1  # of the listening socket that accepted it
        self.local = self.peer = NOWHERE
        self.started_at_ns = now_ns()
        self.connected_at_ns = self.ended_at_ns = 0
        self.queued_bytes = 0  # accepted from the user, not yet taken by the kernel
        self.unsent_bytes = 0  # still queued when the conversation ended
        self.blocked_at_ns = 0  # when the kernel last took something while more waits; 0 where nothing waits
        self.reading_stopped = False  # by a person: what the peer sends waits in the kernel
        self.retry_at_ns = 0  # when connecting is tried again; 0 where it is not
        self.wire: Wire | None = None  # the TLS records, where TLS lies between
        self.session: TlsSession | None = None  # once the TLS handshake is done
        self.upstream: Conversation | None = None  # of a relay: the other leg, to the target
        self.credentials: Credentials | None = None  # who is at the other end of a UNIX socket
        self.options: dict[str, str] = {}  # socket options as the kernel said they are in force when last asked
        self.transfer: Transfer | None = None  # the latest file
        self.request: Connect | None = None  # what was asked for, where we opened it
        self.repeat: Repeat | None = None  # the latest payload sent again and again

    @property
    def unit(self) -> str:
        """What one record is, where its boundaries mean something: "datagram", else empty."""
        return self.transport.unit

    @property
    def can_send(self) -> bool:
        """Whether bytes given to us for it would go out."""
        return self.capabilities.send and self.state.can_send

    @property
    def unverified(self) -> bool:
        """Whether we opened it with TLS and went on although the peer's certificate was not verified."""
        return self.session is not None and bool(self.target) and not self.session.verified

    def tracks(self) -> list[tuple[str, Track]]:
        """Return what can be looked at, with names: the bytes, what TLS made of them, the other leg of a relay."""
        near = "plaintext" if self.wire else "bytes"
        found: list[tuple[str, Track]] = [(near, self)]
        if self.wire:
            found.append(("TLS records", self.wire))
        if self.upstream:
            found += [(f"target: {name}", track) for name, track in self.upstream.tracks()]
        return found

    @property
    def last_active_ns(self) -> int:
        """When something last happened: a byte either way, or else the connection itself."""
        return max(self.flow.last_in_ns, self.flow.last_out_ns, self.connected_at_ns, self.started_at_ns)

    def release(self) -> None:
        """Give back the memory of every tape, when nobody will look at it again."""
        for _, track in self.tracks():
            track.tape.release()
