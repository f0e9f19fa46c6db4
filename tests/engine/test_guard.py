"""Calls that fail where nobody expects it: only that conversation or listener suffers, says why, and leaks nothing."""

import asyncio
import errno
import os
import selectors
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from sockscope.engine.engine import Engine
from sockscope.net.address import Address
from sockscope.record.conversation import State
from sockscope.record.listener import Listener, ListenerState
from sockscope.request import Connect, Listen
from tests.conftest import wait_until
from tests.engine.loopback import (
    ECHO,
    V4,
    a_conversation,
    calls,
    client_of,
    dialled,
    in_a_network_of_its_own,
    listen,
    listening,
    only_client,
    read_exactly,
    read_to_end,
    row_of,
    run_apart,
    sockets_open,
    target_of,
    wait_until_given_back,
)
from tests.facts import RECORDER

Fail = Callable[..., None]


@pytest.fixture
def fail(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fail]:
    """Let a method raise an errno, as often as asked for, wherever `when` says so of its arguments."""

    def patch(
        owner: type, name: str, number: int, times: int = 1, when: Callable[..., bool] = lambda *arguments: True
    ) -> None:
        real, left = getattr(owner, name), times

        def failing(self: object, *arguments: object) -> object:
            nonlocal left
            if left and when(self, *arguments):
                left -= 1
                raise OSError(number, os.strerror(number))
            return real(self, *arguments)

        monkeypatch.setattr(owner, name, failing)

    yield patch
    monkeypatch.undo()


@contextmanager
def no_leak() -> Iterator[None]:
    before = sockets_open()
    yield
    wait_until_given_back(before)


# What epoll does not take.


@pytest.mark.parametrize("kind", ["tcp", "tls"])
def test_a_client_that_cannot_be_watched_fails_alone(engine: Engine, fail: Fail, kind: str) -> None:
    listener = engine.listen(Listen(Address(V4, 0, kind), **(ECHO if kind == "tcp" else {})))
    wait_until(lambda: listener.bound)
    fail(asyncio.SelectorEventLoop, "add_reader", errno.ENOSPC)
    with no_leak(), client_of(listener) as client:
        with suppress(ConnectionResetError):
            read_to_end(client)
        failed = only_client(listener)
        wait_until(lambda: failed.state is State.FAILED)
        assert failed.error == "ENOSPC"
        wait_until(lambda: calls(failed, "close"))
        wait_until(lambda: not listener.live_clients)
    with client_of(listener) as client:
        if kind == "tcp":
            client.sendall(b"next")
            assert read_exactly(client, 4) == b"next"
        wait_until(lambda: listener.live_clients == 1)
    assert not engine.fault


@pytest.mark.parametrize("kind", ["tcp", "udp"])
def test_a_socket_of_ours_that_cannot_be_watched_fails(engine: Engine, fail: Fail, kind: str) -> None:
    with listening() as server, no_leak():
        fail(asyncio.SelectorEventLoop, "add_reader", errno.ENOSPC)
        rows = [row_of(server)] if kind == "tcp" else ()
        conversation = engine.connect(Connect(target_of(server, kind), rows=rows))
        wait_until(lambda: conversation.state is State.FAILED)
        assert conversation.error == "ENOSPC"
    assert not engine.fault


def test_an_attempt_that_cannot_be_watched_fails(engine: Engine, fail: Fail) -> None:
    with listening() as server, no_leak():
        fail(asyncio.SelectorEventLoop, "add_writer", errno.ENOSPC)
        conversation = engine.connect(Connect(Address(*server.getsockname()), rows=[row_of(server)]))
        wait_until(lambda: conversation.state is State.FAILED)
        assert conversation.error == "ENOSPC"
    assert not engine.fault


def test_an_attempt_whose_socket_has_no_name_has_not_won(engine: Engine, fail: Fail) -> None:
    with listening() as server, no_leak():
        rows = [row_of(server)]
        fail(socket.socket, "getsockname", errno.ENOBUFS, times=100)
        conversation = engine.connect(Connect(Address(V4, 1), rows=rows))
        wait_until(lambda: conversation.state is State.FAILED)
    (attempt,) = conversation.dialling.attempts
    assert (conversation.error, attempt.error, attempt.won) == ("ENOBUFS", "ENOBUFS", False)


