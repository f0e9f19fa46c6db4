"""Relays that lead back to themselves, also over others, and what bounds what relays carry."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from sockscope.engine.engine import Engine
from sockscope.engine.listen.rounds import COMES_BACK, HOPS, Rounds
from sockscope.engine.settings import Settings
from sockscope.net.address import Address
from sockscope.record.conversation import State
from sockscope.record.listener import Listener
from sockscope.request import Connect, Listen
from tests.conftest import wait_until
from tests.engine.loopback import (
    V4,
    a_conversation,
    bound_only,
    client_of,
    listening,
    only_client,
    sockets_open,
    wait_until_given_back,
)

LIMIT = 12
HALF_CLOSED_S = 0.3


@pytest.fixture
def engine() -> Iterator[Engine]:
    settings = Settings(connect_timeout_s=3.0, relayed_clients=LIMIT, relay_half_closed_s=HALF_CLOSED_S, sample_s=0.05)
    running = Engine(settings)
    running.start()
    yield running
    running.stop()


def free_ports(kind: str) -> list[int]:
    with ExitStack() as stack:
        if kind == "tcp":
            return [stack.enter_context(bound_only()).getsockname()[1] for _ in range(2)]
        taken = [stack.enter_context(socket.socket(type=socket.SOCK_DGRAM)) for _ in range(2)]
        for one in taken:
            one.bind((V4, 0))
        return [one.getsockname()[1] for one in taken]


def relays(engine: Engine, one: Address, other: Address) -> list[Listener]:
    """Two relays, each the target of the other."""
    pairs = ((one, other), (other, one))
    made = [engine.listen(Listen(here, relay=Connect(there), idle_s=1.0)) for here, there in pairs]
    wait_until(lambda: all(listener.bound for listener in made))
    return made


@pytest.mark.parametrize("kind", ["tcp", "udp"])
def test_two_relays_that_point_at_each_other_are_found_out(engine: Engine, kind: str) -> None:
    one, other = (Address(V4, port, kind) for port in free_ports(kind))
    both = relays(engine, one, other)
    before = sockets_open()
    type_ = socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM
    with socket.socket(type=type_) as client:
        client.connect((V4, one.port))
        client.send(b"ab")
        wait_until(lambda: any(COMES_BACK in listener.facts.said for listener in both))
        wait_until(lambda: not any(listener.live_clients for listener in both), what="all legs end")
    wait_until_given_back(before)
    assert HOPS < sum(listener.accepted for listener in both) <= HOPS + 3


def test_relays_that_nobody_can_follow_are_bounded(engine: Engine, tmp_path: Path) -> None:
    one, other = (Address(str(tmp_path / name), 0, "unix") for name in "ab")
    both = relays(engine, one, other)
    before = sockets_open()
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(one.host)
        client.send(b"ab")
        said = f"relays carry {LIMIT} clients at a time"
        wait_until(lambda: any(said in leg.facts.said for listener in both for leg in list(listener.clients.values())))
        wait_until(lambda: not any(listener.live_clients for listener in both), what="all legs end")
    wait_until_given_back(before)


def test_a_chain_of_relays_is_no_round(engine: Engine) -> None:
    with listening() as server:
        target = Address(*server.getsockname())
        for _ in range(HOPS):
            listener = engine.listen(Listen(Address(V4, 0), relay=Connect(target)))
            wait_until(lambda it=listener: it.bound)
            target = Address(V4, listener.bound[0].port)
        with client_of(listener) as client, server.accept()[0] as end:
            client.sendall(b"through")
            assert end.recv(7) == b"through"


@pytest.mark.parametrize("who", ["client", "target"])
def test_a_half_closed_relay_on_which_nothing_comes_ends(engine: Engine, who: str) -> None:
    with listening() as server:
        listener = engine.listen(Listen(Address(V4, 0), relay=Connect(Address(*server.getsockname()))))
        wait_until(lambda: listener.bound)
        before = sockets_open()
        with client_of(listener) as client, server.accept()[0] as target:
            (client if who == "client" else target).shutdown(socket.SHUT_WR)
            relayed = only_client(listener)
            wait_until(lambda: not relayed.state.live)
            silent = f"closed: one side had finished, and the other was silent for {HALF_CLOSED_S:g} s"
            assert relayed.facts.said == silent
            assert relayed.upstream
            wait_until(lambda: relayed.upstream and not relayed.upstream.state.live)
        wait_until_given_back(before)


def test_an_open_relay_may_be_silent(engine: Engine) -> None:
    with listening() as server:
        listener = engine.listen(Listen(Address(V4, 0), relay=Connect(Address(*server.getsockname()))))
        wait_until(lambda: listener.bound)
        with client_of(listener) as client, server.accept()[0] as target:
            relayed = only_client(listener)
            silent = engine.listen(Listen(Address(V4, 0), idle_s=2 * HALF_CLOSED_S))  # a clock of its own
            wait_until(lambda: silent.bound)
            with client_of(silent):
                wait_until(lambda: silent.accepted and not silent.live_clients)
            assert relayed.state is State.CONNECTED
            client.sendall(b"still")
            assert target.recv(5) == b"still"


def test_few_descriptors_bound_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _: (40, 40))
    rounds = Rounds(5_000)
    clients = [a_conversation() for _ in range(11)]
    assert [rounds.join(client) for client in clients] == [True] * 10 + [False]
    rounds.leave(clients[0])
    assert rounds.join(clients[-1])
