"""Calls that may take long, or hang, in daemon threads beside the loop.

The rule: at most `limit` are under way at a time, the rest wait their turn; what they bring home is told in the loop.
A daemon thread that hangs keeps nobody from quitting. A thread takes one call after the other and ends when there was
none for IDLE_S.

What was measured with 5,000 lookups of localhost on two cores, in answers per second: a new thread for each 5,400;
threads that stay 13,000 to 17,000; and one wake-up of the loop for all that came home meanwhile 16,000 to 23,000. A bare
thread pool, which keeps no record and has no loop, gave 20,000 to 34,000.
"""

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from queue import Empty, SimpleQueue
from typing import TypeVar

from sockscope.net.resolve.turn import Places, Turn

Result = TypeVar("Result")

IDLE_S = 5.0
"""How long a thread waits for its next call."""

AGAIN_S = 0.1
"""How long to wait where the system has no more threads."""


class Workers:
    """Makes calls beside the loop, a few at a time; used from the loop's thread alone."""

    def __init__(self, loop: asyncio.AbstractEventLoop, limit: int, name: str, most: int = 0) -> None:
        """`name` is that of the threads; `most` bounds them, also where calls were given up, and is `limit` if 0."""
        self.places = Places(limit, most or limit)
        self._loop = loop
        self._name = name
        self._threads = 0  # in a call or idle
        self._begun: SimpleQueue[Turn | None] = SimpleQueue()
        self._home: deque[tuple[Turn, Callable[[], None]]] = deque()
        self._told = False  # that somebody came home
        self._short = False  # of threads

    def do(
        self,
        work: Callable[[], Result],
        on_done: Callable[[Result], None],
        begin: Callable[[], object] = lambda: None,
    ) -> Turn:
        """Call `work` in a thread when a place is free, then `on_done` in the loop; `begin` in the loop just before."""
        turn = Turn(self.places, work, on_done, begin)
        self.places.queue.append(turn)
        self._fill()
        return turn

    def give_up(self, turn: Turn) -> None:
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
        while places.queue and places.free:
            turn = places.queue.popleft()
            turn.begin()
            turn.begun = True
            places.under_way += 1
            self._begun.put(turn)
        self._staff()

    def _staff(self) -> None:
        """Have a thread for each call; where the system has no more of them, try again later."""
        while self._threads < self.places.threads and not self._short:
            try:
                threading.Thread(target=self._run, name=self._name, daemon=True).start()
            except RuntimeError:
                self._short = True
                self._loop.call_later(AGAIN_S, self._staff_again)
            else:
                self._threads += 1

    def _staff_again(self) -> None:
        self._short = False
        self._staff()

    def _welcome(self) -> None:
        """Take in all that came home."""
        self._told = False
        while self._home:
            turn, step = self._home.popleft()
            if turn.over:
                self.places.hanging -= 1
            else:
                turn.over = True
                self.places.under_way -= 1
                self._loop.call_soon(step)
        self._fill()

    def _thin(self) -> None:
        """Let an idle thread end, where there still is one."""
        if self._threads > self.places.threads:
            self._threads -= 1
            self._begun.put(None)

    # In a thread.

    def _run(self) -> None:
        while turn := self._next():
            step: Callable[[], None]
            try:
                step = partial(turn.on_done, turn.work())
            except Exception as error:
                step = partial(_raise, error)  # in the loop, whose handler tells of it
            self._home.append((turn, step))
            if not self._told:
                self._told = True
                if not self._tell(self._welcome):
                    return

    def _next(self) -> Turn | None:
        while True:
            try:
                return self._begun.get(timeout=IDLE_S)
            except Empty:
                if not self._tell(self._thin):
                    return None

    def _tell(self, step: Callable[[], None]) -> bool:
        with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
            self._loop.call_soon_threadsafe(step)
            return True
        return False


def _raise(error: Exception) -> None:
    raise error
