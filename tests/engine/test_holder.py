"""Who has an address that could not be had, where that is this very program."""

import socket
from pathlib import Path

import pytest

from sockscope.engine.engine import Engine
from sockscope.net.address import Address
from sockscope.net.endpoint import NOWHERE
from sockscope.record.conversation import State
from sockscope.record.finding import OwnHolder
from sockscope.record.listener import Listener, ListenerState
from sockscope.request import Connect, Listen
from sockscope.show.step import why
from tests.conftest import wait_until
from tests.engine.loopback import V4, V6, bound_only, dialled, listen, listening, needs_ipv6, port_of, row_of


def refused(engine: Engine, target: Address) -> Listener:
    """A listener that could not have its address."""
    listener = engine.listen(Listen(target))
    wait_until(lambda: listener.state is ListenerState.FAILED and not listener.looking)
    assert listener.error == "EADDRINUSE"
    return listener


def holder_of(listener: Listener) -> OwnHolder | None:
    """What of this program is known to have the address."""
    return next((one for one in listener.findings if isinstance(one, OwnHolder)), None)


def test_our_own_listener_is_named_where_it_holds_the_port(engine: Engine) -> None:
    first = listen(engine)
    second = refused(engine, Address(V4, port_of(first)))
    assert holder_of(second) == OwnHolder(first.number, True, first.bound[0].address, NOWHERE)
    told = str(why(second))
    assert "This program itself has it" in told and str(first.bound[0].address) in told
    assert "other program" not in told


def test_our_own_listener_at_all_addresses_holds_the_port_of_each(engine: Engine) -> None:
    first = engine.listen(Listen(Address("0.0.0.0", 0)))
    wait_until(lambda: first.bound)
    assert (known := holder_of(refused(engine, Address(V4, port_of(first))))) and known.number == first.number
    one = listen(engine)
    assert (known := holder_of(refused(engine, Address("0.0.0.0", port_of(one))))) and known.number == one.number


@needs_ipv6
def test_of_a_listener_at_two_addresses_the_one_in_the_way_is_named(engine: Engine) -> None:
    first = engine.listen(Listen(Address("localhost", 0)))
    wait_until(lambda: first.bound)
    for bound in first.bound:
        known = holder_of(refused(engine, Address(bound.address.host, bound.address.port)))
        assert known and known.local == bound.address


@needs_ipv6
def test_a_listener_of_the_other_family_is_not_blamed(engine: Engine) -> None:
    with bound_only() as taken:
        port = taken.getsockname()[1]
        other = engine.listen(Listen(Address(V6, port)))
        wait_until(lambda: other.bound)
        assert holder_of(refused(engine, Address(V4, port))) is None


def test_our_own_conversation_is_named_where_it_holds_the_port(engine: Engine) -> None:
    with dialled(engine) as (conversation, _):
        port = conversation.endpoints.local.port
        ends = conversation.endpoints
        expected = OwnHolder(conversation.number, False, ends.local, ends.peer)
        assert holder_of(refused(engine, Address(V4, port))) == expected


def test_a_socket_that_no_record_tells_of_is_nothing_of_ours(engine: Engine) -> None:
    with bound_only() as taken:
        listener = refused(engine, Address(*taken.getsockname()))
        assert holder_of(listener) is None


def test_a_listener_that_stopped_holds_nothing(engine: Engine) -> None:
    with bound_only() as taken:
        port = taken.getsockname()[1]
        stopped = engine.listen(Listen(Address("127.0.0.2", port)))
        wait_until(lambda: stopped.bound)
        engine.stop_listening(stopped)
        wait_until(lambda: not stopped.state.live)
        assert holder_of(refused(engine, Address("0.0.0.0", port))) is None


def test_our_own_listener_is_named_where_it_holds_the_source(engine: Engine) -> None:
    first = listen(engine)
    with listening() as server:
        source = Address(V4, port_of(first))
        request = Connect(Address("test", 1), rows=[row_of(server)], source=source)
        conversation = engine.connect(request)
        wait_until(lambda: not conversation.state.live)
        assert (conversation.state, conversation.error) == (State.FAILED, "EADDRINUSE")
        assert "This program itself has it: its listener" in why(conversation).meaning


@pytest.mark.parametrize("kind", ["unix", "unixgram"])
@pytest.mark.parametrize("abstract", [False, True])
def test_our_own_listener_is_named_where_it_holds_the_path(
    engine: Engine, tmp_path: Path, kind: str, abstract: bool
) -> None:
    path = f"{'@' if abstract else ''}{tmp_path / 's'}"
    first = engine.listen(Listen(Address(path, 0, kind)))
    wait_until(lambda: first.bound)
    told = str(why(refused(engine, Address(path, 0, kind))))
    assert f"This program itself has it: its listener {path}" in told


def test_a_name_of_the_other_type_is_another_name(engine: Engine, tmp_path: Path) -> None:
    name = f"@{tmp_path / 's'}"
    ours = engine.listen(Listen(Address(name, 0, "unixgram")))
    wait_until(lambda: ours.bound)
    with socket.socket(socket.AF_UNIX) as other:
        other.bind("\0" + name[1:])
        listener = refused(engine, Address(name, 0, "unix"))
        assert holder_of(listener) is None
        assert f"A socket has the name {name} already: " in why(listener).meaning
