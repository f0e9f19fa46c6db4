"""Records made by hand, at times that never change: what a screen is drawn from when nothing really happens."""

from sockscope.net.address import Address
from sockscope.net.certificate import Certificate
from sockscope.net.conversation import Attempt, Conversation, State, Wire
from sockscope.net.engine import Engine
from sockscope.net.fact import Call
from sockscope.net.flow import Flow, Meter
from sockscope.net.history import History
from sockscope.net.listener import Bound, Listener
from sockscope.net.resolve.lookup import Lookup
from sockscope.net.resolve.question import Question
from sockscope.net.resolve.row import Row
from sockscope.net.resolve.state import LookupState
from sockscope.net.session import Session
from sockscope.net.tape import Tape
from sockscope.net.transport import Transport
from sockscope.request import Connect

MS = 1_000_000
NOW_NS = 100_000 * MS
REQUEST = b"GET /index.html HTTP/1.1\r\nHost: localhost:9000\r\nUser-Agent: curl/8.0\r\nAccept: */*\r\n\r\n"
ANSWER = b"HTTP/1.0 200 OK\r\nContent-Length: 12\r\n\r\n<b>h\xc3\xa9</b>\r\n"
HOSTILE = b"\x1b]52;c;cHduZWQ=\x07\x1b[2J\xc2\x9b31m\xe2\x80\xaeabc\xe2\x80\x8b[/b][@click=app.quit]x[/]\xff\n"


def _conversation(number: int, target: str, transport: Transport = Transport.TCP) -> Conversation:
    history = History(limit_bytes=1 << 24, limit_each_bytes=1 << 22)
    return Conversation(number, target, Tape(history), Flow(Meter()), transport)


def call(name: str, arguments: str, result: str, at_ms: float, error: str = "", meaning: str = "") -> Call:
    """One call that took 25 µs."""
    return Call(name, arguments, result, error, NOW_NS + int(at_ms * MS), 25_000, meaning)


def receive(conversation: Conversation, data: bytes, at_ms: float) -> None:
    """Bytes that came from the peer."""
    at_ns = NOW_NS + int(at_ms * MS)
    room = conversation.tape.room()
    room[: len(data)] = data
    conversation.tape.received(room, len(data), at_ns, 5_000)
    conversation.flow.received(len(data), at_ns)


def send(conversation: Conversation, data: bytes, at_ms: float) -> None:
    """Bytes that the kernel took of us."""
    at_ns = NOW_NS + int(at_ms * MS)
    conversation.tape.sent(memoryview(data), len(data), at_ns, 7_000)
    conversation.flow.sent(len(data), at_ns)


def client(number: int = 7, *, peer: str = "127.0.0.1:51334") -> Conversation:
    """A client of a listener that asked for a page and was answered."""
    made = _conversation(number, "")
    made.note(call("accept", "6", f"{number}, {peer}", -3000))
    made.note(call("getsockname", str(number), "127.0.0.1:9000", -2999.9))
    made.connected(number, "127.0.0.1:9000", peer, NOW_NS - 3000 * MS)
    receive(made, REQUEST, -2990)
    send(made, ANSWER, -1200)
    return made


def listener(*clients: Conversation) -> Listener:
    """A listener on both loopback addresses with these clients."""
    made = Listener(1, "9000", Flow(Meter(), samples=60))
    made.note(call("getaddrinfo", 'NULL, "9000", AF_UNSPEC, SOCK_STREAM', "2 rows", -9000))
    for fd, family, address in ((5, "AF_INET6", "[::1]:9000"), (6, "AF_INET", "127.0.0.1:9000")):
        made.note(call("socket", f"{family}, SOCK_STREAM", str(fd), -8999))
        made.note(call("setsockopt", f"{fd}, SO_REUSEADDR, 1", "0", -8998))
        made.note(call("bind", f"{fd}, {address}", "0", -8997))
        made.note(call("getsockname", str(fd), address, -8996))
        made.note(call("listen", f"{fd}, 4096", "0", -8995))
    made.opened((Bound(5, "[::1]:9000", 4096, 9000), Bound(6, "127.0.0.1:9000", 4096, 9000)))
    made.waiting_since_ns = NOW_NS - 8995 * MS
    for arrived in clients:
        made.note(call("accept", "6", f"{arrived.fd}, {arrived.peer}", -3000))
        made.arrived(arrived)
        made.flow.received(arrived.flow.bytes_in, NOW_NS)
        made.flow.sent(arrived.flow.bytes_out, NOW_NS)
    made.flow.history.extend([0, 40, 900, 4000, 12_000, 3000, 90_000, 41_000])
    return made


