"""What a conversation did, as a script.

The rules: of one that we opened it is what we did. Of one that was accepted it is what its client did, seen from here:
it connects to where we listen, sends what we received, and waits for what we sent. What came and went is taken from the
tape and the facts, never from what was asked for; that says only what no call tells (which certificates are trusted).
"""

from collections.abc import Iterator

from sockscope.net.endpoint import Endpoint
from sockscope.net.value import Struct, Symbol, Value
from sockscope.record.conversation import Conversation
from sockscope.record.fact import Call, Facts
from sockscope.record.milestone import CONNECTED
from sockscope.record.tape_entry import EntryKind, TapeEntry
from sockscope.request.tls import ClientTls
from sockscope.show.copy_as.script import (
    MOST_BYTES,
    MOST_CALLS,
    MOST_SENDS,
    CannotSay,
    Client,
    Finish,
    Option,
    Place,
    Send,
    Step,
    Wait,
)
from sockscope.show.units import plural


def client_of(conversation: Conversation) -> Client:
    """Describe what a conversation did. Raise CannotSay."""
    accepted = not conversation.target
    walk = _Walk(conversation, accepted)
    steps = tuple(_joined(walk.steps()))
    peer = _listened_at(conversation) if accepted else _dialled(conversation, walk.connected_at_ns)
    return Client(
        about=(*_title(conversation, accepted), *walk.missing, *left_out(conversation.facts, walk.fd)),
        kind=conversation.transport,
        peer=peer,
        steps=steps,
        source=None if accepted else _source(conversation, walk.fd),
        connected=accepted or not conversation.endpoints.unconnected,
        tls=_tls(conversation, accepted),
    )


def options_of(facts: Facts, fd: int, before_ns: int | None = None) -> tuple[Option, ...]:
    """Return the options that were set on a socket before a moment, or at any time."""
    calls = [call for call in facts.calls("setsockopt") if call.fd == fd and not call.error]
    early = [call for call in calls if before_ns is None or call.at_ns < before_ns]
    return tuple(option for call in early if (option := _option(call)))


def left_out(facts: Facts, fd: int) -> list[str]:
    """Name the options that are not set again: those that name an interface or a group."""
    calls = [call for call in facts.calls("setsockopt") if call.fd == fd and not call.error and not _option(call)]
    names = sorted({str(call.arguments[0]) for call in calls})
    return [f"Left out: {', '.join(names)}, set on the socket as well."] if names else []


def path_of(written: str) -> str:
    """Return the path of a UNIX socket as the kernel names it, @name of an abstract one. Raise CannotSay."""
    if "\\x" in written:
        raise CannotSay("the path of the socket holds bytes that are no UTF-8")
    return written


def _option(call: Call) -> Option | None:
    name, value = str(call.arguments[0]), call.arguments[1]
    if isinstance(value, Struct) and name == "SO_LINGER":
        fields = dict(value.fields)
        return Option(name, (_number(fields.get("l_onoff")), _number(fields.get("l_linger"))))
    return Option(name, value) if isinstance(value, int) else None


def _number(value: Value) -> int:
    return value if isinstance(value, int) else 0


