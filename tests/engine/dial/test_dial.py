"""Opening a client socket: every address tried is seen, one wins, and nothing is left behind."""

import errno
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from sockscope.engine.dial.dial import STAGGER_S, take_turns
from sockscope.engine.engine import Engine
from sockscope.engine.settings import Settings
from sockscope.net.address import Address
from sockscope.net.endpoint import Endpoint
from sockscope.net.error_name import OWN_TIMEOUT
from sockscope.net.row import Row
from sockscope.record.conversation import Conversation, State
from sockscope.record.milestone import CONNECTED
from sockscope.request import Connect
from sockscope.show.step import why, why_lost
from tests.conftest import DEADLINE_S, wait_until
from tests.engine.loopback import (
    V4,
    V6,
    all_calls,
    black_hole,
    both_families,
    bound_only,
    calls,
    held,
    in_a_network_of_its_own,
    listening,
    needs_ipv6,
    read_exactly,
    row,
    row_of,
    run_apart,
    sockets_open,
    wait_until_given_back,
)
from tests.facts import at


def dial(engine: Engine, *rows: Row, source: Address | None = None) -> Conversation:
    """Connect to exactly these rows and wait for what comes of it."""
    conversation = engine.connect(Connect(Address("test", 1), rows=rows, source=source))
    wait_until(lambda: conversation.state is not State.CONNECTING, what="an end of connecting")
    return conversation


def errors(conversation: Conversation) -> list[tuple[Endpoint, str]]:
    return [(attempt.address, attempt.error) for attempt in conversation.dialling.attempts]


@pytest.fixture
def impatient() -> Iterator[Engine]:
    """An engine that waits 0.4 s for a connection."""
    engine = Engine(Settings(connect_timeout_s=0.4))
    engine.start()
    yield engine
    engine.stop()
    assert engine.fault == ""


# Which address comes next.


def test_the_families_take_turns_beginning_with_the_first_row() -> None:
    v4 = [row(V4, port) for port in (1, 2, 3)]
    v6 = [row(V6, port) for port in (4, 5)]
    assert take_turns([*v6, *v4]) == [v6[0], v4[0], v6[1], v4[1], v4[2]]
    assert take_turns([*v4, *v6]) == [v4[0], v6[0], v4[1], v6[1], v4[2]]
    assert take_turns([v4[0], v6[0], v4[1], v4[2], v6[1]]) == [v4[0], v6[0], v4[1], v6[1], v4[2]]


def test_one_family_keeps_its_order() -> None:
    rows = [row(V4, port) for port in (3, 1, 2)]
    assert take_turns(rows) == rows


# It connects.


@both_families
def test_a_listening_port_is_connected_and_every_call_is_a_fact(engine: Engine, host: str) -> None:
    with listening(host) as server:
        conversation = dial(engine, row_of(server))
        peer, peer_address = server.accept()
        with peer:
            assert conversation.state is State.CONNECTED
            assert conversation.endpoints.peer == row_of(server).endpoint
            assert conversation.endpoints.local == row(*peer_address[:2]).endpoint
            family = row_of(server).family.name
            assert [(call.name, call.fd, call.arguments, call.returned) for call in conversation.facts.calls()] == [
                ("socket", -1, (family, "SOCK_STREAM"), conversation.fd),
                ("connect", conversation.fd, (conversation.endpoints.peer,), None),
                ("getsockopt", conversation.fd, ("SO_ERROR",), 0),
                ("getsockname", conversation.fd, (), conversation.endpoints.local),
            ]
            (attempt,) = conversation.dialling.attempts
            assert (attempt.won, attempt.fd, attempt.error) == (True, conversation.fd, "")
            assert conversation.started_at_ns <= attempt.started_at_ns <= attempt.ended_at_ns
            assert conversation.connected_at_ns == attempt.ended_at_ns


def test_a_fresh_socket_is_bound_and_connected_to_nothing(engine: Engine) -> None:
    with listening() as server:
        request = Connect(Address("test", 1), rows=[row_of(server)], look_before=True)
        conversation = engine.connect(request)
        wait_until(lambda: conversation.state is State.CONNECTED)
        told = [(call.name, call.returned, call.error) for call in all_calls(conversation.facts)]
        assert told == [
            ("socket", conversation.fd, ""),
            ("getsockname", at("0.0.0.0:0"), ""),
            ("getpeername", None, "ENOTCONN"),
            ("connect", None, "EINPROGRESS"),
            ("getsockopt", 0, ""),
            ("getsockname", conversation.endpoints.local, ""),
        ]