def dialled(number: int = 3) -> Conversation:
    """A connection that was refused over IPv6 and made over IPv4; the peer has finished."""
    made = _conversation(number, "localhost:8080")
    made.note(call("getaddrinfo", '"localhost", "8080", AF_UNSPEC, SOCK_STREAM', "2 rows", -5000))
    made.note(call("socket", "AF_INET6, SOCK_STREAM", "7", -4999))
    made.note(call("connect", "7, [::1]:8080", "", -4998, "ECONNREFUSED"))
    made.note(call("socket", "AF_INET, SOCK_STREAM", "7", -4997))
    made.note(call("connect", "7, 127.0.0.1:8080", "0", -4996))
    made.attempt(Attempt("[::1]:8080", NOW_NS - 4998 * MS, 7, NOW_NS - 4997 * MS, "ECONNREFUSED"))
    made.attempt(Attempt("127.0.0.1:8080", NOW_NS - 4996 * MS, 7, NOW_NS - 4995 * MS, won=True))
    made.connected(7, "127.0.0.1:41000", "127.0.0.1:8080", NOW_NS - 4995 * MS)
    send(made, REQUEST, -4000)
    receive(made, ANSWER, -3999)
    made.note(call("recv", "7, 262144", "0", -3990, meaning="peer finished sending"))
    made.peer_finished()
    return made


def refused(number: int = 4) -> Conversation:
    """A connection that nobody listened for."""
    made = _conversation(number, "127.0.0.1:1")
    made.note(call("socket", "AF_INET, SOCK_STREAM", "8", -500))
    made.note(call("connect", "8, 127.0.0.1:1", "", -499, "ECONNREFUSED"))
    made.note(call("close", "8", "0", -498))
    made.attempt(Attempt("127.0.0.1:1", NOW_NS - 499 * MS, 8, NOW_NS - 498 * MS, "ECONNREFUSED"))
    made.failed("ECONNREFUSED")
    return made


def datagrams(number: int = 5) -> Conversation:
    """A connected datagram socket whose second datagram was refused; an empty one had come before."""
    made = _conversation(number, "udp://127.0.0.1:53", Transport.UDP)
    made.note(call("socket", "AF_INET, SOCK_DGRAM", "9", -2000))
    made.note(call("connect", "9, 127.0.0.1:53", "0", -1999))
    made.attempt(Attempt("127.0.0.1:53", NOW_NS - 1999 * MS, 9, NOW_NS - 1998 * MS, won=True))
    made.connected(9, "127.0.0.1:41001", "127.0.0.1:53", NOW_NS - 1998 * MS)
    send(made, b"one", -1500)
    receive(made, b"", -1499)
    send(made, b"two", -1000)
    made.note(call("recvfrom", "9, 1048576", "", -999, "ECONNREFUSED", "the peer's machine refused (ICMP)"))
    made.remark = "refused: the peer's machine answered that nobody receives at that port (ICMP)"
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
    made.wire = Wire(made, Tape(History(limit_bytes=1 << 24, limit_each_bytes=1 << 22)))
    made.note(call("getaddrinfo", '"localhost", "443", AF_UNSPEC, SOCK_STREAM', "1 row", -900))
    made.note(call("socket", "AF_INET, SOCK_STREAM", "10", -899))
    made.note(call("connect", "10, 127.0.0.1:443", "0", -898))
    made.attempt(Attempt("127.0.0.1:443", NOW_NS - 898 * MS, 10, NOW_NS - 897 * MS, won=True))
    made.connected(10, "127.0.0.1:41002", "127.0.0.1:443", NOW_NS - 897 * MS, State.SECURING)
    session = Session(
        "TLSv1.3", "TLS_AES_256_GCM_SHA384", "h2", "localhost", (CERTIFICATE,), False, "verification is off"
    )
    made.note(call("do_handshake", "10, localhost", str(session), -890, meaning="not verified: verification is off"))
    made.secured(session)
    made.options = {"NODELAY": "off", "KEEPALIVE": "on", "SNDBUF": "87040"}
    send(made, REQUEST, -800)
    receive(made, ANSWER, -700)
    return made


def listeners() -> list[Listener]:
    """A datagram listener, and one for UNIX streams that does not accept while clients wait."""
    datagram = Listener(2, "udp://127.0.0.1:9001", Flow(Meter(), samples=60), Transport.UDP)
    datagram.opened((Bound(20, "127.0.0.1:9001", 0, 9001),))
    local = Listener(3, "unix:/run/app.sock", Flow(Meter(), samples=60), Transport.UNIX)
    for made in (datagram, local):
        made.note(call("socket", "AF_UNIX, SOCK_STREAM" if made is local else "AF_INET, SOCK_DGRAM", "21", -600))
        made.note(call("bind", f"21, {made.target}", "0", -599))
    local.note(call("listen", "21, 5", "0", -598))
    local.opened((Bound(21, "/run/app.sock", 5),))
    local.accepting, local.queues, local.answer = False, ((3, 5),), "echo"
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
    answered.call = call("getaddrinfo", answered.question.arguments(), "2 rows", -100)
    answered.state = LookupState.ANSWERED
    failed = Lookup(11, Question("nowhere.invalid", "", flags=frozenset({"CANONNAME"})))
    failed.call = call("getaddrinfo", failed.question.arguments(), "", -90, "EAI_NONAME")
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
    asked.call = call("getaddrinfo", asked.question.arguments(), "2 rows", -5100)
    asked.state = LookupState.ANSWERED
    opened = dialled()
    opened.plan = Connect(Address("localhost", 8080), rows=asked.rows)
    engine.names.lookups[asked.number] = asked
    engine.dialled[opened.number] = opened
