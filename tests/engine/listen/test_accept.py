"""Bind, listen and accept: all or nothing is bound, no client takes another one down, and all is given back."""

import errno
import resource
import socket
import time
from contextlib import ExitStack, suppress

import pytest

from sockscope.engine.engine import Engine
from sockscope.net.address import Address
from sockscope.record.conversation import State
from sockscope.record.listener import ENDED_KEPT, Listener, ListenerState
from sockscope.record.ready import Ready
from sockscope.request import Listen
from sockscope.request.answers import Answers
from tests.conftest import wait_until
from tests.engine.datagram.udp_peers import listen_udp, peer
from tests.engine.loopback import (
    V4,
    V6,
    all_calls,
    both_families,
    bound_only,
    calls,
    client_of,
    family_of,
    in_a_network_of_its_own,
    listen,
    listening,
    needs_ipv6,
    only_client,
    port_of,
    read_exactly,
    read_to_end,
    run_apart,
    sockaddr_of,
    sockets_open,
    wait_until_given_back,
)


def failed(engine: Engine, host: str, port: int) -> Listener:
    """Listen where it cannot work, and wait for the failure."""
    listener = engine.listen(Listen(Address(host, port)))
    wait_until(lambda: listener.state is not ListenerState.OPENING)
    assert listener.state is ListenerState.FAILED
    return listener


def can_be_bound(host: str, port: int) -> bool:
    """Whether the port is entirely free: bound without SO_REUSEADDR."""
    with socket.socket(family_of(host)) as probe:
        try:
            probe.bind((host, port))
        except OSError as error:
            assert error.errno == errno.EADDRINUSE
            return False
    return True


# Where it listens.


def test_without_a_host_it_listens_on_loopback_only(engine: Engine) -> None:
    listener = listen(engine, "")
    assert V4 in {sockaddr_of(bound)[0] for bound in listener.bound} <= {V4, V6}
    assert not listener.reachable_from_outside


@needs_ipv6
def test_port_0_gives_one_real_port_for_both_families(engine: Engine) -> None:
    listener = listen(engine, "")
    assert {sockaddr_of(bound)[0] for bound in listener.bound} == {V4, V6}
    (port,) = {sockaddr_of(bound)[1] for bound in listener.bound}
    assert port > 0
    for bound in listener.bound:
        with socket.create_connection(sockaddr_of(bound), timeout=5) as client:
            client.sendall(b"x")
    wait_until(lambda: listener.accepted == 2)
    assert all(client.endpoints.local.port == port for client in listener.clients.values())


def listen_where_half_of_the_ports_are_taken_for_ipv4() -> None:
    engine = Engine()
    engine.start()
    with ExitStack() as stack:
        for port in range(40000, 40004):
            stack.enter_context(socket.socket()).bind((V4, port))
        for _ in range(10):
            listener = listen(engine, "")
            assert {sockaddr_of(bound)[0] for bound in listener.bound} == {V4, V6}
            assert len({sockaddr_of(bound)[1] for bound in listener.bound}) == 1
            engine.stop_listening(listener)
            wait_until(lambda it=listener: it.state is ListenerState.STOPPED)
    engine.stop()


@needs_ipv6
def test_port_0_is_asked_for_again_where_one_family_has_it_and_the_other_does_not() -> None:
    """The kernel gives ports from the lower half of the range first: 40000 to 40007."""
    setup = ("ip link set lo up", "echo 40000 40015 > /proc/sys/net/ipv4/ip_local_port_range")
    run_apart(listen_where_half_of_the_ports_are_taken_for_ipv4, within=in_a_network_of_its_own(*setup))


@needs_ipv6
def test_a_star_listens_at_every_address_and_says_that_others_can_reach_it(engine: Engine) -> None:
    listener = listen(engine, "*")
    assert {sockaddr_of(bound)[0] for bound in listener.bound} == {"0.0.0.0", "::"}
    assert listener.reachable_from_outside
    for host in (V4, "127.0.0.2", V6):
        with socket.create_connection((host, port_of(listener)), timeout=5):
            pass
    wait_until(lambda: listener.accepted == 3)
    assert sorted(str(client.endpoints.local) for client in listener.clients.values()) == [
        f"127.0.0.1:{port_of(listener)}",
        f"127.0.0.2:{port_of(listener)}",
        f"[::1]:{port_of(listener)}",
    ]


@pytest.mark.parametrize("family", ["IPv4", pytest.param("IPv6", marks=needs_ipv6)])
def test_one_family_can_be_asked_for(engine: Engine, family: str) -> None:
    listener = engine.listen(Listen(Address("", 0), family=family))
    wait_until(lambda: listener.state is ListenerState.LISTENING)
    assert [sockaddr_of(bound)[0] for bound in listener.bound] == [V4 if family == "IPv4" else V6]


