"""Calls that may take long, or hang, in daemon threads beside the loop.

The rule: at most `limit` are under way at a time, the rest wait their turn; what they bring home is told in the loop.
A daemon thread that hangs keeps nobody from quitting. A thread takes one call after the other and ends when there was
none for IDLE_S. The loop threads a call to a thread that is idle, by that thread's own lock: a queue.SimpleQueue whose
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

    __slots__ = ("lock", "turn")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.lock.acquire()
        self.turn: Job | None = None


class Workers:
    """Makes calls beside the loop, a few at a time; used from the loop's thread alone."""

    def __init__(self, loop: asyncio.AbstractEventLoop, limit: int, name: str, most: int = 0) -> None:
        """`name` is that of the threads; `most` bounds them, also where calls were given up, and is `limit` if 0."""
        self.places = Slots(limit, most or limit)
        self._loop = loop
        self._name = name
        self._idle: list[_Thread] = []
        self._home: deque[tuple[_Thread, Job, Callable[[], object]]] = deque()
        self._told = False  # that somebody came home
        self._short = False  # of threads

    def do(
        self,
        work: Callable[[], Result],
        on_done: Callable[[Result], None],
        begin: Callable[[], object] = lambda: None,
        on_fault: Callable[[Exception], object] | None = None,
    ) -> Job:
        """Call `work` in a thread when a place is free, then `on_done` in the loop; `begin` in the loop just before.

        What `work` raises is given to `on_fault` in the loop; without it the loop's handler tells of it.
        """
        turn = Job(self.places, work, on_done, begin, on_fault or _raise)
        self.places.queue.append(turn)
        self._fill()
        return turn

    def give_up(self, turn: Job) -> None:
        """Never call `on_done`; a call that waits is not made, one that is under way gives its place to the next."""
        if not turn.over:
            turn.over = True
            if turn.begun:
                self.places.under_way -= 1
                self.places.hanging += 1
                self._fill()
            else:
                self.places.queue.remove(turn)

    def _fill(self) -> None:
        places = self.places
        while places.queue and places.free and (thread := self._free_hand()):
            turn = places.queue.popleft()
            turn.begin()
            turn.begun = True
            places.under_way += 1
            thread.turn = turn
            thread.lock.release()

    def _free_hand(self) -> _Thread | None:
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

    def _welcome(self) -> None:
        """Take in all that came home."""
        self._told = False
        while self._home:
            thread, turn, step = self._home.popleft()
            self._idle.append(thread)
            if turn.over:
                self.places.hanging -= 1
            else:
                turn.over = True
                self.places.under_way -= 1
                self._loop.call_soon(step)
        self._fill()

    def _dismiss(self, thread: _Thread) -> None:
        """Let a thread end, where it is still idle."""
        if thread in self._idle:
            self._idle.remove(thread)
            thread.lock.release()

    # In a thread.

    def _run(self, thread: _Thread) -> None:
        while turn := self._next(thread):
            step: Callable[[], object]
            try:
                step = partial(turn.on_done, turn.work())
            except Exception as error:
                step = partial(turn.on_fault, error)
            self._home.append((thread, turn, step))
            if not self._told:
                self._told = True
                if not self._tell(self._welcome):
                    return

    def _next(self, thread: _Thread) -> Job | None:
        while not thread.lock.acquire(timeout=IDLE_S):
            if not self._tell(partial(self._dismiss, thread)):
                return None
        turn, thread.turn = thread.turn, None
        return turn

    def _tell(self, step: Callable[[], None]) -> bool:
        with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
            self._loop.call_soon_threadsafe(step)
            return True
        return False


def _raise(error: Exception) -> None:
    raise error
