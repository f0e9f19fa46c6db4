"""A listener and its clients: what a view reads."""

from collections import deque
from dataclasses import dataclass
from enum import Enum

from sockscope.net.conversation import Conversation
from sockscope.net.fact import Call, Facts, now_ns
from sockscope.net.flow import Flow

ENDED_KEPT = 1000
"""How many clients that have left stay in the record, the latest ones."""


class ListenerState(Enum):
    """Where a listener is; the value is the word on the screen."""

    OPENING = "opening"
    LISTENING = "listening"
    PAUSED = "paused"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def live(self) -> bool:
        """Whether there are still sockets."""
        return self in (ListenerState.OPENING, ListenerState.LISTENING, ListenerState.PAUSED)


@dataclass(frozen=True, slots=True)
class Bound:
    """One listening socket: its descriptor, the address it really got, its backlog."""

    fd: int
    address: str
    backlog: int


class Listener:
    """The record of one listener; written by the engine's thread, read by any."""

    def __init__(self, number: int, target: str, flow: Flow) -> None:
        self.number = number
        self.target = target
        self.flow = flow  # the sum over all clients, also over those no longer kept
        self.state = ListenerState.OPENING
        self.error = ""  # an errno name: why it failed, or why accepting is paused
        self.facts = Facts()
        self.bound: tuple[Bound, ...] = ()
        self.clients: dict[int, Conversation] = {}
        self.accepted = self.aborted = self.live_clients = self.forgotten = 0
        self.started_at_ns = self.waiting_since_ns = now_ns()
        self.ended_at_ns = 0
        self.echo = False
        self.keep_half_open = False
        self._ended: deque[Conversation] = deque()

    def note(self, call: Call) -> None:
        """Put a fact into the record."""
        self.facts.add(call)

    @property
    def reachable_from_outside(self) -> bool:
        """Whether any socket is bound to more than this machine's loopback."""
        return any(not _is_loopback(bound.address) for bound in self.bound)

    def arrived(self, client: Conversation) -> None:
        """A client was accepted."""
        self.clients[client.number] = client
        self.accepted += 1
        self.live_clients += 1
        self.waiting_since_ns = client.connected_at_ns

    def left(self, client: Conversation) -> None:
        """A client's conversation has ended; the oldest ended ones are forgotten."""
        self.live_clients -= 1
        self._ended.append(client)
        if len(self._ended) > ENDED_KEPT:
            oldest = self._ended.popleft()
            del self.clients[oldest.number]
            oldest.tape.release()
            self.forgotten += 1

    def opened(self, bound: tuple[Bound, ...]) -> None:
        """Every socket listens."""
        self.bound = bound
        self.waiting_since_ns = now_ns()
        self.state = ListenerState.LISTENING

    def ended(self, state: ListenerState, error: str = "") -> None:
        """It listens no more; clients that are still connected stay so until they are closed."""
        self.error = error
        self.ended_at_ns = now_ns()
        self.state = state


def _is_loopback(address: str) -> bool:
    return address.startswith(("127.", "[::1]"))
