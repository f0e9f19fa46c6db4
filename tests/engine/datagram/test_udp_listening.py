"""UDP listeners: each peer apart and answered alone, groups heard, and every datagram counted."""

import socket
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from sockscope.engine.engine import Engine
from sockscope.engine.kernel.multicast import send_through
from sockscope.engine.listen.responders.responder import make
from sockscope.net.value import Struct
from sockscope.record.conversation import Conversation, State
from sockscope.record.fact import Call, Refusal
from sockscope.record.listener import Listener, ListenerState
from sockscope.request.answers import Answers
from tests.conftest import DEADLINE_S, wait_until
from tests.engine.datagram.udp_peers import datagrams, heard, listen_udp, open_udp, peer, settle
from tests.engine.loopback import (
    ECHO,
    V4,
    V6,
    both_families,
    calls,
    needs_ipv6,
    port_of,
    sockets_open,
    wait_until_given_back,
)

GROUP = "239.77.1.3"


def of_peer(listener: Listener, other: socket.socket) -> list[Conversation]:
    """The conversations of one peer, by its port."""
    port = other.getsockname()[1]
    return [client for client in listener.clients.values() if client.endpoints.peer.port == port]


# Listeners.


@both_families
def test_each_peer_is_a_conversation_and_an_answer_reaches_it_alone(engine: Engine, host: str) -> None:
    listener = listen_udp(engine, host)
    at = (host, port_of(listener))
    with peer(host) as one, peer(host) as two:
        one.sendto(b"one", at)
        two.sendto(b"two", at)
        one.sendto(b"", at)
        wait_until(lambda: listener.flow.calls_in == 3)
        (first,), (second,) = of_peer(listener, one), of_peer(listener, two)
        assert (datagrams(first), datagrams(second)) == ([b"one", b""], [b"two"])
        assert (first.state, first.endpoints.local) == (State.OPEN, listener.bound[0].address)
        engine.send(second, b"for two")
        engine.send(first, b"for one")
        assert (one.recvfrom(100)[0], two.recvfrom(100)[0]) == (b"for one", b"for two")
        engine.close(first)
        wait_until(lambda: first.state is State.CLOSED_BY_US)
        one.sendto(b"again", at)
        wait_until(lambda: len(of_peer(listener, one)) == 2)
        assert (heard(of_peer(listener, one)[1], 1), datagrams(first)) == ([b"again"], [b"one", b""])
        assert (listener.accepted, listener.live_clients) == (3, 2)
        engine.send_to_all(listener, b"all")
        assert (one.recv(100), two.recv(100)) == (b"all", b"all")


@pytest.mark.parametrize(
    ("recipe", "asked", "answered"),
    [
        (make("echo"), b"same", b"same"),
        (make("echo"), b"", b""),
        (make("time", clock=lambda: 0), b"", (2_208_988_800).to_bytes(4, "big")),
        (make("canned", reply=[b"<", 1, b">"], on="expression", pattern="a(.)c"), b"abc", b"<b>"),
        (make("canned", reply=[b"welcome"]), b"", b"welcome"),
    ],
)
def test_a_listener_answers_each_datagram(engine: Engine, recipe: Any, asked: bytes, answered: bytes) -> None:
    listener = listen_udp(engine)
    engine.policies.set_responder(listener, recipe)
    with peer() as one:
        one.sendto(asked, (V4, port_of(listener)))
        assert one.recv(100) == answered


def test_a_request_in_a_datagram_is_answered_and_a_file_served(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"f" * 3000)
    listener = listen_udp(engine, answers=Answers("http"))
    with peer() as one:
        one.sendto(b"GET /x HTTP/1.1\r\n\r\n", (V4, port_of(listener)))
        assert one.recv(5000).startswith(b"HTTP/1.1 200 ")
        engine.policies.set_answers(listener, Answers("file", file=tmp_path / "file"), keep_half_open=False)
        settle(engine, of_peer(listener, one)[0])
        for _ in range(2):
            one.sendto(b"", (V4, port_of(listener)))
            assert [len(one.recv(5000)) for _ in range(3)] == [1400, 1400, 200]


