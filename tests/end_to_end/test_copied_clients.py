"""A client that is copied runs and sends what our own sent: the bytes that a peer got, in each language."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from sockscope.engine.engine import Engine
from sockscope.engine.settings import Settings
from sockscope.net.address import parse
from sockscope.record.conversation import Conversation
from sockscope.record.lookup.lookup import Lookup
from sockscope.request import Connect, Listen
from sockscope.request.answers import Answers
from sockscope.request.question import Question
from sockscope.request.tls import ClientTls
from sockscope.show.copy_as.languages import copies, script_of
from tests.conftest import wait_until
from tests.end_to_end.copied import PROGRAMS, run
from tests.end_to_end.recording_peer import Peer, recording

ALL = bytes(range(256)) + b"'\"\\%-?*`$(touch broken) -n\n"
SECOND = b"-second 'one'"
ANSWER = b"pong\0\xff\n"
POST = (
    b"POST /a?b='c'&%20 HTTP/1.1\r\nHost: it's\r\nX-Empty:\r\naccept:*/*\r\nUser-Agent: me\r\n"
    b"Content-Length: 257\r\nExpect:\r\n\r\n" + bytes(range(256)) + b"@"
)
GET = b"GET / HTTP/1.0\r\n\r\n"
OK = b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nhey"


@dataclass(frozen=True)
class Talk:
    """What our own program did, to be done again: a conversation, and what its peer heard of it."""

    conversation: Conversation
    peer: Peer
    heard: list[bytes]


class Talks:
    """Has each conversation once, when it is first needed."""

    def __init__(self, engine: Engine, folder: Path, stack: ExitStack) -> None:
        self._engine, self._folder, self._stack = engine, folder, stack
        self._had: dict[str, Talk] = {}
        self._ca = trustme.CA()
        self._ca.cert_pem.write_to_path(str(folder / "it's ca,.pem"))

    def __getitem__(self, name: str) -> Talk:
        if name not in self._had:
            self._had[name] = getattr(self, name)()
        return self._had[name]

    def tcp(self) -> Talk:
        opened = socket.create_server(("127.0.0.1", 0))
        asked = Connect(parse(f"127.0.0.1:{opened.getsockname()[1]}"), options=("NODELAY=on", "LINGER=3"))
        return self._talk(opened, asked, [ALL, SECOND])

    def tcp6(self) -> Talk:
        opened = socket.create_server(("::1", 0), family=socket.AF_INET6)
        asked = Connect(parse(f"[::1]:{opened.getsockname()[1]}"), source=parse("[::1]:0"))
        return self._talk(opened, asked, [ALL, SECOND])

    def unix(self) -> Talk:
        return self._local(str(self._folder / "it's, a"))

    def abstract(self) -> Talk:
        return self._local(f"@{self._folder}/'b,")

    def _local(self, path: str) -> Talk:
        opened = socket.socket(socket.AF_UNIX)
        opened.bind(path.replace("@", "\0"))
        opened.listen()
        return self._talk(opened, Connect(parse(f"unix:{path}")), [ALL, SECOND])

    def udp(self) -> Talk:
        return self._datagrams([ALL, SECOND, b"\n"])

    def one_datagram(self) -> Talk:
        return self._datagrams([ALL])

    def _datagrams(self, sent: list[bytes]) -> Talk:
        opened = socket.socket(type=socket.SOCK_DGRAM)
        opened.bind(("127.0.0.1", 0))
        return self._talk(opened, Connect(parse(f"udp://127.0.0.1:{opened.getsockname()[1]}")), sent)

    def tls(self) -> Talk:
        return self._secured([ALL, SECOND], ANSWER, ("sock",))

    def tls_with_an_end(self) -> Talk:
        return self._secured([ALL, SECOND], ANSWER, ("sock",), finishes=True)

    def https(self) -> Talk:
        return self._secured([POST], OK, ("http/1.1",))

    def http(self) -> Talk:
        return self._plain([POST], OK)

    def http_without_a_body(self) -> Talk:
        return self._plain([GET], OK)

    def any_lines(self) -> Talk:
        return self._plain([ALL[1:] + b"\r\n"], ANSWER)

    def _plain(self, sent: list[bytes], answer: bytes) -> Talk:
        opened = socket.create_server(("127.0.0.1", 0))
        return self._talk(opened, Connect(parse(f"127.0.0.1:{opened.getsockname()[1]}")), sent, answer)

    def _secured(self, sent: list[bytes], answer: bytes, alpn: tuple[str, ...], *, finishes: bool = False) -> Talk:
        opened, context = socket.create_server(("127.0.0.1", 0)), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert("localhost").configure_cert(context)
        context.set_alpn_protocols(list(alpn))
        tls = ClientTls(ca=str(self._folder / "it's ca,.pem"), alpn=alpn)
        asked = Connect(parse(f"tls://localhost:{opened.getsockname()[1]}"), family="IPv4", tls=tls)
        return self._talk(opened, asked, sent, answer, context, finishes=finishes)

    def _talk(
        self,
        opened: socket.socket,
        asked: Connect,
        sent: list[bytes],
        answer: bytes = ANSWER,
        tls: ssl.SSLContext | None = None,
        *,
        finishes: bool = True,
    ) -> Talk:
        """Send the first piece, wait for the answer, send the others, and finish where that is possible."""
        peer = self._stack.enter_context(recording(opened, sent[0], answer, tls, len(sent) > 1))
        conversation = self._engine.connect(asked)
        wait_until(lambda: conversation.can_send)
        self._engine.send(conversation, sent[0])
        wait_until(lambda: conversation.flow.bytes_in == len(answer))
        for data in sent[1:]:
            self._engine.send(conversation, data)
        if ends := asked.transport.has_end_of_stream and finishes:
            self._engine.finish_sending(conversation)
        wait_until(lambda: conversation.flow.bytes_out == sum(map(len, sent)))
        if not ends:
            self._engine.close(conversation)
        pieces = len(sent) if asked.transport.keeps_boundaries else 1
        wait_until(lambda: len(peer.heard) == pieces)
        return Talk(conversation, peer, peer.heard[:])


@pytest.fixture(scope="module")
def talks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talks]:
    """What can be done again."""
    engine = Engine(Settings())
    engine.start()
    with ExitStack() as stack:
        yield Talks(engine, tmp_path_factory.mktemp("c"), stack)
    engine.stop()


BOTH_OF_UNIX = ("unix", "abstract")
AGAIN = [
    *((language, name) for language in ("Python", "asyncio", "C", "socat") for name in ("tcp", *BOTH_OF_UNIX)),
    *((language, "udp") for language in ("Python", "asyncio", "C")),
    ("Python", "tls_with_an_end"),
    *((language, "tls") for language in ("Python", "asyncio", "ncat", "socat", "openssl")),
    *((language, name) for language in ("nc", "ncat") for name in ("tcp", "tcp6", "unix")),
    *((language, "one_datagram") for language in ("nc", "ncat", "socat")),
    *(("curl", name) for name in ("http", "http_without_a_body", "https", "any_lines")),
]


@pytest.mark.parametrize(("language", "name"), AGAIN)
def test_the_peer_gets_the_same_bytes(
    language: str, name: str, talks: Talks, tmp_path: Path, peer_program: Callable[[str], str]
) -> None:
    peer_program(PROGRAMS.get(language, language))
    talk = talks[name]
    text = copies(script_of(talk.conversation)).texts[language]
    before = len(talk.peer.heard)
    came = run(language, text, tmp_path, fails=(language, name) == ("ncat", "tls"))
    wait_until(lambda: len(talk.peer.heard) == before + len(talk.heard))
    assert talk.peer.heard[before:] == talk.heard
    assert came == (b"hey" if "http" in name else ANSWER)
    assert not (tmp_path / "broken").exists()


@pytest.mark.parametrize("language", ["Python", "nc"])
def test_an_accepted_client_is_done_again_from_the_other_side(
    language: str, engine: Engine, tmp_path: Path, peer_program: Callable[[str], str]
) -> None:
    """The client of a listener is copied, and comes again to the same listener."""
    peer_program(PROGRAMS.get(language, language))
    listener = engine.listen(Listen(parse("127.0.0.1:0"), answers=Answers("echo")))
    wait_until(lambda: listener.bound)
    with socket.create_connection(("127.0.0.1", listener.bound[0].port)) as client:
        client.sendall(ALL)
        client.shutdown(socket.SHUT_WR)
        wait_until(lambda: listener.clients and not next(iter(listener.clients.values())).state.live)
    first = next(iter(listener.clients.values()))
    text = copies(script_of(first)).texts[language]
    assert run(language, text, tmp_path) == ALL
    wait_until(lambda: len(listener.clients) == 2)
    again = list(listener.clients.values())[1]
    wait_until(lambda: again.flow.bytes_in == len(ALL))
    assert (
        b"".join(again.tape.read(entry.offset, entry.size_bytes) or b"" for entry in again.tape.entries(0)) == 2 * ALL
    )


@pytest.mark.parametrize("language", ["Python", "asyncio", "C", "getent"])
def test_a_lookup_is_asked_again(language: str, tmp_path: Path, peer_program: Callable[[str], str]) -> None:
    peer_program(PROGRAMS.get(language, language))
    question = Question("127.0.0.1", "80", family="IPv4", flags=frozenset({"NUMERICHOST", "CANONNAME"}))
    text = copies(script_of(Lookup(1, question))).texts[language]
    assert b"127.0.0.1" in run(language, text, tmp_path)
