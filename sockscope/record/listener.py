"""A listener and its clients: what a view reads."""

from collections import deque
from enum import Enum
from typing import NamedTuple

from sockscope.net.clock import now_ns
from sockscope.net.endpoint import Endpoint
from sockscope.net.socket_kind import TCP, SocketKind
from sockscope.record.certificate import Certificate
from sockscope.record.conversation import Conversation
from sockscope.record.fact import Call, Facts
from sockscope.record.finding import Finding
from sockscope.record.flow import Flow
from sockscope.record.ready import Ready
from sockscope.record.waiting import Waiting
from sockscope.request import Listen
from sockscope.request.answers import SILENCE, Answers
from sockscope.request.listen import RELAY_IDLE_S

ENDED_KEPT = 1000
"""How many clients that have left stay in the record, the latest ones."""


WAITED_KEPT = 240
"""Of so many latest times it is kept how many clients waited."""


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


class Bound(NamedTuple):
    """One bound socket: its descriptor, the address that it really got, its backlog (0 of datagrams), its calls."""

    fd: int
    address: Endpoint
    backlog: int
    made: tuple[Call, ...] = ()  # socket, bind, and listen where there are connections

    @property
    def port(self) -> int:
        """The port, 0 of a UNIX socket."""
        return self.address.port


class Policy(NamedTuple):
    """How a listener treats its clients from now on; a new one takes the place of the old one as a whole.

    `relay` is the target that everything is passed on to, empty where `answers` are given. Without `accepting` clients
    wait in the queue. `idle_s` is after how many silent seconds a client is closed, 0 for never.
    """

    answers: Answers = SILENCE
    keep_half_open: bool = False
    accepting: bool = True
    one_at_a_time: bool = False
    idle_s: float = 0.0
    relay: str = ""
    most: int = 0  # so many clients are taken in all, 0 for any number

    @property
    def answered(self) -> bool:
        """Whether what clients send is answered or passed on without anybody typing."""
        return bool(self.relay) or self.answers.kind != SILENCE.kind

    @classmethod
    def of(cls, request: Listen) -> "Policy":
        """Return how clients are treated at first."""
        relayed_datagrams = request.relay and not request.transport.has_end_of_stream
        return cls(
            request.answers,
            request.keep_half_open,
            request.accepting,
            request.one_at_a_time,
            request.idle_s or (RELAY_IDLE_S if relayed_datagrams else 0.0),
            str(request.relay.target) if request.relay else "",
        )


class Listener:
    """The record of one listener; written by a recorder, read by any thread."""

    def __init__(
        self,
        number: int,
        target: str,
        flow: Flow,
        transport: SocketKind = TCP,
        request: Listen | None = None,
        certificate: Certificate | None = None,
    ) -> None:
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
        self.policy = Policy.of(request) if request else Policy()
        self.answers_no_more = ""  # why, in one line
        self.queues: tuple[tuple[int, int], ...] = ()  # of each socket: connections that wait, limit (the kernel's)
        self.waiting: tuple[Waiting, ...] = ()  # in these queues, of TCP: the first WAITING_KEPT, the oldest first
        self.ready: Ready | None = None  # which of its sockets are, once that was asked
        self.waited: deque[int] = deque(maxlen=WAITED_KEPT)  # how many waited in all, each time that was asked
        self.lost_datagrams = 0  # that the kernel dropped because its buffer was full
        self.certificate = certificate  # what TLS clients are shown
        self.request = request  # what was asked for
        self.findings: tuple[Finding, ...] = ()  # what the system said about the latest failure
        self.looking = False  # it is being asked
        self.given_back: tuple[Endpoint, ...] = ()  # bound, and closed again because another one could not be
        self.stale_path = ""  # a UNIX socket's path that somebody left behind, which keeps us from binding
        self.left: deque[Conversation] = deque()  # the clients that have ended, the latest ENDED_KEPT

    @property
    def present(self) -> list[Conversation]:
        """The clients of whom a socket is left: of a relayed one that may be the target's alone."""
        return [client for client in list(self.clients.values()) if any(leg.state.live for leg in client.legs)]

    @property
    def reachable_from_outside(self) -> bool:
        """Whether any socket is bound to more than this machine's loopback."""
        return any(not bound.address.is_loopback for bound in self.bound)

    @property
    def weakened(self) -> bool:
        """Whether its TLS takes what is not taken usually."""
        asked = self.request.tls if self.request else None
        return asked is not None and asked.least.weak

    @property
    def wants_more(self) -> bool:
        """Whether the next client is to be accepted."""
        busy = self.policy.one_at_a_time and self.live_clients
        return self.policy.accepting and not busy and not self.has_all

    @property
    def has_all(self) -> bool:
        """Whether as many clients have come as are taken in all."""
        return 0 < self.policy.most <= self.accepted
