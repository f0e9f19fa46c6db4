"""A listener and its clients: what a view reads."""

from collections import deque
from dataclasses import dataclass
from enum import Enum

from sockscope.net.answer import Recipe
from sockscope.net.certificate import Certificate
from sockscope.net.conversation import Conversation
from sockscope.net.endpoint import Endpoint
from sockscope.net.fact import Call, Facts, now_ns
from sockscope.net.flow import Flow
from sockscope.net.responder import make
from sockscope.net.socket_kind import TCP, SocketKind
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
    """One bound socket: its descriptor, the address that it really got, its backlog (0 of datagrams), its calls."""

    fd: int
    address: Endpoint
    backlog: int
    made: tuple[Call, ...] = ()  # socket, bind, and listen where there are connections

    @property
    def port(self) -> int:
        """The port, 0 of a UNIX socket."""
        return self.address.port


class Listener:
    """The record of one listener; written by a recorder, read by any thread."""

    def __init__(self, number: int, target: str, flow: Flow, transport: SocketKind = TCP) -> None:
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
        self.held_by = ""  # what of this very program has the address that could not be had
        self.given_back: tuple[Endpoint, ...] = ()  # bound, and closed again because another one could not be
        self.stale_path = ""  # a UNIX socket's path that somebody left behind, which keeps us from binding
        self.left: deque[Conversation] = deque()  # the clients that have ended, the latest ENDED_KEPT

    @property
    def reachable_from_outside(self) -> bool:
        """Whether any socket is bound to more than this machine's loopback."""
        return any(not bound.address.is_loopback for bound in self.bound)

    @property
    def wants_more(self) -> bool:
        """Whether the next client is to be accepted."""
        return self.accepting and not (self.one_at_a_time and self.live_clients)
