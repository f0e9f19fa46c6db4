"""Calls beside the loop: a few at a time, in threads that stay a while, given up without waiting."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from sockscope.engine import worker
from sockscope.engine.worker import Workers
from tests.conftest import wait_until


class Loop:
    """A loop in a thread of its own, and what its handler was told of."""

    def __init__(self) -> None:
        self.loop = asyncio.SelectorEventLoop()
        self.faults: list[str] = []
        self.loop.set_exception_handler(lambda _, context: self.faults.append(str(context.get("exception"))))
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        self.loop.run_forever()
        self.loop.close()

    def soon(self, step: Callable[..., object], *arguments: object) -> None:
        self.loop.call_soon_threadsafe(step, *arguments)

    def settle(self) -> None:
        """Wait until everything that is in the loop's queue is done, and what that put there."""
        for _ in range(2):
            done = threading.Event()
            self.soon(done.set)
            assert done.wait(10)

    def stop(self) -> None:
        if self._thread.is_alive():
            self.soon(self.loop.stop)
            self._thread.join(10)


@pytest.fixture
def loop() -> Iterator[Loop]:
    running = Loop()
    yield running
    running.stop()


class Gate:
    """Work that does not return before it is opened."""

    def __init__(self) -> None:
        self.entered: list[int] = []
        self._open = threading.Event()

    def work(self, number: int) -> int:
        self.entered.append(number)
        assert self._open.wait(30)
        return number

    def open(self) -> None:
        self._open.set()


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    yield made
    made.open()


def threads(name: str) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == name]


def fill(loop: Loop, workers: Workers, gate: Gate, count: int, told: list[int]) -> None:
    for number in range(count):
        loop.soon(workers.do, partial(gate.work, number), told.append)


def give_up(loop: Loop, workers: Workers, *jobs: object) -> None:
    for job in jobs:
        loop.soon(workers.give_up, job)
    loop.settle()


def test_at_most_so_many_are_under_way_and_the_rest_wait_in_order(loop: Loop, gate: Gate) -> None:
    told: list[int] = []
    workers = Workers(loop.loop, 3, "few")
    fill(loop, workers, gate, 7, told)
    wait_until(lambda: len(gate.entered) == 3)
    loop.settle()
    slots = workers.slots
    assert (slots.under_way, slots.waiting, slots.hanging) == (3, 4, 0)
    assert [job.ahead for job in slots.queue] == [0, 1, 2, 3]
    assert len(threads("few")) == 3
    gate.open()
    wait_until(lambda: len(told) == 7)
    assert sorted(gate.entered) == sorted(told) == list(range(7))
    assert (slots.under_way, slots.waiting) == (0, 0)


def test_begin_is_called_in_the_loop_when_the_turn_comes(loop: Loop, gate: Gate) -> None:
    begun: list[threading.Thread] = []
    workers = Workers(loop.loop, 1, "one")
    fill(loop, workers, gate, 1, [])
    loop.soon(workers.do, lambda: None, lambda _: None, lambda: begun.append(threading.current_thread()))
    loop.settle()
    assert begun == []
    gate.open()
    wait_until(lambda: begun)
    assert begun == [loop._thread]


def test_a_thread_takes_one_call_after_the_other(loop: Loop) -> None:
    seen: list[threading.Thread] = []
    workers = Workers(loop.loop, 1, "again")
    for _ in range(50):
        loop.soon(workers.do, threading.current_thread, seen.append)
    wait_until(lambda: len(seen) == 50)
    assert len(set(seen)) == 1


def test_threads_end_when_there_was_nothing_to_do_and_others_begin_later(loop: Loop) -> None:
    told: list[int] = []
    workers = Workers(loop.loop, 4, "idle", idle_s=0.02)
    for round_ in range(3):
        for number in range(20):
            loop.soon(workers.do, partial(abs, number), told.append)
        wait_until(lambda count=20 * (round_ + 1): len(told) == count)
        wait_until(lambda: not threads("idle"))
    assert workers._idle == []