def test_a_listener_that_cannot_be_watched_says_so_and_goes_on_by_itself(engine: Engine, fail: Fail) -> None:
    fail(asyncio.SelectorEventLoop, "add_reader", errno.ENOSPC)
    listener = engine.listen(Listen(Address(V4, 0), **ECHO))
    wait_until(lambda: listener.state is ListenerState.PAUSED)
    assert listener.error == "ENOSPC"
    assert [call.error for call in calls(listener, "epoll_ctl")] == ["ENOSPC"]
    with client_of(listener) as client:
        client.sendall(b"again")
        assert read_exactly(client, 5) == b"again"
    assert listener.state is ListenerState.LISTENING


def test_a_datagram_listener_that_cannot_be_watched_fails(engine: Engine, fail: Fail) -> None:
    with no_leak():
        fail(asyncio.SelectorEventLoop, "add_reader", errno.ENOSPC)
        listener = engine.listen(Listen(Address(V4, 0, "udp")))
        wait_until(lambda: listener.state is ListenerState.FAILED)
        assert listener.error == "ENOSPC"


def test_sending_that_cannot_be_watched_ends_the_conversation(engine: Engine, fail: Fail) -> None:
    with no_leak(), dialled(engine, small_buffer=True) as (conversation, peer):
        fail(asyncio.SelectorEventLoop, "add_writer", errno.ENOSPC)
        engine.send(conversation, bytes(8 * 1024 * 1024))
        wait_until(lambda: conversation.state is State.FAILED)
        assert conversation.error == "ENOSPC"
        assert conversation.outgoing.unsent_bytes
        with suppress(ConnectionResetError):
            read_to_end(peer)
    assert not engine.fault


# What fails while something is closed.


@pytest.mark.parametrize("name", ["getsockopt", "remove_reader"])
def test_closing_gives_the_descriptor_back_whatever_fails_on_the_way(engine: Engine, fail: Fail, name: str) -> None:
    def about_linger(_: object, *arguments: object) -> bool:
        return socket.SO_LINGER in arguments

    with no_leak(), dialled(engine) as (conversation, peer):
        if name == "getsockopt":
            fail(socket.socket, name, errno.ENOBUFS, when=about_linger)
        else:
            fail(asyncio.SelectorEventLoop, name, errno.ENOMEM)
        engine.close(conversation)
        assert read_to_end(peer) == b""
        wait_until(lambda: conversation.state is State.CLOSED_BY_US)
        engine.close(conversation)
        engine.reset(conversation)
    assert [call.error for call in calls(conversation, "close")] == [""]
    assert not engine.fault


