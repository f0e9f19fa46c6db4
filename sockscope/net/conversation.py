"""One connected pair of endpoints: its state, counters, facts and tape. What a view reads.

The states and what leads from one to the next (RFC 9293, 3.6, in the words that the screen uses):

    connecting ──► connected ──► peer finished ──► closed by peer
        │              │ └─────► we finished ────► closed by us
        └─► failed     └─► reset by peer, failed, closed by us

A TCP conversation has two directions, and each end finishes its own. It is closed by whoever finished first,
also when the other end followed: that end keeps the port in TIME_WAIT.
"""

from dataclasses import dataclass
from enum import Enum

from sockscope.net.fact import Call, Facts, now_ns
from sockscope.net.flow import Flow
from sockscope.net.tape import Tape


class State(Enum):
    """Where a conversation is; the value is the word on the screen."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    PEER_FINISHED = "peer finished"
    WE_FINISHED = "we finished"
    CLOSED_BY_US = "closed by us"
    CLOSED_BY_PEER = "closed by peer"
    RESET_BY_PEER = "reset by peer"
    FAILED = "failed"

    @property
    def live(self) -> bool:
        """Whether there is still a socket."""
        return self in _LIVE

    @property
    def can_send(self) -> bool:
        """Whether our direction is open."""
        return self in (State.CONNECTED, State.PEER_FINISHED)


_LIVE = (State.CONNECTING, State.CONNECTED, State.PEER_FINISHED, State.WE_FINISHED)


@dataclass(slots=True)
class Attempt:
    """One address that was tried; `error` is an errno name, empty while it is open or when it succeeded."""

    address: str
    started_at_ns: int
    fd: int = -1
    ended_at_ns: int = 0
    error: str = ""
    won: bool = False


class Conversation:
    """The record of one conversation; written by the engine's thread, read by any.

    The state is written last: whoever sees it sees everything that belongs to it.
    """

    __slots__ = (
        "attempts",
        "blocked_at_ns",
        "connected_at_ns",
        "ended_at_ns",
        "error",
        "facts",
        "fd",
        "flow",
        "listener_fd",
        "local",
        "number",
        "peer",
        "queued_bytes",
        "started_at_ns",
        "state",
        "tape",
        "target",
        "unsent_bytes",
    )

    def __init__(self, number: int, target: str, tape: Tape, flow: Flow) -> None:
        self.number = number
        self.target = target  # what was asked for, as a person wrote it; empty for an accepted one
        self.tape = tape
        self.flow = flow
        self.facts = Facts()
        self.attempts: list[Attempt] = []
        self.state = State.CONNECTING
        self.error = ""  # the errno (or EAI_) name where the state is FAILED
        self.fd = -1  # kept after the end, as the name it had
        self.listener_fd = -1  # of the listening socket that accepted it
        self.local = self.peer = ""
        self.started_at_ns = now_ns()
        self.connected_at_ns = self.ended_at_ns = 0
        self.queued_bytes = 0  # accepted from the user, not yet taken by the kernel
        self.unsent_bytes = 0  # still queued when the conversation ended
        self.blocked_at_ns = 0  # when the kernel last took something while more waits; 0 where nothing waits

    def note(self, call: Call) -> None:
        """Put a fact into the record, in line with the bytes."""
        number = self.facts.add(call)
        self.tape.fact(number, call.at_ns, call.took_ns)

    @property
    def last_active_ns(self) -> int:
        """When something last happened: a byte either way, or else the connection itself."""
        return max(self.flow.last_in_ns, self.flow.last_out_ns, self.connected_at_ns, self.started_at_ns)

    def connected(self, fd: int, local: str, peer: str, at_ns: int) -> None:
        """The handshake is done, on our side of it."""
        self.fd, self.local, self.peer = fd, local, peer
        self.connected_at_ns = at_ns
        self.state = State.CONNECTED

    def peer_finished(self) -> None:
        """The peer's end of stream arrived."""
        self.state = State.CLOSED_BY_US if self.state is State.WE_FINISHED else State.PEER_FINISHED

    def we_finished(self) -> None:
        """Our end of stream was sent."""
        self.state = State.CLOSED_BY_PEER if self.state is State.PEER_FINISHED else State.WE_FINISHED

    def closed(self) -> None:
        """Our descriptor was closed."""
        if self.state.live:
            self._end(State.CLOSED_BY_PEER if self.state is State.PEER_FINISHED else State.CLOSED_BY_US)
        elif not self.ended_at_ns:
            self._end(self.state)

    def reset_by_peer(self) -> None:
        """The peer's reset arrived; both directions are gone."""
        self._end(State.RESET_BY_PEER)

    def failed(self, error: str) -> None:
        """It could not be made, or broke for another reason than a reset."""
        self.error = error
        self._end(State.FAILED)

    def _end(self, state: State) -> None:
        self.ended_at_ns = now_ns()
        self.unsent_bytes += self.queued_bytes
        self.queued_bytes = 0
        self.blocked_at_ns = 0
        self.state = state
