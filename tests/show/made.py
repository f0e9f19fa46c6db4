"""Conversations and listeners made of canned facts and bytes, on a clock that stands still."""

import socket
from collections.abc import Callable, Iterable

from hypothesis import strategies as st

from sockscope.net.endpoint import Endpoint
from sockscope.net.socket_kind import TCP, UDP, UNIX, SocketKind
from sockscope.net.value import Struct, Symbol
from sockscope.record.certificate import Certificate
from sockscope.record.conversation import Conversation, State
from sockscope.record.dialling import Attempt
from sockscope.record.fact import Call
from sockscope.record.flow import Flow, Meter
from sockscope.record.layers import Layers, Track, Wire
from sockscope.record.listener import Bound, Listener
from sockscope.record.milestone import SOCKET
from sockscope.record.tape import Tape
from sockscope.record.tape_entry import EntryKind, TapeEntry
from sockscope.record.tape_memory import CHUNK_BYTES, TapeMemory
from sockscope.record.tls_session import TlsSession
from sockscope.show.traffic.lines import Line, Look, Window, page, pages
from tests.facts import RECORDER, at, movers, note

MS = 1_000_000
SECOND = 1000 * MS
START_NS = 1000 * SECOND
"""When every canned conversation begins, on the clock of facts."""
NOW_NS = START_NS + 12_300 * MS
"""When what happened is looked at."""

SEGMENT = 200_000
"""A receive of so many bytes begins a segment of its own, and two of them are the least that a tape keeps."""

Canned = tuple[str, bytes]
"""`in` or `out` and the bytes, or the name of a call and nothing."""


class WatchedTape(Tape):
    """Counts what is read of it; `meddle` happens after each read, as when the engine's thread comes between."""

    def __init__(self, history: TapeMemory) -> None:
        super().__init__(history)
        self.reads = self.read_bytes = self.looked_up = 0
        self.meddle: Callable[[int], None] = lambda offset: None

    def read(self, offset: int, size_bytes: int) -> bytes | None:
        self.reads += 1
        self.read_bytes += size_bytes
        data = super().read(offset, size_bytes)
        self.meddle(offset)
        return data

    def entry(self, number: int) -> TapeEntry | None:
        self.looked_up += 1
        return super().entry(number)


def history(limit_bytes: int = 1 << 30) -> TapeMemory:
    """Room for everything, or for as little as there can be with 0."""
    return TapeMemory(limit_bytes=1 << 30, limit_each_bytes=limit_bytes)


def made(
    canned: Iterable[Canned] = (),
    *,
    keeping: TapeMemory | None = None,
    target: str = "example.com:80",
    transport: SocketKind = TCP,
) -> Conversation:
    """A conversation in which this happened, a millisecond apart."""
    conversation = Conversation(1, target, WatchedTape(keeping or history()), Flow(Meter()), transport)
    conversation.started_at_ns = START_NS
    for what, data in canned:
        happen(conversation, what, data)
    return conversation


def watched(conversation: Conversation) -> WatchedTape:
    """The tape of a made conversation."""
    assert isinstance(conversation.tape, WatchedTape)
    return conversation.tape


def happen(conversation: Conversation, what: str, data: bytes) -> None:
    """One more receive, send or other call, a millisecond after the one before."""
    at_ns = START_NS + conversation.tape.total_entries * MS
    if what == "in":
        receive(conversation, data, at_ns)
    elif what == "out":
        send(conversation, data, at_ns=at_ns)
    else:
        note(conversation, Call(what, conversation.fd, (), 0, "", at_ns, 1000))


def receive(conversation: Conversation, data: bytes, at_ns: int = START_NS, took_ns: int = 5000) -> None:
    """What the stream does with a receive."""
    room = conversation.tape.room()
    room[: len(data)] = data
    conversation.tape.received(room, len(data), at_ns, took_ns, mover=movers(conversation)[0])
    conversation.flow.received(len(data), at_ns)


