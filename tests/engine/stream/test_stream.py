"""One connected socket: what the peer gets, what we get, and how it ends, byte for byte."""

import errno
import os
import random
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from sockscope.engine.engine import Engine
from sockscope.engine.listen.responders.responder import FixedRecipe, Responder, Response
from sockscope.engine.outgoing import LIMIT_BYTES
from sockscope.net.address import Address
from sockscope.record.conversation import PEER, US, Conversation, State
from sockscope.record.listener import Listener
from sockscope.record.tape import Kind
from sockscope.request import Connect
from tests.conftest import wait_until
from tests.engine.loopback import (
    MIB,
    all_calls,
    black_hole,
    both_families,
    calls,
    client_of,
    dialled,
    files_open,
    listen,
    on_tape,
    only_client,
    read_exactly,
    read_to_end,
    refusals,
    row_of,
    send_reset,
    set_option,
    sockets_open,
)

DATA = random.Random(1).randbytes(4 * MIB)


def ended(conversation: Conversation) -> Callable[[], bool]:
    return lambda: not conversation.state.live


def refused_bytes(conversation: Conversation) -> int:
    """How many bytes the facts say were refused because the queue was full."""
    about = [one.about[0] for one in refusals(conversation) if one.error == "ENOBUFS"]
    return sum(size_bytes for size_bytes in about if isinstance(size_bytes, int))


def stall(engine: Engine, conversation: Conversation, size_bytes: int) -> None:
    """Send more than the kernel takes to a peer that does not read; wait until it takes no more."""
    engine.send(conversation, bytes(size_bytes))
    wait_until(lambda: conversation.blocked_at_ns and conversation.queued_bytes, what="stalled")


# Bytes, both ways.


@both_families
def test_bytes_go_both_ways_and_stand_on_the_tape_in_order(engine: Engine, host: str) -> None:
    with dialled(engine, host) as (conversation, peer):
        for number in range(3):
            engine.send(conversation, b"ping %d" % number)
            assert read_exactly(peer, 6) == b"ping %d" % number
            peer.sendall(b"pong %d!" % number)
            wait_until(lambda n=number: conversation.flow.bytes_in == 7 * (n + 1))
        kinds = [record.kind for record in conversation.tape.records(0) if record.kind is not Kind.FACT]
        assert kinds == [Kind.SENT, Kind.RECEIVED] * 3
        assert on_tape(conversation, Kind.SENT) == b"ping 0ping 1ping 2"
        assert on_tape(conversation, Kind.RECEIVED) == b"pong 0!pong 1!pong 2!"
        flow = conversation.flow
        assert (flow.calls_in, flow.calls_out, flow.bytes_out) == (3, 3, 18)


def test_a_listener_echoes_megabytes_byte_for_byte_and_keeps_them(engine: Engine) -> None:
    listener = listen(engine, echo=True)
    with client_of(listener) as client:
        sender = threading.Thread(target=client.sendall, args=(DATA,))
        sender.start()
        echoed = read_exactly(client, len(DATA))
        sender.join()
        assert echoed == DATA
        conversation = only_client(listener)
        wait_until(lambda: conversation.flow.bytes_out == len(DATA))
        assert conversation.flow.bytes_in == len(DATA)
        assert on_tape(conversation, Kind.RECEIVED) == on_tape(conversation, Kind.SENT) == DATA
        wait_until(lambda: (conversation.queued_bytes, conversation.blocked_at_ns) == (0, 0))


def test_a_reader_that_comes_late_and_reads_slowly_gets_every_byte(engine: Engine) -> None:
    listener = listen(engine, echo=True)
    with client_of(listener) as client:
        sender = threading.Thread(target=client.sendall, args=(DATA * 4,))
        sender.start()
        wait_until(lambda: only_client(listener).queued_bytes, what="the kernel takes no more")
        echoed = read_exactly(client, 4 * len(DATA), at_once=10_000)
        sender.join()
        assert echoed == DATA * 4


