"""Sequences on real sockets: what is sent, seen, timed and lost, and what ends them."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from threading import Thread, Timer

import pytest

from sockscope.engine.engine import Engine
from sockscope.record.conversation import Conversation, State
from sockscope.record.sequence import End, SequenceRun, StepState
from sockscope.request import Connect
from sockscope.request.sequence import read_sequence
from tests.conftest import DEADLINE_S, wait_until
from tests.engine.loopback import V4, listening, send_reset, stall, target_of

Answer = Callable[[bytes], list[bytes]]
"""Gives what is sent back for what came, in so many calls."""


@contextmanager
def connected(engine: Engine) -> Iterator[tuple[Conversation, socket.socket]]:
    with listening() as server:
        conversation = engine.connect(Connect(target_of(server, "tcp")))
        with closing(server.accept()[0]) as peer:
            peer.settimeout(DEADLINE_S)
            wait_until(lambda: conversation.state is State.CONNECTED)
            yield conversation, peer


@contextmanager
def answering(engine: Engine, answer: Answer) -> Iterator[Conversation]:
    """A conversation with a peer that answers in a thread of its own."""
    with connected(engine) as (conversation, peer):
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def serve() -> None:
            with suppress(OSError):  # the test is over
                while data := peer.recv(65536):
                    for piece in answer(data):
                        peer.sendall(piece)

        thread = Thread(target=serve)
        thread.start()
        yield conversation
        engine.close(conversation)
        thread.join(DEADLINE_S)


@contextmanager
def slow(engine: Engine, takes_s: float) -> Iterator[Conversation]:
    """A conversation with a peer that answers each call with `yes`, always so much later."""
    with connected(engine) as (conversation, peer):
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        timers: list[Timer] = []

        def answer() -> None:
            with suppress(OSError):  # the test is over
                peer.sendall(b"yes")

        def serve() -> None:
            with suppress(OSError):
                while peer.recv(65536):
                    timers.append(Timer(takes_s, answer))
                    timers[-1].start()

        thread = Thread(target=serve)
        thread.start()
        yield conversation
        engine.close(conversation)
        for each in (thread, *timers):
            each.join(DEADLINE_S)


def ran(engine: Engine, conversation: Conversation, text: str) -> SequenceRun:
    """Run a sequence to its end."""
    run = begun(engine, conversation, text)
    wait_until(lambda: not run.live)
    return run


def begun(engine: Engine, conversation: Conversation, text: str) -> SequenceRun:
    before = conversation.outgoing.sequence
    engine.run_sequence(conversation, read_sequence(text))
    wait_until(lambda: conversation.outgoing.sequence is not before)
    run = conversation.outgoing.sequence
    assert run is not None
    return run


def test_each_run_is_sent_anew_and_each_answer_timed(engine: Engine) -> None:
    with answering(engine, lambda data: [b"+CSQ: ", data, b"\r\nOK\r\n"]) as conversation:
        run = ran(
            engine, conversation, 'send text \\# none\nwait regex "\\+CSQ: (\\d+)\\r" 5s\nwait text OK 5s\nrepeat 12'
        )
        send, number, ok = run.steps
        assert (run.ended_by, run.run, run.lost) == (End.DONE, 12, 0)
        assert conversation.tape.total_bytes - conversation.tape.total_received == len("123456789101112")
        assert number.answer.startswith(b"+CSQ: 12\r") and b"\nOK" in ok.answer, "all of it, not the match alone"
        for step in (number, ok):
            times = step.times
            assert times.count == 12 and step.lost == 0 and step.state is StepState.DONE
            assert 0 < times.least_ns <= times.median_ns <= times.most_ns < 5e9
            assert times.least_ns <= times.last_ns <= times.most_ns
        assert number.times.median_ns <= ok.times.median_ns, "both are timed from the send"
        assert send.times.count == 0


def test_what_does_not_come_is_lost_and_the_next_run_begins(engine: Engine) -> None:
    """Every second one is answered."""
    with answering(engine, lambda data: [b"yes"] if data[-1:] in b"24" else []) as conversation:
        run = ran(engine, conversation, "send text \\#\nwait text yes 200ms\nsend text x\nrepeat 4")
        assert (run.ended_by, run.run, run.lost, run.steps[1].lost) == (End.DONE, 4, 2, 2)
        assert (run.steps[1].times.count, run.steps[1].untimed, run.late) == (0, 2, 0), "it may be the late one"
        wait_until(lambda: conversation.flow.bytes_out == len("12x34x"))


@pytest.mark.parametrize("behind", [1.25, 2.5, 3.5])
def test_a_late_answer_is_never_timed_as_that_of_the_next_send(engine: Engine, behind: float) -> None:
    """A peer that always takes longer than the wait: no time is shown, however its answers fall into later runs."""
    with slow(engine, behind * 0.15) as conversation:
        run = ran(engine, conversation, "send text \\#\nwait text yes 150ms\nrepeat 5")
        wait = run.steps[1]
        assert wait.times.count == 0 and run.late == wait.late > 0
        assert wait.lost + wait.untimed == 5


def test_all_of_a_late_answer_is_waited_for(engine: Engine) -> None:
    """What answers the second run begins with what ends the answer of the first."""
    with connected(engine) as (conversation, peer):
        run = begun(engine, conversation, "send text go\nwait text OK 500ms\nwait text END 5s\nrepeat 2")
        assert peer.recv(2) == b"go"
        wait_until(lambda: run.settling)
        peer.sendall(b"OK")
        wait_until(lambda: conversation.flow.bytes_in == 2)
        assert run.settling and run.late == 0
        peer.sendall(b"END")
        assert peer.recv(2) == b"go"
        assert (run.run, run.late, run.settling) == (2, 1, False)
        peer.sendall(b"OKEND")
        wait_until(lambda: not run.live)
        assert run.ended_by is End.DONE and [step.times.count for step in run.steps] == [0, 1, 1]


def test_once_it_is_settled_answers_are_timed_again(engine: Engine) -> None:
    with answering(engine, lambda data: [] if data == b"1" else [b"yes"]) as conversation:
        run = ran(engine, conversation, "send text \\#\nwait text yes 300ms\nrepeat 4")
        assert (run.lost, run.late, run.steps[1].untimed, run.steps[1].times.count) == (1, 0, 1, 2)


def test_what_was_there_before_its_wait_has_no_time(engine: Engine) -> None:
    with connected(engine) as (conversation, peer):
        run = begun(engine, conversation, "pause 300ms\nwait text ready 5s")
        peer.sendall(b"ready")
        wait_until(lambda: not run.live)
        assert run.ended_by is End.DONE
        assert (run.steps[1].times.count, run.steps[1].untimed, run.steps[1].answered) == (0, 1, 1)


def test_a_wait_sees_only_what_comes_after_its_send(engine: Engine) -> None:
    with connected(engine) as (conversation, peer):
        peer.sendall(b"early")
        wait_until(lambda: conversation.flow.bytes_in == 5)
        run = begun(engine, conversation, "send text go\nwait text early 50ms")
        assert peer.recv(2) == b"go"
        wait_until(lambda: not run.live)
        assert run.steps[1].lost == 1


def test_a_wait_before_any_send_sees_what_comes_from_then_on(engine: Engine) -> None:
    with connected(engine) as (conversation, peer):
        run = begun(engine, conversation, "wait text 220 5s\nsend text hi")
        peer.sendall(b"2")
        peer.sendall(b"20 ready")
        assert peer.recv(2) == b"hi"
        wait_until(lambda: not run.live)
        assert run.ended_by is End.DONE and run.steps[0].times.count == 1


def test_a_datagram_is_an_answer_by_itself(engine: Engine) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as peer:
        peer.bind((V4, 0))
        peer.settimeout(DEADLINE_S)
        conversation = engine.connect(Connect(target_of(peer, "udp")))
        wait_until(lambda: conversation.state is State.CONNECTED)
        run = begun(engine, conversation, "send hex 01 #2 #modbus\nwait hex 06 ?? 07 5s")
        data, back = peer.recvfrom(64)
        assert data[:3] == b"\x01\x00\x01" and len(data) == 5
        for piece in (b"\x06\x00", b"\x07", b"\x06\x01\x07"):
            peer.sendto(piece, back)
        wait_until(lambda: not run.live)
        assert run.ended_by is End.DONE and run.steps[1].answer == b"\x06\x01\x07"


@pytest.mark.parametrize("how", ["finish", "reset", "close", "our end"])
def test_what_ends_the_conversation_ends_the_sequence(engine: Engine, how: str) -> None:
    with connected(engine) as (conversation, peer):
        run = begun(engine, conversation, "send text go\nwait text never 1h\nrepeat forever")
        assert peer.recv(2) == b"go"
        if how == "finish":
            peer.shutdown(socket.SHUT_WR)
        elif how == "reset":
            send_reset(peer)
        elif how == "close":
            engine.close(conversation)
        else:
            engine.finish_sending(conversation)
        wait_until(lambda: not run.live)
        assert run.ended_by is End.CONVERSATION and run.steps[1].state is StepState.UNDER_WAY


def test_an_answer_that_comes_with_the_end_is_an_answer(engine: Engine) -> None:
    with connected(engine) as (conversation, peer):
        run = begun(engine, conversation, "send text go\nwait text bye 1h")
        assert peer.recv(2) == b"go"
        peer.sendall(b"good bye")
        peer.shutdown(socket.SHUT_WR)
        wait_until(lambda: not run.live)
        assert run.ended_by is End.DONE and run.steps[1].times.count == 1


def test_it_is_stopped_and_sends_no_more(engine: Engine) -> None:
    with answering(engine, lambda data: [data]) as conversation:
        run = begun(engine, conversation, "send text a\nwait text a\nrepeat forever")
        wait_until(lambda: run.run > 5)
        engine.stop_sequence(conversation)
        wait_until(lambda: not run.live)
        sent = conversation.flow.calls_out
        assert run.ended_by is End.STOPPED
        again = ran(engine, conversation, "pause 50ms")
        assert again.ended_by is End.DONE and conversation.flow.calls_out == sent


def test_another_one_takes_its_place(engine: Engine) -> None:
    with connected(engine) as (conversation, peer):
        first = begun(engine, conversation, "wait text never 1h")
        second = begun(engine, conversation, "send text b")
        assert peer.recv(1) == b"b"
        wait_until(lambda: not second.live)
        assert (first.ended_by, second.ended_by) == (End.STOPPED, End.DONE)


def test_runs_without_a_wait_are_bounded_in_their_rate(engine: Engine) -> None:
    with connected(engine) as (conversation, _):
        run = ran(engine, conversation, "send text a\nrepeat 10")
        assert run.ended_at_ns - run.started_at_ns >= 9 * 10_000_000
        assert conversation.flow.bytes_out == 10


def test_an_expression_that_takes_too_long_ends_it(engine: Engine) -> None:
    with answering(engine, lambda data: [b"a" * 5000]) as conversation:
        run = ran(engine, conversation, "send text go\nwait regex (a|aa)+$b 1h")
        assert run.ended_by is End.EXPRESSION
        assert conversation.state is State.CONNECTED


def test_where_nothing_can_be_sent_it_is_over_at_once(engine: Engine) -> None:
    with connected(engine) as (conversation, _):
        engine.close(conversation)
        wait_until(lambda: not conversation.state.live)
        assert ran(engine, conversation, "send text a").ended_by is End.CONVERSATION


def test_while_the_peer_does_not_take_nothing_more_is_sent(engine: Engine) -> None:
    with connected(engine) as (conversation, _):
        stall(engine, conversation, 8 << 20)
        run = begun(engine, conversation, "send text a\nrepeat 2")
        before = conversation.outgoing.queued_bytes
        second = begun(engine, conversation, "pause 50ms")
        wait_until(lambda: not second.live)
        assert conversation.outgoing.queued_bytes == before
        assert run.ended_by is End.STOPPED and run.steps[0].state is StepState.UNDER_WAY


def test_two_hundred_steps_in_one_run(engine: Engine) -> None:
    with answering(engine, lambda data: [data]) as conversation:
        run = ran(engine, conversation, "send text ab\nwait text a\nwait text b\n" * 66)
        assert run.ended_by is End.DONE and sum(step.times.count for step in run.steps) == 132
