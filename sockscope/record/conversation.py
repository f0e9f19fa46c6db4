"""One pair of endpoints: its state, counters, facts and tape. What a view reads.

The states and what leads from one to the next (RFC 9293, 3.6, in the words that the screen uses):

    connecting ──► [TLS handshake] ──► connected ──► peer finished ──► closed by peer, or peer, then us
        │                                  │ └─────► we finished ────► closed by us
        ├─► failed                         └─► reset by peer, reset by us, failed, closed by us
        └─► open (datagrams without a connection) ───────────────────► closed by us

A stream has two directions, and each end finishes its own. It is closed by whoever finished first, also when the
other end followed by itself: of TCP, that end keeps the port in TIME_WAIT. Where the peer had finished and somebody
here ended our direction, both are said. A close is a reset by us where it was meant so, or where bytes lay unread
(`left` says how many). Datagrams have no end: only we close.
"""

from enum import Enum
from typing import NamedTuple

from sockscope.net.clock import now_ns
from sockscope.net.socket_kind import TCP, SocketKind
from sockscope.record.dialling import ACCEPTED, Dialling
from sockscope.record.endpoints import Endpoints
from sockscope.record.fact import Facts
from sockscope.record.finding import Finding
from sockscope.record.flow import Flow, Head
from sockscope.record.kernel_view import KernelHistory
from sockscope.record.layers import PLAIN, Track
from sockscope.record.leftover import NOTHING_LEFT
from sockscope.record.outgoing import Outgoing
from sockscope.record.tape import Tape
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
    RESET_BY_US = "reset by us"
    FAILED = "failed"

    @property
    def live(self) -> bool:
        """Whether there is still a socket."""
        return self not in _ENDED

    @property
    def can_send(self) -> bool:
        """Whether our direction is open."""
        return self in (State.CONNECTED, State.OPEN, State.PEER_FINISHED)


_ENDED = (
    State.CLOSED_BY_US,
    State.CLOSED_BY_PEER,
    State.PEER_THEN_US,
    State.RESET_BY_PEER,
    State.RESET_BY_US,
    State.FAILED,
)
PEER, US = "the peer", "we"


class Capabilities(NamedTuple):
    """What can be done with a conversation; a record that a recording or another program fills can do less."""

    send: bool = False  # also finish, repeat, and send a file
    close: bool = False  # also reset, and stop reading
    set_options: bool = False
    ask_kernel: bool = False  # which options are in force


OURS = Capabilities(send=True, close=True, set_options=True, ask_kernel=True)
"""Of a conversation whose socket is our own."""


class Conversation:
    """The record of one conversation; written by a recorder, read by any thread."""

    __slots__ = (
        "__weakref__",
        "capabilities",
        "connected_at_ns",
        "dialling",
        "ended_at_ns",
        "endpoints",
        "error",
        "facts",
        "fd",
        "findings",
        "finished",
        "finished_at_ns",
        "flow",
        "follows",
        "head",
        "kernel",
        "layers",
        "left",
        "looking",
        "number",
        "options",
        "outgoing",
        "reading_stopped",
        "reason",
        "request",
        "started_at_ns",
        "state",
        "tape",
        "target",
        "transport",
        "upstream",
    )

    def __init__(
        self,
        number: int,
        target: str,
        tape: Tape,
        flow: Flow,
        transport: SocketKind = TCP,
        request: Connect | None = None,
    ) -> None:
        self.number = number
        self.transport = transport
        self.target = target  # what was asked for, as a person wrote it; empty for an accepted one
        self.request = request  # what was asked for, where we opened it
        self.capabilities = OURS
        self.fd = -1  # kept after the end, as the name it had
        self.dialling = Dialling() if target else ACCEPTED
        self.endpoints, self.layers, self.outgoing = Endpoints(), PLAIN, Outgoing()
        self.tape = tape
        self.flow = flow
        self.head = Head()
        self.facts = Facts()
        self.state = State.CONNECTING
        self.error = ""  # the errno, EAI_ or TLS name where the state is FAILED or RESET_BY_PEER
        self.reason = ""  # the exact reason in the words of who reported it, where the name does not say enough
        self.findings: tuple[Finding, ...] = ()  # what the system said about the latest failure
        self.looking = False  # it is being asked
        self.finished: tuple[str, ...] = ()  # whose end of stream was sent, PEER and US, in that order
        self.finished_at_ns: tuple[int, ...] = ()  # when, in the same order
        self.follows = False  # our direction ends because the peer's did, without anybody here doing it
        self.started_at_ns = now_ns()
        self.connected_at_ns = self.ended_at_ns = 0
        self.reading_stopped = False  # by a person: what the peer sends waits in the kernel
        self.kernel: KernelHistory | None = None  # of TCP, once the kernel was asked
        self.left = NOTHING_LEFT  # what the kernel held when we closed
        self.upstream: Conversation | None = None  # of a relay: the other leg, to the target
        self.options: dict[str, str] = {}  # socket options as the kernel said they are in force when last asked

    @property
    def unit(self) -> str:
        """What one entry is, where its boundaries mean something: "datagram", else empty."""
        return self.transport.unit

    @property
    def can_send(self) -> bool:
        """Whether bytes given to us for it would go out."""
        return self.capabilities.send and self.state.can_send

    @property
    def unverified(self) -> bool:
        """Whether we opened it with TLS and went on although the peer's certificate was not verified."""
        return self.layers.session is not None and bool(self.target) and not self.layers.session.verified

    @property
    def weakened(self) -> bool:
        """Whether TLS was made with us allowing what is not allowed usually."""
        asked = self.request.security if self.request else None
        return self.layers.session is not None and asked is not None and asked.least.weak

    def tracks(self) -> list[tuple[str, Track]]:
        """Return what can be looked at, with names: the bytes, what TLS made of them, the other leg of a relay."""
        near = "plaintext" if self.layers.wire else "bytes"
        found: list[tuple[str, Track]] = [(near, self)]
        if self.layers.wire:
            found.append(("TLS records", self.layers.wire))
        if self.upstream:
            found += [(f"target: {name}", track) for name, track in self.upstream.tracks()]
        return found

    @property
    def legs(self) -> tuple["Conversation", ...]:
        """It, and the other leg where it is relayed."""
        return (self, self.upstream) if self.upstream else (self,)

    @property
    def last_active_ns(self) -> int:
        """When something last happened: a byte either way, or else the connection itself."""
        return max(self.flow.last_in_ns, self.flow.last_out_ns, self.connected_at_ns, self.started_at_ns)

    def release(self) -> None:
        """Give back the memory of every tape, when nobody will look at it again."""
        for _, track in self.tracks():
            track.tape.release()