def test_a_firehose_is_kept_as_its_latest_part_and_counted_whole(engine: Engine) -> None:
    listener = listen(engine)
    with client_of(listener) as client:
        for _ in range(40):
            client.sendall(DATA)
        conversation = only_client(listener)
        wait_until(lambda: conversation.flow.bytes_in == 40 * len(DATA), 30)
        tape = conversation.tape
        assert tape.total_bytes == 40 * len(DATA)
        assert 0 < tape.held_bytes <= engine.settings.history_each_bytes
        kept = on_tape(conversation, Kind.RECEIVED)
        assert tape.first_offset + len(kept) == tape.total_bytes
        assert tape.first_offset > 0
        assert kept == (DATA * 40)[tape.first_offset :]


def test_a_trickle_of_single_bytes_keeps_every_boundary(engine: Engine) -> None:
    with dialled(engine) as (conversation, peer):
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number in range(50):
            peer.sendall(bytes([number]))
            wait_until(lambda n=number: conversation.flow.bytes_in == n + 1)
        records = [record for record in conversation.tape.records(0) if record.kind is Kind.RECEIVED]
        assert [record.size_bytes for record in records] == [1] * 50
        assert on_tape(conversation, Kind.RECEIVED) == bytes(range(50))


def test_a_partial_send_is_recorded_as_what_the_kernel_took(engine: Engine) -> None:
    with dialled(engine, small_buffer=True) as (conversation, peer):
        engine.send(conversation, DATA)
        engine.finish_sending(conversation)
        wait_until(lambda: conversation.blocked_at_ns)
        assert read_to_end(peer) == DATA
        wait_until(lambda: conversation.flow.bytes_out == len(DATA))
        sent = [record for record in conversation.tape.records(0) if record.kind is Kind.SENT]
        assert sum(record.size_bytes for record in sent) == len(DATA)
        assert any(record.size_bytes < record.asked for record in sent)
        assert all(record.size_bytes <= record.asked for record in sent)
        assert on_tape(conversation, Kind.SENT) == DATA


def test_sending_to_all_reaches_each_client_that_can_still_hear(engine: Engine) -> None:
    listener = listen(engine)
    with ExitStack() as stack:
        first, second, finished, gone = (stack.enter_context(client_of(listener)) for _ in range(4))
        wait_until(lambda: listener.live_clients == 4)
        gone.close()
        wait_until(lambda: listener.live_clients == 3)
        engine.finish_sending(list(listener.clients.values())[2])
        assert read_to_end(finished) == b""
        engine.send_to_all(listener, b"hello")
        assert (read_exactly(first, 5), read_exactly(second, 5)) == (b"hello", b"hello")
        wait_until(lambda: listener.flow.bytes_out == 10)
        assert [client.flow.bytes_out for client in listener.clients.values()] == [5, 5, 0, 0]
        assert not any(refusals(client) for client in listener.clients.values())


# A peer that does not read.


def test_a_stalled_peer_is_seen_with_buffers_of_the_usual_size(engine: Engine) -> None:
    with dialled(engine) as (conversation, _peer):
        engine.send(conversation, bytes(10 * MIB))
        wait_until(lambda: conversation.queued_bytes)
        wait_until(lambda: conversation.blocked_at_ns, 3.0, "bytes wait, the peer reads nothing, and it is seen")


def test_a_stalled_peer_is_seen_and_the_queue_is_bounded_and_nothing_is_lost_silently(engine: Engine) -> None:
    with dialled(engine, small_buffer=True) as (conversation, peer):
        for _ in range(30):
            engine.send(conversation, DATA[:MIB])
        wait_until(lambda: conversation.blocked_at_ns and refused_bytes(conversation))
        wait_until(
            lambda: conversation.flow.bytes_out + conversation.queued_bytes + refused_bytes(conversation) == 30 * MIB,
            what="every byte is sent, queued or said to be refused",
        )
        assert conversation.queued_bytes <= LIMIT_BYTES
        assert conversation.blocked_at_ns > conversation.connected_at_ns
        accepted = 30 * MIB - refused_bytes(conversation)
        assert read_exactly(peer, accepted) == (DATA[:MIB] * 30)[:accepted]
        wait_until(lambda: (conversation.queued_bytes, conversation.blocked_at_ns) == (0, 0))
        assert conversation.flow.bytes_out == accepted


