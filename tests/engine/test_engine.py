"""The engine as a whole: verbs from any thread, bounds, and an end that leaves nothing behind."""

import gc
import resource
import socket
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest

from sockscope.engine import engine as engine_module
from sockscope.engine import loop_thread
from sockscope.engine.engine import Engine
from sockscope.engine.settings import DIALLED_KEPT, LISTENERS_KEPT, LOOKUPS_KEPT, Settings
from sockscope.net.address import Address
from sockscope.record.conversation import Conversation, State
from sockscope.record.dialling import Attempt
from sockscope.record.listener import Listener, ListenerState
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.state import LookupState
from sockscope.request import Connect, Listen
from sockscope.request.question import Question
from tests.conftest import wait_until
from tests.engine.loopback import (
    MIB,
    V4,
    black_hole,
    bound_only,
    client_of,
    context_of,
    descriptors_open,
    dialled,
    held,
    interrupted,
    listen,
    listening,
    port_of,
    read_to_end,
    row,
    row_of,
    run_apart,
)


def in_threads(work: Callable[[int], object], count: int = 8) -> None:
    """Do something in many threads at once; fail when one of them fails."""
    failures: list[BaseException] = []

    def guarded(number: int) -> None:
        try:
            work(number)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def verbs(
    engine: Engine, conversation: Conversation, listener: Listener, lookup: Lookup
) -> dict[str, Callable[[], object]]:
    """Every verb of the engine, ready to be called."""
    return {
        "resolve": lambda: engine.names.resolve(Question("127.0.0.1")),
        "abandon": lambda: engine.names.abandon(lookup),
        "connect": lambda: engine.connect(Connect(Address(V4, 1), rows=[row(V4, 1)])),
        "listen": lambda: engine.listen(Listen(Address(V4, 0))),
        "stop_listening": lambda: engine.stop_listening(listener),
        "send": lambda: engine.send(conversation, b"x"),
        "send_to_all": lambda: engine.send_to_all(listener, b"x"),
        "send_file": lambda: engine.send_file(conversation, Path("/dev/null")),
        "finish_sending": lambda: engine.finish_sending(conversation),
        "reset": lambda: engine.reset(conversation),
        "close": lambda: engine.close(conversation),
        "stop": engine.stop,
    }


# From many threads.


def test_verbs_may_be_called_from_many_threads(engine: Engine, impatient_threads: None) -> None:
    listener = listen(engine, echo=True)
    to_it = row(V4, port_of(listener))
    conversations: list[Conversation] = []

    def talk(number: int) -> None:
        for _ in range(20):
            conversation = engine.connect(Connect(Address("test", 1), rows=[to_it]))
            conversations.append(conversation)
            wait_until(lambda it=conversation: it.state is State.CONNECTED)
            engine.send(conversation, b"%d" % number * 1000)
            engine.finish_sending(conversation)

    in_threads(talk)
    wait_until(lambda: not any(conversation.state.live for conversation in conversations))
    assert {(conversation.state, conversation.error) for conversation in conversations} == {(State.CLOSED_BY_US, "")}
    assert {conversation.flow.bytes_in for conversation in conversations} == {1000}
    assert len({conversation.number for conversation in conversations}) == 160
    assert (listener.accepted, listener.flow.bytes_in) == (160, 160_000)


def test_many_threads_may_connect_while_old_conversations_are_forgotten(
    engine: Engine, impatient_threads: None
) -> None:
    with bound_only() as refusing:
        to_it = row_of(refusing)
        in_threads(lambda _: [engine.connect(Connect(Address("test", 1), rows=[to_it])) for _ in range(100)])
        wait_until(lambda: not any(each.state.live for each in list(engine.dialled.values())))
        engine.connect(Connect(Address("test", 1), rows=[to_it]))
    assert len(engine.dialled) == DIALLED_KEPT + 1


def test_many_threads_may_resolve_while_old_lookups_are_forgotten(engine: Engine, impatient_threads: None) -> None:
    in_threads(lambda _: [engine.names.resolve(Question("127.0.0.1")) for _ in range(60)])
    assert 0 < len(engine.names.lookups) <= LOOKUPS_KEPT
    wait_until(lambda: not any(lookup.state.live for lookup in list(engine.names.lookups.values())))


# Bounds.


