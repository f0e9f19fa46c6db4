"""How one connected socket ends, in order or not: what each side is told, and that its trouble is its own."""

import errno
import fcntl
import socket
import struct
import sys
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sockscope.engine.engine import Engine
from sockscope.engine.listen.responders.responder import FixedRecipe, Responder, Response
from sockscope.net.address import Address
from sockscope.net.value import Symbol
from sockscope.record.conversation import PEER, US, State
from sockscope.record.leftover import Leftover
from sockscope.record.tape_entry import EntryKind
from sockscope.request import Connect
from tests.conftest import DEADLINE_S, wait_until
from tests.engine.loopback import (
    DATA,
    MIB,
    all_calls,
    black_hole,
    calls,
    client_of,
    dialled,
    ended,
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
    stall,
)

# The end of a direction.


def test_the_peers_end_is_seen_and_we_may_go_on_sending(engine: Engine) -> None:
    with dialled(engine) as (conversation, peer):
        peer.sendall(b"last words")
        peer.shutdown(socket.SHUT_WR)
        wait_until(lambda: conversation.state is State.PEER_FINISHED)
        assert on_tape(conversation, EntryKind.RECEIVED) == b"last words"
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
        assert on_tape(conversation, EntryKind.RECEIVED) == b"answer"
        wait_until(lambda: calls(conversation, "close"), what="both are finished: the descriptor is given back")
        assert conversation.ended_at_ns
        (shut,) = calls(conversation, "shutdown")
        assert (shut.fd, shut.arguments) == (conversation.fd, ("SHUT_WR",))


def test_our_end_is_sent_after_everything_that_is_queued(engine: Engine) -> None:
    with dialled(engine, small_buffer=True) as (conversation, peer):
        engine.send(conversation, DATA)
        engine.finish_sending(conversation)
        wait_until(lambda: conversation.outgoing.blocked_at_ns)
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
        assert on_tape(conversation, EntryKind.RECEIVED) == b"bye"


def test_a_listener_that_follows_first_sends_what_is_queued(engine: Engine) -> None:
    listener = listen(engine, echo=True)
    with client_of(listener) as client:
        sender = threading.Thread(target=lambda: (client.sendall(DATA * 4), client.shutdown(socket.SHUT_WR)))
        sender.start()
        wait_until(lambda: only_client(listener).outgoing.queued_bytes, what="the kernel takes no more")
        assert read_to_end(client) == DATA * 4
        sender.join()


# Close and reset.


def unread_at(sock: socket.socket) -> int:
    """What a kernel holds for a program that does not read."""
    return int.from_bytes(fcntl.ioctl(sock, termios.FIONREAD, bytes(4)), sys.byteorder)


def test_closing_counts_what_is_unsent(engine: Engine) -> None:
    with dialled(engine, small_buffer=True) as (conversation, _peer):
        stall(engine, conversation, 10 * MIB)
        engine.close(conversation)
        wait_until(ended(conversation))
        assert conversation.state is State.CLOSED_BY_US
        assert conversation.outgoing.unsent_bytes > 0
        assert conversation.flow.bytes_out + conversation.outgoing.unsent_bytes == 10 * MIB
        assert (conversation.outgoing.queued_bytes, conversation.outgoing.blocked_at_ns) == (0, 0)


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
        assert conversation.state is State.RESET_BY_US
        assert [call.name for call in all_calls(conversation.facts)][-2:] == ["setsockopt", "close"]


def test_a_close_with_unread_data_is_a_reset_and_says_so(engine: Engine) -> None:
    with dialled(engine) as (conversation, peer):
        engine.read(conversation, reading=False)
        wait_until(lambda: conversation.reading_stopped)
        peer.sendall(b"part two\n")
        engine.close(conversation)
        wait_until(ended(conversation))
        assert (conversation.state, conversation.left.unread_bytes) == (State.RESET_BY_US, 9)
        with pytest.raises(ConnectionResetError):
            peer.recv(1)
        (asked,) = calls(conversation, "ioctl")
        assert (asked.arguments, asked.returned) == ((Symbol("FIONREAD"),), 9)


def test_what_the_peer_never_read_is_told_at_the_close(engine: Engine) -> None:
    with dialled(engine, small_buffer=True) as (conversation, peer):
        stall(engine, conversation, 10 * MIB)
        engine.close(conversation)
        wait_until(ended(conversation))
        left = conversation.left.unacknowledged_bytes
        assert left
        assert 0 < left <= conversation.flow.bytes_out
        assert conversation.flow.bytes_out - left <= unread_at(peer)  # acknowledged is what the peer's kernel holds
        assert conversation.state is State.CLOSED_BY_US


def test_an_orderly_close_asks_without_a_word(engine: Engine) -> None:
    with dialled(engine) as (conversation, peer):
        engine.send(conversation, b"all of it")
        assert read_exactly(peer, 9) == b"all of it"
        engine.close(conversation)
        wait_until(ended(conversation))
        assert (conversation.state, conversation.left) == (State.CLOSED_BY_US, Leftover(0, 0))
        assert calls(conversation, "ioctl") == []


@pytest.mark.parametrize(("answer", "finishes"), [(b"", False), (b"word", False), (b"", True)])
def test_a_server_that_ends_behind_our_first_bytes_without_a_word_is_remarked(
    engine: Engine, answer: bytes, finishes: bool
) -> None:
    with dialled(engine) as (conversation, peer):
        engine.send(conversation, b"hello")
        assert read_exactly(peer, 5) == b"hello"
        if finishes:
            engine.finish_sending(conversation)
            wait_until(lambda: US in conversation.finished)
        peer.sendall(answer)
        peer.shutdown(socket.SHUT_WR)
        wait_until(lambda: PEER in conversation.finished)
        wait_until(lambda: bool(conversation.facts.remarks) is not (bool(answer) or finishes))
        assert [one.kind for one in conversation.facts.remarks] == ([] if answer or finishes else ["no word"])