@pytest.mark.engine(peers=3)
def test_beyond_the_bound_the_peer_silent_for_the_longest_gives_way(engine: Engine) -> None:
    listener = listen_udp(engine)
    with ExitStack() as stack:
        peers = [stack.enter_context(peer()) for _ in range(4)]
        for count, at in enumerate([0, 1, 2, 0, 3], 1):
            peers[at].sendto(b"x", (V4, port_of(listener)))
            wait_until(lambda count=count: listener.flow.calls_in == count)
        states = [of_peer(listener, one)[0].state for one in peers]
        assert states == [State.OPEN, State.CLOSED_BY_US, State.OPEN, State.OPEN]
        assert of_peer(listener, peers[1])[0].facts.said == "forgotten: the listener keeps 3 peers apart"
        assert (listener.live_clients, listener.accepted) == (3, 4)


@pytest.mark.parametrize("failing", ["arrived", "received"])
def test_a_responder_that_fails_ends_its_own_peer_only(engine: Engine, failing: str) -> None:
    def fail(*_: memoryview) -> None:
        raise ZeroDivisionError

    made: list[Any] = []

    class Recipe:
        fault = ""

        def __call__(self, _: bool) -> Any:
            responder = make("echo")(True)
            if not made:
                setattr(responder, failing, fail)
            made.append(responder)
            return responder

    listener = listen_udp(engine)
    engine.policies.set_responder(listener, Recipe())
    at = (V4, port_of(listener))
    with peer() as one, peer() as two:
        one.sendto(b"x", at)
        wait_until(lambda: of_peer(listener, one))
        wait_until(lambda: not of_peer(listener, one)[0].state.live)
        assert (of_peer(listener, one)[0].state, of_peer(listener, one)[0].error) == (State.FAILED, "ZeroDivisionError")
        for other in (two, one):
            other.sendto(b"goes on", at)
            assert other.recv(100) == b"goes on"


@pytest.mark.parametrize("name", ["", "*"])
def test_both_families_are_bound_at_one_port_and_stopping_closes_all(engine: Engine, name: str) -> None:
    before = sockets_open()
    listener = listen_udp(engine, name, **ECHO)
    assert len(listener.bound) == (2 if socket.has_ipv6 else 1)
    ports = {bound.port for bound in listener.bound}
    assert len(ports) == 1
    with ExitStack() as stack:
        for host in [V4, V6][: len(listener.bound)]:
            one = stack.enter_context(peer(host))
            one.sendto(b"x", (host, port_of(listener)))
            assert one.recv(10) == b"x"
        second = listen_udp(engine, V4, port_of(listener))
        assert (second.state, second.error) == (ListenerState.FAILED, "EADDRINUSE")
        engine.stop_listening(listener)
        wait_until(lambda: listener.state is ListenerState.STOPPED)
        assert {client.state for client in listener.clients.values()} == {State.CLOSED_BY_US}
    wait_until_given_back(before)


def test_what_a_full_buffer_lost_is_counted_so_that_nothing_is_missing(engine: Engine) -> None:
    listener = listen_udp(engine, accepting=False, options=("RCVBUF=16384",), **ECHO)
    with ExitStack() as stack:
        peers = [stack.enter_context(peer()) for _ in range(3)]
        for _ in range(100):
            for one in peers:
                one.sendto(bytes(500), (V4, port_of(listener)))
        wait_until(lambda: listener.lost_datagrams, what="the loss is known while nothing is read")
        assert listener.flow.calls_in == 0
        engine.policies.set_accepting(listener, accepting=True, one_at_a_time=False)
        wait_until(lambda: listener.flow.calls_in and listener.flow.calls_in + listener.lost_datagrams == 300)
        assert listener.flow.bytes_in == 500 * listener.flow.calls_in
        assert sum(client.flow.calls_in for client in listener.clients.values()) == listener.flow.calls_in
        wait_until(lambda: listener.flow.calls_out == listener.flow.calls_in, what="each is echoed")


def test_what_was_lost_is_known_also_right_after_the_end(engine: Engine) -> None:
    listener = listen_udp(engine, accepting=False, options=("RCVBUF=4096",))
    with peer() as one:
        for _ in range(100):
            one.sendto(bytes(500), (V4, port_of(listener)))
    engine.stop_listening(listener)
    wait_until(lambda: not listener.state.live)
    assert listener.lost_datagrams > 0


# Groups.


