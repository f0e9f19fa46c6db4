"""What goes on by itself: payloads again and again, files on their way, dialling again; and what reading does."""

import hashlib
import io
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from sockscope.engine.engine import Engine
from sockscope.engine.resolve.resolver import IN_FLIGHT
from sockscope.engine.send_queue import OpenFile, SendQueue
from sockscope.engine.settings import QUEUE_BYTES
from sockscope.net.address import Address
from sockscope.record.conversation import Conversation, State
from sockscope.record.lookup.state import LookupState
from sockscope.record.recorder.outgoing import OutgoingRecorder
from sockscope.record.tape_entry import EntryKind
from sockscope.record.transfer import Repeat, Transfer
from sockscope.request import Connect
from sockscope.request.question import Question
from tests.conftest import DEADLINE_S, wait_until
from tests.engine.loopback import (
    MIB,
    V4,
    all_calls,
    bound_only,
    calls,
    dialled,
    files_open,
    held,
    listen,
    listening,
    port_of,
    read_exactly,
    read_to_end,
    refusals,
    row,
    row_of,
    send_reset,
    sockets_open,
    target_of,
    wait_s,
    wait_until_given_back,
)
from tests.facts import at


def repeat_of(conversation: Conversation) -> Repeat:
    wait_until(lambda: conversation.outgoing.repeat)
    assert conversation.outgoing.repeat
    return conversation.outgoing.repeat


def transfer_of(conversation: Conversation) -> Transfer:
    wait_until(lambda: conversation.outgoing.transfer)
    assert conversation.outgoing.transfer
    return conversation.outgoing.transfer


def wait_until_stalled(transfer: Transfer) -> None:
    before = 0
    while not before or before < transfer.sent_bytes:
        before = transfer.sent_bytes
        wait_s(0.05)


def numbered(number: int) -> bytes:
    return b"%06d\n" % number


# Again and again.


def test_a_payload_is_made_anew_with_its_number_and_the_rate_stays(engine: Engine) -> None:
    with dialled(engine) as (conversation, peer):
        engine.repeat(conversation, numbered, 0.02)
        assert read_exactly(peer, 7 * 25) == b"".join(numbered(number) for number in range(1, 26))
        wait_until(lambda: conversation.flow.calls_out >= 25)
        sends = [record.at_ns for record in conversation.tape.entries(0) if record.kind is EntryKind.SENT]
        assert 0.46 <= (sends[24] - sends[0]) / 1e9 < 0.7, "24 intervals of 20 ms"
        engine.stop_repeating(conversation)
        record = repeat_of(conversation)
        wait_until(lambda: record.stopped)
        sent = record.sent
        wait_s(0.06)
        assert record.sent == sent == conversation.flow.calls_out


def test_the_shortest_interval_is_bounded(engine: Engine) -> None:
    with dialled(engine) as (conversation, _):
        engine.repeat(conversation, numbered, 0.0)
        assert repeat_of(conversation).interval_s == 0.01
        wait_s(0.1)
        assert repeat_of(conversation).sent <= 12


@pytest.mark.parametrize("end", ["close", "finish", "reset by the peer"])
def test_repeating_ends_with_our_direction(engine: Engine, end: str) -> None:
    with dialled(engine) as (conversation, peer):
        engine.repeat(conversation, numbered, 0.01)
        record = repeat_of(conversation)
        if end == "close":
            engine.close(conversation)
        elif end == "finish":
            engine.finish_sending(conversation)
        else:
            send_reset(peer)
        wait_until(lambda: record.stopped)
        assert record.sent == conversation.flow.calls_out or end == "reset by the peer"


def test_one_that_was_replaced_does_not_stop_the_one_in_its_place(engine: Engine) -> None:
    with dialled(engine) as (conversation, peer):
        engine.repeat(conversation, lambda _: b"A", 0.05)
        assert read_exactly(peer, 1) == b"A"
        engine.repeat(conversation, lambda _: b"B", 0.01)
        assert read_exactly(peer, 60).count(b"B") >= 59
        assert not repeat_of(conversation).stopped
        engine.stop_repeating(conversation)
        wait_until(lambda: repeat_of(conversation).stopped)


def test_repeating_that_is_stopped_at_once_stops(engine: Engine) -> None:
    with dialled(engine) as (conversation, _):
        with held(engine):
            engine.repeat(conversation, numbered, 0.01)
            engine.stop_repeating(conversation)
        wait_until(lambda: repeat_of(conversation).stopped)


def test_a_second_payload_takes_the_place_of_the_first(engine: Engine) -> None:
    with dialled(engine) as (conversation, peer):
        engine.repeat(conversation, lambda _: b"first", 30.0)
        assert read_exactly(peer, 5) == b"first"
        first = repeat_of(conversation)
        engine.repeat(conversation, lambda _: b"second", 30.0)
        assert read_exactly(peer, 6) == b"second"
        assert (first.stopped, repeat_of(conversation).stopped) == (True, False)