@both_families
def test_every_call_of_opening_is_a_fact(engine: Engine, host: str) -> None:
    listener = listen(engine, host)
    (bound,) = listener.bound
    options = ["setsockopt"] * (2 if host == V6 else 1)
    names = [call.name for call in all_calls(listener.facts)]
    assert names == ["getaddrinfo", "socket", *options, "bind", "getsockname", "listen"]
    assert calls(listener, "getsockname")[0].returned == bound.address
    assert [(call.fd, call.arguments) for call in calls(listener, "listen")] == [(bound.fd, (bound.backlog,))]


# It cannot.


@both_families
def test_a_port_that_is_taken_is_in_use(engine: Engine, host: str) -> None:
    with listening(host) as holder:
        listener = failed(engine, host, holder.getsockname()[1])
        assert listener.error == "EADDRINUSE"
        assert listener.bound == ()


@needs_ipv6
@pytest.mark.parametrize(("taken", "other"), [(V4, V6), (V6, V4)])
def test_when_one_family_is_taken_the_other_is_not_left_half_bound(engine: Engine, taken: str, other: str) -> None:
    before = sockets_open()
    with listening(taken) as holder:
        port = holder.getsockname()[1]
        listener = failed(engine, "", port)
        assert listener.error == "EADDRINUSE"
        assert can_be_bound(other, port)
    wait_until_given_back(before)
    assert len(calls(listener, "socket")) == len(calls(listener, "close"))


def test_an_address_that_is_not_of_this_machine_is_not_available(engine: Engine) -> None:
    before = sockets_open()
    listener = failed(engine, "192.0.2.55", 0)
    assert listener.error == "EADDRNOTAVAIL"
    wait_until_given_back(before)


def test_a_host_that_does_not_resolve_is_an_error_of_the_listener(engine: Engine) -> None:
    listener = engine.listen(Listen(Address("::1", 0), family="IPv4"))
    wait_until(lambda: listener.state is ListenerState.FAILED)
    assert listener.error.startswith("EAI_")
    assert calls(listener, "socket") == []


# Clients.


@both_families
def test_a_client_is_accepted_into_a_socket_of_its_own(engine: Engine, host: str) -> None:
    listener = listen(engine, host)
    with client_of(listener) as client:
        conversation = only_client(listener)
        assert sockaddr_of(listener.bound[0]) == client.getpeername()[:2]
        assert conversation.endpoints.local == listener.bound[0].address
        assert conversation.endpoints.peer.port == client.getsockname()[1]
        assert conversation.state is State.CONNECTED
        assert conversation.fd != listener.bound[0].fd
        accepted = (conversation.fd, conversation.endpoints.peer)
        assert [call.returned for call in calls(listener, "accept")] == [accepted]
        assert [call.returned for call in calls(conversation, "accept")] == [accepted]
        assert listener.state is ListenerState.LISTENING


def test_what_clients_send_is_summed_over_those_that_have_left_too(engine: Engine) -> None:
    listener = listen(engine, echo=True)
    for _ in range(3):
        with client_of(listener) as client:
            client.sendall(b"12345")
            assert read_exactly(client, 5) == b"12345"
    wait_until(lambda: listener.accepted == 3 and not listener.live_clients)
    assert (listener.flow.bytes_in, listener.flow.bytes_out) == (15, 15)
    assert listener.waiting_since_ns >= max(client.connected_at_ns for client in listener.clients.values())


def test_echo_can_be_turned_on_and_off_while_a_client_is_there(engine: Engine) -> None:
    listener = listen(engine)
    with client_of(listener) as client:
        conversation = only_client(listener)
        for echoing, data in [(False, b"one"), (True, b"two"), (False, b"three"), (True, b"four")]:
            name = "echo" if echoing else "none"
            engine.policies.set_answers(listener, Answers(name), keep_half_open=False)
            wait_until(lambda name=name: listener.policy.answers.kind == name)
            wanted = conversation.flow.bytes_in + len(data)
            client.sendall(data)
            wait_until(lambda wanted=wanted: conversation.flow.bytes_in == wanted)
        assert read_exactly(client, 7) == b"twofour"


