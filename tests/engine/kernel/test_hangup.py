"""A reset on a socket that nobody reads is noticed; an end of stream is not mistaken for one."""

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from sockscope.engine.kernel.hangup import Hangups
from tests.engine.loopback import connected_pair, send_reset, sockets_open


@contextmanager
def a_loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.SelectorEventLoop()
    try:
        yield loop
    finally:
        loop.close()


def run_until(loop: asyncio.AbstractEventLoop, condition: Callable[[], object]) -> None:
    ends = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < ends, "not so within 5 s"
        loop.run_until_complete(asyncio.sleep(0))


def test_a_reset_is_told_once_to_whoever_watches_and_an_end_of_stream_is_not() -> None:
    told: list[str] = []
    with a_loop() as loop, connected_pair() as (reset, resetting), connected_pair() as (ended, ending):
        watch = Hangups(loop)
        watch.watch(ended.fileno(), lambda: told.append("ended"))
        watch.watch(reset.fileno(), lambda: told.append("reset"))
        ending.shutdown(socket.SHUT_WR)
        assert ended.recv(1) == b"", "the end is here"
        send_reset(resetting)
        run_until(loop, lambda: told)
        for _ in range(10):
            loop.run_until_complete(asyncio.sleep(0))
        assert told == ["reset"]
        watch.close()


def test_what_is_forgotten_is_not_told() -> None:
    told: list[str] = []
    with a_loop() as loop, connected_pair() as (first, resetting_first), connected_pair() as (second, resetting_second):
        watch = Hangups(loop)
        for name, each in (("first", first), ("second", second)):
            watch.watch(each.fileno(), lambda name=name: told.append(name))
        watch.forget(first.fileno())
        watch.forget(first.fileno())
        send_reset(resetting_first)
        send_reset(resetting_second)
        run_until(loop, lambda: told)
        assert told == ["second"]
        assert watch._epoll is not None
        assert watch._epoll.poll(0) == [], "what was told or forgotten keeps the loop awake"
        watch.close()


def test_a_descriptor_that_is_used_again_can_be_watched_again() -> None:
    told: list[str] = []
    with a_loop() as loop:
        watch = Hangups(loop)
        for name in ("first", "second"):
            with connected_pair() as (watched, resetting):
                watch.watch(watched.fileno(), lambda name=name: told.append(name))
                send_reset(resetting)
                run_until(loop, lambda name=name: name in told)
        assert told == ["first", "second"]
        watch.close()


@pytest.mark.parametrize("watching", [False, True])
def test_closing_the_watch_leaves_the_sockets_alone(watching: bool) -> None:
    with a_loop() as loop, connected_pair() as (ours, peer):
        before = sockets_open()
        watch = Hangups(loop)
        if watching:
            watch.watch(ours.fileno(), lambda: None)
        watch.close()
        assert sockets_open() >= before
        peer.sendall(b"x")
        assert ours.recv(1) == b"x"
