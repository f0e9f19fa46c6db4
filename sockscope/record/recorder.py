"""The recorder: the only code that writes the records of conversations and listeners, and tells whoever observes them.

The rules:
- Used from the engine's thread alone; records are read by any.
- The state is written last: whoever sees it sees everything that belongs to it.
- Observers are told once something is in the record. One that raises is removed, and its exception's type is told to
  `on_fault`; nobody else notices. Without observers nothing is told.
"""

from collections.abc import Callable, Sequence

from sockscope.net.clock import now_ns
from sockscope.net.endpoint import NOWHERE, Endpoint
from sockscope.net.value import Value
from sockscope.record.conversation import ATTEMPTS_KEPT, PEER, US, Attempt, Conversation, State, Wire
from sockscope.record.credentials import Credentials
from sockscope.record.fact import Call, Event, Note, Refusal, Remark
from sockscope.record.listener import ENDED_KEPT, Bound, Listener, ListenerState, Policy
from sockscope.record.milestone import BOUND, CLOSED, LISTENING, NAMED, SOCKET
from sockscope.record.observer import Observer, Subject
from sockscope.record.tape import Mover, Tape
from sockscope.record.tls_session import TlsSession
from sockscope.record.transfer import Repeat, Transfer


class Recorder:
    """Writes records."""

    __slots__ = ("_ended_kept", "_on_fault", "observers")

    def __init__(self, on_fault: Callable[[type], None] = lambda kind: None, ended_kept: int = ENDED_KEPT) -> None:
        """`on_fault` gets the type of what an observer raised; `ended_kept` clients that left a listener are kept."""
        self.observers: tuple[Observer, ...] = ()
        self._on_fault = on_fault
        self._ended_kept = ended_kept

    # Observers.

    def observe(self, observer: Observer) -> None:
        """Tell this one too, from now on."""
        self.observers = (*self.observers, observer)

    def forget(self, observer: Observer) -> None:
        """Tell this one no more."""
        self.observers = tuple(one for one in self.observers if one is not observer)

    def _tell(self, tell: Callable[[Observer], None]) -> None:
        for observer in self.observers:
            try:
                tell(observer)
            except Exception as error:
                self.forget(observer)
                self._on_fault(type(error))

    def _happened(self, subject: Conversation | Listener, event: Event) -> None:
        if self.observers:
            self._tell(lambda observer: observer.happened(subject, event))

    def changed(self, subject: Subject) -> None:
        """Tell that a subject has another state."""
        if self.observers:
            self._tell(lambda observer: observer.changed(subject))

    # Events.

    def note(self, subject: Conversation | Listener, call: Call, *reached: str) -> None:
        """Put a call into the record, in line with the bytes; `reached` are the milestones that it made."""
        self._in_line(subject, subject.facts.add(call, *reached), call.at_ns, call.took_ns)
        self._happened(subject, call)

    def noting(self, subject: Conversation | Listener, *reached: str) -> Note:
        """Return what puts a call into the record."""
        return lambda call: self.note(subject, call, *reached)

    def refuse(
        self,
        subject: Conversation | Listener,
        what: str,
        about: tuple[Value, ...],
        error: str,
        why: str,
        fd: int | None = None,
    ) -> None:
        """Put into the record what was not done, and why; `fd` is the descriptor where it is not the conversation's."""
        if fd is None:
            fd = subject.fd if isinstance(subject, Conversation) else -1
        refusal = Refusal(what, fd, about, error, now_ns(), why)
        self._in_line(subject, subject.facts.add(refusal), refusal.at_ns, 0)
        self._happened(subject, refusal)

    def remark(self, subject: Conversation | Listener, kind: str, text: str) -> None:
        """Say what should be known from now on, in place of what was remarked of that kind before."""
        remark = Remark(kind, text, now_ns())
        subject.facts.remark(remark)
        self._happened(subject, remark)

    def withdraw(self, subject: Conversation | Listener, kind: str) -> None:
        """Take back a remark that is no longer so."""
        subject.facts.withdraw(kind)

    def _in_line(self, subject: Conversation | Listener, number: int, at_ns: int, took_ns: int) -> None:
        if isinstance(subject, Conversation):
            subject.tape.fact(number, at_ns, took_ns)
            if subject.wire:
                subject.wire.tape.fact(number, at_ns, took_ns)

    # Bytes.

    def received(
        self,
        conversation: Conversation,
        room: memoryview,
        size_bytes: int,
        at_ns: int,
        asked: int = 0,
        mover: Mover = Mover.RECV,
    ) -> memoryview:
        """Keep and count what a receive put into `room`; return a view of it, good until the next receive."""
        took_ns = now_ns() - at_ns
        kept = conversation.tape.received(room, size_bytes, at_ns, took_ns, asked, mover)
        conversation.flow.received(size_bytes, at_ns)
        if self.observers:
            self._tell(lambda one: one.moved(conversation, kept, at_ns, took_ns, asked or len(room), mover))
        return kept

    def sent(
        self, conversation: Conversation, data: memoryview, asked: int, at_ns: int, mover: Mover = Mover.SEND
    ) -> None:
        """Keep and count the bytes that were taken of the `asked` bytes that were offered."""
        took_ns = now_ns() - at_ns
        conversation.tape.sent(data, asked, at_ns, took_ns, mover)
        conversation.flow.sent(len(data), at_ns)
        if self.observers:
            self._tell(lambda one: one.moved(conversation, data, at_ns, took_ns, asked, mover))

    def wire_received(self, wire: Tape, room: memoryview, size_bytes: int, at_ns: int, asked: int) -> memoryview:
        """Keep what a receive brought below a layer; return a view of it, good until the next receive."""
        return wire.received(room, size_bytes, at_ns, now_ns() - at_ns, asked)

    def wire_sent(self, wire: Tape, data: memoryview, asked: int, at_ns: int) -> None:
        """Keep what the kernel took below a layer, of the `asked` bytes that it was offered."""
        wire.sent(data, asked, at_ns, now_ns() - at_ns)

    def transfers(self, conversation: Conversation, transfer: Transfer) -> None:
        """A file is on its way."""
        conversation.transfer = transfer

    def repeats(self, conversation: Conversation, repeat: Repeat) -> None:
        """A payload is sent again and again, in place of the one before."""
        if conversation.repeat:
            conversation.repeat.stopped = True
        conversation.repeat = repeat

    def options(self, conversation: Conversation, options: dict[str, str]) -> None:
        """The kernel said which socket options are in force."""
        conversation.options = options

    def reading(self, conversation: Conversation, *, stopped: bool) -> None:
        """A person stopped reading, or reads again."""
        conversation.reading_stopped = stopped

    def queued(self, conversation: Conversation, size_bytes: int) -> None:
        """Say how much was accepted from the user and is not yet taken by the kernel."""
        conversation.queued_bytes = size_bytes

    def blocked(self, conversation: Conversation, at_ns: int) -> None:
        """Say since when the kernel takes nothing while more waits; 0 where nothing waits."""
        conversation.blocked_at_ns = at_ns

    # How a conversation comes about, and ends.

    def made(self, conversation: Conversation, fd: int, *, peer: Endpoint = NOWHERE, listener_fd: int = -1) -> None:
        """There is a descriptor; of an accepted one also its peer, and the listening socket that it came from."""
        conversation.fd, conversation.peer, conversation.listener_fd = fd, peer, listener_fd

    def named(self, conversation: Conversation, local: Endpoint) -> None:
        """The kernel chose a name for its socket."""
        conversation.local = local

    def attempted(self, conversation: Conversation, attempt: Attempt) -> None:
        """One more address is tried; trying again for days drops the oldest."""
        conversation.attempts.append(attempt)
        conversation.attempted += 1
        del conversation.attempts[:-ATTEMPTS_KEPT]

    def won(self, conversation: Conversation, attempt: Attempt, local: Endpoint) -> None:
        """One address that was tried has a socket that can be used: the others count no more."""
        conversation.facts.milestones.pop(CLOSED, None)
        if attempt.opened:
            conversation.facts.milestones[SOCKET] = attempt.opened
        conversation.fd, conversation.local, conversation.peer = attempt.fd, local, attempt.address

    def again(self, conversation: Conversation, at_ns: int) -> None:
        """Say when connecting is tried again; 0 where it is not."""
        conversation.retry_at_ns = at_ns

    def identified(self, conversation: Conversation, credentials: Credentials | None) -> None:
        """The kernel told who is at the other end of a UNIX socket, or did not."""
        conversation.credentials = credentials

    def relays(self, client: Conversation, upstream: Conversation) -> None:
        """What a client says is passed on: `upstream` is the other leg."""
        client.upstream = upstream

    def follows(self, conversation: Conversation) -> None:
        """Our direction ends because the peer's did, without anybody here doing it."""
        conversation.follows = True

    def layered(self, conversation: Conversation, wire: Tape) -> None:
        """TLS lies between: what goes over the wire has a tape of its own."""
        conversation.wire = Wire(conversation, wire)

    def connected(
        self,
        conversation: Conversation,
        fd: int,
        local: Endpoint,
        peer: Endpoint,
        at_ns: int,
        state: State = State.CONNECTED,
    ) -> None:
        """There is a socket to the peer; `state` is SECURING where TLS comes next, OPEN without a connection."""
        conversation.fd, conversation.local, conversation.peer = fd, local, peer
        conversation.connected_at_ns = at_ns
        conversation.unconnected = state is State.OPEN
        self._becomes(conversation, state)

    def secured(self, conversation: Conversation, session: TlsSession) -> None:
        """The TLS handshake is done."""
        conversation.session = session
        self._becomes(conversation, State.CONNECTED)

    def peer_finished(self, conversation: Conversation) -> None:
        """The peer's end of stream arrived; where ours was sent before, `closed` follows."""
        conversation.finished += (PEER,)
        if conversation.state is not State.WE_FINISHED:
            self._becomes(conversation, State.PEER_FINISHED)

    def we_finished(self, conversation: Conversation) -> None:
        """Our end of stream was sent; where the peer's came before, `closed` follows."""
        conversation.finished += (US,)
        if conversation.state is not State.PEER_FINISHED:
            self._becomes(conversation, State.WE_FINISHED)

    def closed_by_peer(self, conversation: Conversation) -> None:
        """The peer, which had finished, has closed altogether: our end of stream has nowhere to go."""
        self._end(conversation, State.CLOSED_BY_PEER)

    def closed(self, conversation: Conversation) -> None:
        """Our descriptor was closed."""
        if conversation.state is State.PEER_FINISHED:
            followed = conversation.follows and US in conversation.finished
            self._end(conversation, State.CLOSED_BY_PEER if followed else State.PEER_THEN_US)
        elif conversation.state.live:
            self._end(conversation, State.CLOSED_BY_US)

    def reset_by_peer(self, conversation: Conversation) -> None:
        """The peer's reset arrived; both directions are gone."""
        self._end(conversation, State.RESET_BY_PEER)

    def failed(self, conversation: Conversation, error: str, reason: str = "") -> None:
        """It could not be made, or broke for another reason than a reset."""
        conversation.error, conversation.reason = error, reason
        conversation.facts.blame(error)
        self._end(conversation, State.FAILED)

    def _end(self, conversation: Conversation, state: State) -> None:
        conversation.ended_at_ns = now_ns()
        conversation.unsent_bytes += conversation.queued_bytes
        conversation.queued_bytes = conversation.blocked_at_ns = conversation.retry_at_ns = 0
        conversation.reading_stopped = False
        if conversation.repeat:
            conversation.repeat.stopped = True
        self._becomes(conversation, state)

    def _becomes(self, conversation: Conversation, state: State) -> None:
        conversation.state = state
        self.changed(conversation)

    # Listeners.

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

    def held_by(self, subject: Conversation | Listener, holder: str) -> None:
        """What of this very program has the address that could not be had."""
        subject.held_by = holder

    def sampled(self, listener: Listener, queues: tuple[tuple[int, int], ...], lost_datagrams: int) -> None:
        """How full the kernel's queues are, and how many datagrams it dropped."""
        listener.queues, listener.lost_datagrams = queues, lost_datagrams

    def opened(self, listener: Listener, bound: tuple[Bound, ...]) -> None:
        """Every socket listens."""
        listener.bound = bound
        listener.waiting_since_ns = now_ns()
        self.listens(listener, ListenerState.LISTENING)

    def listens(self, listener: Listener, state: ListenerState, error: str = "") -> None:
        """It accepts, or pauses because of an error."""
        listener.error, listener.state = error, state
        self.changed(listener)

    def treats(self, listener: Listener, policy: Policy) -> None:
        """Note how clients are treated from now on."""
        listener.policy, listener.answers_no_more = policy, ""

    def answers_no_more(self, listener: Listener, why: str) -> None:
        """Note why clients are answered no more."""
        listener.answers_no_more = why

    def aborted(self, listener: Listener) -> None:
        """A client was gone before it was accepted."""
        listener.aborted += 1

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
            listener.facts.blame(error)
        listener.ended_at_ns = now_ns()
        listener.state = state
        self.changed(listener)