def test_a_close_that_would_linger_is_made_also_where_there_are_no_threads(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with no_leak(), dialled(engine) as (conversation, peer):
        engine.set_option(conversation, "LINGER=1")
        wait_until(lambda: conversation.options.get("LINGER") == "1")

        def refused(_: object) -> None:
            raise RuntimeError("can't start new thread")

        with monkeypatch.context() as patch:
            patch.setattr("threading.Thread.start", refused)
            engine.close(conversation)
            wait_until(lambda: conversation.state is State.CLOSED_BY_US)
        assert read_to_end(peer) == b""


# What fails again and again.


def accepts_nobody(monkeypatch: pytest.MonkeyPatch, number: int) -> list[int]:
    """Let accept fail for good; gives a list that has an entry for each call."""
    made: list[int] = []

    def accept(_: socket.socket) -> None:
        made.append(number)
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(socket.socket, "accept", accept)
    return made


@pytest.mark.parametrize("error", ["EPERM", "EIO", "ECONNABORTED"])
def test_an_accept_that_fails_for_good_pauses_and_is_said(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, error: str
) -> None:
    listener = listen(engine, echo=True)
    with client_of(listener) as client:
        client.sendall(b"before")
        assert read_exactly(client, 6) == b"before"
        with monkeypatch.context() as patch:
            made = accepts_nobody(patch, getattr(errno, error))
            with client_of(listener) as waiting:
                wait_until(lambda: listener.state is ListenerState.PAUSED)
                assert listener.error == error
                soon = len(made)
                wait_until(lambda: len(made) >= soon + 3, what="it is tried again")
                assert len(made) < 64 + soon + 8, "not in a loop"
                patch.undo()
                waiting.sendall(b"after")
                assert read_exactly(waiting, 5) == b"after"
        client.sendall(b"unharmed")
        assert read_exactly(client, 8) == b"unharmed"
    assert listener.state is ListenerState.LISTENING


@pytest.mark.parametrize("ours", [True, False])
def test_a_datagram_socket_that_fails_for_good_is_given_up(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, ours: bool
) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as peer:
        peer.bind((V4, 0))
        subject = (
            engine.connect(Connect(target_of(peer, "udp"))) if ours else engine.listen(Listen(Address(V4, 0, "udp")))
        )
        wait_until(lambda: subject.bound if isinstance(subject, Listener) else subject.state is State.CONNECTED)

        def broken(*_: object) -> None:
            raise OSError(errno.EIO, "")

        address = subject.bound[0].address if isinstance(subject, Listener) else subject.endpoints.local
        with monkeypatch.context() as patch:
            patch.setattr(socket.socket, "recvfrom_into", broken, raising=False)
            peer.sendto(b"x", (address.host, address.port))
            wait_until(lambda: not subject.state.live)
        assert subject.error == "EIO"


def test_a_wait_that_fails_once_is_told_and_the_engine_goes_on(engine: Engine, fail: Fail) -> None:
    listener = listen(engine, echo=True)
    fail(selectors.EpollSelector, "select", errno.EINVAL)
    with client_of(listener) as client:
        client.sendall(b"on")
        assert read_exactly(client, 2) == b"on"
    wait_until(lambda: engine.fault)
    assert (engine.fault, engine.broken) == ("OSError", "")
    engine.forget_fault()


def test_waits_that_fail_for_good_end_the_engine_which_says_so(engine: Engine, fail: Fail) -> None:
    fail(selectors.EpollSelector, "select", errno.EINVAL, times=1000)
    wait_until(lambda: engine.broken)
    assert engine.broken == "EINVAL"
    engine.forget_fault()


# No port is left.


def test_a_connect_that_finds_no_free_port_has_failed(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening() as server, no_leak():
        monkeypatch.setattr(socket.socket, "connect_ex", lambda *_: errno.EAGAIN, raising=False)
        conversation = engine.connect(Connect(Address(*server.getsockname()), rows=[row_of(server)]))
        wait_until(lambda: not conversation.state.live)
        assert (conversation.state, conversation.error) == (State.FAILED, "EAGAIN")
        assert [call.error for call in calls(conversation, "connect")] == ["EAGAIN"]


def connect_where_no_port_is_left() -> None:
    engine = Engine()
    engine.start()
    datagrams = socket.SOCK_DGRAM
    with socket.socket(type=datagrams) as one, socket.socket(type=datagrams) as two:
        for port, taken in ((40000, one), (40001, two)):
            taken.bind(("0.0.0.0", port))
        conversation = engine.connect(Connect(Address(V4, 7, "udp")))
        wait_until(lambda: not conversation.state.live)
        assert (conversation.state, conversation.error) == (State.FAILED, "EAGAIN")
    engine.stop()


def test_no_port_is_left_for_datagrams() -> None:
    setup = ("ip link set lo up", "echo 40000 40001 > /proc/sys/net/ipv4/ip_local_port_range")
    run_apart(connect_where_no_port_is_left, within=in_a_network_of_its_own(*setup))


def test_what_has_ended_cannot_fail_any_more() -> None:
    conversation = a_conversation()
    RECORDER.closed(conversation)
    RECORDER.closed(conversation)
    assert conversation.state is State.CLOSED_BY_US


def test_a_loop_that_does_not_close_is_no_reason_to_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine()
    engine.start()

    close = asyncio.SelectorEventLoop.close

    def refuse(loop: asyncio.SelectorEventLoop) -> None:
        close(loop)
        raise OSError(errno.EIO, "injected")

    with monkeypatch.context() as patch:
        patch.setattr(asyncio.SelectorEventLoop, "close", refuse)
        engine.stop()
        engine.stop()
        assert not engine.running
        assert engine.fault == "OSError"
