"""Records made by hand, at times that never change: what a screen is drawn from when nothing really happens."""

from sockscope.engine.engine import Engine
from sockscope.net.address import Address
from sockscope.net.row import Row
from sockscope.net.socket_kind import TCP, UDP, UNIX, SocketKind
from sockscope.net.value import Struct, Symbol, Value
from sockscope.record.certificate import Certificate
from sockscope.record.conversation import Conversation, State
from sockscope.record.dialling import Attempt
from sockscope.record.fact import Call
from sockscope.record.flow import Flow, Meter
from sockscope.record.layers import Layers, Wire
from sockscope.record.listener import Bound, Listener
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.state import LookupState
from sockscope.record.tape import Tape
from sockscope.record.tape_memory import TapeMemory
from sockscope.record.tls_session import TlsSession
from sockscope.request import Connect
from sockscope.request.answers import Answers
from sockscope.request.question import Question
from tests.facts import AF_INET, AF_INET6, AF_UNIX, DGRAM, RECORDER, STREAM, at, movers, note, treat

MS = 1_000_000
NOW_NS = 100_000 * MS
REQUEST = b"GET /index.html HTTP/1.1\r\nHost: localhost:9000\r\nUser-Agent: curl/8.0\r\nAccept: */*\r\n\r\n"
ANSWER = b"HTTP/1.0 200 OK\r\nContent-Length: 12\r\n\r\n<b>h\xc3\xa9</b>\r\n"
HOSTILE = b"\x1b]52;c;cHduZWQ=\x07\x1b[2J\xc2\x9b31m\xe2\x80\xaeabc\xe2\x80\x8b[/b][@click=app.quit]x[/]\xff\n"


def _conversation(number: int, target: str, transport: SocketKind = TCP) -> Conversation:
    history = TapeMemory(limit_bytes=1 << 24, limit_each_bytes=1 << 22)
    return Conversation(number, target, Tape(history), Flow(Meter()), transport)


def call(
    name: str, fd: int, arguments: tuple[Value, ...], gives: Value, at_ms: float, error: str = "", meaning: str = ""
) -> Call:
    """One call that took 25 µs."""
    return Call(name, fd, arguments, gives, error, NOW_NS + int(at_ms * MS), 25_000, meaning)


def receive(conversation: Conversation, data: bytes, at_ms: float) -> None:
    """Bytes that came from the peer."""
    at_ns = NOW_NS + int(at_ms * MS)
    room = conversation.tape.room()
    room[: len(data)] = data
    conversation.tape.received(room, len(data), at_ns, 5_000, mover=movers(conversation)[0])
    conversation.head.receives(data)
    conversation.flow.received(len(data), at_ns)


def send(conversation: Conversation, data: bytes, at_ms: float) -> None:
    """Bytes that the kernel took of us."""
    at_ns = NOW_NS + int(at_ms * MS)
    conversation.tape.sent(memoryview(data), len(data), at_ns, 7_000, movers(conversation)[1])
    conversation.head.sends(data)
    conversation.flow.sent(len(data), at_ns)


def client(number: int = 7, *, peer: str = "127.0.0.1:51334") -> Conversation:
    """A client of a listener that asked for a page and was answered."""
    made = _conversation(number, "")
    note(made, call("accept", 6, (), (number, at(peer)), -3000))
    note(made, call("getsockname", number, (), at("127.0.0.1:9000"), -2999.9))
    RECORDER.connected(made, number, at("127.0.0.1:9000"), at(peer), NOW_NS - 3000 * MS)
    receive(made, REQUEST, -2990)
    send(made, ANSWER, -1200)
    return made


def listener(*clients: Conversation) -> Listener:
    """A listener on both loopback addresses with these clients."""
    made = Listener(1, "9000", Flow(Meter(), samples=60))
    note(made, call("getaddrinfo", -1, (None, "9000", Symbol("AF_UNSPEC"), STREAM), 2, -9000))
    bound = []
    for fd, family, address in ((5, AF_INET6, "[::1]:9000"), (6, AF_INET, "127.0.0.1:9000")):
        before = len(made.facts.calls())
        note(made, call("socket", -1, (family, STREAM), fd, -8999))
        note(made, call("setsockopt", fd, (Symbol("SO_REUSEADDR"), 1), 0, -8998))
        note(made, call("bind", fd, (at(address),), 0, -8997))
        note(made, call("getsockname", fd, (), at(address), -8996))
        note(made, call("listen", fd, (4096,), 0, -8995))
        bound.append(Bound(fd, at(address), 4096, tuple(made.facts.calls()[before:])))
    RECORDER.listeners.opened(made, tuple(bound))
    made.waiting_since_ns = NOW_NS - 8995 * MS
    for arrived in clients:
        note(made, call("accept", 6, (), (arrived.fd, arrived.endpoints.peer), -3000))
        RECORDER.listeners.arrived(made, arrived)
        made.flow.received(arrived.flow.bytes_in, NOW_NS)
        made.flow.sent(arrived.flow.bytes_out, NOW_NS)
    made.flow.rates.extend([0, 40, 900, 4000, 12_000, 3000, 90_000, 41_000])
    return made