def test_a_peer_that_reads_again_lets_sending_go_on(engine: Engine) -> None:
    with dialled(engine, small_buffer=True) as (conversation, peer):
        stall(engine, conversation, 8 * MIB)
        read_exactly(peer, 8 * MIB)
        wait_until(lambda: conversation.queued_bytes == 0)
        engine.send(conversation, b"more")
        assert read_exactly(peer, 4) == b"more"


def fill_with_echoes(listener: Listener, client: socket.socket) -> tuple[Conversation, int]:
    """Send without reading until the listener reads no more; give its conversation and how much was sent."""
    sent = 0
    client.settimeout(0.5)
    try:
        while sent < 200 * MIB:
            sent += client.send(DATA[:MIB])
    except TimeoutError:
        client.settimeout(10)
        return only_client(listener), sent
    pytest.fail("an echo that nobody reads was never held back")


def test_an_echo_that_nobody_reads_is_held_back_and_nothing_of_it_is_lost(engine: Engine) -> None:
    listener = listen(engine, echo=True)
    with client_of(listener) as client:
        conversation, sent = fill_with_echoes(listener, client)
        assert conversation.queued_bytes <= LIMIT_BYTES
        assert refusals(conversation) == []
        client.shutdown(socket.SHUT_WR)
        assert len(read_to_end(client)) == sent
        wait_until(ended(conversation))
        assert conversation.flow.bytes_in == conversation.flow.bytes_out == sent


def test_after_a_held_back_echo_our_end_does_not_stop_our_reading(engine: Engine) -> None:
    listener = listen(engine, echo=True)
    with client_of(listener) as client:
        conversation, sent = fill_with_echoes(listener, client)
        engine.finish_sending(conversation)
        client.shutdown(socket.SHUT_WR)
        read_to_end(client)
        wait_until(lambda: conversation.flow.bytes_in == sent, 3.0, "everything that was sent is read")
        wait_until(ended(conversation))
        assert conversation.state is State.CLOSED_BY_US


# The end of a direction.


def test_the_peers_end_is_seen_and_we_may_go_on_sending(engine: Engine) -> None:
    with dialled(engine) as (conversation, peer):
        peer.sendall(b"last words")
        peer.shutdown(socket.SHUT_WR)
        wait_until(lambda: conversation.state is State.PEER_FINISHED)
        assert on_tape(conversation, Kind.RECEIVED) == b"last words"
        last = calls(conversation, "recv")[-1]
        assert (last.returned, last.error, last.note) == (0, "", "peer finished sending")
        engine.send(conversation, b"heard")
        engine.finish_sending(conversation)
        assert read_to_end(peer) == b"heard"
        wait_until(ended(conversation))
        assert conversation.state is State.PEER_THEN_US
        assert conversation.finished == (PEER, US)
        wait_until(lambda: calls(conversation, "close"), what="both are finished: the descriptor is given back")
        assert conversation.ended_at_ns


def test_after_our_end_the_answer_still_arrives(engine: Engine) -> None:
    with dialled(engine) as (conversation, peer):
        engine.send(conversation, b"question")
        engine.finish_sending(conversation)
        assert read_to_end(peer) == b"question"
        wait_until(lambda: conversation.state is State.WE_FINISHED)
        peer.sendall(b"answer")
        wait_until(lambda: conversation.flow.bytes_in == 6)
        state = conversation.state
        assert state is State.WE_FINISHED
        peer.close()
        wait_until(ended(conversation))
        assert conversation.state is State.CLOSED_BY_US
        assert on_tape(conversation, Kind.RECEIVED) == b"answer"
        wait_until(lambda: calls(conversation, "close"), what="both are finished: the descriptor is given back")
        assert conversation.ended_at_ns
        (shut,) = calls(conversation, "shutdown")
        assert (shut.fd, shut.arguments) == (conversation.fd, ("SHUT_WR",))