def test_of_old_conversations_only_so_many_are_kept_and_their_history_is_given_back(engine: Engine) -> None:
    with bound_only() as refusing, black_hole() as hole:
        alive = engine.connect(Connect(Address("test", 1), rows=[row_of(hole)]))
        old = [engine.connect(Connect(Address("test", 1), rows=[row_of(refusing)])) for _ in range(DIALLED_KEPT + 50)]
        wait_until(lambda: not any(conversation.state.live for conversation in old))
        latest = engine.connect(Connect(Address("test", 1), rows=[row_of(refusing)]))
        assert len(engine.dialled) == DIALLED_KEPT + 2, "the one that lives and the one just begun come on top"
        assert engine.dialled[alive.number] is alive, "the oldest, but it lives"
        assert engine.dialled[latest.number] is latest
        forgotten = [conversation for conversation in old if conversation.number not in engine.dialled]
        assert forgotten == old[: len(forgotten)]
        wait_until(lambda: all(conversation.tape.held_bytes == 0 for conversation in forgotten))
        engine.close(alive)


def test_of_old_lookups_only_so_many_are_kept(engine: Engine) -> None:
    lookups = [engine.names.resolve(Question("127.0.0.1")) for _ in range(LOOKUPS_KEPT + 50)]
    assert list(engine.names.lookups.values()) == lookups[50:]
    wait_until(lambda: lookups[-1].state is LookupState.ANSWERED)


def test_of_old_listeners_only_so_many_are_kept_and_live_ones_always(engine: Engine) -> None:
    alive = listen(engine)
    for _ in range(LISTENERS_KEPT + 5):
        stopped = listen(engine)
        engine.stop_listening(stopped)
        wait_until(lambda it=stopped: it.state is ListenerState.STOPPED)
    latest = listen(engine)
    assert len(engine.listeners) == LISTENERS_KEPT + 2
    assert engine.listeners[alive.number] is alive
    assert engine.listeners[latest.number] is latest


@pytest.mark.parametrize("how", ["stopped", "failed"])
def test_a_listener_that_is_forgotten_is_held_by_nothing(engine: Engine, how: str) -> None:
    with bound_only() as holder:
        port = 0 if how == "stopped" else holder.getsockname()[1]
        listeners = []
        for _ in range(LISTENERS_KEPT + 5):
            listener = engine.listen(Listen(Address(V4, port)))
            wait_until(lambda it=listener: it.state is not ListenerState.OPENING)
            if how == "stopped":
                engine.stop_listening(listener)
            wait_until(lambda it=listener: not it.state.live and not it.looking)
            listeners.append(weakref.ref(listener))
        del listener
        gc.collect()
        held = [number for number, reference in enumerate(listeners) if reference()]
        assert len(held) <= LISTENERS_KEPT + 1


def test_one_conversation_keeps_no_more_history_than_it_may() -> None:
    engine = Engine(Settings(history_bytes=8 * MIB, history_each_bytes=2 * MIB))
    engine.start()
    with dialled(engine) as (conversation, peer):
        for _ in range(10):
            peer.sendall(bytes(MIB))
        wait_until(lambda: conversation.flow.bytes_in == 10 * MIB)
        assert 0 < conversation.tape.held_bytes <= 2 * MIB
        assert conversation.tape.first_offset >= 8 * MIB
    engine.stop()


def test_rates_rise_while_bytes_flow_and_fall_when_they_do_not(engine: Engine) -> None:
    listener = listen(engine)
    with client_of(listener) as client:
        client.sendall(bytes(MIB))
        wait_until(lambda: listener.flow.rate_in > 0)
        wait_until(lambda: listener.flow.rate_in == 0)
        assert max(listener.flow.rates) > 0
        assert listener.flow.bytes_in == MIB


# The beginning.


def start_with_few_descriptors() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, hard))
    engine = Engine()
    engine.start()
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    engine.stop()


def test_starting_takes_as_many_descriptors_as_the_system_allows() -> None:
    run_apart(start_with_few_descriptors)


# The end.