def dialled(number: int = 3) -> Conversation:
    """A connection that was refused over IPv6 and made over IPv4; the peer has finished."""
    made = _conversation(number, "localhost:8080")
    note(made, call("getaddrinfo", -1, ("localhost", "8080", Symbol("AF_UNSPEC"), STREAM), 2, -5000))
    note(made, call("socket", -1, (AF_INET6, STREAM), 7, -4999))
    note(made, call("connect", 7, (at("[::1]:8080"),), None, -4998, "ECONNREFUSED"))
    note(made, call("socket", -1, (AF_INET, STREAM), 7, -4997))
    note(made, call("connect", 7, (at("127.0.0.1:8080"),), 0, -4996))
    RECORDER.attempts.add(made, Attempt(at("[::1]:8080"), NOW_NS - 4998 * MS, 7, NOW_NS - 4997 * MS, "ECONNREFUSED"))
    RECORDER.attempts.add(made, Attempt(at("127.0.0.1:8080"), NOW_NS - 4996 * MS, 7, NOW_NS - 4995 * MS, won=True))
    RECORDER.connected(made, 7, at("127.0.0.1:41000"), at("127.0.0.1:8080"), NOW_NS - 4995 * MS)
    send(made, REQUEST, -4000)
    receive(made, ANSWER, -3999)
    note(made, call("recv", 7, (262144,), 0, -3990, meaning="peer finished sending"))
    RECORDER.peer_finished(made)
    return made


def refused(number: int = 4) -> Conversation:
    """A connection that nobody listened for."""
    made = _conversation(number, "127.0.0.1:1")
    note(made, call("socket", -1, (AF_INET, STREAM), 8, -500))
    note(made, call("connect", 8, (at("127.0.0.1:1"),), None, -499, "ECONNREFUSED"))
    note(made, call("close", 8, (), 0, -498))
    RECORDER.attempts.add(made, Attempt(at("127.0.0.1:1"), NOW_NS - 499 * MS, 8, NOW_NS - 498 * MS, "ECONNREFUSED"))
    RECORDER.failed(made, "ECONNREFUSED")
    return made


def datagrams(number: int = 5) -> Conversation:
    """A connected datagram socket whose second datagram was refused; an empty one had come before."""
    made = _conversation(number, "udp://127.0.0.1:53", UDP)
    note(made, call("socket", -1, (AF_INET, DGRAM), 9, -2000))
    note(made, call("connect", 9, (at("127.0.0.1:53"),), 0, -1999))
    RECORDER.attempts.add(made, Attempt(at("127.0.0.1:53"), NOW_NS - 1999 * MS, 9, NOW_NS - 1998 * MS, won=True))
    RECORDER.connected(made, 9, at("127.0.0.1:41001"), at("127.0.0.1:53"), NOW_NS - 1998 * MS)
    send(made, b"one", -1500)
    receive(made, b"", -1499)
    send(made, b"two", -1000)
    note(made, call("recvfrom", 9, (1048576,), None, -999, "ECONNREFUSED", "the peer's machine refused (ICMP)"))
    RECORDER.remark(made, "refused", "refused: the peer's machine answered that nobody receives at that port (ICMP)")
    return made


CERTIFICATE = Certificate(
    subject="CN=example.com",
    issuer="CN=example.com",
    names=("example.com", "127.0.0.1"),
    not_before="2026-01-01 00:00:00 UTC",
    not_after="2026-12-31 00:00:00 UTC",
    fingerprint=":".join(["AB", "CD"] * 16),
    key="EC P-256",
    self_issued=True,
)


