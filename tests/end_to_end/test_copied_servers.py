"""A server that is copied runs and answers as our own listener did: what a client gets, in each language."""

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from sockscope.engine.engine import Engine
from sockscope.net.address import parse
from sockscope.record.listener import Listener, ListenerState
from sockscope.request import Listen
from sockscope.request.answers import Answers
from sockscope.request.tls import ServerTls
from sockscope.show.copy_as.languages import copies, script_of
from tests.conftest import wait_until
from tests.end_to_end.copied import PROGRAMS, ready
from tests.end_to_end.peers import running
from tests.end_to_end.terminal import DEADLINE_S

SENT = (b"ask 'a'\0\xffGET", b" / HTTP/1.1\r\n\r\nask 'a'", b"")
REQUESTS = (
    b"\r\nPOST /x HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n",
    b"abcHEAD / HTTP/1.1\r\n\r\nGET / HT",
    b"TP/1.0\r\n\r\nnot for it",
)
REPLY = b"-n 'to' \"all\" %d\\\0\xff$(touch broken)\n"
ANSWERS = {
    "none": Answers(),
    "echo": Answers("echo"),
    "arrival": Answers("canned", reply=(REPLY,)),
    "text": Answers("canned", reply=(REPLY, 0), when="text", pattern=b"ask 'a'\0\xffGET /"),
    "http": Answers("http"),
    "file": Answers("file", file=Path("it's a file")),
    "time": Answers("time"),
}
SERVED = [
    *((language, name) for language in ("Python", "asyncio") for name in ANSWERS),
    *(("C", name) for name in ANSWERS if name != "http"),
    *((language, name) for language in ("nc", "ncat") for name in ANSWERS if name not in ("http", "text")),
    *(("socat", name) for name in ("none", "echo", "arrival")),
]
OF_DATAGRAMS = [
    *((language, name) for language in ("Python", "asyncio", "C") for name in ("echo", "text", "time")),
    *(("socat", name) for name in ("echo", "time")),
    *((language, "arrival") for language in ("Python", "asyncio")),
]
END_EARLY = ("nc", "ncat")
"""Where they hear a client's end of stream they close, and say so."""

SECURED = [("Python", "echo"), ("asyncio", "echo"), ("ncat", "arrival"), ("socat", "echo"), ("openssl", "none")]