def test_our_end_is_sent_after_everything_that_is_queued(engine: Engine) -> None:
    with dialled(engine, small_buffer=True) as (conversation, peer):
        engine.send(conversation, DATA)
        engine.finish_sending(conversation)
        wait_until(lambda: conversation.blocked_at_ns)
        assert conversation.state is State.CONNECTED
        assert read_to_end(peer) == DATA
        wait_until(lambda: conversation.state is State.WE_FINISHED)


def test_sending_after_our_end_is_said_not_to_happen(engine: Engine) -> None:
    with dialled(engine) as (conversation, peer):
        engine.finish_sending(conversation)
        engine.send(conversation, b"too late")
        wait_until(lambda: refusals(conversation))
        (said,) = refusals(conversation)
        assert (said.error, said.note) == ("EPIPE", "not sent: our direction is finished")
        assert read_to_end(peer) == b""
        assert conversation.flow.bytes_out == 0


def test_sending_behind_an_end_that_still_waits_is_said_not_to_happen(engine: Engine) -> None:
    with dialled(engine, small_buffer=True) as (conversation, peer):
        stall(engine, conversation, len(DATA))
        engine.finish_sending(conversation)
        engine.send(conversation, b"too late")
        wait_until(lambda: refusals(conversation))
        assert conversation.state is State.CONNECTED
        assert len(read_to_end(peer)) == len(DATA)


def test_finishing_twice_is_finishing_once(engine: Engine) -> None:
    with dialled(engine) as (conversation, peer):
        engine.finish_sending(conversation)
        engine.finish_sending(conversation)
        assert read_to_end(peer) == b""
        peer.close()
        wait_until(ended(conversation))
        assert len(calls(conversation, "shutdown")) == 1


@pytest.mark.parametrize("keep_half_open", [False, True])
def test_a_listener_follows_the_peers_end_unless_it_is_to_keep_half_open(engine: Engine, keep_half_open: bool) -> None:
    listener = listen(engine, keep_half_open=keep_half_open)
    with client_of(listener) as client:
        client.sendall(b"bye")
        client.shutdown(socket.SHUT_WR)
        conversation = only_client(listener)
        if keep_half_open:
            wait_until(lambda: conversation.state is State.PEER_FINISHED)
            engine.send(conversation, b"still here")
            assert read_exactly(client, 10) == b"still here"
            assert conversation.state is State.PEER_FINISHED
            engine.finish_sending(conversation)
        assert read_to_end(client) == b""
        wait_until(ended(conversation))
        assert conversation.state is (State.PEER_THEN_US if keep_half_open else State.CLOSED_BY_PEER)
        assert on_tape(conversation, Kind.RECEIVED) == b"bye"


def test_a_listener_that_follows_first_sends_what_is_queued(engine: Engine) -> None:
    listener = listen(engine, echo=True)
    with client_of(listener) as client:
        sender = threading.Thread(target=lambda: (client.sendall(DATA * 4), client.shutdown(socket.SHUT_WR)))
        sender.start()
        wait_until(lambda: only_client(listener).queued_bytes, what="the kernel takes no more")
        assert read_to_end(client) == DATA * 4
        sender.join()


# Close and reset.


def test_closing_counts_what_is_unsent(engine: Engine) -> None:
    with dialled(engine, small_buffer=True) as (conversation, _peer):
        stall(engine, conversation, 10 * MIB)
        engine.close(conversation)
        wait_until(ended(conversation))
        assert conversation.state is State.CLOSED_BY_US
        assert conversation.unsent_bytes > 0
        assert conversation.flow.bytes_out + conversation.unsent_bytes == 10 * MIB
        assert (conversation.queued_bytes, conversation.blocked_at_ns) == (0, 0)


def test_closing_gives_the_descriptor_back_and_the_peer_sees_the_end(engine: Engine) -> None:
    with dialled(engine) as (conversation, peer):
        before = sockets_open()
        engine.close(conversation)
        assert read_to_end(peer) == b""
        wait_until(ended(conversation))
        assert len(before - sockets_open()) == 1
        assert [call.fd for call in calls(conversation, "close")] == [conversation.fd]
        engine.close(conversation)
        engine.reset(conversation)
        engine.finish_sending(conversation)
        wait_until(lambda: len(calls(conversation, "close")) == 1)
        assert conversation.state is State.CLOSED_BY_US


