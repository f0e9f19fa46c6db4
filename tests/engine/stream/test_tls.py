"""Bytes over TLS: both tracks byte for byte, ends, backpressure, new keys."""

import selectors
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from sockscope.engine.connection import Pause
from sockscope.engine.engine import Engine
from sockscope.engine.listen.responders.responder import FixedRecipe, Responder, Response
from sockscope.engine.stream.layers.rest import whole_records
from sockscope.engine.stream.layers.tls import Secure
from sockscope.net.address import Address
from sockscope.record.conversation import PEER, US, State
from sockscope.record.tape_entry import EntryKind
from sockscope.request import Connect, Listen
from sockscope.request.answers import Answers
from sockscope.request.tls import ClientTls, ServerTls
from tests.conftest import DEADLINE_S, wait_until
from tests.engine.loopback import (
    MIB,
    SMALL_BUFFER,
    V4,
    context_of,
    listening,
    on_tape,
    only_client,
    port_of,
    read_exactly,
    refusals,
    send_reset,
    set_option,
)
from tests.engine.tls_peers import (
    DATA,
    Hand,
    Wiretap,
    hand_of,
    on,
    open_to,
    over,
    s_server,
    secure,
    serving,
    shaken,
    tls_client_of,
    write_pems,
)


@pytest.fixture(scope="module")
def pems(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return write_pems(tmp_path_factory.mktemp("pems"))


# Both tracks.


def test_the_wires_tape_is_what_went_over_the_wire_and_the_own_tape_the_plaintext(
    engine: Engine, pems: dict[str, str]
) -> None:
    listener = secure(engine, ServerTls(pems["pair"]), echo=True)
    tap = Wiretap(port_of(listener))
    with listening() as between:
        tapping = threading.Thread(target=tap.run, args=(between,))
        tapping.start()
        conversation = open_to(engine, between.getsockname()[1], ClientTls(verify=False))
        for number in range(3):
            engine.send(conversation, b"ping %d" % number)
            wait_until(lambda n=number: conversation.flow.bytes_in == 6 * (n + 1))
        engine.send(conversation, DATA)
        wait_until(lambda: conversation.flow.bytes_in == 18 + len(DATA))
        engine.finish_sending(conversation)
        over(conversation)
        tapping.join(DEADLINE_S)
    client = over(only_client(listener))
    plain = b"ping 0ping 1ping 2" + DATA
    for one, sent, received in ((conversation, tap.bytes_up, tap.bytes_down), (client, tap.bytes_down, tap.bytes_up)):
        assert one.layers.wire
        assert on(one.layers.wire.tape, EntryKind.SENT) == sent
        assert (
            on(one.layers.wire.tape, EntryKind.RECEIVED)
            == received[: len(on(one.layers.wire.tape, EntryKind.RECEIVED))]
        )
        assert on_tape(one, EntryKind.SENT) == on_tape(one, EntryKind.RECEIVED) == plain
        assert (one.flow.bytes_in, one.flow.bytes_out) == (len(plain), len(plain))
        kinds = [record.kind for record in one.tape.entries(0)]
        assert (one.flow.calls_in, one.flow.calls_out) == (kinds.count(EntryKind.RECEIVED), kinds.count(EntryKind.SENT))
        assert sent[:2] == received[:2] == b"\x16\x03"
        assert [name for name, _ in one.tracks()] == ["plaintext", "TLS records"]
    assert on(client.layers.wire.tape, EntryKind.RECEIVED) == tap.bytes_up  # type: ignore[union-attr]


# The end of a direction.


@pytest.mark.parametrize("words", [True, False])
def test_an_end_without_close_notify_is_said_to_be_perhaps_cut_off(engine: Engine, words: bool) -> None:
    listener = secure(engine, ServerTls())
    engine.policies.set_answers(listener, Answers(), keep_half_open=True)
    with hand_of(listener) as hand:
        hand.shake()
        hand.tls.write(b"last words")
        if words:
            hand.notify()
        else:
            hand.tls.write(b"half")
        made = hand.made.read()
        hand.plain.sendall(made if words else made[:-1])
        hand.plain.shutdown(socket.SHUT_WR)
        client = only_client(listener)
        wait_until(lambda: client.state is State.PEER_FINISHED)
        assert on_tape(client, EntryKind.RECEIVED) == b"last words"
        assert ("cut off" in client.facts.said) is not words
        engine.send(client, b"heard")
        assert hand.read() == b"heard", "after the peer's end we may go on"
        engine.finish_sending(client)
        assert hand.read() == b""
        assert over(client).state is State.PEER_THEN_US


@pytest.mark.parametrize(
    ("said", "unread", "state"),
    [
        (b"", False, State.PEER_THEN_US),
        (b"a byte of the application", True, State.RESET_BY_US),
    ],
)
def test_a_close_is_a_reset_for_the_applications_bytes_alone(
    engine: Engine, said: bytes, unread: bool, state: State
) -> None:
    """What of TLS itself lies in the kernel, here a close_notify, is read before the close."""
    listener = secure(engine, ServerTls())
    with hand_of(listener) as hand:
        client = shaken(hand, listener)
        engine.read(client, reading=False)
        wait_until(lambda: client.reading_stopped)
        hand.tls.write(said) if said else None
        hand.notify()
        hand.push()
        engine.close(client)
        assert over(client).state is state
        assert (bool(client.left.unread_bytes), client.flow.bytes_in) == (unread, 0)
        assert ([call.returned for call in client.facts.calls("SSL_read")] == [0]) is not unread
        if not unread:
            assert hand.read() == b"", "our close_notify"
            assert hand.plain.recv(1) == b"", "and then a FIN"


def test_an_end_without_close_notify_that_nobody_read_came_before_our_goodbye(engine: Engine) -> None:
    listener = secure(engine, ServerTls())
    with hand_of(listener) as hand:
        client = shaken(hand, listener)
        engine.read(client, reading=False)
        wait_until(lambda: client.reading_stopped)
        hand.plain.shutdown(socket.SHUT_WR)
        engine.close(client)
        assert over(client).state is State.PEER_THEN_US
        assert client.finished == (PEER,)


def test_all_of_tls_that_came_before_a_reset_is_read_though_answers_wait(engine: Engine) -> None:
    listener = secure(engine, ServerTls())
    engine.policies.set_answers(listener, Answers("echo"), keep_half_open=False)
    with hand_of(listener) as hand:
        client = shaken(hand, listener)
        engine.read(client, reading=False)
        wait_until(lambda: client.reading_stopped)
        hand.tls.write(b"x" * 16_000)
        hand.tls.write(b"y" * 16_000)
        hand.push()
        send_reset(hand.plain)
        assert over(client).state is State.RESET_BY_PEER
        assert len(on_tape(client, EntryKind.RECEIVED)) == 32_000


def test_a_goodbye_that_does_not_go_out_is_no_unsent_byte(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    listener = secure(engine, ServerTls())
    with hand_of(listener) as hand:
        client = shaken(hand, listener)
        flush = Secure.flush
        monkeypatch.setattr(Secure, "flush", lambda layer: flush(layer) if not layer.pending_bytes else False)
        engine.close(client)
        assert over(client).state is State.CLOSED_BY_US
        assert client.outgoing.unsent_bytes == 0


def test_a_peer_that_answers_our_close_at_once_did_not_finish_first(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener = secure(engine, ServerTls())
    with hand_of(listener) as hand:
        client = shaken(hand, listener)
        finish = Secure.finish

        def finished(layer: Secure) -> None:
            finish(layer)
            assert layer.flush()
            hand.notify()
            hand.push()

        monkeypatch.setattr(Secure, "finish", finished)
        engine.close(client)
        assert over(client).state is State.CLOSED_BY_US
        assert client.finished == (US, PEER)


def test_tickets_that_nobody_read_make_no_reset_of_a_close(engine: Engine, pems: dict[str, str]) -> None:
    with listening() as server:
        conversation = engine.connect(Connect(Address(V4, server.getsockname()[1], "tls"), tls=ClientTls(verify=False)))
        plain = server.accept()[0]
        incoming, made = ssl.MemoryBIO(), ssl.MemoryBIO()
        peer = serving(pems["pair"]).wrap_bio(incoming, made, server_side=True)
        with plain:
            while True:
                with suppress(ssl.SSLWantReadError):
                    peer.do_handshake()
                    break
                plain.sendall(made.read())
                incoming.write(plain.recv(65536))
            wait_until(lambda: conversation.layers.session)
            engine.read(conversation, reading=False)
            wait_until(lambda: conversation.reading_stopped)
            plain.sendall(made.read())
            engine.close(conversation)
            assert over(conversation).state is State.CLOSED_BY_US
            assert conversation.left.unread_bytes == 0


@pytest.mark.parametrize(
    ("data", "whole"),
    [
        (b"", True),
        (b"\x17\x03\x03\x00\x02ab\x15\x03\x03\x00\x00", True),
        (b"\x17\x03\x03\x00\x03ab", False),
        (b"\x17\x03\x03\x00", False),
        (b"GET / HTTP/1.0", False),
    ],
)
def test_a_part_of_a_record_is_told_from_whole_ones(data: bytes, whole: bool) -> None:
    assert whole_records(data) == whole


def test_closing_says_close_notify(engine: Engine) -> None:
    listener = secure(engine, ServerTls())
    with tls_client_of(listener) as peer:
        client = only_client(listener)
        wait_until(lambda: client.layers.session)
        engine.close(client)
        assert peer.recv(1) == b"", "and not an error for a missing close_notify"
        assert over(client).state is State.CLOSED_BY_US


def test_after_our_end_the_peer_may_go_on(engine: Engine) -> None:
    listener = secure(engine, ServerTls())
    with hand_of(listener) as hand:
        client = shaken(hand, listener)
        engine.finish_sending(client)
        assert hand.read() == b""
        wait_until(lambda: client.state is State.WE_FINISHED)
        hand.tls.write(b"and yet")
        hand.push()
        wait_until(lambda: on_tape(client, EntryKind.RECEIVED) == b"and yet")
        hand.notify()
        hand.push()
        assert over(client).state is State.CLOSED_BY_US
        assert client.facts.said == ""


def test_an_end_of_ours_while_records_wait_loses_none_of_them(engine: Engine) -> None:
    class Curt(Responder):
        def received(self, data: memoryview) -> Response:
            return Response(b"enough", finish=True)

    listener = secure(engine, ServerTls())
    engine.policies.set_responder(listener, FixedRecipe(lambda datagrams: Curt()))
    with hand_of(listener) as hand:
        hand.shake()
        for _ in range(20):
            hand.tls.write(DATA[:16000])
        hand.notify()
        hand.push()
        assert hand.read() == b"enough"
        client = over(only_client(listener))
        assert (client.state, client.flow.bytes_in) == (State.CLOSED_BY_US, 20 * 16000)


def test_the_tickets_are_sent_also_where_the_client_said_everything_at_once(engine: Engine) -> None:
    listener = secure(engine, ServerTls())
    engine.policies.set_answers(listener, Answers(), keep_half_open=True)
    with hand_of(listener) as hand:
        hand.shake()
        hand.notify()
        hand.push()
        wait_until(lambda: only_client(listener).state is State.PEER_FINISHED)
        assert hand.plain.recv(3) == b"\x17\x03\x03"
        assert only_client(listener).outgoing.queued_bytes == 0


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_an_end_that_is_asked_for_during_the_handshake_comes_behind_it(
    engine: Engine, pems: dict[str, str], version: ssl.TLSVersion
) -> None:
    context = serving(pems["pair"])
    context.maximum_version = version
    with listening() as server:
        conversation = engine.connect(Connect(Address(V4, server.getsockname()[1], "tls"), tls=ClientTls(False)))
        plain, _ = server.accept()
        wait_until(lambda: conversation.state is State.SECURING)
        engine.send(conversation, b"early")
        engine.finish_sending(conversation)
        wait_until(lambda: refusals(conversation))
        with context.wrap_socket(plain, server_side=True) as peer:
            assert peer.recv(5) == b""
            assert conversation.layers.session
            wait_until(lambda: conversation.state is State.WE_FINISHED)


# Much of it.


def exchange(peer: ssl.SSLSocket, data: bytes, answer_bytes: int, begin: Callable[[], bool] = lambda: True) -> bytes:
    """Send and receive at the same time in one thread; receive only once `begin()` is so."""
    peer.setblocking(False)
    received, view, ends = bytearray(), memoryview(data), time.monotonic() + DEADLINE_S
    while view or len(received) < answer_bytes:
        with suppress(ssl.SSLWantWriteError, ssl.SSLWantReadError):
            view = view[peer.send(view[:MIB]) :] if view else view
        with suppress(ssl.SSLWantReadError):
            while begin() and (piece := peer.recv(65536)):
                begin = lambda: True  # noqa: E731
                received += piece
        assert time.monotonic() < ends, f"{len(view)} bytes to go, {len(received)} received"
    peer.setblocking(True)
    return bytes(received)


def test_much_each_way_with_a_slow_peer_is_neither_lost_nor_doubled(engine: Engine, pems: dict[str, str]) -> None:
    listener = secure(engine, ServerTls(pems["pair"]))
    with tls_client_of(listener) as peer:
        client = only_client(listener)
        wait_until(lambda: client.layers.session)
        set_option(client, socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL_BUFFER)
        for _ in range(3):
            engine.send(client, DATA)
        wait_until(lambda: client.outgoing.blocked_at_ns, what="stalled")
        wait_until(
            lambda: client.flow.bytes_out + client.outgoing.queued_bytes >= 3 * len(DATA),
            what="everything is sent or queued",
        )
        stalled_at_ns, sent = client.outgoing.blocked_at_ns, client.flow.bytes_out
        assert read_exactly(peer, 2 * MIB) == DATA[: 2 * MIB]
        wait_until(lambda: client.flow.bytes_out > sent)
        assert client.outgoing.blocked_at_ns > stalled_at_ns
        assert exchange(peer, DATA * 15, 3 * len(DATA) - 2 * MIB) == (DATA * 3)[2 * MIB :]
        wait_until(lambda: client.flow.bytes_in == 15 * len(DATA))
        wait_until(lambda: (client.outgoing.queued_bytes, client.outgoing.blocked_at_ns) == (0, 0))
        assert client.flow.bytes_out == 3 * len(DATA)
        kept = on_tape(client, EntryKind.RECEIVED)
        assert len(kept) > MIB
        assert kept == (DATA * 15)[-len(kept) :]


def test_an_echo_that_nobody_reads_is_held_back_and_nothing_of_it_is_lost(engine: Engine) -> None:
    listener = secure(engine, ServerTls(), echo=True)
    with tls_client_of(listener) as peer:
        client = only_client(listener)
        echoed = exchange(peer, DATA * 8, 8 * len(DATA), lambda: client.outgoing.queued_bytes > 6 * MIB)
        assert echoed == DATA * 8
        assert refusals(client) == []


def test_what_came_with_the_handshake_waits_while_nothing_is_read(engine: Engine) -> None:
    listener = secure(engine, ServerTls())
    with hand_of(listener) as hand:
        client = only_client(listener)
        wait_until(lambda: client.state is State.SECURING)
        engine.read(client, reading=False)
        hand.shake()
        hand.tls.write(DATA[:100_000])
        hand.notify()
        hand.push()
        wait_until(lambda: client.layers.session)
        engine.send(client, b"heard")
        assert hand.read() == b"heard"
        assert (client.flow.bytes_in, client.state) == (0, State.CONNECTED)
        engine.read(client, reading=True)
        assert over(client).state is State.CLOSED_BY_PEER
        assert on_tape(client, EntryKind.RECEIVED) == DATA[:100_000]


def test_a_peer_that_takes_less_than_a_piece_is_not_stalled(engine: Engine, tmp_path: Path) -> None:
    target = Address(str(tmp_path / "s"), 0, "unix")  # of a small buffer TCP takes more than half a piece at a time
    listener = engine.listen(Listen(target, tls=ServerTls()))
    wait_until(lambda: listener.bound)
    with socket.socket(socket.AF_UNIX) as plain:
        plain.settimeout(DEADLINE_S)
        plain.connect(target.host)
        hand = Hand(plain)
        client = shaken(hand, listener)
        set_option(client, socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
        engine.send(client, DATA)
        wait_until(
            lambda: client.flow.bytes_out + client.outgoing.queued_bytes > len(DATA),
            what="the records of what is called sent are counted until the kernel takes them",
        )
        assert client.layers.wire
        seen = 0
        while seen < 3:
            wait_until(lambda: client.outgoing.blocked_at_ns)
            blocked_at_ns, sent, wire = (
                client.outgoing.blocked_at_ns,
                client.flow.bytes_out,
                client.layers.wire.tape.total_bytes,
            )
            while client.layers.wire.tape.total_bytes == wire:
                read_exactly(hand.plain, 4096)
            seen += client.flow.bytes_out == sent
            wait_until(lambda at_ns=blocked_at_ns: client.outgoing.blocked_at_ns > at_ns)


def test_what_is_held_or_closed_between_two_records_gets_no_more_of_them(engine: Engine) -> None:
    class Stops(Responder):
        def received(self, data: memoryview) -> None:
            connection = next(iter(context_of(engine).connections.values()))
            connection.pause_reading(Pause.PERSON) if bytes(data) == b"hold" else connection.close()

    listener = secure(engine, ServerTls())
    engine.policies.set_responder(listener, FixedRecipe(lambda datagrams: Stops()))
    with hand_of(listener) as hand:
        hand.shake()
        for record in (b"hold", b"close", b"never"):
            hand.tls.write(record)
        hand.push()
        client = only_client(listener)
        wait_until(lambda: client.reading_stopped)
        engine.send(client, b"heard")
        assert hand.read() == b"heard"
        assert client.flow.bytes_in == 4
        engine.read(client, reading=True)
        assert over(client).state is State.CLOSED_BY_US
        assert on_tape(client, EntryKind.RECEIVED) == b"holdclose"
        assert hand.read() == b""


def test_an_exception_in_a_responder_ends_that_conversation_alone(engine: Engine) -> None:
    class Touchy(Responder):
        def received(self, data: memoryview) -> Response:
            raise ZeroDivisionError

    listener = secure(engine, ServerTls())
    engine.policies.set_responder(listener, FixedRecipe(lambda datagrams: Touchy()))
    with tls_client_of(listener) as other, tls_client_of(listener) as unlucky:
        unlucky.sendall(b"boom")
        wait_until(lambda: listener.live_clients == 1)
        errors = sorted(client.error for client in listener.clients.values())
        assert errors == ["", "ZeroDivisionError"]
        engine.send_to_all(listener, b"fine")
        assert other.recv(4) == b"fine"


# New keys, a new handshake.


def test_new_keys_go_unnoticed(engine: Engine, peer_program: Callable[[str], str]) -> None:
    listener = secure(engine, ServerTls(), echo=True)
    command = [peer_program("openssl"), "s_client", "-connect", f"{V4}:{port_of(listener)}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as ran:
        assert ran.stdin
        client = only_client(listener)
        for number, line in enumerate((b"one\n", b"K\n", b"two\n", b"k\n", b"tre\n")):
            before = client.layers.wire.tape.total_bytes if client.layers.wire else 0
            ran.stdin.write(line)
            ran.stdin.flush()
            wait_until(lambda n=before: client.layers.wire and client.layers.wire.tape.total_bytes > n)
            wait_until(lambda n=number: client.flow.bytes_out == 4 * (n // 2 + 1))
        ran.stdin.write(b"Q\n")
        ran.stdin.close()
        assert over(client).state is State.CLOSED_BY_PEER
        assert on_tape(client, EntryKind.SENT) == b"one\ntwo\ntre\n"


def test_sending_waits_for_a_new_handshake_that_the_server_began_and_goes_on_behind_it(
    engine: Engine, pems: dict[str, str], peer_program: Callable[[str], str]
) -> None:
    def waits_to_write() -> bool:
        return bool(context_of(engine).loop._selector.get_key(conversation.fd).events & selectors.EVENT_WRITE)  # type: ignore[attr-defined]

    with s_server(peer_program("openssl"), pems, "-tls1_2") as (ran, port), listening() as between:
        tap = Wiretap(port)
        tapping = threading.Thread(target=tap.run, args=(between,))
        tapping.start()
        conversation = open_to(engine, between.getsockname()[1], ClientTls(verify=False))
        assert ran.stdin and ran.stdout and conversation.layers.wire
        ran.stdin.write(b"me first\n")
        wait_until(lambda: on_tape(conversation, EntryKind.RECEIVED) == b"me first\n")
        tap.upwards.clear()
        before = len(tap.bytes_up)
        ran.stdin.write(b"r\n")
        wait_until(lambda: len(tap.bytes_up) > before, what="our ClientHello came, and is not passed on")
        engine.send(conversation, b"after it\n")
        engine.finish_sending(conversation)
        wait_until(
            lambda: conversation.outgoing.queued_bytes == 9 and not waits_to_write(), what="it waits for the peer"
        )
        assert (conversation.flow.bytes_out, conversation.state) == (0, State.CONNECTED)
        tap.upwards.set()
        assert any(b"after it" in line for line in ran.stdout)
        over(conversation)
        tapping.join(DEADLINE_S)