def test_stopping_closes_every_socket_and_ends_every_record() -> None:
    before = descriptors_open()
    engine = Engine()
    engine.start()
    listener = listen(engine)
    with black_hole() as hole, client_of(listener), client_of(listener), dialled(engine) as (conversation, peer):
        connecting = engine.connect(Connect(Address("test", 1), rows=[row_of(hole)]))
        wait_until(lambda: connecting.dialling.attempts and listener.live_clients == 2)
        engine.stop()
        assert conversation.state is connecting.state is State.CLOSED_BY_US
        assert {client.state for client in listener.clients.values()} == {State.CLOSED_BY_US}
        assert listener.state is ListenerState.STOPPED
        assert read_to_end(peer) == b""
    wait_until(lambda: descriptors_open() == before, what="every descriptor is given back")
    assert engine.fault == ""


def test_stopping_twice_or_from_many_threads_is_stopping_once() -> None:
    engine = Engine()
    engine.start()
    in_threads(lambda _: engine.stop())
    engine.stop()
    assert engine.fault == ""


def test_an_engine_that_never_ran_can_be_stopped_and_leaves_nothing() -> None:
    before = descriptors_open()
    Engine().stop()
    assert descriptors_open() == before


def test_verbs_after_the_end_do_nothing_and_do_not_raise() -> None:
    engine = Engine()
    engine.start()
    listener = listen(engine)
    with dialled(engine) as (conversation, _):
        lookup = engine.names.resolve(Question("127.0.0.1"))
        engine.stop()
        before = descriptors_open()
        facts = conversation.facts.count
        for verb in verbs(engine, conversation, listener, lookup).values():
            verb()
        assert descriptors_open() == before
        assert conversation.facts.count == facts
        assert engine.fault == ""


VERBS = [
    "resolve",
    "abandon",
    "connect",
    "listen",
    "stop_listening",
    "send",
    "send_to_all",
    "send_file",
    "finish_sending",
    "reset",
    "close",
    "stop",
]


@pytest.mark.parametrize("verb", VERBS)
def test_the_end_may_come_between_any_two_lines_of_a_verb(verb: str) -> None:
    before = descriptors_open()
    happened, at_line = True, 0
    while happened:
        engine = Engine()
        engine.start()
        listener = engine.listen(Listen(Address(V4, 0)))
        conversation = engine.connect(Connect(Address("test", 1), rows=[row(V4, 1)]))
        lookup = engine.names.resolve(Question("127.0.0.1"))
        call = verbs(engine, conversation, listener, lookup)[verb]
        _, happened = interrupted((engine_module, loop_thread), at_line, call, engine.stop)
        engine.stop()
        assert engine.fault == ""
        at_line += 1
    assert at_line > 3, "it never came between"
    gc.collect()
    wait_until(lambda: descriptors_open() == before, what="every descriptor is given back")


def connect_just_behind_the_end() -> list[Attempt]:
    engine = Engine()
    engine.start()
    ending = threading.Thread(target=engine.stop)
    ready = vars(context_of(engine).loop)["_ready"]
    with listening() as server:
        with held(engine):
            queued = len(ready)
            ending.start()
            wait_until(lambda: len(ready) > queued, what="the end is in the queue")
            late = engine.connect(Connect(Address("test", 1), rows=[row_of(server)]))
        ending.join()
    return list(late.dialling.attempts)


def test_a_verb_that_comes_just_behind_the_end_opens_nothing() -> None:
    before = descriptors_open()
    attempts = connect_just_behind_the_end()
    gc.collect()
    assert attempts == []
    wait_until(lambda: descriptors_open() == before, what="every descriptor is given back")


def test_an_exception_that_nobody_can_be_blamed_for_is_kept_by_its_type_alone() -> None:
    engine = Engine()
    engine.start()

    def fail() -> None:
        raise ZeroDivisionError("the peer's bytes")

    engine.soon(fail)
    wait_until(lambda: engine.fault)
    assert engine.fault == "ZeroDivisionError"
    listener = listen(engine)
    assert listener.state is ListenerState.LISTENING, "and the engine goes on"
    engine.stop()


def leave_without_stopping() -> None:
    hangs = threading.Event()
    socket.getaddrinfo = lambda *question, **more: hangs.wait(60)  # type: ignore[assignment]
    engine = Engine()
    engine.start()
    engine.listen(Listen(Address("slow", 0)))
    engine.connect(Connect(Address("test", 1), rows=[row(V4, 1)]))
    lookup = engine.names.resolve(Question("slow"))
    wait_until(lambda: lookup.state is LookupState.ASKING)


def test_a_program_may_end_without_stopping_the_engine() -> None:
    began = time.monotonic()
    run_apart(leave_without_stopping)
    assert time.monotonic() - began < 10