def test_while_the_peer_does_not_take_turns_are_left_out(engine: Engine) -> None:
    with dialled(engine, small_buffer=True) as (conversation, peer):
        engine.repeat(conversation, lambda number: number.to_bytes(4, "big") * MIB, 0.01)
        wait_until(lambda: conversation.outgoing.queued_bytes and conversation.outgoing.blocked_at_ns)
        record = repeat_of(conversation)
        sent = record.sent
        wait_s(0.1)
        assert record.sent == sent
        assert conversation.outgoing.queued_bytes <= 4 * MIB
        engine.stop_repeating(conversation)
        for number in range(1, sent + 1):
            assert read_exactly(peer, 4 * MIB) == number.to_bytes(4, "big") * MIB


def test_behind_a_file_turns_are_left_out_too(engine: Engine, tmp_path: Path) -> None:
    sparse = tmp_path / "sparse"
    sparse.touch()
    os.truncate(sparse, 16 * MIB)
    with dialled(engine) as (conversation, peer):
        with held(engine):
            engine.send_file(conversation, sparse)
            engine.repeat(conversation, numbered, 0.01)
        wait_until_stalled(transfer_of(conversation))
        assert repeat_of(conversation).sent == 0
        assert not any(read_exactly(peer, 16 * MIB, MIB))
        assert read_exactly(peer, 7) == numbered(1)


def test_datagrams_are_repeated_too(engine: Engine) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as peer:
        peer.bind((V4, 0))
        peer.settimeout(DEADLINE_S)
        conversation = engine.connect(Connect(target_of(peer, "udp")))
        wait_until(lambda: conversation.state is State.CONNECTED)
        engine.repeat(conversation, numbered, 0.01)
        assert [peer.recv(100) for _ in range(5)] == [numbered(number) for number in range(1, 6)]
        engine.close(conversation)
        wait_until(lambda: repeat_of(conversation).stopped)


# Files.


def test_a_large_file_is_streamed_with_its_progress(engine: Engine, tmp_path: Path) -> None:
    sparse = tmp_path / "sparse"
    sparse.write_bytes(b"begin")
    os.truncate(sparse, 256 * MIB)
    with dialled(engine) as (conversation, peer):
        engine.send_file(conversation, sparse)
        engine.finish_sending(conversation)
        transfer = transfer_of(conversation)
        room, got, seen = bytearray(MIB), 0, set()
        while size_bytes := peer.recv_into(room):
            got += size_bytes
            seen.add(transfer.sent_bytes)
            assert conversation.outgoing.queued_bytes <= MIB
        assert (got, len(seen) > 10, transfer.outcome, transfer.live) == (256 * MIB, True, "sent", False)
        assert (transfer.sent_bytes, transfer.total_bytes, transfer.name) == (256 * MIB, 256 * MIB, "sparse")
        assert files_open(sparse) == 0