def test_connect_is_noted_when_it_returns_and_its_answer_when_that_is_there(engine: Engine) -> None:
    with black_hole() as slow:
        conversation = engine.connect(Connect(Address("test", 1), rows=[row_of(slow)]))
        wait_until(lambda: calls(conversation, "connect"))
        (connect,) = calls(conversation, "connect")
        assert (conversation.state, connect.error, connect.returned) == (State.CONNECTING, "EINPROGRESS", None)
        assert calls(conversation, "getsockopt") == [] and CONNECTED not in conversation.facts.milestones
        slow.accept()[0].close()  # room for one: the kernel tries its SYN again after about a second
        wait_until(lambda: conversation.state is not State.CONNECTING)
    (answer,) = calls(conversation, "getsockopt")
    assert (answer.arguments, answer.returned, answer.error) == (("SO_ERROR",), 0, "")
    assert answer.answers is answer.decided is connect
    assert answer.at_ns - connect.at_ns > 10 * (connect.took_ns + answer.took_ns), "neither call waits"


def test_an_answer_that_cannot_be_asked_for_fails_the_attempt(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = socket.socket.getsockopt

    def getsockopt(opened: socket.socket, level: int, option: int, *room: int) -> object:
        if (level, option) == (socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(errno.ENOBUFS, "")
        return asked(opened, level, option, *room)

    monkeypatch.setattr(socket.socket, "getsockopt", getsockopt)
    with listening() as server:
        conversation = dial(engine, row_of(server))
    assert (conversation.state, conversation.error) == (State.FAILED, "ENOBUFS")
    (answer,) = calls(conversation, "getsockopt")
    assert (answer.error, answer.answers) == ("ENOBUFS", None), "it says nothing about the connect"


def test_a_name_is_looked_up_and_the_lookup_is_the_first_fact(engine: Engine) -> None:
    with listening() as server:
        port = server.getsockname()[1]
        conversation = engine.connect(Connect(Address("localhost", port), family="IPv4"))
        peer, _ = server.accept()
        with peer:
            wait_until(lambda: conversation.state is State.CONNECTED)
            first = conversation.facts.calls()[0]
            assert (first.name, first.arguments) == ("getaddrinfo", ("localhost", str(port), "AF_INET", "SOCK_STREAM"))


def test_given_rows_are_connected_without_asking_the_resolver(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *question, **more: asked.append(question))
    with listening() as server, bound_only() as refusing:
        conversation = dial(engine, row_of(refusing), row_of(server))
        assert conversation.state is State.CONNECTED
        assert [attempt.address for attempt in conversation.dialling.attempts] == [
            row_of(refusing).endpoint,
            row_of(server).endpoint,
        ]
    assert asked == []
    assert calls(conversation, "getaddrinfo") == []


# It does not.


@both_families
def test_a_port_where_nobody_listens_is_refused(engine: Engine, host: str) -> None:
    before = sockets_open()
    with bound_only(host) as refusing:
        conversation = dial(engine, row_of(refusing))
        assert (conversation.state, conversation.error) == (State.FAILED, "ECONNREFUSED")
        assert errors(conversation) == [(row_of(refusing).endpoint, "ECONNREFUSED")]
        assert [(call.name, call.error) for call in all_calls(conversation.facts)] == [
            ("socket", ""),
            ("connect", "EINPROGRESS"),
            ("getsockopt", "ECONNREFUSED"),
            ("close", ""),
        ]
    wait_until_given_back(before)


@needs_ipv6
def test_when_ipv6_is_dead_ipv4_is_tried_at_once_and_both_are_shown(engine: Engine) -> None:
    with bound_only(V6) as dead, listening(V4) as fine:
        conversation = dial(engine, row_of(dead), row_of(fine))
        assert conversation.state is State.CONNECTED
        assert errors(conversation) == [(row_of(dead).endpoint, "ECONNREFUSED"), (row_of(fine).endpoint, "")]
        first, second = conversation.dialling.attempts
        assert (first.won, second.won) == (False, True)
        assert second.started_at_ns - first.started_at_ns < STAGGER_S * 1e9, "a failure does not wait for the stagger"


def test_when_every_address_fails_each_says_why(engine: Engine) -> None:
    with bound_only() as first, bound_only() as second, bound_only() as third:
        conversation = dial(engine, row_of(first), row_of(second), row_of(third))
        assert (conversation.state, conversation.error) == (State.FAILED, "ECONNREFUSED")
        assert errors(conversation) == [(row_of(each).endpoint, "ECONNREFUSED") for each in (first, second, third)]


def test_a_name_that_does_not_resolve_ends_without_an_attempt(engine: Engine) -> None:
    conversation = engine.connect(Connect(Address("::1", 80), family="IPv4"))
    wait_until(lambda: not conversation.state.live)
    assert (conversation.state, conversation.dialling.attempts) == (State.FAILED, ())
    assert conversation.error == calls(conversation, "getaddrinfo")[0].error
    assert conversation.error.startswith("EAI_")


def test_a_black_hole_ends_with_our_own_timeout(impatient: Engine) -> None:
    before = sockets_open()
    with black_hole() as hole:
        conversation = dial(impatient, row_of(hole))
        waited_s = (conversation.ended_at_ns - conversation.started_at_ns) / 1e9
        assert (conversation.state, conversation.error) == (State.FAILED, OWN_TIMEOUT)
        assert errors(conversation) == [(row_of(hole).endpoint, OWN_TIMEOUT)]
        assert calls(conversation, "close")[0].note == "gave up waiting"
        (connect,) = calls(conversation, "connect")
        assert (connect.error, connect.failed) == ("EINPROGRESS", False)
        assert connect.took_ns < 0.3e9, "it never waits"
        assert [call.name for call in all_calls(conversation.facts)] == ["socket", "connect", "close"]
        assert 0.4 <= waited_s < 2
    wait_until_given_back(before)


def test_a_timeout_ends_every_attempt_that_is_open_and_starts_no_other(impatient: Engine) -> None:
    with black_hole() as first, black_hole() as second, listening() as never_reached:
        conversation = dial(impatient, row_of(first), row_of(second), row_of(never_reached))
        assert conversation.error == OWN_TIMEOUT
        assert errors(conversation) == [(row_of(first).endpoint, OWN_TIMEOUT), (row_of(second).endpoint, OWN_TIMEOUT)]


def test_once_connected_the_time_limit_is_over(impatient: Engine) -> None:
    with listening() as server:
        conversation = dial(impatient, row_of(server))
        peer, _ = server.accept()
        with peer:
            later_ns = conversation.started_at_ns + int(0.5e9)
            wait_until(lambda: time.monotonic_ns() > later_ns, what="the end of our patience")
            impatient.send(conversation, b"still here")
            assert read_exactly(peer, 10) == b"still here"
            assert conversation.state is State.CONNECTED


# One hangs, the next wins.


def test_the_next_attempt_starts_while_the_first_hangs_and_the_loser_is_closed(engine: Engine) -> None:
    with black_hole() as hole, listening() as fine:
        before = sockets_open()
        conversation = dial(engine, row_of(hole), row_of(fine))
        first, second = conversation.dialling.attempts
        assert conversation.state is State.CONNECTED
        assert (first.won, first.error, second.won) == (False, "ECANCELED", True)
        assert STAGGER_S <= (second.started_at_ns - first.started_at_ns) / 1e9 < 2
        assert first.ended_at_ns >= second.started_at_ns
        (closed,) = calls(conversation, "close")
        assert (closed.fd, closed.note) == (first.fd, "another address was faster")
        assert len(sockets_open() - before) == 1, "only the winner is left"
        begun = [(call.error, call.note) for call in calls(conversation, "connect")]
        assert begun == [("EINPROGRESS", "asks the other side")] * 2
        (answer,) = calls(conversation, "getsockopt")
        assert (answer.fd, answer.returned, answer.note) == (second.fd, 0, "connected")
        assert conversation.facts.milestones[CONNECTED] is answer, "the one that was given up does not count"


def test_an_early_attempt_may_still_win_while_a_later_one_hangs(engine: Engine) -> None:
    with black_hole() as slow, black_hole() as hole, suppress(OSError):
        conversation = engine.connect(Connect(Address("test", 1), rows=[row_of(slow), row_of(hole)]))
        wait_until(lambda: len(conversation.dialling.attempts) == 2, what="both attempts under way")
        slow.accept()[0].close()  # room for one: the kernel tries its SYN again after about a second
        wait_until(lambda: conversation.state is not State.CONNECTING)
        assert conversation.state is State.CONNECTED
        assert [(attempt.won, attempt.error) for attempt in conversation.dialling.attempts] == [
            (True, ""),
            (False, "ECANCELED"),
        ]


# Cancel.


def test_a_cancelled_dial_leaves_no_descriptor_and_never_connects_later(engine: Engine) -> None:
    with black_hole() as hole:
        before = sockets_open()
        conversation = engine.connect(Connect(Address("test", 1), rows=[row_of(hole)]))
        wait_until(
            lambda: conversation.dialling.attempts and conversation.dialling.attempts[0].fd >= 0,
            what="an attempt under way",
        )
        engine.close(conversation)
        wait_until(lambda: not conversation.state.live)
        assert conversation.state is State.CLOSED_BY_US
        assert errors(conversation) == [(row_of(hole).endpoint, "ECANCELED")]
        assert calls(conversation, "close")[0].note == "cancelled"
        (connect,) = calls(conversation, "connect")
        assert (connect.error, calls(conversation, "getsockopt")) == ("EINPROGRESS", [])
        wait_until_given_back(before)
        hole.accept()[0].close()  # now there would be room for it
        assert dial(engine, row_of(hole)).state is State.CONNECTED
        assert (conversation.state, conversation.connected_at_ns) == (State.CLOSED_BY_US, 0)
        assert len(conversation.dialling.attempts) == 1


def test_cancelling_between_two_attempts_starts_no_other(engine: Engine) -> None:
    with black_hole() as hole, listening() as fine:
        conversation = engine.connect(Connect(Address("test", 1), rows=[row_of(hole), row_of(fine)]))
        wait_until(lambda: conversation.dialling.attempts)
        engine.close(conversation)
        wait_until(lambda: not conversation.state.live)
        assert dial(engine, row_of(fine)).state is State.CONNECTED
        later_ns = conversation.ended_at_ns + int(2 * STAGGER_S * 1e9)
        wait_until(lambda: time.monotonic_ns() > later_ns, what="the time of the next attempt")
        assert len(conversation.dialling.attempts) == 1
        assert conversation.state is State.CLOSED_BY_US


def test_cancelling_just_behind_a_failure_starts_no_other(engine: Engine) -> None:
    with listening() as server:
        with held(engine):  # a bind fails at once, so that the cancel comes before the next attempt
            rows, nowhere = [row_of(server), row_of(server)], Address("192.0.2.55", 0)
            conversation = engine.connect(Connect(Address("test", 1), rows=rows, source=nowhere))
            engine.close(conversation)
        assert dial(engine, row_of(server)).state is State.CONNECTED
        assert conversation.state is State.CLOSED_BY_US
        assert errors(conversation) == [(row_of(server).endpoint, "EADDRNOTAVAIL")]


# Where it comes from.


def test_the_source_port_is_the_one_asked_for(engine: Engine) -> None:
    with bound_only() as probe:
        port = probe.getsockname()[1]
    with listening() as server:
        conversation = dial(engine, row_of(server), source=Address("", port))
        assert (conversation.state, conversation.endpoints.local) == (State.CONNECTED, at(f"{V4}:{port}"))
        peer, peer_address = server.accept()
        peer.close()
        assert peer_address[1] == port
        (bind,) = calls(conversation, "bind")
        assert (bind.fd, bind.arguments) == (conversation.fd, (at(f"0.0.0.0:{port}"),))


def test_the_source_address_is_the_one_asked_for(engine: Engine) -> None:
    with listening() as server:
        conversation = dial(engine, row_of(server), source=Address("127.0.0.2", 0))
        assert conversation.endpoints.local.host == "127.0.0.2"


@needs_ipv6
def test_a_source_port_is_good_for_both_families(engine: Engine) -> None:
    with listening(V6) as server:
        conversation = dial(engine, row_of(server), source=Address("", 0))
        assert conversation.state is State.CONNECTED
        assert calls(conversation, "bind")[0].arguments == (at("[::]:0"),)


def test_a_source_that_is_not_of_this_machine_is_an_error_of_the_attempt(engine: Engine) -> None:
    before = sockets_open()
    with listening() as server:
        conversation = dial(engine, row_of(server), source=Address("192.0.2.55", 0))
        assert (conversation.state, conversation.error) == (State.FAILED, "EADDRNOTAVAIL")
        assert errors(conversation) == [(row_of(server).endpoint, "EADDRNOTAVAIL")]
    wait_until_given_back(before)


def test_a_connection_that_exists_already_is_told_from_an_address_that_is_not_ours(engine: Engine) -> None:
    with bound_only() as probe:
        source = Address(V4, probe.getsockname()[1])
    with listening() as server:
        assert dial(engine, row_of(server), source=source).state is State.CONNECTED
        again = dial(engine, row_of(server), source=source)
        assert (again.state, again.error) == (State.FAILED, "EADDRNOTAVAIL")
        assert calls(again, "bind")[0].error == ""
        assert (why(again).word, why_lost(again, again.dialling.attempts[0]).word) == ("connection exists",) * 2
        elsewhere = dial(engine, row_of(server), source=Address("192.0.2.55", 0))
        assert (why(elsewhere).word, why_lost(elsewhere, elsewhere.dialling.attempts[0]).word) == (
            "not our address",
        ) * 2


@needs_ipv6
def test_a_source_of_the_other_family_passes_over_that_row(engine: Engine) -> None:
    with listening(V6) as other, listening(V4) as same:
        conversation = dial(engine, row_of(other), row_of(same), source=Address("127.0.0.2", 0))
        assert conversation.state is State.CONNECTED
        first, second = conversation.dialling.attempts
        assert first.error
        assert second.won


# A network that is not there: in a namespace of its own.


def dial_without_a_network() -> None:
    engine = Engine(Settings(connect_timeout_s=3.0))
    engine.start()
    conversation = dial(engine, row("192.0.2.1", 80))
    assert (conversation.state, conversation.error) == (State.FAILED, "ENETUNREACH")
    engine.stop()


def dial_an_unreachable_host() -> None:
    engine = Engine(Settings(connect_timeout_s=3.0))
    engine.start()
    conversation = dial(engine, row("192.0.2.1", 80), row("192.0.2.2", 80))
    assert (conversation.state, conversation.error) == (State.FAILED, "EHOSTUNREACH")
    assert errors(conversation) == [(at(f"192.0.2.{host}:80"), "EHOSTUNREACH") for host in (1, 2)]
    engine.stop()


def test_without_a_route_the_network_is_unreachable() -> None:
    run_apart(dial_without_a_network, within=in_a_network_of_its_own())


def test_an_unreachable_host_is_said_to_be_that() -> None:
    setup = ("ip link set lo up", "ip route add unreachable 192.0.2.0/24")
    run_apart(dial_an_unreachable_host, within=in_a_network_of_its_own(*setup))


def dial_from_a_name_while_the_resolver_is_silent() -> None:
    """The name server is 127.0.0.1 and never answers."""
    engine = Engine(Settings(connect_timeout_s=3.0))
    engine.start()
    with socket.socket(type=socket.SOCK_DGRAM) as silent, listening() as server:
        silent.bind((V4, 53))
        silent.settimeout(DEADLINE_S)
        with suppress(ValueError):  # a name may be refused here and now
            engine.connect(Connect(Address("test", 1), rows=[row_of(server)], source=Address("slow.example", 0)))
        other = engine.connect(Connect(Address("test", 1), rows=[row_of(server)]))
        wait_until(lambda: other.state is State.CONNECTED, 2.0, "another conversation goes on meanwhile")
    engine.stop()


def test_a_source_given_as_a_name_does_not_stop_the_engine_while_the_resolver_is_silent() -> None:
    setup = (
        "ip link set lo up",
        "file=$(mktemp)",
        "printf 'nameserver 127.0.0.1\\noptions timeout:4 attempts:1\\n' > $file",
        "mount --bind $file /etc/resolv.conf",
    )
    run_apart(dial_from_a_name_while_the_resolver_is_silent, within=in_a_network_of_its_own(*setup))


# Nothing left to open it with.


def dial_without_descriptors() -> None:
    engine = Engine()
    engine.start()
    with listening() as server, ExitStack() as filled:
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (server.fileno() + 8, hard))
        with suppress(OSError):
            while True:
                filled.enter_context(socket.socket())
        conversation = dial(engine, row_of(server), row_of(server))
        assert (conversation.state, conversation.error) == (State.FAILED, "EMFILE")
        assert errors(conversation) == [(row_of(server).endpoint, "EMFILE")] * 2
        filled.close()
        assert dial(engine, row_of(server)).state is State.CONNECTED
    engine.stop()


def test_out_of_descriptors_is_an_error_of_each_attempt() -> None:
    run_apart(dial_without_descriptors)
