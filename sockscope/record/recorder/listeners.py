"""Writes the records of listeners: how they come to listen, their clients, and their end."""

from collections.abc import Iterable, Sequence

from sockscope.net.clock import now_ns
from sockscope.net.endpoint import Endpoint
from sockscope.record.conversation import Conversation
from sockscope.record.listener import Bound, Listener, ListenerState, Policy
from sockscope.record.milestone import BOUND, LISTENING, NAMED, SOCKET
from sockscope.record.ready import Ready
from sockscope.record.recorder.observers import Observers
from sockscope.record.waiting import WAITING_KEPT, Waiting


class ListenerRecorder:
    """The part of a recorder that is about listeners."""

    __slots__ = ("_ended_kept", "_observers")

    def __init__(self, observers: Observers, ended_kept: int) -> None:
        """`ended_kept` clients that left a listener are kept."""
        self._observers = observers
        self._ended_kept = ended_kept

    def begins_anew(self, listener: Listener) -> None:
        """Its sockets are made, perhaps not for the first time."""
        for milestone in (SOCKET, BOUND, NAMED, LISTENING):
            listener.facts.milestones.pop(milestone, None)

    def gave_back(self, listener: Listener, bound: Sequence[Endpoint]) -> None:
        """These addresses were bound, and are closed again because another one could not be."""
        listener.given_back = tuple(bound)

    def in_the_way(self, listener: Listener, reason: str, stale_path: str) -> None:
        """What is at a path that could not be bound; `stale_path` is one that somebody left behind."""
        listener.reason, listener.stale_path = reason, stale_path

    def sampled(self, listener: Listener, queues: tuple[tuple[int, int], ...], lost_datagrams: int) -> None:
        """How full the kernel's queues are, and how many datagrams it dropped."""
        listener.queues, listener.lost_datagrams = queues, lost_datagrams
        listener.waited.append(sum(waiting for waiting, _ in queues))

    def opened(self, listener: Listener, bound: tuple[Bound, ...]) -> None:
        """Every socket listens."""
        listener.bound = bound
        listener.waiting_since_ns = now_ns()
        self.listens(listener, ListenerState.LISTENING)

    def listens(self, listener: Listener, state: ListenerState, error: str = "") -> None:
        """It accepts, or pauses because of an error."""
        listener.error, listener.state = error, state
        self._observers.changed(listener)

    def treats(self, listener: Listener, policy: Policy) -> None:
        """Note how clients are treated from now on."""
        listener.policy, listener.answers_no_more = policy, ""

    def answers_no_more(self, listener: Listener, why: str) -> None:
        """Note why clients are answered no more."""
        listener.answers_no_more = why

    def aborted(self, listener: Listener) -> None:
        """A client was gone before it was accepted."""
        listener.aborted += 1

    def wait(self, listener: Listener, seen: Iterable[tuple[Endpoint, int]], at_ns: int) -> None:
        """The kernel told who waits to be accepted, and how much each has sent; whoever waited before still does."""
        since = {one.peer: one.since_ns for one in listener.waiting}
        waiting = (Waiting(peer, since.get(peer, at_ns), sent_bytes) for peer, sent_bytes in seen)
        listener.waiting = tuple(sorted(waiting, key=lambda one: one.since_ns)[:WAITING_KEPT])

    def ready(self, listener: Listener, told: Ready) -> None:
        """The kernel told which of its sockets are ready."""
        listener.ready = told

    def arrived(self, listener: Listener, client: Conversation) -> None:
        """A client was accepted."""
        listener.clients[client.number] = client
        listener.accepted += 1
        listener.live_clients += 1
        listener.waiting_since_ns = client.connected_at_ns

    def left(self, listener: Listener, client: Conversation) -> None:
        """A client's conversation has ended; the oldest ended ones are forgotten."""
        listener.live_clients -= 1
        listener.left.append(client)
        if len(listener.left) > self._ended_kept:
            oldest = listener.left.popleft()
            del listener.clients[oldest.number]
            oldest.release()
            listener.forgotten += 1

    def ended(self, listener: Listener, state: ListenerState, error: str = "", reason: str = "") -> None:
        """It listens no more; clients that are still connected stay so until they are closed."""
        listener.error, listener.reason = error, reason
        if error:
            listener.looking = True  # what is found about it follows
            listener.facts.blame(error)
        listener.waiting = ()
        listener.ended_at_ns = now_ns()
        listener.state = state
        self._observers.changed(listener)