class _Walk:
    """Goes over a tape once; what it could not tell of is in `missing` then."""

    def __init__(self, conversation: Conversation, accepted: bool) -> None:
        self._conversation = conversation
        attempts = conversation.dialling.attempts
        self.fd = conversation.fd if conversation.fd >= 0 or not attempts else attempts[-1].fd
        connected = conversation.facts.milestones.get(CONNECTED)
        self.connected_at_ns = connected.decided.at_ns if connected else conversation.connected_at_ns or None
        self._sent = EntryKind.RECEIVED if accepted else EntryKind.SENT
        self._accepted = accepted
        self.missing: list[str] = []

    def steps(self) -> Iterator[Step]:
        """Give what was done, call by call."""
        tape = self._conversation.tape
        dropped, total = tape.bytes_of(self._sent)
        if dropped:
            self.missing.append(f"Missing: {plural(dropped, 'byte')} sent before are no longer in the history.")
        given, sends = dropped, 0
        for looked, entry in enumerate(tape.entries(0)):
            full = sends >= MOST_SENDS or given - dropped >= MOST_BYTES
            if looked >= MOST_CALLS or (entry.kind is self._sent and full):
                break
            step = self._step(entry, MOST_BYTES - (given - dropped))
            if isinstance(step, Send):
                given, sends = given + len(step.data), sends + 1
            if step:
                yield step
        if given < total:
            behind = f"{plural(total - given, 'byte')} sent behind those here"
            self.missing.append(f"Missing: {behind}; a copy has {MOST_BYTES // 1024} KiB and {MOST_SENDS:,} sends.")

    def _step(self, entry: TapeEntry, room_bytes: int) -> Step | None:
        if entry.kind is EntryKind.FACT:
            return self._of_fact(entry.fact)
        if entry.kind is not self._sent:
            return Wait(entry.size_bytes, 1)
        data = self._conversation.tape.read(entry.offset, min(entry.size_bytes, room_bytes))
        return Send(data) if data is not None else None

    def _of_fact(self, number: int) -> Step | None:
        fact = self._conversation.facts.get(number)
        if not isinstance(fact, Call) or fact.error or fact.fd != self.fd:
            return None
        if fact.name == "setsockopt" and not self._accepted:
            return _option(fact) if self.connected_at_ns and fact.at_ns > self.connected_at_ns else None
        ended = fact.name in ("recv", "SSL_read") and fact.returned == 0
        if ended if self._accepted else fact.name == "shutdown" and Symbol("SHUT_WR") in fact.arguments:
            return Finish()
        return None


def _joined(steps: Iterator[Step]) -> Iterator[Step]:
    """Join what is waited for in one go, and leave out a second end of stream (of TLS, and of what is below it)."""
    waited, finished = Wait(0, 0), False
    for step in steps:
        if isinstance(step, Wait):
            waited = Wait(waited.size_bytes + step.size_bytes, waited.calls + step.calls)
            continue
        if waited.calls:
            yield waited
            waited = Wait(0, 0)
        if not (isinstance(step, Finish) and finished):
            yield step
        finished = finished or isinstance(step, Finish)
    if waited.calls:
        yield waited


def _dialled(conversation: Conversation, connected_at_ns: int | None) -> Place:
    attempts = conversation.dialling.attempts
    address = conversation.endpoints.peer or (attempts[-1].address if attempts else Endpoint())
    if not address:
        raise CannotSay("there is no address yet that was connected to")
    request = conversation.request
    path = "" if conversation.transport.has_ports else request.target.host if request else path_of(address.path)
    fd = conversation.fd if conversation.fd >= 0 else attempts[-1].fd
    return Place(address, path, options_of(conversation.facts, fd, connected_at_ns))


def _listened_at(conversation: Conversation) -> Place:
    address = conversation.endpoints.local
    if not address:
        raise CannotSay("there is no address that it was accepted at")
    if address.mapped:  # the client's own socket is one of IPv4
        address = Endpoint(address.family, address.host, address.port)
    return Place(address, path_of(address.path))


def _source(conversation: Conversation, fd: int) -> Place | None:
    bound = [call for call in conversation.facts.calls("bind") if call.fd == fd and not call.error]
    address = bound[-1].arguments[0] if bound else None
    if not isinstance(address, Endpoint):
        return None
    source = conversation.request.source if conversation.request else None
    return Place(address, source.host if source and not conversation.transport.has_ports else path_of(address.path))


def _tls(conversation: Conversation, accepted: bool) -> ClientTls | None:
    session = conversation.layers.session
    if accepted:
        alpn = (session.alpn,) if session and session.alpn else ()
        return ClientTls(verify=False, server_name=session.server_name, alpn=alpn) if session else None
    request = conversation.request
    asked = request.security if request else None
    if asked is None or request is None:
        return None
    name = asked.server_name or request.target.host
    return ClientTls(asked.verify, name, asked.alpn, asked.ca, asked.certificate, asked.key)


def _title(conversation: Conversation, accepted: bool) -> list[str]:
    ends = conversation.endpoints
    if accepted:
        of = f" from {ends.peer}" if ends.peer else ""
        verified = " It verifies no certificate." if conversation.layers.session else ""
        return [f"What the client #{conversation.number}{of} did, as seen from {ends.local}.{verified}"]
    return [f"What #{conversation.number} did, which was asked to connect to {conversation.target}."]
