"""Bytes of one connected socket: what the peer gets and what we get, byte for byte, also where one does not read."""

import socket
import threading
from contextlib import ExitStack

import pytest

from sockscope.engine.engine import Engine
from sockscope.engine.settings import QUEUE_BYTES
from sockscope.record.conversation import Conversation, State
from sockscope.record.listener import Listener
from sockscope.record.tape_entry import EntryKind
from tests.conftest import wait_until
from tests.engine.loopback import (
    DATA,
    MIB,
    both_families,
    client_of,
    dialled,
    ended,
    listen,
    on_tape,
    only_client,
    read_exactly,
    read_to_end,
    refusals,
    stall,
)


def refused_bytes(conversation: Conversation) -> int:
    """How many bytes the facts say were refused because the queue was full."""
    about = [one.about[0] for one in refusals(conversation) if one.error == "ENOBUFS"]
    return sum(size_bytes for size_bytes in about if isinstance(size_bytes, int))


# Bytes, both ways.


@both_families
def test_bytes_go_both_ways_and_stand_on_the_tape_in_order(engine: Engine, host: str) -> None:
    with dialled(engine, host) as (conversation, peer):
        for number in range(3):
            engine.send(conversation, b"ping %d" % number)
            assert read_exactly(peer, 6) == b"ping %d" % number
            peer.sendall(b"pong %d!" % number)
            wait_until(lambda n=number: conversation.flow.bytes_in == 7 * (n + 1))
        kinds = [record.kind for record in conversation.tape.entries(0) if record.kind is not EntryKind.FACT]
        assert kinds == [EntryKind.SENT, EntryKind.RECEIVED] * 3
        assert on_tape(conversation, EntryKind.SENT) == b"ping 0ping 1ping 2"
        assert on_tape(conversation, EntryKind.RECEIVED) == b"pong 0!pong 1!pong 2!"
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
        assert on_tape(conversation, EntryKind.RECEIVED) == on_tape(conversation, EntryKind.SENT) == DATA
        wait_until(lambda: (conversation.outgoing.queued_bytes, conversation.outgoing.blocked_at_ns) == (0, 0))


def test_a_reader_that_comes_late_and_reads_slowly_gets_every_byte(engine: Engine) -> None:
    listener = listen(engine, echo=True)
    with client_of(listener) as client:
        sender = threading.Thread(target=client.sendall, args=(DATA * 4,))
        sender.start()
        wait_until(lambda: only_client(listener).outgoing.queued_bytes, what="the kernel takes no more")
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
        kept = on_tape(conversation, EntryKind.RECEIVED)
        assert tape.first_offset + len(kept) == tape.total_bytes
        assert tape.first_offset > 0
        assert kept == (DATA * 40)[tape.first_offset :]


def test_a_trickle_of_single_bytes_keeps_every_boundary(engine: Engine) -> None:
    with dialled(engine) as (conversation, peer):
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number in range(50):
            peer.sendall(bytes([number]))
            wait_until(lambda n=number: conversation.flow.bytes_in == n + 1)
        records = [record for record in conversation.tape.entries(0) if record.kind is EntryKind.RECEIVED]
        assert [record.size_bytes for record in records] == [1] * 50
        assert on_tape(conversation, EntryKind.RECEIVED) == bytes(range(50))


def test_a_partial_send_is_recorded_as_what_the_kernel_took(engine: Engine) -> None:
    with dialled(engine, small_buffer=True) as (conversation, peer):
        engine.send(conversation, DATA)
        engine.finish_sending(conversation)
        wait_until(lambda: conversation.outgoing.blocked_at_ns)
        assert read_to_end(peer) == DATA
        wait_until(lambda: conversation.flow.bytes_out == len(DATA))
        sent = [record for record in conversation.tape.entries(0) if record.kind is EntryKind.SENT]
        assert sum(record.size_bytes for record in sent) == len(DATA)
        assert any(record.size_bytes < record.asked for record in sent)
        assert all(record.size_bytes <= record.asked for record in sent)
        assert on_tape(conversation, EntryKind.SENT) == DATA


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
        wait_until(lambda: conversation.outgoing.queued_bytes)
        wait_until(
            lambda: conversation.outgoing.blocked_at_ns, 3.0, "bytes wait, the peer reads nothing, and it is seen"
        )


def test_a_stalled_peer_is_seen_and_the_queue_is_bounded_and_nothing_is_lost_silently(engine: Engine) -> None:
    with dialled(engine, small_buffer=True) as (conversation, peer):
        for _ in range(30):
            engine.send(conversation, DATA[:MIB])
        wait_until(lambda: conversation.outgoing.blocked_at_ns and refused_bytes(conversation))
        wait_until(
            lambda: (
                conversation.flow.bytes_out + conversation.outgoing.queued_bytes + refused_bytes(conversation)
                == 30 * MIB
            ),
            what="every byte is sent, queued or said to be refused",
        )
        assert conversation.outgoing.queued_bytes <= QUEUE_BYTES
        assert conversation.outgoing.blocked_at_ns > conversation.connected_at_ns
        accepted = 30 * MIB - refused_bytes(conversation)
        assert read_exactly(peer, accepted) == (DATA[:MIB] * 30)[:accepted]
        wait_until(lambda: (conversation.outgoing.queued_bytes, conversation.outgoing.blocked_at_ns) == (0, 0))
        assert conversation.flow.bytes_out == accepted


def test_a_peer_that_reads_again_lets_sending_go_on(engine: Engine) -> None:
    with dialled(engine, small_buffer=True) as (conversation, peer):
        stall(engine, conversation, 8 * MIB)
        read_exactly(peer, 8 * MIB)
        wait_until(lambda: conversation.outgoing.queued_bytes == 0)
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
        assert conversation.outgoing.queued_bytes <= QUEUE_BYTES
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