def test_closing_after_the_peers_end_says_both(engine: Engine) -> None:
    with dialled(engine) as (conversation, peer):
        peer.close()
        wait_until(lambda: conversation.state is State.PEER_FINISHED)
        engine.close(conversation)
        wait_until(ended(conversation))
        assert conversation.state is State.PEER_THEN_US
        assert conversation.finished == (PEER,)


def test_our_reset_is_a_reset_for_the_peer(engine: Engine) -> None:
    with dialled(engine) as (conversation, peer):
        engine.reset(conversation)
        wait_until(ended(conversation))
        with pytest.raises(ConnectionResetError):
            peer.recv(1)
        assert conversation.state is State.CLOSED_BY_US
        assert [call.name for call in all_calls(conversation.facts)][-2:] == ["setsockopt", "close"]


def test_a_reset_while_reading_keeps_the_earlier_bytes(engine: Engine) -> None:
    with dialled(engine) as (conversation, peer):
        peer.sendall(DATA[:100_000])
        wait_until(lambda: conversation.flow.bytes_in == 100_000)
        send_reset(peer)
        wait_until(ended(conversation))
        assert conversation.state is State.RESET_BY_PEER
        assert calls(conversation, "recv")[-1].error == "ECONNRESET"
        assert on_tape(conversation, Kind.RECEIVED) == DATA[:100_000]


def test_a_reset_while_sending_counts_what_the_kernel_took(engine: Engine) -> None:
    with dialled(engine, small_buffer=True) as (conversation, peer):
        stall(engine, conversation, 10 * MIB)
        send_reset(peer)
        wait_until(ended(conversation))
        assert conversation.state is State.RESET_BY_PEER
        assert conversation.unsent_bytes > 0
        assert conversation.flow.bytes_out + conversation.unsent_bytes == 10 * MIB


def test_after_a_reset_nothing_is_queued_any_more(engine: Engine) -> None:
    with dialled(engine, small_buffer=True) as (conversation, peer):
        stall(engine, conversation, 10 * MIB)
        send_reset(peer)
        wait_until(lambda: calls(conversation, "close"))
        wait_until(lambda: conversation.queued_bytes == 0, 1.0, "what is unsent is not queued too")


def test_a_reset_while_the_queue_waits_for_a_peer_that_finished_is_seen(engine: Engine) -> None:
    with dialled(engine, small_buffer=True) as (conversation, peer):
        peer.shutdown(socket.SHUT_WR)
        wait_until(lambda: conversation.state is State.PEER_FINISHED)
        stall(engine, conversation, 10 * MIB)
        send_reset(peer)
        wait_until(ended(conversation))
        assert conversation.state is State.RESET_BY_PEER


def test_our_end_after_a_reset_says_reset_by_peer(engine: Engine) -> None:
    with dialled(engine) as (conversation, peer):
        peer.shutdown(socket.SHUT_WR)
        wait_until(lambda: conversation.state is State.PEER_FINISHED)
        send_reset(peer)
        engine.finish_sending(conversation)
        wait_until(ended(conversation))
        assert (conversation.state, conversation.error) == (State.RESET_BY_PEER, "")


def test_a_reset_is_seen_at_once_also_after_the_peers_end(engine: Engine) -> None:
    with dialled(engine) as (conversation, peer):
        peer.shutdown(socket.SHUT_WR)
        wait_until(lambda: conversation.state is State.PEER_FINISHED)
        send_reset(peer)
        wait_until(ended(conversation), 3.0, "the reset is seen")
        assert conversation.state is State.RESET_BY_PEER


def test_clients_that_send_and_close_without_reading_the_echo_are_not_failures(engine: Engine) -> None:
    listener = listen(engine, echo=True)
    for _ in range(50):
        with client_of(listener) as client:
            client.sendall(b"anybody there?")
    wait_until(lambda: listener.accepted == 50 and not listener.live_clients)
    ends = {(client.state, client.error) for client in listener.clients.values()}
    assert ends <= {(State.CLOSED_BY_PEER, ""), (State.RESET_BY_PEER, "")}