def test_a_client_that_aborts_before_it_is_accepted_is_counted_and_accepting_goes_on(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Aborting(socket.socket):
        """Linux accepts such a client and resets it later; other systems, and accept(2), say ECONNABORTED."""

        left = 3

        def accept(self) -> tuple[socket.socket, tuple[str, int]]:
            if Aborting.left:
                Aborting.left -= 1
                raise ConnectionAbortedError(errno.ECONNABORTED, "Software caused connection abort")
            return super().accept()

    monkeypatch.setattr(socket, "socket", Aborting)
    listener = listen(engine, echo=True)
    with client_of(listener) as client:
        client.sendall(b"still here")
        assert read_exactly(client, 10) == b"still here"
    assert listener.aborted == 3
    assert [call.error for call in calls(listener, "accept")] == ["ECONNABORTED"] * 3 + [""]
    assert listener.accepted == 1


def test_clients_that_come_and_leave_cost_no_descriptor_and_only_the_latest_are_kept(engine: Engine) -> None:
    listener = listen(engine, echo=True)
    before = sockets_open()
    come = ENDED_KEPT + 200
    for number in range(come):
        with client_of(listener) as client:
            if number % 2:
                client.sendall(b"hello")
    wait_until(lambda: listener.accepted == come and not listener.live_clients)
    assert len(listener.clients) == ENDED_KEPT
    assert listener.forgotten == 200
    wait_until_given_back(before)
    assert listener.flow.bytes_in == come // 2 * 5


# The end.


def test_stopping_with_two_hundred_clients_takes_less_than_two_seconds(engine: Engine) -> None:
    before = sockets_open()
    with ExitStack() as stack:
        listener = listen(engine, "")
        port = port_of(listener)
        clients = [stack.enter_context(client_of(listener)) for _ in range(200)]
        wait_until(lambda: listener.live_clients == 200)
        began = time.monotonic()
        engine.stop_listening(listener)
        wait_until(lambda: not listener.live_clients and listener.state is ListenerState.STOPPED)
        assert time.monotonic() - began < 2
        assert [read_to_end(client) for client in clients] == [b""] * 200
        assert {client.state for client in listener.clients.values()} == {State.CLOSED_BY_US}
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((V4, port), timeout=5)
    wait_until_given_back(before)


def left_in_time_wait(engine: Engine, host: str) -> int:
    """Stop listening at a port with a client there; give the port, which then is left in TIME_WAIT."""
    listener = listen(engine, host)
    with client_of(listener) as client:
        wait_until(lambda: listener.live_clients == 1)
        engine.stop_listening(listener)
        assert read_to_end(client) == b""
    wait_until(lambda: listener.state is ListenerState.STOPPED)
    return port_of(listener)


@both_families
def test_the_same_port_can_be_listened_at_again_at_once(engine: Engine, host: str) -> None:
    ports = (left_in_time_wait(engine, host) for _ in range(5))  # a busy kernel may keep nothing of one of them
    port = next((port for port in ports if not can_be_bound(host, port)), None)
    assert port, "nothing is left in TIME_WAIT: the test proved nothing"
    again = listen(engine, host, port, echo=True)
    with client_of(again) as client:
        client.sendall(b"again")
        assert read_exactly(client, 5) == b"again"


def test_stopping_twice_is_stopping_once(engine: Engine) -> None:
    listener = listen(engine)
    engine.stop_listening(listener)
    engine.stop_listening(listener)
    wait_until(lambda: listener.state is ListenerState.STOPPED)
    ended_at_ns = listener.ended_at_ns
    listen(engine)  # behind both in the engine's queue
    assert (listener.state, listener.ended_at_ns) == (ListenerState.STOPPED, ended_at_ns)
    assert len(calls(listener, "close")) == 1


def test_a_failed_listener_stays_failed_when_it_is_stopped(engine: Engine) -> None:
    with bound_only() as holder:
        listener = failed(engine, V4, holder.getsockname()[1])
        engine.stop_listening(listener)
        listen(engine)
        assert (listener.state, listener.error) == (ListenerState.FAILED, "EADDRINUSE")


# Out of descriptors: in a process of its own, because the limit is that of the process.


class Descriptors:
    """Holds every descriptor that this process may still have."""

    def __init__(self) -> None:
        self._held: list[socket.socket] = []
        with socket.socket() as probe:
            _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            resource.setrlimit(resource.RLIMIT_NOFILE, (probe.fileno() + 50, hard))
        with suppress(OSError):
            while True:
                self._held.append(socket.socket())
        assert len(self._held) >= 50

    def give_back(self, count: int) -> None:
        for _ in range(count):
            self._held.pop().close()

    def give_back_all(self) -> None:
        self.give_back(len(self._held))


def assert_echo(client: socket.socket) -> None:
    client.sendall(b"echo?")
    assert read_exactly(client, 5) == b"echo?"


def accept_without_descriptors() -> None:
    engine = Engine()
    engine.start()
    listener = listen(engine, echo=True)
    with ExitStack() as stack:
        live = stack.enter_context(client_of(listener))
        assert_echo(live)
        waiting = [stack.enter_context(socket.socket()) for _ in range(5)]
        descriptors = Descriptors()
        for client in waiting:
            client.settimeout(10)
            client.connect(sockaddr_of(listener.bound[0]))
        wait_until(lambda: listener.state is ListenerState.PAUSED)
        assert listener.error == "EMFILE"
        retried_ns = time.monotonic_ns() + 500_000_000
        wait_until(lambda: time.monotonic_ns() > retried_ns, what="it was tried again a few times")
        assert [call.error for call in calls(listener, "accept")] == ["", "EMFILE"], "noted once for each pause"
        assert (listener.state, listener.accepted, listener.live_clients) == (ListenerState.PAUSED, 1, 1)
        assert_echo(live)
        descriptors.give_back(20)
        wait_until(lambda: listener.accepted == 6, what="it goes on by itself")
        wait_until(lambda: listener.state is ListenerState.LISTENING)
        assert listener.error == ""
        for client in [live, *waiting]:
            assert_echo(client)
        descriptors.give_back_all()
    engine.stop()
    assert engine.fault == ""


def test_out_of_descriptors_accepting_pauses_and_goes_on_by_itself_and_live_clients_are_unharmed() -> None:
    run_apart(accept_without_descriptors)


def take_the_last_descriptor() -> None:
    engine = Engine()
    engine.start()
    listener = listen(engine, echo=True)
    with socket.socket() as client:
        descriptors = Descriptors()
        descriptors.give_back(1)
        client.connect(sockaddr_of(listener.bound[0]))
        wait_until(lambda: listener.accepted == 1)
        wait_until(lambda: listener.state is ListenerState.PAUSED, 2.0)
        descriptors.give_back_all()
        wait_until(lambda: listener.state is ListenerState.LISTENING, 3.0, "it goes on although nobody else came")
        assert listener.error == ""
    engine.stop()


def test_a_pause_ends_by_itself_also_when_nobody_waits_to_be_accepted() -> None:
    run_apart(take_the_last_descriptor)


def stop_while_paused() -> None:
    engine = Engine()
    engine.start()
    listener = listen(engine)
    with socket.socket() as client:
        descriptors = Descriptors()
        client.settimeout(10)
        client.connect(sockaddr_of(listener.bound[0]))
        wait_until(lambda: listener.state is ListenerState.PAUSED)
        engine.stop_listening(listener)
        wait_until(lambda: listener.state is ListenerState.STOPPED)
        with suppress(ConnectionResetError):
            assert client.recv(1) == b"", "it was never accepted"
        descriptors.give_back_all()
    retried_ns = time.monotonic_ns() + 300_000_000
    wait_until(lambda: time.monotonic_ns() > retried_ns, what="the time of the next try")
    assert (listener.state, engine.fault) == (ListenerState.STOPPED, "")
    engine.stop()


def test_a_listener_that_pauses_can_be_stopped() -> None:
    run_apart(stop_while_paused)


def test_which_sockets_are_ready_is_told_as_to_a_select_server(engine: Engine) -> None:
    def now() -> Ready:
        before = listener.ready
        engine.ask_ready(listener)
        wait_until(lambda: listener.ready is not before)
        assert listener.ready
        return listener.ready

    listener = listen(engine)
    fd = listener.bound[0].fd
    assert now().readable == now().writable == ()
    with client_of(listener) as one:
        client = only_client(listener)
        assert (now().readable, now().writable, now().asked) == ((), (client.fd,), 2)
        engine.read(client, reading=False)
        one.sendall(b"x")
        wait_until(lambda: now().readable == (client.fd,))
        engine.policies.set_accepting(listener, accepting=False, one_at_a_time=False)
        with client_of(listener):
            wait_until(lambda: now().readable == tuple(sorted((fd, client.fd))))
    engine.stop_listening(listener)
    wait_until(lambda: listener.state is ListenerState.STOPPED)
    assert now().asked == 0


def test_of_datagrams_the_shared_socket_is_asked_about_once(engine: Engine) -> None:
    listener = listen_udp(engine)
    with peer() as one, peer() as other:
        for sock in (one, other):
            sock.sendto(b"x", sockaddr_of(listener.bound[0]))
        wait_until(lambda: len(listener.clients) == 2)
        engine.ask_ready(listener)
        wait_until(lambda: listener.ready)
        assert listener.ready
        assert listener.ready.asked == 1