def send(
    conversation: Conversation, data: bytes, asked: int | None = None, at_ns: int = START_NS, took_ns: int = 7000
) -> None:
    """What the stream does with a send of which the kernel took `data`."""
    asked = len(data) if asked is None else asked
    conversation.tape.sent(memoryview(data), asked, at_ns, took_ns, movers(conversation)[1])
    conversation.flow.sent(len(data), at_ns)


def dialled(
    attempts: Iterable[Attempt] = (), *, local: str = "127.0.0.1:40000", transport: SocketKind = TCP
) -> Conversation:
    """A conversation that looked up a name and made a socket for each attempt; connected where one of them won."""
    conversation = made(transport=transport)
    if transport.resolves:
        note(conversation, Call("getaddrinfo", -1, ("example.com", "80"), 2, "", START_NS, 12 * MS))
    for attempt in attempts:
        RECORDER.attempts.add(conversation, attempt)
        kind = tuple(map(Symbol, (transport.families[0].name, transport.type.name)))
        attempt.opened = Call("socket", -1, kind, attempt.fd, "", START_NS, 40_000)
        note(conversation, attempt.opened)
        if attempt.won:
            connect(conversation, attempt, at(local))
    return conversation


def connect(conversation: Conversation, attempt: Attempt, local: Endpoint) -> None:
    """What dialling does when one attempt wins: the socket that counts is the winner's."""
    if attempt.opened:
        conversation.facts.milestones[SOCKET] = attempt.opened
    RECORDER.connected(conversation, attempt.fd, local, attempt.address, attempt.ended_at_ns)


def connected() -> Conversation:
    """A conversation that connected 3 ms after it began."""
    return dialled([won()], local="192.0.2.1:54321")


def won(address: str = "192.0.2.7:80") -> Attempt:
    """An attempt that connected 3 ms after it began."""
    return Attempt(at(address), START_NS, fd=7, ended_at_ns=START_NS + 3 * MS, won=True)


def trying(address: str = "192.0.2.7:80", error: str = "", fd: int = 7, started_ms: int = 0) -> Attempt:
    """An attempt that is open, or failed 2 ms after it began."""
    started_at_ns = START_NS + started_ms * MS
    return Attempt(at(address), started_at_ns, fd, started_at_ns + 2 * MS if error else 0, error)


def datagrams(state: State = State.CONNECTED, transport: SocketKind = UDP) -> Conversation:
    """Datagrams to one peer, with connect, or in state OPEN without."""
    conversation = made(transport=transport)
    RECORDER.connected(conversation, 7, at("127.0.0.1:40000"), at("127.0.0.1:9"), START_NS, state)
    return conversation


def certificate(
    name: str = "example.com", *, not_before: str = "2001-01-01", not_after: str = "2999-01-01"
) -> Certificate:
    """A certificate for a name."""
    return Certificate(
        subject=f"CN={name}",
        issuer="CN=Test CA,O=Tests",
        names=(name, f"www.{name}"),
        not_before=f"{not_before} 00:00:00 UTC",
        not_after=f"{not_after} 00:00:00 UTC",
        fingerprint=":".join(f"{byte:02X}" for byte in range(0xA0, 0xC0)),
        key="EC P-256",
        self_issued=False,
    )


def securing() -> Conversation:
    """A conversation that has connected and shakes hands."""
    conversation = dialled([won()], local="192.0.2.1:54321")
    conversation.layers = Layers(Wire(conversation, WatchedTape(history())))
    conversation.state = State.SECURING
    return conversation


def secured(*, verified: bool = True, because: str = "", alpn: str = "h2") -> Conversation:
    """A conversation whose TLS handshake took 20 ms."""
    conversation = securing()
    session = TlsSession("TLSv1.3", "TLS_AES_256_GCM_SHA384", alpn, "example.com", (certificate(),), verified, because)
    agreed = (("version", session.version), ("cipher", session.cipher), ("alpn", session.alpn))
    returned = Struct(tuple((name, Symbol(value)) for name, value in agreed if value))
    note(conversation, Call("do_handshake", 7, ("example.com",), returned, "", START_NS, 20 * MS, "verified"))
    RECORDER.secured(conversation, session)
    return conversation


