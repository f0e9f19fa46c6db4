"""The session: what the command line asks for is run once, by no widget, and it is known whether it failed."""

import socket
import subprocess
import sys

import pytest

from sockscope.demo import Demo
from sockscope.engine.engine import Engine
from sockscope.net.address import Address
from sockscope.record.conversation import Conversation, State
from sockscope.record.listener import Listener, ListenerState
from sockscope.record.lookup import lookup as records
from sockscope.record.lookup.state import LookupState
from sockscope.request import Connect, Listen, Resolve
from sockscope.request.answers import Answers
from sockscope.request.asked import Asked
from sockscope.request.question import Question
from sockscope.request.setting import For
from sockscope.session import Session
from tests.conftest import wait_until
from tests.engine.loopback import V4, bound_only, listening, port_of

CODE = """
import sys, sockscope.session, sockscope.demo, sockscope.cli
print(*sorted({"textual", "rich"} & set(sys.modules)))
"""


def asking(engine: Engine, *requests: Resolve | Connect | Listen) -> Session:
    session = Session(engine, Asked(requests))
    session.begin()
    return session


def test_a_fresh_interpreter_that_imports_the_session_has_no_textual_and_no_rich() -> None:
    ran = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=30, check=True)
    assert ran.stdout.split() == []


def test_each_request_gives_its_record(engine: Engine) -> None:
    session = Session(engine)
    with listening() as server:
        conversation = session.run(Connect(Address(*server.getsockname())))
        wait_until(lambda: conversation.state is State.CONNECTED)
    listener = session.run(Listen(Address(V4, 0), answers=Answers("echo")))
    wait_until(lambda: listener.bound)
    lookup = session.run(Resolve(Question(V4)))
    wait_until(lambda: lookup.state is LookupState.ANSWERED)
    assert listener.policy.answers.kind == "echo" and conversation.request and listener.request
    assert session.runs == [], "a front end shows what it asked for itself"


def test_what_the_command_line_asks_for_is_run_in_order_and_can_be_shown(engine: Engine) -> None:
    session = asking(engine, Listen(Address(V4, 0)), Resolve(Question(V4)))
    assert [type(run.record) for run in session.runs] == [Listener, records.Lookup]
    assert tuple(run.request for run in session.runs) == session.asked.requests
    assert len(engine.listeners) == 1 and len(engine.names.lookups) == 1
    wait_until(lambda: not any(lookup.state.live for lookup in engine.names.lookups.values()))


def test_what_cannot_be_asked_is_refused_before_anything_is_begun(engine: Engine) -> None:
    with pytest.raises(ValueError, match="UDP only"):
        asking(engine, Connect(Address(V4, 1), interface="lo"))
    with pytest.raises(ValueError, match="no regular file"):
        asking(engine, Listen(Address(V4, 0), answers=Answers("file")))
    assert not engine.dialled and not engine.listeners


def test_settings_of_the_command_line_go_before_the_usual_ones() -> None:
    session = Session(Engine(), Asked(settings={For.CONNECT: {"options": "NODELAY=on"}}))
    assert session.settled(For.CONNECT)["options"] == "NODELAY=on"
    assert session.settled(For.CONNECT)["family"] == "any"
    assert session.settled(For.LISTEN)["options"] == ""
    session.engine.stop()


# Whether it failed.


def test_a_connection_that_was_refused_failed_and_one_that_ended_did_not(engine: Engine) -> None:
    with bound_only() as closed:
        session = asking(engine, Connect(Address(*closed.getsockname())))
        wait_until(lambda: session.failed)
    with listening() as server:
        session = asking(engine, Connect(Address(*server.getsockname())))
        (run,) = session.runs
        assert isinstance(run.record, Conversation)
        wait_until(lambda: isinstance(run.record, Conversation) and run.record.connected_at_ns)
        peer, _ = server.accept()
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        peer.close()
    wait_until(lambda: isinstance(run.record, Conversation) and not run.record.state.live)
    assert not session.failed


def test_a_lookup_failed_where_nothing_was_found(engine: Engine) -> None:
    found = asking(engine, Resolve(Question(V4)))
    missing = asking(engine, Resolve(Question("nonesuch", flags=frozenset({"NUMERICHOST"}))))
    wait_until(lambda: not any(lookup.state.live for lookup in engine.names.lookups.values()))
    assert (found.failed, missing.failed) == (False, True)


def test_a_listener_did_not_fail_where_another_try_at_the_address_listens(engine: Engine) -> None:
    with bound_only() as taken:
        request = Listen(Address(*taken.getsockname()))
        session = asking(engine, request)
        wait_until(lambda: session.failed)
    again = session.run(request)
    wait_until(lambda: again.state is ListenerState.LISTENING)
    assert not session.failed


def test_of_several_requests_one_that_failed_is_enough(engine: Engine) -> None:
    with bound_only() as closed:
        session = asking(engine, Listen(Address(V4, 0)), Connect(Address(*closed.getsockname())))
        wait_until(lambda: session.failed)


# DNS, and the demonstration.


def test_dns_that_cannot_be_asked_is_said_beside_the_lookup(engine: Engine) -> None:
    (run,) = asking(engine, Resolve(Question("::1"), direct=True, types=("MX",))).runs
    assert isinstance(run.record, records.Lookup)
    lookup = run.record
    wait_until(lambda: lookup.remark == "only the type PTR can be asked for of an address")
    with socket.socket(type=socket.SOCK_DGRAM) as silent:
        silent.bind((V4, 0))
        server = f"{V4}:{silent.getsockname()[1]}"
        engine.names.inquire(lookup, (server,), ("PTR",))
        wait_until(lambda: lookup.inquiry)
        assert lookup.remark == ""
        asked = Session(engine).run(Resolve(Question("a.example"), direct=True, servers=(server,)))
        wait_until(lambda: asked.inquiry)
        assert asked.remark == ""
        engine.names.abandon_inquiry(asked)
        engine.names.abandon_inquiry(lookup)


def test_the_demonstration_talks_by_itself_and_never_fails(engine: Engine) -> None:
    session = Session(engine, Asked(demo=True))
    session.begin()
    wait_until(lambda: len(session.runs) == 4)
    assert [type(run.request) for run in session.runs] == [Listen, Connect, Connect, Resolve]
    clients = [run.record for run in session.runs if isinstance(run.record, Conversation)]
    wait_until(lambda: all(client.flow.bytes_in and client.flow.bytes_out for client in clients))
    (listener,) = engine.listeners.values()
    assert {client.endpoints.peer.port for client in clients} == {port_of(listener)}
    assert not session.failed


def test_a_step_of_the_engine_is_done_until_it_says_no(engine: Engine) -> None:
    done: list[int] = []

    def step() -> bool:
        done.append(1)
        return len(done) < 3

    engine.every(0.001, step)
    wait_until(lambda: len(done) == 3)
    stopped: list[int] = []
    engine.every(0.001, lambda: bool(stopped.append(1)))
    wait_until(lambda: stopped)
    assert (len(done), len(stopped)) == (3, 1)


def test_a_demonstration_waits_for_a_port(engine: Engine) -> None:
    session = Session(engine)
    Demo(session).start()
    (run,) = session.runs[:1]
    assert isinstance(run.record, Listener)
    wait_until(lambda: len(session.runs) == 4)
    assert run.record.state is ListenerState.LISTENING