@pytest.fixture
def client() -> Iterator[ssl.SSLContext]:
    """What clients with TLS trust: everybody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    yield context


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the file that is served."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "it's a file").write_bytes(bytes(range(256)) * 9)
    return tmp_path


def asked(
    listener: Listener, sent: tuple[bytes, ...], tls: ssl.SSLContext | None = None, first_bytes: int = 0
) -> bytes:
    """Connect, send the pieces one after the other, finish, and return what comes back up to the end.

    Of that `first_bytes` are waited for before we finish.
    """
    address = listener.bound[0].address
    with socket.socket(socket.AF_UNIX if address.is_local else socket.AF_INET) as plain:
        plain.settimeout(DEADLINE_S)
        plain.connect(address.path if address.is_local else (address.host, address.port))
        with tls.wrap_socket(plain) if tls else plain as opened:
            for piece in sent:
                opened.sendall(piece)
                if b"Expect" in piece:
                    opened.recv(1, socket.MSG_PEEK)
            if tls:
                return opened.recv(1) if sent else b""
            before = opened.recv(first_bytes, socket.MSG_WAITALL)
            opened.shutdown(socket.SHUT_WR)
            return before + b"".join(iter(lambda: opened.recv(65536), b""))


def datagrams(listener: Listener, sent: tuple[bytes, ...]) -> list[bytes]:
    """Send datagrams, and return what comes back; each is sent again until it does, as nobody may be there yet."""
    with socket.socket(type=socket.SOCK_DGRAM) as opened:
        opened.connect((listener.bound[0].address.host, listener.bound[0].port))
        return [_answer(opened, data) for data in sent]


def _answer(opened: socket.socket, data: bytes) -> bytes:
    opened.settimeout(0.2)
    ends = time.monotonic() + DEADLINE_S
    while time.monotonic() < ends:
        with contextlib.suppress(TimeoutError, ConnectionRefusedError):
            opened.send(data)
            return opened.recv(65536)
    raise AssertionError("no answer")


def listening(engine: Engine, request: Listen) -> Listener:
    listener = engine.listen(request)
    wait_until(lambda: listener.state is ListenerState.LISTENING)
    return listener


def stopped(engine: Engine, listener: Listener) -> None:
    engine.stop_listening(listener)
    wait_until(lambda: listener.state is ListenerState.STOPPED)


def there(attempt: Callable[[], bytes]) -> bytes:
    """Ask as soon as somebody listens; who came while nc still served another one is reset."""
    got: list[bytes] = []

    def tried() -> bool:
        with contextlib.suppress(ConnectionError, FileNotFoundError):
            got.append(attempt())
        return bool(got)

    wait_until(tried)
    return got[0]


def alike(name: str, ours: bytes, theirs: bytes) -> bool:
    """Whether two answers are the same, at about the same time."""
    if name != "time":
        return ours == theirs
    return len(theirs) == 4 and abs(int.from_bytes(ours, "big") - int.from_bytes(theirs, "big")) < 60


@pytest.mark.parametrize(("language", "name"), SERVED)
def test_clients_are_answered_alike(
    language: str, name: str, engine: Engine, tmp_path: Path, peer_program: Callable[[str], str]
) -> None:
    peer_program(PROGRAMS.get(language, language))
    sent = REQUESTS if name == "http" else SENT
    listener = listening(engine, Listen(parse("127.0.0.1:0"), answers=ANSWERS[name], options=("LINGER=off",)))
    ours = asked(listener, sent)
    text = copies(script_of(listener)).texts[language]
    stopped(engine, listener)
    with running(*ready(language, text, tmp_path), cwd=tmp_path):
        for _ in range(2):
            theirs = there(lambda: asked(listener, sent, first_bytes=len(ours) if language in END_EARLY else 0))
            assert alike(name, ours, theirs), (ours, theirs, text)
    assert not (tmp_path / "broken").exists()


@pytest.mark.parametrize(("language", "name"), OF_DATAGRAMS)
def test_datagrams_are_answered_alike(
    language: str, name: str, engine: Engine, tmp_path: Path, peer_program: Callable[[str], str]
) -> None:
    peer_program(PROGRAMS.get(language, language))
    sent = (b"ask 'a'\0\xffGET /" * 2, b"\0ask 'a'\0\xffGET /") if name != "arrival" else SENT[:1]
    listener = listening(engine, Listen(parse("udp://127.0.0.1:0"), answers=ANSWERS[name]))
    ours = datagrams(listener, sent)
    text = copies(script_of(listener)).texts[language]
    stopped(engine, listener)
    with running(*ready(language, text, tmp_path), cwd=tmp_path):
        for mine, theirs in zip(ours, datagrams(listener, sent), strict=True):
            assert alike(name, mine, theirs), (mine, theirs, text)


@pytest.mark.parametrize("language", ["Python", "asyncio", "C", "nc", "ncat", "socat"])
def test_a_unix_socket_is_listened_at(
    language: str, engine: Engine, tmp_path: Path, peer_program: Callable[[str], str]
) -> None:
    peer_program(PROGRAMS.get(language, language))
    listener = listening(engine, Listen(parse("unix:it's"), answers=ANSWERS["echo"]))
    text = copies(script_of(listener)).texts[language]
    stopped(engine, listener)
    with running(*ready(language, text, tmp_path), cwd=tmp_path):
        whole = b"".join(SENT)
        assert there(lambda: asked(listener, SENT, first_bytes=len(whole))) == whole


@pytest.mark.parametrize(("language", "name"), SECURED)
def test_clients_with_tls_are_answered_alike(
    language: str, name: str, engine: Engine, tmp_path: Path, peer_program: Callable[[str], str], client: ssl.SSLContext
) -> None:
    peer_program(PROGRAMS.get(language, language))
    trustme.CA().issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "it's.pem"))
    asking = Listen(parse("tls://127.0.0.1:0"), answers=ANSWERS[name], tls=ServerTls(certificate="it's.pem"))
    listener = listening(engine, asking)
    sent = () if name == "none" else (b"x",)
    ours = asked(listener, sent, client)
    text = copies(script_of(listener)).texts[language]
    stopped(engine, listener)
    with running(*ready(language, text, tmp_path), cwd=tmp_path):
        assert there(lambda: asked(listener, sent, client)) == ours


def test_a_server_with_a_certificate_of_its_own_says_how_to_make_a_like_one(
    engine: Engine, tmp_path: Path, peer_program: Callable[[str], str], client: ssl.SSLContext
) -> None:
    peer_program("openssl")
    listener = listening(engine, Listen(parse("tls://127.0.0.1:0"), answers=ANSWERS["echo"]))
    text = copies(script_of(listener)).texts["Python"]
    stopped(engine, listener)
    said = next(line for line in text.splitlines() if "openssl req" in line)
    with running("bash", "-c", said.removeprefix("# "), cwd=tmp_path) as making:
        assert making.wait(DEADLINE_S) == 0
    with running(*ready("Python", text, tmp_path), cwd=tmp_path):
        assert there(lambda: asked(listener, (b"x",), client)) == b"x"
