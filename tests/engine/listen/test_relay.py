"""Relays: what one side sends the other gets, in order and bounded, and each side ends as the other did."""

import hashlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
import trustme

from sockscope.engine.engine import Engine
from sockscope.engine.listen.relay import EARLY_BYTES, HIGH_BYTES
from sockscope.engine.settings import Settings
from sockscope.net.address import Address
from sockscope.net.error_name import OWN_TIMEOUT
from sockscope.record.conversation import Conversation, State
from sockscope.record.listener import Listener, ListenerState
from sockscope.record.tape import Kind
from sockscope.request import Connect, Listen
from sockscope.request.tls import ClientTls, ServerTls
from tests.conftest import DEADLINE_S, wait_until
from tests.engine.loopback import (
    ECHO,
    MIB,
    V4,
    black_hole,
    bound_only,
    client_of,
    listen,
    listening,
    on_tape,
    only_client,
    port_of,
    read_exactly,
    read_to_end,
    refusals,
    row_of,
    send_reset,
    sockets_open,
    target_of,
    wait_until_given_back,
)

DATA = hashlib.shake_128(b"data").digest(MIB)
DATAGRAM = socket.SOCK_DGRAM


@pytest.fixture(autouse=True)
def look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sockscope.engine.engine.SAMPLE_S", 0.05)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca(tmp_path: Path, authority: trustme.CA) -> str:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return str(tmp_path / "ca.pem")


@pytest.fixture
def pair(tmp_path: Path, authority: trustme.CA) -> str:
    """A certificate for loopback and its key."""
    authority.issue_cert(V4).private_key_and_cert_chain_pem.write_to_path(tmp_path / "pair.pem")
    return str(tmp_path / "pair.pem")


