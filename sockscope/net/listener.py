"""A listener and its clients: what a view reads."""

from collections import deque
from dataclasses import dataclass
from enum import Enum

from sockscope.net.answer import Recipe
from sockscope.net.certificate import Certificate
from sockscope.net.conversation import Conversation
from sockscope.net.fact import Call, Facts, now_ns
from sockscope.net.flow import Flow
from sockscope.net.responder import make
from sockscope.net.transport import Transport
from sockscope.request import Listen

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
    """One bound socket: its descriptor, the address and port it really got, its backlog (0 of datagrams)."""

    fd: int
    address: str
    backlog: int
    port: int = 0


class Listener:
    """The record of one listener; written by the engine's thread, read by any."""

    def __init__(self, number: int, target: str, flow: Flow, transport: Transport = Transport.TCP) -> None:
        self.number = number
        self.target = target
        self.transport = transport
        self.flow = flow  # the sum over all clients, also over those no longer kept
        self.state = ListenerState.OPENING
        self.error = ""  # an errno name: why it failed, or why accepting is paused
        self.reason = ""  # the exact reason, where the name does not say enough
        self.facts = Facts()
        self.bound: tuple[Bound, ...] = ()
        self.clients: dict[int, Conversation] = {}
        self.accepted = self.aborted = self.live_clients = self.forgotten = 0
        self.started_at_ns = self.waiting_since_ns = now_ns()
        self.ended_at_ns = 0
        self.answer = "none"  # which of RESPONDERS
        self.recipe: Recipe = make("none")
        self.keep_half_open = False
        self.accepting = True  # a switch; without it clients wait in the queue
        self.one_at_a_time = False
        self.queues: tuple[tuple[int, int], ...] = ()  # of each socket: connections that wait, limit (the kernel's)
        self.lost_datagrams = 0  # that the kernel dropped because its buffer was full
        self.certificate: Certificate | None = None  # what TLS clients are shown
        self.relay = ""  # the target that everything is passed on to
        self.idle_s = 0.0
        self.plan: Listen | None = None  # what was asked for
        self.remark = ""  # what should be known of it, and goes on being so
        self.held_by = ""  # what of this very program has the address that could not be had
        self.stale_path = ""  # a UNIX socket's path that somebody left behind, which keeps us from binding
        self._ended: deque[Conversation] = deque()

    def note(self, call: Call) -> None:
        """Put a fact into the record."""
        self.facts.add(call)

    @property
    def reachable_from_outside(self) -> bool:
        """Whether any socket is bound to more than this machine's loopback."""
        return not self.transport.local and any(not _is_loopback(bound.address) for bound in self.bound)

    @property
    def wants_more(self) -> bool:
        """Whether the next client is to be accepted."""
        return self.accepting and not (self.one_at_a_time and self.live_clients)

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
            oldest.release()
            self.forgotten += 1

    def opened(self, bound: tuple[Bound, ...]) -> None:
        """Every socket listens."""
        self.bound = bound
        self.waiting_since_ns = now_ns()
        self.state = ListenerState.LISTENING

    def ended(self, state: ListenerState, error: str = "", reason: str = "") -> None:
        """It listens no more; clients that are still connected stay so until they are closed."""
        self.error, self.reason = error, reason
        self.ended_at_ns = now_ns()
        self.state = state


def _is_loopback(address: str) -> bool:
    return address.startswith(("127.", "[::1]"))