@pytest.mark.parametrize(("host", "family"), [("*", "any"), ("*", "IPv4"), ("*", "dual"), (GROUP, "any")])
def test_what_is_sent_to_a_group_arrives(engine: Engine, host: str, family: str) -> None:
    if family == "dual" and not socket.has_dualstack_ipv6():
        pytest.skip("no dual stack here")
    listener = listen_udp(engine, host, family=family, groups=(f"{GROUP}%lo",))
    assert listener.state is ListenerState.LISTENING, listener.reason
    ours = open_udp(engine, GROUP, port_of(listener), connected=False, interface="lo")
    engine.send(ours, b"by us")
    wait_until(lambda: listener.flow.calls_in == 1)
    with socket.socket(type=socket.SOCK_DGRAM) as sender:
        noted: list[Call] = []
        send_through(sender, noted.append, "lo")
        sender.sendto(b"by another", (GROUP, port_of(listener)))
        wait_until(lambda: listener.flow.bytes_in == 15)


@needs_ipv6
def test_an_ipv6_group_is_joined_by_the_ipv6_socket_only(engine: Engine) -> None:
    listener = listen_udp(engine, "*", groups=("ff02::1234%lo", f"{GROUP}%lo"))
    assert listener.state is ListenerState.LISTENING, listener.reason
    joined = [call for call in calls(listener, "setsockopt") if call.arguments[0] == "IPV6_JOIN_GROUP"]
    assert [call.arguments[1] for call in joined] == [Struct((("multiaddr", "ff02::1234"), ("interface", "lo")))]
    assert len([call for call in calls(listener, "setsockopt") if call.arguments[0] == "IP_ADD_MEMBERSHIP"]) == 1


@pytest.mark.parametrize(
    ("host", "group", "family"),
    [
        (V4, GROUP, "any"),
        ("0.0.0.0", "ff02::1", "any"),
        ("239.9.9.9", GROUP, "any"),
        ("", GROUP, "any"),
        ("127.1", GROUP, "any"),
        ("*", GROUP, "IPv6"),
        ("*", "ff02::1", "IPv4"),
    ],
)
def test_a_listener_that_would_hear_nothing_of_its_group_is_refused_before_a_call(
    engine: Engine, host: str, group: str, family: str
) -> None:
    with pytest.raises(ValueError, match=rf"to hear {group}%lo, listen at \* with IPv"):
        listen_udp(engine, host, groups=(f"{group}%lo",), family=family)
    assert not engine.listeners


@pytest.mark.parametrize("host", ["0", "0x0", "0.0", "anywhere.example"])
def test_a_group_is_heard_at_any_address_however_that_is_written(
    engine: Engine, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found_at(monkeypatch, "anywhere.example", "0.0.0.0")
    listener = listen_udp(engine, host, groups=(f"{GROUP}%lo",))
    assert listener.state is ListenerState.LISTENING, listener.reason
    assert [call.arguments[0] for call in calls(listener, "setsockopt")].count("IP_ADD_MEMBERSHIP") == 1


def test_a_listener_whose_name_leads_where_its_group_is_not_heard_is_refused_after_the_lookup(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    found_at(monkeypatch, "somewhere.example", V4)
    listener = listen_udp(engine, "somewhere.example", groups=(f"{GROUP}%lo",))
    assert listener.state is ListenerState.FAILED
    assert listener.reason.startswith(f"to hear {GROUP}%lo, listen at * with IPv4")
    assert [fact.note for fact in listener.facts.all() if isinstance(fact, Refusal)] == [listener.reason]
    assert not calls(listener, "socket")


def found_at(monkeypatch: pytest.MonkeyPatch, name: str, address: str) -> None:
    """Let a name be looked up as an address."""
    real = socket.getaddrinfo

    def ask(host: str | None, *question: Any, **more: Any) -> list[Any]:
        return real(address if host == name else host, *question, **more)

    monkeypatch.setattr(socket, "getaddrinfo", ask)


# Real peers.


def test_socat_is_answered(engine: Engine, peer_program: Callable[[str], str]) -> None:
    listener = listen_udp(engine, **ECHO)
    command = [peer_program("socat"), "-t", "0.2", "-", f"UDP4:{V4}:{port_of(listener)}"]
    answered = subprocess.run(command, input=b"from socat\n", capture_output=True, timeout=DEADLINE_S, check=False)
    assert (answered.stdout, answered.stderr) == (b"from socat\n", b"")