def test_a_file_that_is_cancelled_in_the_middle_leaves_exactly_what_was_sent(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "data"
    data = hashlib.shake_128(b"data").digest(32 * MIB)
    path.write_bytes(data)
    with dialled(engine, small_buffer=True) as (conversation, peer):
        engine.send_file(conversation, path)
        transfer = transfer_of(conversation)
        wait_until_stalled(transfer)
        head = b""
        while not conversation.outgoing.queued_bytes:  # until it stalls in the middle of a piece that was read
            head += read_exactly(peer, 100_000)
            wait_until_stalled(transfer)
        engine.cancel_file(conversation)
        wait_until(lambda: not transfer.live and not conversation.outgoing.queued_bytes)
        engine.send(conversation, b"and on")
        engine.send_file(conversation, path)
        engine.finish_sending(conversation)
        assert head + read_to_end(peer) == data[: transfer.sent_bytes] + b"and on" + data
        wait_until(lambda: conversation.state is State.WE_FINISHED)
        assert transfer.outcome == "cancelled"
        assert 0 < transfer.sent_bytes < len(data)
        assert files_open(path) == 0


def test_of_two_files_the_one_that_is_sent_is_shown_and_cancelled(engine: Engine, tmp_path: Path) -> None:
    large, small = tmp_path / "large", tmp_path / "small"
    large.write_bytes(bytes(32 * MIB))
    small.write_bytes(b"small")
    with dialled(engine) as (conversation, peer):
        outgoing = conversation.outgoing
        engine.send_file(conversation, large)
        engine.send_file(conversation, small)
        wait_until(lambda: len(outgoing.transfers) == 2)
        first, second = outgoing.transfers
        wait_until_stalled(first)
        assert (outgoing.transfer, outgoing.waiting_files) == (first, 1)
        assert not second.sent_bytes
        began_at_ns = second.started_at_ns
        engine.cancel_file(conversation)
        wait_until(lambda: not first.live)
        engine.finish_sending(conversation)
        assert read_to_end(peer).endswith(b"small")
        wait_until(lambda: not second.live)
        assert (first.outcome, second.outcome) == ("cancelled", "sent")
        assert (outgoing.transfer, outgoing.waiting_files) == (second, 0)
        assert second.started_at_ns > began_at_ns, "its time began when its turn came"


def test_a_file_that_becomes_shorter_is_said_to_and_what_follows_is_sent(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "shrinks"
    path.write_bytes(bytes(32 * MIB))
    with dialled(engine) as (conversation, peer):
        engine.send_file(conversation, path)
        engine.send(conversation, b"behind")
        transfer = transfer_of(conversation)
        wait_until_stalled(transfer)
        os.truncate(path, MIB)
        engine.finish_sending(conversation)
        received = read_to_end(peer)
        assert received == bytes(transfer.sent_bytes) + b"behind"
        assert transfer.sent_bytes < transfer.total_bytes == 32 * MIB
        assert transfer.outcome == "the file became shorter while it was sent"


def test_a_file_that_cannot_be_read_further_is_said_and_what_follows_is_sent(engine: Engine) -> None:
    with dialled(engine) as (conversation, peer):
        engine.send_file(conversation, Path("/proc/self/mem"))  # its first page is not mapped
        engine.send(conversation, b"behind")
        assert read_exactly(peer, 6) == b"behind"
        assert (transfer_of(conversation).outcome, refusals(conversation)[0].error) == ("EIO", "EIO")
        assert conversation.state is State.CONNECTED


class NeverReady(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        return None  # type: ignore[return-value]  # as some of /proc say EAGAIN


def test_a_file_that_would_have_us_wait_is_one_that_cannot_be_read() -> None:
    queue = SendQueue(OutgoingRecorder(), QUEUE_BYTES)
    queue.add_file(OpenFile(NeverReady(), Transfer("never ready", 0, 0)))
    with pytest.raises(BlockingIOError):
        queue.peek()
    queue.clear()


# Dialling again.


soon = pytest.mark.engine(first_retry_s=0.05, last_retry_s=0.15)


def again(port: int, **more: object) -> Connect:
    return Connect(Address("test", port), rows=[row(V4, port)], retry=True, **more)  # type: ignore[arg-type]


@soon
def test_dialling_again_waits_longer_each_time_until_somebody_listens(engine: Engine) -> None:
    with bound_only() as refusing:
        port = refusing.getsockname()[1]
        conversation = engine.connect(again(port))
        wait_until(lambda: conversation.dialling.retry_at_ns)
        assert conversation.state is State.CONNECTING
        wait_until(lambda: len(conversation.dialling.attempts) == 5)
        wait_until(lambda: conversation.dialling.retry_at_ns)
        refusing.listen()
        wait_until(lambda: conversation.state is State.CONNECTED)
        assert (conversation.dialling.retry_at_ns, conversation.error) == (0, "")
    *lost, won = conversation.dialling.attempts
    assert ({attempt.error for attempt in lost}, won.won, won.error) == ({"ECONNREFUSED"}, True, "")
    began = [attempt.started_at_ns / 1e9 for attempt in lost]
    waits = [later - earlier for earlier, later in pairwise(began)]
    for waited, expected in zip(waits, [0.05, 0.1, 0.15, 0.15], strict=True):
        assert expected <= waited < expected + 0.045
    engine.close(conversation)


@soon
def test_closing_what_waits_to_dial_again_ends_it_for_good(engine: Engine) -> None:
    before = sockets_open()
    with bound_only() as refusing:
        conversation = engine.connect(again(refusing.getsockname()[1]))
        wait_until(lambda: conversation.dialling.retry_at_ns)
        engine.close(conversation)
        wait_until(lambda: not conversation.state.live)
        count = len(conversation.dialling.attempts)
        wait_s(0.2)
        assert (conversation.state, conversation.dialling.retry_at_ns) == (State.CLOSED_BY_US, 0)
        assert len(conversation.dialling.attempts) == count
    wait_until_given_back(before)


def test_an_address_that_the_socket_call_cannot_take_fails_that_conversation_alone(engine: Engine) -> None:
    conversation = engine.connect(Connect(Address("/" + "x" * 200, 0, "unix")))
    wait_until(lambda: not conversation.state.live)
    assert (conversation.state, conversation.error) == (State.FAILED, "OSError")
    assert conversation.dialling.attempts[0].error == "OSError"


def test_names_that_hang_do_not_hold_up_numeric_addresses(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with hanging_names(monkeypatch):
        names = [engine.names.resolve(Question(f"slow{number}")) for number in range(IN_FLIGHT + 5)]
        wait_until(lambda: [name.state for name in names].count(LookupState.ASKING) == IN_FLIGHT)
        for host in (V4, "127.1", "::1", "fe80::1%lo", ""):
            lookup = engine.names.resolve(Question(host, "80"))
            wait_until(lambda it=lookup: not it.state.live, what=host)
        conversation = engine.connect(Connect(Address(V4, port_of(listen(engine)))))
        wait_until(lambda: conversation.state is State.CONNECTED)
        behind = [engine.names.resolve(question) for question in (Question("1.2.3.4 x"), Question("1.2.3.4%x"))]
        wait_s(0.05)
        assert {lookup.state for lookup in behind} == {LookupState.QUEUED}, "no numbers: they have to wait"
    wait_until(lambda: not any(lookup.state.live for lookup in [*names, *behind]))


@contextmanager
def hanging_names(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """While this lasts getaddrinfo is silent about names under `slow`."""
    gate, real = threading.Event(), socket.getaddrinfo

    def ask(name: str | None, *question: object, **more: object) -> object:
        if str(name).startswith("slow"):
            assert gate.wait(DEADLINE_S)
            return real(V4, *question, **more)  # type: ignore[arg-type]
        return real(name, *question, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", ask)
    yield
    gate.set()


def test_source_address_and_port_are_those_asked_for(engine: Engine) -> None:
    with listening() as server, bound_only() as probe:
        port = probe.getsockname()[1]
        probe.close()
        request = Connect(Address("test", 1), rows=[row_of(server)], source=Address("127.0.0.2", port))
        conversation = engine.connect(request)
        peer, address = server.accept()
        with peer:
            assert address == ("127.0.0.2", port)
            wait_until(lambda: conversation.endpoints.local == at(f"127.0.0.2:{port}"))
            engine.close(conversation)
            assert read_to_end(peer) == b""


# Reading.


def test_one_receive_brings_no_more_than_asked_for(engine: Engine) -> None:
    with listening() as server:
        conversation = engine.connect(Connect(Address("test", 1), rows=[row_of(server)], read_bytes=3))
        peer, _ = server.accept()
        with peer:
            peer.sendall(b"0123456789")
            wait_until(lambda: conversation.flow.bytes_in == 10)
            received = [record for record in conversation.tape.entries(0) if record.kind is EntryKind.RECEIVED]
            assert [(record.asked, record.size_bytes) for record in received] == [(3, 3), (3, 3), (3, 3), (3, 1)]


def test_a_peer_stalls_while_we_do_not_read_and_goes_on_when_we_do(engine: Engine) -> None:
    with dialled(engine) as (conversation, peer):
        engine.read(conversation, reading=False)
        wait_until(lambda: conversation.reading_stopped)
        peer.settimeout(0.1)
        sent, piece = 0, bytes(MIB)
        with pytest.raises(TimeoutError):
            while True:
                sent += peer.send(piece)
        assert conversation.flow.bytes_in == 0
        engine.send(conversation, b"still sending")
        assert read_exactly(peer, 13) == b"still sending"
        engine.read(conversation, reading=True)
        wait_until(lambda: conversation.flow.bytes_in == sent)
        assert not conversation.reading_stopped


def test_options_are_what_the_kernel_says_before_and_after_connecting(engine: Engine) -> None:
    with listening() as server, ExitStack() as stack:
        request = Connect(Address("test", 1), rows=[row_of(server)], options=("NODELAY=on", "SNDBUF=20000"))
        conversation = engine.connect(request)
        peer = stack.enter_context(server.accept()[0])
        wait_until(lambda: conversation.state is State.CONNECTED)
        names = [call.name for call in all_calls(conversation.facts)]
        assert names[:5] == ["socket", "setsockopt", "getsockopt", "setsockopt", "getsockopt"]
        engine.read_options(conversation)
        wait_until(lambda: conversation.options)
        assert (conversation.options["NODELAY"], conversation.options["SNDBUF"]) == ("on", "40000")
        engine.set_option(conversation, "NODELAY=off")
        engine.set_option(conversation, "SNDBUF=1")
        wait_until(lambda: conversation.options["NODELAY"] == "off")
        wait_until(lambda: len(calls(conversation, "getsockopt")) == 5)  # with the answer to connect
        with socket.socket(fileno=os.dup(conversation.fd)) as ours:
            least = ours.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
        assert calls(conversation, "getsockopt")[-1].returned == least != 1
        wait_until(lambda: conversation.options["SNDBUF"] == str(least))
        engine.close(conversation)
        assert read_to_end(peer) == b""
