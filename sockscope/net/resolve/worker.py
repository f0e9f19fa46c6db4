"""Calls that may take long, or hang, in daemon threads beside the loop.

The rule: at most `limit` are under way at a time, the rest wait their turn; what they bring home is told in the loop.
A daemon thread that hangs keeps nobody from quitting.
"""

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

Result = TypeVar("Result")


class Workers:
    """Makes calls beside the loop, a few at a time; used from the loop's thread alone."""

    def __init__(self, loop: asyncio.AbstractEventLoop, limit: int, name: str) -> None:
        """`name` is that of the threads."""
        self._loop = loop
        self._limit = limit
        self._name = name
        self._waiting: deque[tuple[Callable[[], bool], Callable[[], Any], Callable[[Any], None]]] = deque()
        self.under_way = 0

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    def do(
        self, work: Callable[[], Result], on_done: Callable[[Result], None], begin: Callable[[], bool] = lambda: True
    ) -> None:
        """Call `work` in a thread when a place is free, then `on_done` in the loop.

        `begin` is called in the loop just before; where it gives False, nobody wants the result any more.
        """
        self._waiting.append((begin, work, on_done))
        self._fill()

    def _fill(self) -> None:
        while self._waiting and self.under_way < self._limit:
            begin, work, on_done = self._waiting.popleft()
            if begin():
                self.under_way += 1
                threading.Thread(target=self._run, args=(work, on_done), name=self._name, daemon=True).start()

    def _run(self, work: Callable[[], Result], on_done: Callable[[Result], None]) -> None:
        step: Callable[[], None]
        try:
            step = partial(on_done, work())
        except Exception as error:
            step = partial(_raise, error)  # in the loop, whose handler tells of it
        with contextlib.suppress(RuntimeError):  # the loop was closed while we waited
            self._loop.call_soon_threadsafe(self._done, step)

    def _done(self, step: Callable[[], None]) -> None:
        self.under_way -= 1
        self._fill()
        step()


def _raise(error: Exception) -> None:
    raise error