# Files.


def test_a_file_is_sent_whole_and_then_our_end(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(DATA)
    with dialled(engine) as (conversation, peer):
        engine.send(conversation, b"before:")
        engine.send_file(conversation, path)
        engine.send(conversation, b":after")
        engine.finish_sending(conversation)
        assert read_to_end(peer) == b"before:" + DATA + b":after"
        wait_until(lambda: conversation.state is State.WE_FINISHED)
        assert files_open(path) == 0
        assert conversation.queued_bytes == 0


def test_a_file_of_no_bytes_sends_nothing_and_holds_nothing_up(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.touch()
    with dialled(engine) as (conversation, peer):
        engine.send_file(conversation, path)
        engine.send(conversation, b"after")
        engine.finish_sending(conversation)
        assert read_to_end(peer) == b"after"
        assert files_open(path) == 0


def test_a_missing_file_is_said_to_be_missing_and_the_conversation_lives(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "missing"
    with dialled(engine) as (conversation, peer):
        engine.send_file(conversation, path)
        engine.send(conversation, b"after")
        assert read_exactly(peer, 5) == b"after"
        (said,) = refusals(conversation)
        assert (said.about, said.error) == ((path,), "ENOENT")


def test_a_directory_is_no_file_to_send(engine: Engine, tmp_path: Path) -> None:
    with dialled(engine) as (conversation, peer):
        engine.send_file(conversation, tmp_path)
        engine.send(conversation, b"after")
        assert read_exactly(peer, 5) == b"after"
        (said,) = refusals(conversation)
        assert said.about == (tmp_path,)
        assert said.error


def test_files_that_break_while_they_are_read_do_not_break_the_conversation(engine: Engine) -> None:
    with dialled(engine, small_buffer=True) as (conversation, peer):
        stall(engine, conversation, 8 * MIB)
        for _ in range(2):
            engine.send_file(conversation, Path("/proc/self/mem"))  # nothing is mapped at address 0: EIO
        engine.send(conversation, b"after")
        read_exactly(peer, 8 * MIB)
        assert read_exactly(peer, 5) == b"after"
        assert [call.error for call in refusals(conversation)] == ["EIO", "EIO"]
        assert conversation.state is State.CONNECTED


def test_a_path_that_no_file_can_have_is_said_not_to_be_sent(engine: Engine) -> None:
    with dialled(engine) as (conversation, _peer):
        engine.send_file(conversation, Path("a\0b"))
        wait_until(lambda: refusals(conversation), 2.0)


def test_a_pipe_without_a_writer_does_not_stop_the_engine(engine: Engine, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with dialled(engine) as (conversation, _), dialled(engine) as (other, peer):
        engine.send_file(conversation, pipe)
        engine.send(other, b"alive")
        try:
            wait_until(lambda: other.flow.bytes_out == 5, 1.0, "another conversation goes on")
            assert read_exactly(peer, 5) == b"alive"
        finally:
            os.close(os.open(pipe, os.O_RDWR | os.O_NONBLOCK))  # lets go whoever waits for a writer


def test_a_file_of_many_gigabytes_flows_in_little_memory_and_can_be_cancelled(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as large:
        large.truncate(50 * 1024 * MIB)
    with dialled(engine) as (conversation, peer):
        engine.send_file(conversation, path)
        read_exactly(peer, 20 * MIB)
        assert files_open(path) == 1
        assert conversation.queued_bytes <= LIMIT_BYTES
        engine.close(conversation)
        wait_until(ended(conversation))
        assert conversation.state is State.CLOSED_BY_US
        assert files_open(path) == 0
        assert len(read_to_end(peer)) + 20 * MIB == conversation.flow.bytes_out < 50 * 1024 * MIB


def test_a_file_that_shrinks_while_it_is_sent_ends_where_it_ends(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(DATA)
    with dialled(engine, small_buffer=True) as (conversation, peer):
        engine.send_file(conversation, path)
        engine.finish_sending(conversation)
        wait_until(lambda: conversation.blocked_at_ns)
        path.write_bytes(b"")
        received = read_to_end(peer)
        assert 0 < len(received) < len(DATA)
        assert received == DATA[: len(received)]
        wait_until(lambda: conversation.state is State.WE_FINISHED)


# One conversation's trouble.


def test_an_exception_in_a_responder_ends_that_conversation_alone(engine: Engine) -> None:
    class Touchy(Responder):
        def received(self, data: memoryview) -> Response:
            if bytes(data) == b"boom":
                raise ZeroDivisionError("the peer's bytes: boom")
            return Response(bytes(data))

    listener = listen(engine)
    engine.set_responder(listener, FixedRecipe(lambda datagrams: Touchy()))
    with client_of(listener) as other, client_of(listener) as unlucky:
        wait_until(lambda: listener.accepted == 2)
        unlucky.sendall(b"boom")
        assert read_to_end(unlucky) == b""
        other.sendall(b"fine")
        assert read_exactly(other, 4) == b"fine"
        wait_until(lambda: listener.live_clients == 1)
        assert sorted((client.state.value, client.error) for client in listener.clients.values()) == [
            ("connected", ""),
            ("failed", "ZeroDivisionError"),
        ]


def test_a_send_after_the_end_is_said_not_to_happen(engine: Engine) -> None:
    with dialled(engine) as (conversation, _peer):
        engine.close(conversation)
        wait_until(ended(conversation))
        engine.send(conversation, b"lost?")
        wait_until(lambda: refusals(conversation), 1.0, "the bytes are said to be not sent")


def test_a_send_while_connecting_is_said_not_to_happen(engine: Engine) -> None:
    with black_hole() as hole:
        conversation = engine.connect(Connect(Address("test", 1), rows=[row_of(hole)]))
        wait_until(lambda: conversation.attempts)
        engine.send(conversation, b"lost?")
        wait_until(lambda: refusals(conversation), 1.0, "the bytes are said to be not sent")


def test_the_kernels_own_timeout_is_a_failure_and_not_a_reset(engine: Engine) -> None:
    with dialled(engine, small_buffer=True) as (conversation, _peer):
        stall(engine, conversation, 10 * MIB)
        set_option(conversation, socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 100)  # tcp(7): unanswered for 0.1 s
        wait_until(ended(conversation))
        assert (conversation.state, conversation.error) == (State.FAILED, errno.errorcode[errno.ETIMEDOUT])


def test_a_timeout_that_shows_after_the_peers_end_is_not_called_a_reset(engine: Engine) -> None:
    with dialled(engine) as (conversation, peer):
        peer.shutdown(socket.SHUT_WR)
        wait_until(lambda: conversation.state is State.PEER_FINISHED)
        engine.send(conversation, bytes(MIB))  # the kernel takes it all, the peer does not read it all
        wait_until(lambda: conversation.flow.bytes_out == MIB)
        set_option(conversation, socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 100)
        wait_until(ended(conversation))
        assert (conversation.state, conversation.error) == (State.FAILED, "ETIMEDOUT")
        assert not any("reset" in call.note for call in conversation.facts.calls())


def test_a_close_that_lingers_holds_up_nobody_else(engine: Engine) -> None:
    listener = listen(engine, echo=True)
    with dialled(engine, small_buffer=True) as (conversation, _peer), client_of(listener) as other:
        set_option(conversation, socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 1))
        engine.send(conversation, bytes(8 * MIB))
        wait_until(lambda: conversation.blocked_at_ns, what="the peer does not read")
        engine.close(conversation)
        other.sendall(b"meanwhile")
        assert read_exactly(other, 9) == b"meanwhile"
        assert conversation.state.live
        wait_until(ended(conversation))
        (call,) = calls(conversation, "close")
        assert call.took_ns > 900_000_000


def test_a_reset_is_noticed_while_a_person_stopped_reading(engine: Engine) -> None:
    with dialled(engine) as (conversation, peer):
        engine.read(conversation, reading=False)
        wait_until(lambda: conversation.reading_stopped)
        send_reset(peer)
        wait_until(ended(conversation))
        assert conversation.state is State.RESET_BY_PEER