def unverified(number: int = 6) -> Conversation:
    """TLS that was gone on with although nobody checked the certificate."""
    made = _conversation(number, "tls://localhost:443")
    made.layers = Layers(Wire(made, Tape(TapeMemory(limit_bytes=1 << 24, limit_each_bytes=1 << 22))))
    note(made, call("getaddrinfo", -1, ("localhost", "443", Symbol("AF_UNSPEC"), STREAM), 1, -900))
    note(made, call("socket", -1, (AF_INET, STREAM), 10, -899))
    note(made, call("connect", 10, (at("127.0.0.1:443"),), 0, -898))
    RECORDER.attempts.add(made, Attempt(at("127.0.0.1:443"), NOW_NS - 898 * MS, 10, NOW_NS - 897 * MS, won=True))
    RECORDER.connected(made, 10, at("127.0.0.1:41002"), at("127.0.0.1:443"), NOW_NS - 897 * MS, State.SECURING)
    session = TlsSession(
        "TLSv1.3", "TLS_AES_256_GCM_SHA384", "h2", "localhost", (CERTIFICATE,), False, "verification is off"
    )
    named = (("version", session.version), ("cipher", session.cipher), ("alpn", session.alpn))
    agreed = Struct(tuple((name, Symbol(value)) for name, value in named))
    note(made, call("do_handshake", 10, ("localhost",), agreed, -890, meaning="not verified: verification is off"))
    RECORDER.secured(made, session)
    made.options = {"NODELAY": "off", "KEEPALIVE": "on", "SNDBUF": "87040"}
    send(made, REQUEST, -800)
    receive(made, ANSWER, -700)
    return made


def listeners() -> list[Listener]:
    """A datagram listener, and one for UNIX streams that does not accept while clients wait."""
    datagram = Listener(2, "udp://127.0.0.1:9001", Flow(Meter(), samples=60), UDP)
    RECORDER.listeners.opened(datagram, (Bound(20, at("127.0.0.1:9001"), 0),))
    local = Listener(3, "unix:/run/app.sock", Flow(Meter(), samples=60), UNIX)
    for made in (datagram, local):
        kind = (AF_UNIX, STREAM) if made is local else (AF_INET, DGRAM)
        note(made, call("socket", -1, kind, 21, -600))
        note(made, call("bind", 21, (at("/run/app.sock" if made is local else "127.0.0.1:9001"),), 0, -599))
    note(local, call("listen", 21, (5,), 0, -598))
    opening = tuple(local.facts.calls())
    RECORDER.listeners.opened(local, (Bound(21, at("/run/app.sock"), 5, opening),))
    local.queues = ((3, 5),)
    treat(local, accepting=False, answers=Answers("echo"))
    local.waiting_since_ns = datagram.waiting_since_ns = NOW_NS - 4000 * MS
    return [datagram, local]


def lookups(engine: Engine) -> None:
    """One lookup that was answered, one that failed, one that was abandoned."""
    import socket

    answered = Lookup(10, Question("localhost", "80", flags=frozenset({"CANONNAME"})))
    answered.rows = (
        Row(socket.AF_INET6, socket.SOCK_STREAM, 6, "localhost", ("::1", 80, 0, 0)),
        Row(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80)),
    )
    answered.call = call("getaddrinfo", -1, answered.question.arguments(), 2, -100)
    answered.state = LookupState.ANSWERED
    failed = Lookup(11, Question("nowhere.invalid", "", flags=frozenset({"CANONNAME"})))
    failed.call = call("getaddrinfo", -1, failed.question.arguments(), None, -90, "EAI_NONAME")
    failed.error, failed.state = "EAI_NONAME", LookupState.FAILED
    abandoned = Lookup(12, Question("slow.example", "443", flags=frozenset({"CANONNAME"})))
    abandoned.state = LookupState.ABANDONED
    engine.names.lookups.update({made.number: made for made in (failed, abandoned, answered)})


def raced(engine: Engine) -> None:
    """A lookup whose rows were connected to: refused over IPv6, connected over IPv4."""
    import socket

    asked = Lookup(13, Question("localhost", "8080", flags=frozenset({"CANONNAME"})))
    asked.rows = (
        Row(socket.AF_INET6, socket.SOCK_STREAM, 6, "localhost", ("::1", 8080, 0, 0)),
        Row(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 8080)),
    )
    asked.call = call("getaddrinfo", -1, asked.question.arguments(), 2, -5100)
    asked.state = LookupState.ANSWERED
    opened = dialled()
    opened.request = Connect(Address("localhost", 8080), rows=asked.rows)
    engine.names.lookups[asked.number] = asked
    engine.dialled[opened.number] = opened