def relayed() -> Conversation:
    """A client of ours, and the other leg of its relay."""
    conversation = connected()
    happened = [("in", b"from the target"), ("out", b"to it")]
    conversation.upstream = made(happened, target="unix:/run/app.sock", transport=UNIX)
    RECORDER.connected(conversation.upstream, 9, at(""), at("/run/app.sock"), START_NS)
    return conversation


def listener(*calls: Call, bound: tuple[Bound, ...] = (), transport: SocketKind = TCP) -> Listener:
    """A listener that made these calls, and listens where something is bound."""
    made = Listener(1, "127.0.0.1:0", Flow(Meter()), transport)
    made.started_at_ns = START_NS - SECOND
    note(made, *calls)
    if bound:
        RECORDER.listeners.opened(made, bound)
    made.waiting_since_ns = START_NS
    return made


def text(line: Line) -> str:
    """A line as it is read."""
    return "".join(part for part, _ in line)


def all_lines(conversation: Track, look: Look) -> list[Line]:
    """Every line of every page of every kept entry: what a scroller is measured against."""
    return [
        shown.line(i)
        for entry in conversation.tape.entries(conversation.tape.first_entry)
        for number in range(pages(entry, look))
        for shown in [page(conversation, entry, number, look)]
        for i in range(shown.height)
    ]


def entry(conversation: Conversation, number: int = 0) -> TapeEntry:
    """An entry that is still kept."""
    found = conversation.tape.entry(number)
    assert found is not None
    return found


def page_lines(shown: Window) -> list[Line]:
    """Every line of one page."""
    return [shown.line(i) for i in range(shown.height)]


def lines_of(conversation: Conversation, mode: str = "hex", width: int = 80, number: int = 0) -> list[str]:
    """An entry's lines as they are read."""
    look = Look(mode, width)
    the_entry = entry(conversation, number)
    return [
        text(line) for i in range(pages(the_entry, look)) for line in page_lines(page(conversation, the_entry, i, look))
    ]


def of_role(line: Line, role: str) -> str:
    """What a line says in one of its columns; its line end belongs to the text."""
    roles = (role, "dim") if role == "text" else (role,)
    return "".join(part for part, its_role in line if its_role in roles)


def drop(conversation: Conversation, segments: int = 1) -> None:
    """Forget the oldest segments, as a flood would make it."""
    for _ in range(segments):
        conversation.tape.drop_oldest()


def bytes_of(conversation: Conversation, kind: EntryKind) -> list[tuple[int, int]]:
    """The kept bytes of one direction in order: (offset, byte) for each."""
    found = []
    for entry in conversation.tape.entries(conversation.tape.first_entry):
        if entry.kind is kind and entry.size_bytes:
            data = conversation.tape.read(entry.offset, entry.size_bytes)
            assert data is not None
            found += list(enumerate(data, entry.offset))
    return found


assert SEGMENT < CHUNK_BYTES < 2 * SEGMENT

hostile = st.one_of(
    st.binary(max_size=40),
    st.text(max_size=20).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from(
        [
            b"\n",
            b"\r\n",
            "日本語".encode(),
            "e\u0301\u200b\u202e".encode(),
            b"\xc3",
            b"\xa9",
            b"\xf0\x9f",
            b"\x98\x80",
            b"\x1b[2J",
        ]
    ),
)
"""Pieces of what a peer may send."""

payloads = st.lists(hostile, min_size=1, max_size=12).map(b"".join).filter(bool)

canned = st.one_of(
    st.tuples(st.sampled_from(["in", "out"]), payloads),
    st.sampled_from([("shutdown", b""), ("recv", b"")]),
)
"""One thing that happens in a conversation."""

foreign = st.text(st.characters(), min_size=1, max_size=8)
"""Text that a fact may hold, whoever gave it."""

AF = int(socket.AF_INET6)
"""The family of an endpoint that has a scope."""
