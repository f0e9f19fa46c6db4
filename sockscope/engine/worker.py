"""Calls that may take long, or hang, in daemon threads beside the loop.

The rule: at most `limit` are under way at a time, the rest wait for a slot; what they return is told in the loop.
A daemon thread that hangs keeps nobody from quitting. A thread takes one call after the other and ends when there was
none for IDLE_S. The loop hands a call to a thread that is idle, by that thread's own lock: a queue.SimpleQueue whose
`get` has a time limit can wait for ever where several threads wait (CPython 3.11).

What was measured with 5,000 lookups of localhost on two cores, in answers per second: a new thread for each 5,400,
threads that stay 12,000 to 14,000. A bare thread pool, which keeps no record and has no loop, gave 22,000 to 27,000;
one queue for all threads would give 16,000 to 23,000, but see above.
"""

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from sockscope.record.jobs import Job, Slots

Result = TypeVar("Result")

IDLE_S = 5.0
"""How long a thread waits for its next call."""

AGAIN_S = 0.1
"""How long to wait where the system has no more threads."""


class _Thread:
    """A thread: its next call, which is there once its lock can be had."""

    __slots__ = ("doing", "lock")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.lock.acquire()
        self.doing: Job | None = None


class Workers:
    """Makes calls beside the loop, a few at a time; used from the loop's thread alone."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, limit: int, name: str, most: int = 0, idle_s: float = IDLE_S
    ) -> None:
        """`name` is that of the threads; `most` bounds them, also where calls were given up, and is `limit` if 0.

        A thread waits `idle_s` for its next call.
        """
        self.slots = Slots(limit, most or limit)
        self._loop = loop
        self._name = name
        self._idle_s = idle_s
        self._idle: list[_Thread] = []
        self._done: deque[tuple[_Thread, Job, Callable[[], object]]] = deque()
        self._told = False  # that some are done
        self._short = False  # of threads

    def do(
        self,
        work: Callable[[], Result],
        on_done: Callable[[Result], None],
        begin: Callable[[], object] = lambda: None,
        on_fault: Callable[[Exception], object] | None = None,
    ) -> Job:
        """Call `work` in a thread when a slot is free, then `on_done` in the loop; `begin` in the loop just before.

        What `work` raises is given to `on_fault` in the loop; without it the loop's handler tells of it.
        """
        job = Job(self.slots, work, on_done, begin, on_fault or _raise)
        self.slots.queue.append(job)
        self._fill()
        return job

    def give_up(self, job: Job) -> None:
        """Never call `on_done`; a call that waits is not made, one that is under way gives its slot to the next."""
        if not job.over:
            job.over = True
            if job.begun:
                self.slots.under_way -= 1
                self.slots.hanging += 1
                self._fill()
            else:
                self.slots.queue.remove(job)

    def _fill(self) -> None:
        slots = self.slots
        while slots.queue and slots.free and (thread := self._free_thread()):
            job = slots.queue.popleft()
            job.begin()
            job.begun = True
            slots.under_way += 1
            thread.doing = job
            thread.lock.release()

    def _free_thread(self) -> _Thread | None:
        """Return an idle thread or a new one; where the system has no more of them, try again later."""
        if self._idle:
            return self._idle.pop()
        if self._short:
            return None
        thread = _Thread()
        try:
            threading.Thread(target=self._run, args=(thread,), name=self._name, daemon=True).start()
        except RuntimeError:
            self._short = True
            self._loop.call_later(AGAIN_S, self._fill_again)
            return None
        return thread

    def _fill_again(self) -> None:
        self._short = False
        self._fill()

    def _take_in(self) -> None:
        """Take in what is done."""
        self._told = False
        while self._done:
            thread, job, step = self._done.popleft()
            self._idle.append(thread)
            if job.over:
                self.slots.hanging -= 1
            else:
                job.over = True
                self.slots.under_way -= 1
                self._loop.call_soon(step)
        self._fill()

    def _let_go(self, thread: _Thread) -> None:
        """Let a thread end, where it is still idle."""
        if thread in self._idle:
            self._idle.remove(thread)
            thread.lock.release()

    # In a thread.

    def _run(self, thread: _Thread) -> None:
        while job := self._next(thread):
            step: Callable[[], object]
            try:
                step = partial(job.on_done, job.work())
            except Exception as error:
                step = partial(job.on_fault, error)
            self._done.append((thread, job, step))
            del job, step  # while it waits for the next one it holds nothing of whom this was for
            if not self._told:
                self._told = True
                if not self._tell(self._take_in):
                    return

    def _next(self, thread: _Thread) -> Job | None:
        while not thread.lock.acquire(timeout=self._idle_s):
            if not self._tell(partial(self._let_go, thread)):
                return None
        job, thread.doing = thread.doing, None
        return job

    def _tell(self, step: Callable[[], None]) -> bool:
        with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
            self._loop.call_soon_threadsafe(step)
            return True
        return False


def _raise(error: Exception) -> None:
    raise error