@pytest.fixture
def let_go(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """While this is not called nobody learns that the name `slow` is 127.0.0.1."""
    gate, real = threading.Event(), socket.getaddrinfo
    under_way: list[str] = []

    def ask(name: str, *question: object, **more: object) -> object:
        under_way.append(name)
        try:
            if name == "slow":
                assert gate.wait(DEADLINE_S)
            return real(V4 if name == "slow" else name, *question, **more)  # type: ignore[arg-type]
        finally:
            under_way.remove(name)

    monkeypatch.setattr(socket, "getaddrinfo", ask)
    yield gate.set
    gate.set()
    wait_until(lambda: not under_way)


def relay(engine: Engine, target: Connect, at: Address | None = None, **more: object) -> Listener:
    listener = engine.listen(Listen(at or Address(V4, 0), relay=target, **more))  # type: ignore[arg-type]
    wait_until(lambda: listener.state is not ListenerState.OPENING)
    assert listener.state is ListenerState.LISTENING, listener.reason
    return listener


def to(server: socket.socket, **more: object) -> Connect:
    return Connect(Address("test", 1), rows=[row_of(server)], **more)  # type: ignore[arg-type]


@contextmanager
def relayed(engine: Engine, **more: object) -> Iterator[tuple[socket.socket, socket.socket, Conversation]]:
    """A client, the target's end of what was opened for it, and the record."""
    with listening() as server:
        listener = relay(engine, to(server), None, **more)
        with client_of(listener) as client, server.accept()[0] as target:
            target.settimeout(DEADLINE_S)
            conversation = only_client(listener)
            wait_until(lambda: far(conversation).state is State.CONNECTED)
            yield client, target, conversation
    engine.stop_listening(listener)


def far(conversation: Conversation) -> Conversation:
    assert conversation.upstream
    return conversation.upstream


def both_ended(conversation: Conversation) -> Callable[[], bool]:
    return lambda: not conversation.state.live and not far(conversation).state.live


def wait_s(seconds: float) -> None:
    """Let the engine go on for a while, to see that nothing happens."""
    ends = time.monotonic() + seconds
    wait_until(lambda: time.monotonic() > ends)


# Streams.


@pytest.mark.parametrize(
    ("near", "behind"),
    [("tcp", "tcp"), ("tcp", "unix"), ("unix", "tcp"), ("tls", "tcp"), ("tcp", "tls"), ("tls", "tls")],
)
def test_bytes_go_both_ways_and_stand_on_the_tapes_of_both_legs(
    engine: Engine, tmp_path: Path, ca: str, pair: str, near: str, behind: str
) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(socket.socket(socket.AF_UNIX if behind == "unix" else socket.AF_INET))
        server.bind(str(tmp_path / "target") if behind == "unix" else (V4, 0))
        server.listen()
        host, port = (server.getsockname(), 0) if behind == "unix" else server.getsockname()
        request = Connect(Address(host, port, behind), tls=ClientTls(ca=ca) if behind == "tls" else None)
        at = Address(str(tmp_path / "near"), 0, near) if near == "unix" else Address(V4, 0, near)
        listener = relay(engine, request, at, tls=ServerTls(certificate=pair) if near == "tls" else None)
        client = stack.enter_context(socket.socket(socket.AF_UNIX if near == "unix" else socket.AF_INET))
        client.settimeout(DEADLINE_S)
        client.connect(at.host if near == "unix" else (V4, port_of(listener)))
        if near == "tls":
            speaking = ssl.create_default_context(cafile=ca)
            client = stack.enter_context(speaking.wrap_socket(client, server_hostname=V4))
        target = stack.enter_context(server.accept()[0])
        target.settimeout(DEADLINE_S)
        if behind == "tls":
            answering = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            answering.load_cert_chain(pair)
            target = stack.enter_context(answering.wrap_socket(target, server_side=True))
        client.sendall(b"ask")
        assert read_exactly(target, 3) == b"ask"
        target.sendall(b"answer")
        assert read_exactly(client, 6) == b"answer"
        conversation = only_client(listener)
        towards_client = ["plaintext", "TLS records"] if near == "tls" else ["bytes"]
        towards_target = ["target: plaintext", "target: TLS records"] if behind == "tls" else ["target: bytes"]
        assert [name for name, _ in conversation.tracks()] == [*towards_client, *towards_target]
        wait_until(lambda: conversation.flow.bytes_out == 6)
        for leg, received, sent in ((conversation, b"ask", b"answer"), (far(conversation), b"answer", b"ask")):
            assert (on_tape(leg, Kind.RECEIVED), on_tape(leg, Kind.SENT)) == (received, sent)
            assert (leg.flow.bytes_in, leg.flow.bytes_out) == (len(received), len(sent))


def pump(source: socket.socket, data: bytes) -> threading.Thread:
    def send() -> None:
        source.sendall(data)
        source.shutdown(socket.SHUT_WR)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


def digest_of_the_rest(peer: socket.socket) -> str:
    digest, room = hashlib.sha1(), bytearray(MIB)
    while size_bytes := peer.recv_into(room):
        digest.update(memoryview(room)[:size_bytes])
    return digest.hexdigest()


def test_64_mib_each_way_at_once_arrive_unchanged(engine: Engine) -> None:
    up, down = DATA * 64, DATA[::-1] * 64
    found: list[str] = []
    with relayed(engine) as (client, target, conversation):
        reader = threading.Thread(target=lambda: found.append(digest_of_the_rest(target)))
        reader.start()
        threads = [pump(client, up), pump(target, down), reader]
        assert digest_of_the_rest(client) == hashlib.sha1(down).hexdigest()
        for thread in threads:
            thread.join()
        assert found == [hashlib.sha1(up).hexdigest()]
        wait_until(both_ended(conversation))
        assert (conversation.flow.bytes_in, far(conversation).flow.bytes_in) == (len(up), len(down))
        assert refusals(conversation) == refusals(far(conversation)) == []


@pytest.mark.parametrize("upwards", [True, False], ids=["the target is slow", "the client is slow"])
def test_one_who_does_not_read_stalls_the_other_and_nothing_piles_up(engine: Engine, upwards: bool) -> None:
    data = DATA * 48
    with relayed(engine) as (client, target, conversation):
        source, sink = (client, target) if upwards else (target, client)
        taken, given = (conversation, far(conversation)) if upwards else (far(conversation), conversation)
        sender = pump(source, data)
        wait_until(lambda: given.queued_bytes > HIGH_BYTES and given.blocked_at_ns)
        wait_s(0.1)
        before = taken.flow.bytes_in
        wait_s(0.1)
        assert taken.flow.bytes_in == before < len(data)
        assert given.queued_bytes <= 3 * MIB
        assert sender.is_alive()
        assert digest_of_the_rest(sink) == hashlib.sha1(data).hexdigest()
        sender.join()


def test_200_clients_at_once_each_get_what_is_theirs_and_no_descriptor_is_left(engine: Engine) -> None:
    before = sockets_open()
    echo = listen(engine, echo=True)
    listener = relay(engine, Connect(Address(V4, port_of(echo))))
    with ExitStack() as stack:
        clients = [stack.enter_context(client_of(listener)) for _ in range(200)]
        for number, client in enumerate(clients):
            client.sendall(b"%03d" % number * 1000)
            client.shutdown(socket.SHUT_WR)
        for number, client in enumerate(clients):
            assert read_to_end(client) == b"%03d" % number * 1000
        wait_until(lambda: not listener.live_clients)
    for it in (listener, echo):
        engine.stop_listening(it)
    wait_until_given_back(before)


def test_a_client_that_is_forgotten_keeps_no_memory_on_any_tape(
    engine: Engine, pair: str, ca: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sockscope.record.recorder.ENDED_KEPT", 1)
    listener = relay(engine, Connect(Address(V4, port_of(listen(engine)))), tls=ServerTls(certificate=pair))
    clients = []
    for count in (1, 2, 3):
        conversation = engine.connect(Connect(Address(V4, port_of(listener), "tls"), tls=ClientTls(ca=ca)))
        wait_until(lambda n=count: listener.accepted == n and listener.live_clients)
        clients.append(list(listener.clients.values())[-1])
        wait_until(lambda it=clients[-1]: far(it).state is State.CONNECTED)
        engine.close(conversation)
        wait_until(lambda: not listener.live_clients)
    assert [sum(track.tape.held_bytes > 0 for _, track in client.tracks()) for client in clients] == [0, 0, 3]


# Datagrams.


@pytest.mark.parametrize("near", ["udp", "unixgram", "unixgram without a name"])
def test_datagrams_keep_their_boundaries_and_answers_find_back(engine: Engine, tmp_path: Path, near: str) -> None:
    kind, _, unnamed = near.partition(" ")
    family = socket.AF_INET if kind == "udp" else socket.AF_UNIX
    with socket.socket(type=DATAGRAM) as target, socket.socket(family, DATAGRAM) as client:
        target.bind((V4, 0))
        at = Address(V4, 0, kind) if kind == "udp" else Address(str(tmp_path / "near"), 0, kind)
        listener = relay(engine, Connect(target_of(target, "udp")), at)
        if not unnamed:
            client.bind((V4, 0) if kind == "udp" else str(tmp_path / "client"))
        client.connect((V4, port_of(listener)) if kind == "udp" else at.host)
        for peer in (client, target):
            peer.settimeout(DEADLINE_S)
        asked, answers = [b"one", b"", b"x" * 60_000, b"four"], [b"answer", b"", b"!"]
        for data in asked:
            client.send(data)
        arrived = [target.recvfrom(65536) for _ in asked]
        assert [data for data, _ in arrived] == asked
        for data in answers:
            target.sendto(data, arrived[0][1])
        conversation = only_client(listener)
        if unnamed:
            wait_until(lambda: [one.error for one in refusals(conversation)] == ["EDESTADDRREQ"] * 3)
        else:
            assert [client.recv(100) for _ in answers] == answers
        assert (conversation.flow.calls_in, far(conversation).flow.calls_in) == (4, 3)
        engine.close(conversation)
        wait_until(both_ended(conversation))


@pytest.mark.parametrize("size_bytes", [0, 1000, 30_000])
def test_datagrams_that_come_before_the_target_is_open_wait_bounded(
    engine: Engine, let_go: Callable[[], None], size_bytes: int
) -> None:
    count = EARLY_BYTES // max(size_bytes, 200) + 2
    with socket.socket(type=DATAGRAM) as target, socket.socket(type=DATAGRAM) as client:
        target.bind((V4, 0))
        target.settimeout(DEADLINE_S)
        request = Connect(Address("slow", target.getsockname()[1], "udp"))
        listener = relay(engine, request, Address(V4, 0, "udp"))
        client.connect((V4, port_of(listener)))
        client.send(b"first")
        for number in range(1, count):
            client.send(bytes(size_bytes))
            if not number % 100:
                wait_until(lambda n=number: listener.flow.calls_in == n + 1)
        conversation = only_client(listener)
        wait_until(lambda: conversation.flow.calls_in == count)
        let_go()
        assert target.recv(10) == b"first"
        wait_until(lambda: far(conversation).flow.calls_out > 1)
        assert far(conversation).flow.calls_out < count
        assert far(conversation).flow.bytes_out <= EARLY_BYTES
        assert conversation.facts.said == "datagrams that came before the target was open were dropped"


def test_a_datagram_client_whose_target_refuses_at_once_may_come_again(engine: Engine, tmp_path: Path) -> None:
    request = Connect(Address(str(tmp_path / "nobody"), 0, "unixgram"))
    listener = relay(engine, request, Address(V4, 0, "udp"))
    with socket.socket(type=DATAGRAM) as client:
        client.connect((V4, port_of(listener)))
        for count in (1, 2):
            client.send(b"x")
            wait_until(lambda n=count: listener.accepted == n and not listener.live_clients)
        assert {one.facts.said for one in listener.clients.values()} == {"the target could not be reached: ENOENT"}
        assert [one.flow.calls_in for one in listener.clients.values()] == [1, 1]


# Before the target is open.


@pytest.mark.parametrize("tls", [False, True], ids=["tcp", "tls"])
def test_what_a_client_says_and_ends_before_the_target_is_open_is_not_lost(
    engine: Engine, let_go: Callable[[], None], ca: str, pair: str, tls: bool
) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    speaking = ssl.create_default_context(cafile=ca).wrap_bio(incoming, outgoing, server_hostname=V4)
    with listening() as server, ExitStack() as stack:
        request = Connect(Address("slow", server.getsockname()[1]))
        listener = relay(engine, request, tls=ServerTls(certificate=pair) if tls else None)
        client = stack.enter_context(client_of(listener))
        outgoing.write(b"" if tls else DATA)
        while tls:  # the client's last flight goes out together with all it has to say
            try:
                speaking.do_handshake()
                speaking.write(DATA)
                speaking.unwrap()
            except ssl.SSLWantReadError:
                if speaking.version():
                    break
                client.sendall(outgoing.read())
                incoming.write(client.recv(65536))
        sender = pump(client, outgoing.read())
        conversation = only_client(listener)
        wait_until(lambda: conversation.state is State.CONNECTED)
        wait_s(0.05)
        assert conversation.flow.calls_in == 0
        let_go()
        target = stack.enter_context(server.accept()[0])
        target.settimeout(DEADLINE_S)
        assert digest_of_the_rest(target) == hashlib.sha1(DATA).hexdigest()
        target.close()
        sender.join()
        wait_until(both_ended(conversation))


@pytest.mark.parametrize(
    ("failure", "near"),
    [("refused", "tcp"), ("refused", "tls"), ("not found", "tcp"), ("too slow", "tcp"), ("not trusted", "tcp")],
)
def test_a_client_whose_target_cannot_be_reached_is_told_why_and_closed(pair: str, failure: str, near: str) -> None:
    engine = Engine(Settings(connect_timeout_s=0.3))
    engine.start()
    before = sockets_open()
    with black_hole() as hole, bound_only() as refusing:
        untrusted = engine.listen(Listen(Address(V4, 0), tls=ServerTls(certificate=pair)))
        wait_until(lambda: untrusted.bound)
        request, error = {
            "refused": (to(refusing), "ECONNREFUSED"),
            "not found": (Connect(Address("::1", 80), family="IPv4"), "EAI_"),
            "too slow": (to(hole), OWN_TIMEOUT),
            "not trusted": (Connect(Address(V4, port_of(untrusted)), tls=ClientTls()), "CERTIFICATE_VERIFY_FAILED"),
        }[failure]
        listener = relay(engine, request, tls=ServerTls(certificate=pair) if near == "tls" else None)
        with client_of(listener) as client:
            conversation = only_client(listener)
            assert read_to_end(client) == b""
        wait_until(lambda: not listener.live_clients)
        reached = failure == "not trusted"
        how = "the TLS handshake with the target failed" if reached else "the target could not be reached"
        assert conversation.facts.said.startswith(f"{how}: {error}")
        assert conversation.state is State.CLOSED_BY_US
        assert (far(conversation).state, far(conversation).error[: len(error)]) == (State.FAILED, error)
    engine.stop()
    assert engine.fault == ""
    wait_until_given_back(before)


# How it ends.


@pytest.mark.parametrize("first", ["client", "target"])
def test_an_end_of_stream_is_passed_on_and_the_other_way_goes_on(engine: Engine, first: str) -> None:
    with relayed(engine) as (client, target, conversation):
        one, other = (client, target) if first == "client" else (target, client)
        one.sendall(b"last words")
        one.shutdown(socket.SHUT_WR)
        assert read_to_end(other) == b"last words"
        sender = pump(other, DATA * 4)
        assert read_to_end(one) == DATA * 4
        sender.join()
        wait_until(both_ended(conversation))
        states = [State.CLOSED_BY_PEER, State.CLOSED_BY_US]
        assert [conversation.state, far(conversation).state] == (states if first == "client" else states[::-1])
        assert conversation.facts.said == far(conversation).facts.said == ""


@pytest.mark.parametrize("first", ["client", "target"])
def test_a_reset_is_passed_on_as_a_reset(engine: Engine, first: str) -> None:
    with relayed(engine) as (client, target, conversation):
        one, other = (client, target) if first == "client" else (target, client)
        send_reset(one)
        with pytest.raises(ConnectionResetError):
            other.recv(1)
        wait_until(both_ended(conversation))
        reset, passed_on = (conversation, far(conversation))[:: 1 if first == "client" else -1]
        assert (reset.state, passed_on.state) == (State.RESET_BY_PEER, State.CLOSED_BY_US)
        assert passed_on.facts.said == f"the {first} reset its connection"


VERBS: dict[str, Callable[[Engine, Listener, Conversation], None]] = {
    "close": lambda engine, listener, conversation: engine.close(conversation),
    "close the target": lambda engine, listener, conversation: engine.close(far(conversation)),
    "reset": lambda engine, listener, conversation: engine.reset(conversation),
    "stop": lambda engine, listener, conversation: engine.stop_listening(listener),
}


@pytest.mark.parametrize("stage", ["open", "half closed", "dialling", "waiting to dial again"])
@pytest.mark.parametrize("verb", VERBS)
def test_whoever_ends_one_leg_ends_both(engine: Engine, verb: str, stage: str) -> None:
    before = sockets_open()
    with ExitStack() as stack:
        places = {"dialling": black_hole, "waiting to dial again": bound_only}
        server = stack.enter_context(places.get(stage, listening)())
        waits = stage == "waiting to dial again"
        listener = relay(engine, to(server, retry=waits))
        client = stack.enter_context(client_of(listener))
        conversation = only_client(listener)
        wait_until(lambda: far(conversation).attempts and bool(far(conversation).retry_at_ns) == waits)
        if stage in ("open", "half closed"):
            target = stack.enter_context(server.accept()[0])
        if stage == "half closed":
            client.shutdown(socket.SHUT_WR)
            assert read_to_end(target) == b""
        VERBS[verb](engine, listener, conversation)
        wait_until(both_ended(conversation))
        wait_until(lambda: not listener.live_clients)
    engine.stop_listening(listener)
    wait_until_given_back(before)


def test_when_a_client_fails_its_handshake_the_target_is_let_go(engine: Engine, pair: str) -> None:
    with listening() as server:
        listener = relay(engine, to(server), tls=ServerTls(certificate=pair))
        with client_of(listener) as client, server.accept()[0] as target:
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            target.settimeout(DEADLINE_S)
            assert read_to_end(target) == b""
        conversation = only_client(listener)
        wait_until(both_ended(conversation))
        assert (conversation.error, far(conversation).state) == ("HTTP_REQUEST", State.CLOSED_BY_US)
        assert far(conversation).facts.said == "the TLS handshake with the client failed: HTTP_REQUEST"


@pytest.mark.parametrize("end", ["the target reads on", "the listener is stopped", "silence"])
def test_a_target_that_has_not_taken_everything_outlives_its_client(engine: Engine, end: str) -> None:
    with listening() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        idle_s = 0.0 if end == "the listener is stopped" else 0.2
        listener = relay(engine, to(server, options=("SNDBUF=4096",)), idle_s=idle_s)
        with client_of(listener) as client, server.accept()[0] as target:
            target.settimeout(DEADLINE_S)
            target.shutdown(socket.SHUT_WR)
            pump(client, DATA[: MIB // 2]).join()
            assert read_to_end(client) == b""
            conversation = only_client(listener)
            wait_until(lambda: not conversation.state.live)
            assert far(conversation).queued_bytes and listener.live_clients == 1
            if end == "the target reads on":
                taken = b""
                for _ in range(6):  # slowly, but not silent
                    taken += read_exactly(target, 20_000)
                    wait_s(0.06)
                assert taken + read_to_end(target) == DATA[: MIB // 2]
            elif end == "the listener is stopped":
                engine.stop_listening(listener)
            wait_until(lambda: not far(conversation).state.live and not listener.live_clients)
            assert conversation.facts.said == ("closed: silent for 0.2 s" if end == "silence" else "")


def test_silence_closes_both_legs_and_says_so_and_a_busy_one_stays(engine: Engine) -> None:
    with relayed(engine, idle_s=0.3) as (client, target, conversation):
        for _ in range(8):
            target.sendall(b"x")
            assert client.recv(1) == b"x"
            wait_s(0.05)
        assert conversation.state is State.CONNECTED
        assert read_to_end(client) == read_to_end(target) == b""
        assert conversation.facts.said == "closed: silent for 0.3 s"
        wait_until(both_ended(conversation))


# Bounds.


@pytest.mark.parametrize("kind", ["tcp", "udp"])
def test_a_relay_to_itself_is_recognised_and_goes_round_once(engine: Engine, kind: str) -> None:
    with bound_only() as free:
        port = free.getsockname()[1]
    address = Address(V4, port, kind)
    listener = engine.listen(Listen(address, relay=Connect(address)))
    wait_until(lambda: listener.bound)
    conversation = engine.connect(Connect(address))
    wait_until(lambda: conversation.state.can_send)
    engine.send(conversation, b"round and round")
    wait_until(lambda: any("this relay itself" in client.facts.said for client in listener.clients.values()))
    wait_until(lambda: not listener.live_clients)
    assert listener.accepted <= 5


def test_what_waits_for_many_slow_clients_stays_bounded_in_sum(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sockscope.engine.context.QUEUES_BYTES", 4 * MIB)
    listener = engine.listen(Listen(Address(V4, 0), **ECHO))
    wait_until(lambda: listener.bound)
    with ExitStack() as stack:
        clients = [stack.enter_context(client_of(listener)) for _ in range(20)]
        for client in clients:
            client.setblocking(False)
        sent = 0
        ends = time.monotonic() + 0.7
        while time.monotonic() < ends:
            for client in clients:
                with suppress(BlockingIOError):
                    sent += client.send(bytes(MIB))
        waiting = sum(one.queued_bytes for one in listener.clients.values())
        assert waiting == engine._context.waiting_bytes < 4 * MIB + 20 * MIB
        assert sent > waiting > MIB
    wait_until(lambda: not listener.live_clients)
    assert engine._context.waiting_bytes == 0
