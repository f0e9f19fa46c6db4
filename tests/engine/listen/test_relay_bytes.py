"""What a relay carries: what one side sends the other gets, in order and bounded, streams and datagrams."""

import hashlib
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from sockscope.engine.engine import Engine
from sockscope.engine.listen.relay import EARLY_BYTES, HIGH_BYTES
from sockscope.net.address import Address
from sockscope.record.conversation import State
from sockscope.record.tape_entry import EntryKind
from sockscope.request import Connect, Listen
from sockscope.request.tls import ClientTls, ServerTls
from tests.conftest import DEADLINE_S, wait_until
from tests.engine.listen.relays import DATA, both_ended, digest_of_the_rest, far, pump, relay, relayed
from tests.engine.loopback import (
    ECHO,
    MIB,
    V4,
    bound_only,
    client_of,
    context_of,
    listen,
    on_tape,
    only_client,
    port_of,
    read_exactly,
    read_to_end,
    refusals,
    sockets_open,
    target_of,
    wait_s,
    wait_until_given_back,
)

pytestmark = pytest.mark.engine(sample_s=0.05)  # look for what has been silent many times a second
DATAGRAM = socket.SOCK_DGRAM


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
            assert (on_tape(leg, EntryKind.RECEIVED), on_tape(leg, EntryKind.SENT)) == (received, sent)
            assert (leg.flow.bytes_in, leg.flow.bytes_out) == (len(received), len(sent))


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
        wait_until(lambda: given.outgoing.queued_bytes > HIGH_BYTES and given.outgoing.blocked_at_ns)
        wait_s(0.1)
        before = taken.flow.bytes_in
        wait_s(0.1)
        assert taken.flow.bytes_in == before < len(data)
        assert given.outgoing.queued_bytes <= 3 * MIB
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


@pytest.mark.engine(ended_kept=1)
def test_a_client_that_is_forgotten_keeps_no_memory_on_any_tape(engine: Engine, pair: str, ca: str) -> None:
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


@pytest.mark.engine(queues_bytes=4 * MIB)
def test_what_waits_for_many_slow_clients_stays_bounded_in_sum(engine: Engine) -> None:
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
        waiting = sum(one.outgoing.queued_bytes for one in listener.clients.values())
        assert waiting == context_of(engine).waiting_bytes < 4 * MIB + 20 * MIB
        assert sent > waiting > MIB
    wait_until(lambda: not listener.live_clients)
    assert context_of(engine).waiting_bytes == 0
