"""Records made by hand, at times that never change: what a screen is drawn from when nothing really happens."""

from sockscope.net.conversation import Attempt, Conversation
from sockscope.net.engine import Engine
from sockscope.net.fact import Call
from sockscope.net.flow import Flow, Meter
from sockscope.net.history import History
from sockscope.net.listener import Bound, Listener
from sockscope.net.lookup import Lookup, LookupState, Question, Row
from sockscope.net.tape import Tape

MS = 1_000_000
NOW_NS = 100_000 * MS
REQUEST = b"GET /index.html HTTP/1.1\r\nHost: localhost:9000\r\nUser-Agent: curl/8.0\r\nAccept: */*\r\n\r\n"
ANSWER = b"HTTP/1.0 200 OK\r\nContent-Length: 12\r\n\r\n<b>h\xc3\xa9</b>\r\n"
HOSTILE = b"\x1b]52;c;cHduZWQ=\x07\x1b[2J\xc2\x9b31m\xe2\x80\xaeabc\xe2\x80\x8b[/b][@click=app.quit]x[/]\xff\n"


def _conversation(number: int, target: str) -> Conversation:
    history = History(limit_bytes=1 << 24, limit_each_bytes=1 << 22)
    return Conversation(number, target, Tape(history), Flow(Meter()))


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
    made.opened((Bound(5, "[::1]:9000", 4096), Bound(6, "127.0.0.1:9000", 4096)))
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
    made.attempts += [
        Attempt("[::1]:8080", NOW_NS - 4998 * MS, 7, NOW_NS - 4997 * MS, "ECONNREFUSED"),
        Attempt("127.0.0.1:8080", NOW_NS - 4996 * MS, 7, NOW_NS - 4995 * MS, won=True),
    ]
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
    made.attempts.append(Attempt("127.0.0.1:1", NOW_NS - 499 * MS, 8, NOW_NS - 498 * MS, "ECONNREFUSED"))
    made.failed("ECONNREFUSED")
    return made


def lookups(engine: Engine) -> None:
    """One lookup that was answered, one that failed, one that was abandoned."""
    import socket

    answered = Lookup(10, Question("localhost", "80", canonical=True))
    answered.rows = (
        Row(socket.AF_INET6, socket.SOCK_STREAM, 6, "localhost", ("::1", 80, 0, 0)),
        Row(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80)),
    )
    answered.call = call("getaddrinfo", answered.question.arguments(), "2 rows", -100)
    answered.state = LookupState.ANSWERED
    failed = Lookup(11, Question("nowhere.invalid", "", canonical=True))
    failed.call = call("getaddrinfo", failed.question.arguments(), "", -90, "EAI_NONAME")
    failed.error, failed.state = "EAI_NONAME", LookupState.FAILED
    abandoned = Lookup(12, Question("slow.example", "443", canonical=True))
    abandoned.state = LookupState.ABANDONED
    engine.lookups.update({made.number: made for made in (failed, abandoned, answered)})