def test_a_thread_that_was_given_a_call_as_its_time_ran_out_stays(
    loop: Loop, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[worker._Thread] = []

    class FakeThread(worker._Thread):
        def __init__(self) -> None:
            super().__init__()
            threads.append(self)

    monkeypatch.setattr(worker, "_Thread", FakeThread)
    told: list[int] = []
    workers = Workers(loop.loop, 1, "busy")
    fill(loop, workers, gate, 2, told)
    wait_until(lambda: gate.entered)
    loop.soon(workers._let_go, threads[0])
    loop.settle()
    gate.open()
    wait_until(lambda: told == [0, 1])
    assert (len(threads), loop.faults) == (1, [])


def test_idle_threads_end_when_the_loop_is_gone(loop: Loop) -> None:
    told: list[int] = []
    workers = Workers(loop.loop, 2, "left", idle_s=0.05)
    loop.soon(workers.do, partial(abs, 1), told.append)
    wait_until(lambda: told)
    loop.stop()
    wait_until(lambda: not threads("left"))


def test_what_comes_home_after_the_loop_is_gone_is_dropped_in_silence(loop: Loop, gate: Gate) -> None:
    told: list[int] = []
    workers = Workers(loop.loop, 2, "late")
    fill(loop, workers, gate, 2, told)
    wait_until(lambda: len(gate.entered) == 2)
    began_at = time.monotonic()
    loop.stop()
    assert time.monotonic() - began_at < 1
    gate.open()  # a thread that raised would fail this test
    wait_until(lambda: workers._done)
    assert told == []


def test_a_call_that_raises_is_told_by_the_loop_and_the_others_go_on(loop: Loop) -> None:
    told: list[int] = []
    workers = Workers(loop.loop, 1, "raises")
    loop.soon(workers.do, lambda: 1 // 0, told.append)
    loop.soon(workers.do, lambda: 5, lambda _: int("no number"))
    loop.soon(workers.do, lambda: 7, told.append)
    wait_until(lambda: told == [7])
    assert [fault[:8] for fault in loop.faults] == ["integer ", "invalid "]
    assert workers.slots.under_way == 0


def test_a_system_without_threads_left_makes_the_call_when_there_is_one_again(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoThread:
        def __init__(self, **_: object) -> None: ...

        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    told: list[int] = []
    workers = Workers(loop.loop, 2, "none")
    with monkeypatch.context() as patch:
        patch.setattr("sockscope.engine.worker.threading.Thread", NoThread)
        loop.soon(workers.do, partial(abs, 1), told.append)
        loop.settle()
    wait_until(lambda: told == [1], what="tried again without another call")
    assert loop.faults == []


# Given up.


def test_a_call_given_up_while_it_waits_is_never_made(loop: Loop, gate: Gate) -> None:
    told: list[int] = []
    workers = Workers(loop.loop, 1, "never")
    fill(loop, workers, gate, 4, told)
    wait_until(lambda: workers.slots.waiting == 3)
    give_up(loop, workers, workers.slots.queue[1])
    assert [job.ahead for job in workers.slots.queue] == [0, 1]
    gate.open()
    wait_until(lambda: len(told) == 3)
    assert told == gate.entered == [0, 1, 3]


def test_a_call_given_up_while_it_hangs_gives_its_place_to_the_next(loop: Loop, gate: Gate) -> None:
    told: list[int] = []
    jobs: list[object] = []
    workers = Workers(loop.loop, 2, "hang", 3)
    for number in range(5):
        loop.soon(lambda number=number: jobs.append(workers.do(partial(gate.work, number), told.append)))
    wait_until(lambda: len(gate.entered) == 2 and len(jobs) == 5)
    slots = workers.slots
    give_up(loop, workers, jobs[0], jobs[0])  # the second time changes nothing
    wait_until(lambda: 2 in gate.entered)
    assert (slots.under_way, slots.hanging, slots.waiting) == (2, 1, 2)
    give_up(loop, workers, jobs[1])
    assert (slots.under_way, slots.hanging, slots.waiting) == (1, 2, 2), "no more than three threads"
    assert len(threads("hang")) == 3
    gate.open()
    wait_until(lambda: len(told) == 3)
    loop.settle()
    assert sorted(told) == [2, 3, 4]
    assert (slots.under_way, slots.hanging, slots.waiting) == (0, 0, 0)


def test_giving_up_what_came_home_changes_nothing(loop: Loop) -> None:
    told: list[int] = []
    jobs: list[object] = []
    workers = Workers(loop.loop, 1, "done")
    loop.soon(lambda: jobs.append(workers.do(partial(abs, -3), told.append)))
    wait_until(lambda: told == [3])
    give_up(loop, workers, *jobs)
    assert (workers.slots.under_way, workers.slots.hanging) == (0, 0)


def test_nothing_is_lost_when_thousands_come_home_at_once(loop: Loop) -> None:
    told: list[int] = []
    workers = Workers(loop.loop, 16, "many", idle_s=0.001)
    for number in range(3000):
        loop.soon(workers.do, partial(abs, number), told.append)
    wait_until(lambda: len(told) == 3000)
    assert sorted(told) == list(range(3000))
    assert workers.slots.under_way == 0