def test_an_end_that_nobody_read_was_there_before_our_close(engine: Engine) -> None:
    with dialled(engine) as (conversation, peer):
        engine.read(conversation, reading=False)
        wait_until(lambda: conversation.reading_stopped)
        peer.shutdown(socket.SHUT_WR)
        engine.close(conversation)
        wait_until(ended(conversation))
        assert (conversation.state, conversation.finished) == (State.PEER_THEN_US, (PEER,))
        (asked,) = calls(conversation, "poll")
        assert asked.returned == Symbol("POLLRDHUP")


def test_a_reset_while_reading_keeps_the_earlier_bytes(engine: Engine) -> None:
    with dialled(engine) as (conversation, peer):
        peer.sendall(DATA[:100_000])
        wait_until(lambda: conversation.flow.bytes_in == 100_000)
        send_reset(peer)
        wait_until(ended(conversation))
        assert conversation.state is State.RESET_BY_PEER
        assert calls(conversation, "recv")[-1].error == "ECONNRESET"
        assert on_tape(conversation, EntryKind.RECEIVED) == DATA[:100_000]


def test_what_came_before_a_reset_is_read_where_reading_was_stopped(engine: Engine) -> None:
    with dialled(engine) as (conversation, peer):
        engine.read(conversation, reading=False)
        wait_until(lambda: conversation.reading_stopped)
        peer.sendall(DATA[:50_000])
        send_reset(peer)
        wait_until(ended(conversation))
        assert conversation.state is State.RESET_BY_PEER
        assert on_tape(conversation, EntryKind.RECEIVED) == DATA[:50_000]
        assert calls(conversation, "getsockopt")[-1].error == "ECONNRESET"


@contextmanager
def held(engine: Engine) -> Iterator[None]:
    """The engine does nothing meanwhile; what it is asked for is done first behind it."""
    begun, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        assert go_on.wait(DEADLINE_S)

    engine.soon(hold)
    assert begun.wait(DEADLINE_S)
    try:
        yield
    finally:
        go_on.set()


@pytest.mark.parametrize("act", ["send", "finish_sending", "close", "reset"])
def test_a_reset_that_nobody_heard_yet_ended_it_and_what_came_before_is_read(engine: Engine, act: str) -> None:
    with dialled(engine) as (conversation, peer):
        with held(engine):
            peer.sendall(DATA[:50_000])
            send_reset(peer)
            getattr(engine, act)(conversation, *([b"late"] if act == "send" else []))
        wait_until(ended(conversation))
        assert conversation.state is State.RESET_BY_PEER
        assert PEER not in conversation.finished
        assert on_tape(conversation, EntryKind.RECEIVED) == DATA[:50_000]


def test_an_answer_of_ours_into_a_reset_is_no_fault(engine: Engine) -> None:
    listener = listen(engine, echo=True)
    with client_of(listener) as peer:
        client = only_client(listener)
        engine.read(client, reading=False)
        wait_until(lambda: client.reading_stopped)
        with held(engine):
            peer.sendall(DATA[:50_000])
            send_reset(peer)
        wait_until(ended(client))
        assert client.state is State.RESET_BY_PEER
        assert on_tape(client, EntryKind.RECEIVED) == DATA[:50_000]
        assert not engine.fault


def test_a_reset_while_sending_counts_what_the_kernel_took(engine: Engine) -> None:
    with dialled(engine, small_buffer=True) as (conversation, peer):
        stall(engine, conversation, 10 * MIB)
        send_reset(peer)
        wait_until(ended(conversation))
        assert conversation.state is State.RESET_BY_PEER
        assert conversation.outgoing.unsent_bytes > 0
        assert conversation.flow.bytes_out + conversation.outgoing.unsent_bytes == 10 * MIB


def test_after_a_reset_nothing_is_queued_any_more(engine: Engine) -> None:
    with dialled(engine, small_buffer=True) as (conversation, peer):
        stall(engine, conversation, 10 * MIB)
        send_reset(peer)
        wait_until(lambda: calls(conversation, "close"))
        wait_until(lambda: conversation.outgoing.queued_bytes == 0, 1.0, "what is unsent is not queued too")


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
        assert conversation.state is State.RESET_BY_PEER
        assert conversation.error in ("ENOTCONN", "EPIPE", "ECONNRESET"), "whatever call heard of it first"


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
    ends = {client.state for client in listener.clients.values()}
    assert ends <= {State.CLOSED_BY_PEER, State.RESET_BY_PEER}


# One conversation's trouble.


def test_an_exception_in_a_responder_ends_that_conversation_alone(engine: Engine) -> None:
    class Touchy(Responder):
        def received(self, data: memoryview) -> Response:
            if bytes(data) == b"boom":
                raise ZeroDivisionError("the peer's bytes: boom")
            return Response(bytes(data))

    listener = listen(engine)
    engine.policies.set_responder(listener, FixedRecipe(lambda datagrams: Touchy()))
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
        wait_until(lambda: conversation.dialling.attempts)
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
        wait_until(lambda: conversation.outgoing.blocked_at_ns, what="the peer does not read")
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
