"""Writes the records of conversations, and the events of listeners."""

from collections.abc import Callable

from sockscope.net.clock import now_ns
from sockscope.net.endpoint import NOWHERE, Endpoint
from sockscope.net.value import Value
from sockscope.record.conversation import PEER, US, Conversation, State
from sockscope.record.credentials import Credentials
from sockscope.record.fact import Call, Note, Refusal, Remark
from sockscope.record.finding import Finding
from sockscope.record.flow import HEAD_BYTES
from sockscope.record.kernel_view import KernelHistory, KernelView
from sockscope.record.layers import Layers, Wire
from sockscope.record.leftover import Leftover
from sockscope.record.listener import ENDED_KEPT, Listener
from sockscope.record.milestone import TROUBLED
from sockscope.record.process import Holders
from sockscope.record.recorder.attempts import AttemptRecorder
from sockscope.record.recorder.listeners import ListenerRecorder
from sockscope.record.recorder.lookups import LookupRecorder
from sockscope.record.recorder.observers import Observers
from sockscope.record.recorder.outgoing import OutgoingRecorder
from sockscope.record.recorder.sequences import SequenceRecorder
from sockscope.record.tape import Tape
from sockscope.record.tape_entry import Mover
from sockscope.record.tls_session import TlsSession


class Recorder:
    """Writes records."""

    __slots__ = ("attempts", "listeners", "lookups", "observers", "outgoing", "sequences")

    def __init__(self, on_fault: Callable[[type], None] = lambda kind: None, ended_kept: int = ENDED_KEPT) -> None:
        """`on_fault` gets the type of what an observer raised; `ended_kept` clients that left a listener are kept."""
        self.observers = Observers(on_fault)
        self.attempts, self.outgoing, self.sequences = AttemptRecorder(), OutgoingRecorder(), SequenceRecorder()
        self.listeners = ListenerRecorder(self.observers, ended_kept)
        self.lookups = LookupRecorder(self.observers)

    # Events.

    def note(self, subject: Conversation | Listener, call: Call, *reached: str) -> None:
        """Put a call into the record, in line with the bytes; `reached` are the milestones that it made."""
        self._in_line(subject, subject.facts.add(call, *reached), call.at_ns, call.took_ns)
        self.observers.happened(subject, call)

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
        self.observers.happened(subject, refusal)

    def remark(self, subject: Conversation | Listener, kind: str, text: str) -> None:
        """Say what should be known from now on, in place of what was remarked of that kind before."""
        remark = Remark(kind, text, now_ns())
        subject.facts.remark(remark)
        self.observers.happened(subject, remark)

    def withdraw(self, subject: Conversation | Listener, kind: str) -> None:
        """Take back a remark that is no longer so."""
        subject.facts.withdraw(kind)

    def _in_line(self, subject: Conversation | Listener, number: int, at_ns: int, took_ns: int) -> None:
        if isinstance(subject, Conversation):
            subject.tape.fact(number, at_ns, took_ns)
            if subject.layers.wire:
                subject.layers.wire.tape.fact(number, at_ns, took_ns)

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
        if conversation.flow.bytes_in < HEAD_BYTES:
            conversation.head.receives(kept)
        conversation.flow.received(size_bytes, at_ns)
        if self.observers.each:
            self.observers.moved(conversation, kept, at_ns, took_ns, asked or len(room), mover)
        return kept

    def sent(
        self, conversation: Conversation, data: memoryview, asked: int, at_ns: int, mover: Mover = Mover.SEND
    ) -> None:
        """Keep and count the bytes that were taken of the `asked` bytes that were offered."""
        took_ns = now_ns() - at_ns
        conversation.tape.sent(data, asked, at_ns, took_ns, mover)
        if conversation.flow.bytes_out < HEAD_BYTES:
            conversation.head.sends(data)
        conversation.flow.sent(len(data), at_ns)
        if self.observers.each:
            self.observers.moved(conversation, data, at_ns, took_ns, asked, mover)

    def wire_received(self, wire: Tape, room: memoryview, size_bytes: int, at_ns: int, asked: int) -> memoryview:
        """Keep what a receive brought below a layer; return a view of it, good until the next receive."""
        return wire.received(room, size_bytes, at_ns, now_ns() - at_ns, asked)

    def wire_sent(self, wire: Tape, data: memoryview, asked: int, at_ns: int) -> None:
        """Keep what the kernel took below a layer, of the `asked` bytes that it was offered."""
        wire.sent(data, asked, at_ns, now_ns() - at_ns)

    def options(self, conversation: Conversation, options: dict[str, str]) -> None:
        """The kernel said which socket options are in force."""
        conversation.options = options

    def reading(self, conversation: Conversation, *, stopped: bool) -> None:
        """A person stopped reading, or reads again."""
        conversation.reading_stopped = stopped

    def looks(self, subject: Conversation | Listener, known: tuple[Finding, ...]) -> None:
        """Somebody looks at the system behind a failure, of which so much is known already."""
        subject.looking, subject.findings = True, known

    def found(self, subject: Conversation | Listener, findings: tuple[Finding, ...]) -> None:
        """That is over, and this was found."""
        subject.findings += findings
        self.observers.found(subject)
        subject.looking = False  # last: who waits for it has been told

    def troubled(self, conversation: Conversation, call: Call) -> None:
        """A call failed, and it goes on all the same."""
        conversation.facts.milestones[TROUBLED] = call

    def untroubled(self, conversation: Conversation) -> None:
        """What was wrong is no longer so."""
        conversation.facts.milestones.pop(TROUBLED, None)

    # How a conversation comes about, and ends.

    def made(self, conversation: Conversation, fd: int, *, peer: Endpoint = NOWHERE, listener_fd: int = -1) -> None:
        """There is a descriptor; of an accepted one also its peer, and the listening socket that it came from."""
        conversation.fd, conversation.endpoints.peer, conversation.endpoints.listener_fd = fd, peer, listener_fd

    def named(self, conversation: Conversation, local: Endpoint) -> None:
        """The kernel chose a name for its socket."""
        conversation.endpoints.local = local

    def identified(self, conversation: Conversation, credentials: Credentials | None) -> None:
        """The kernel told who is at the other end of a UNIX socket, or did not."""
        conversation.endpoints.credentials = credentials

    def peer_found(self, conversation: Conversation, holders: Holders) -> None:
        """It was found out which processes hold the peer's socket."""
        conversation.endpoints.peer_process = holders

    def relays(self, client: Conversation, upstream: Conversation) -> None:
        """What a client says is passed on: `upstream` is the other leg."""
        client.upstream = upstream

    def follows(self, conversation: Conversation) -> None:
        """Our direction ends because the peer's did, without anybody here doing it."""
        conversation.follows = True

    def layered(self, conversation: Conversation, wire: Tape) -> None:
        """TLS lies between: what goes over the wire has a tape of its own."""
        conversation.layers = Layers(Wire(conversation, wire))

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
        conversation.fd, conversation.endpoints.local, conversation.endpoints.peer = fd, local, peer
        conversation.connected_at_ns = at_ns
        conversation.endpoints.unconnected = state is State.OPEN
        self._becomes(conversation, state)

    def secured(self, conversation: Conversation, session: TlsSession) -> None:
        """The TLS handshake is done."""
        conversation.layers = conversation.layers._replace(session=session)
        self._becomes(conversation, State.CONNECTED)

    def peer_finished(self, conversation: Conversation) -> None:
        """The peer's end of stream arrived; where ours was sent before, `closed` follows."""
        self._finished(conversation, PEER)
        if conversation.state is not State.WE_FINISHED:
            self._becomes(conversation, State.PEER_FINISHED)

    def we_finished(self, conversation: Conversation) -> None:
        """Our end of stream was sent; where the peer's came before, `closed` follows."""
        self._finished(conversation, US)
        if conversation.state is not State.PEER_FINISHED:
            self._becomes(conversation, State.WE_FINISHED)

    def _finished(self, conversation: Conversation, who: str) -> None:
        conversation.finished += (who,)
        conversation.finished_at_ns += (now_ns(),)

    def closed_by_peer(self, conversation: Conversation) -> None:
        """The peer, which had finished, has closed altogether: our end of stream has nowhere to go."""
        self._end(conversation, State.CLOSED_BY_PEER)

    def left(self, conversation: Conversation, leftover: Leftover) -> None:
        """What the kernel held when our descriptor was about to be closed."""
        conversation.left = leftover

    def looked(self, conversation: Conversation, view: KernelView) -> None:
        """The kernel told of its socket."""
        if conversation.kernel is None:
            conversation.kernel = KernelHistory()
        conversation.kernel.add(view)

    def closed(self, conversation: Conversation) -> None:
        """Our descriptor was closed; by a reset, where what was `left` says so."""
        if conversation.left.reset and conversation.connected_at_ns and conversation.state.live:
            self._end(conversation, State.RESET_BY_US)
        elif conversation.state is State.PEER_FINISHED:
            followed = conversation.follows and US in conversation.finished
            self._end(conversation, State.CLOSED_BY_PEER if followed else State.PEER_THEN_US)
        elif conversation.state.live:
            self._end(conversation, State.CLOSED_BY_US)

    def reset_by_peer(self, conversation: Conversation, error: str = "ECONNRESET") -> None:
        """The peer's reset arrived, told by this error; both directions are gone. What is `found` follows."""
        conversation.error, conversation.looking = error, True
        conversation.facts.blame(error)
        self._end(conversation, State.RESET_BY_PEER)

    def failed(self, conversation: Conversation, error: str, reason: str = "") -> None:
        """It could not be made, or broke for another reason than a reset. What is `found` follows."""
        conversation.error, conversation.reason, conversation.looking = error, reason, True
        conversation.facts.blame(error)
        self._end(conversation, State.FAILED)

    def _end(self, conversation: Conversation, state: State) -> None:
        conversation.ended_at_ns = now_ns()
        conversation.outgoing.unsent_bytes += conversation.outgoing.queued_bytes
        conversation.outgoing.queued_bytes = conversation.outgoing.blocked_at_ns = conversation.dialling.retry_at_ns = 0
        conversation.reading_stopped = False
        self.outgoing.repeats_no_more(conversation)
        self._becomes(conversation, state)

    def _becomes(self, conversation: Conversation, state: State) -> None:
        conversation.state = state
        self.observers.changed(conversation)
