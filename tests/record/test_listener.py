"""A listener's record: counts that hold, and clients that are forgotten in order."""

import pytest

import sockscope.record.recorder.listeners as recorder_module
from sockscope.record.flow import Flow, Meter
from sockscope.record.listener import ENDED_KEPT, Bound, Listener, ListenerState
from sockscope.record.tape import Tape
from sockscope.record.tape_memory import TapeMemory
from tests.engine.loopback import MIB, a_conversation, before_every_line
from tests.facts import RECORDER, at


def a_listener() -> Listener:
    return Listener(1, "localhost:80", Flow(Meter()))


def test_clients_that_come_and_go_are_counted() -> None:
    listener = a_listener()
    first, second = a_conversation(), a_conversation()
    first.number, second.number = 1, 2
    RECORDER.listeners.arrived(listener, first)
    RECORDER.listeners.arrived(listener, second)
    RECORDER.listeners.left(listener, first)
    assert list(listener.clients.values()) == [first, second], "one that has left stays in the record"


def test_the_clients_that_left_first_are_forgotten_first_and_their_history_with_them() -> None:
    listener = a_listener()
    history = TapeMemory(limit_bytes=MIB, limit_each_bytes=MIB)
    for number in range(ENDED_KEPT + 100):
        client = a_conversation(Tape(history))
        client.number = number
        client.tape.fact(0, 0, 0)
        RECORDER.listeners.arrived(listener, client)
        if number != 0:  # the first one stays
            RECORDER.listeners.left(listener, client)
    assert list(listener.clients) == [0, *range(100, ENDED_KEPT + 100)]
    assert listener.forgotten == 99
    assert listener.live_clients == 1
    assert len(history.holders) == ENDED_KEPT + 1
    assert history.held_bytes == sum(client.tape.held_bytes for client in listener.clients.values())


@pytest.mark.parametrize(
    ("addresses", "reachable"),
    [
        ([], False),
        (["127.0.0.1:80"], False),
        (["127.0.0.2:80"], False),
        (["[::1]:80"], False),
        (["127.0.0.1:80", "[::1]:80"], False),
        (["0.0.0.0:80"], True),
        (["[::]:80"], True),
        (["192.0.2.1:80"], True),
        (["127.0.0.1:80", "[2001:db8::1]:80"], True),
        (["[::1:2]:80"], True),
    ],
)
def test_it_is_reachable_from_outside_unless_every_address_is_loopback(addresses: list[str], reachable: bool) -> None:
    listener = a_listener()
    RECORDER.listeners.opened(listener, tuple(Bound(3, at(address), 16) for address in addresses))
    assert listener.reachable_from_outside is reachable


@pytest.mark.parametrize(
    ("state", "live"),
    [
        (ListenerState.OPENING, True),
        (ListenerState.LISTENING, True),
        (ListenerState.PAUSED, True),
        (ListenerState.STOPPED, False),
        (ListenerState.FAILED, False),
    ],
)
def test_it_lives_while_there_are_sockets(state: ListenerState, live: bool) -> None:
    assert state.live is live


def test_how_it_ended_is_kept() -> None:
    listener = a_listener()
    RECORDER.listeners.ended(listener, ListenerState.FAILED, "EADDRINUSE")
    assert (listener.state, listener.error) == (ListenerState.FAILED, "EADDRINUSE")
    assert listener.ended_at_ns >= listener.started_at_ns


def test_whoever_sees_it_listen_sees_where() -> None:
    listener = a_listener()
    began_ns = listener.waiting_since_ns
    bound = (Bound(3, at("127.0.0.1:80"), 16),)

    def look() -> None:
        if listener.state is ListenerState.LISTENING:
            assert listener.bound == bound
            assert listener.waiting_since_ns > began_ns

    before_every_line(recorder_module, lambda: RECORDER.listeners.opened(listener, bound), look)
    assert listener.state is ListenerState.LISTENING


def test_whoever_sees_the_end_sees_why_and_when() -> None:
    listener = a_listener()

    def look() -> None:
        if not listener.state.live:
            assert (listener.error, bool(listener.ended_at_ns)) == ("EADDRINUSE", True)

    before_every_line(
        recorder_module, lambda: RECORDER.listeners.ended(listener, ListenerState.FAILED, "EADDRINUSE"), look
    )
    assert listener.state is ListenerState.FAILED
