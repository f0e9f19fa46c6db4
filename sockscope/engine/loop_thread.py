"""The thread that the engine's loop runs in: begun, asked to do something from elsewhere, and ended.

The rules: what is asked for is done in the thread, in the order in which it was asked, and not at all once the loop is
over. Where waiting for events fails (epoll_wait(2)) it goes on, unless that fails again and again. What escapes into
the loop is noted by its type alone, for its text may hold a peer's bytes, and rested behind.
"""

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable

from sockscope.engine.guard import cause
from sockscope.engine.settings import WAITS_FAILED
from sockscope.rest import Rest


class LoopThread:
    """Runs a loop in a daemon thread of its own."""

    def __init__(self, loop: asyncio.AbstractEventLoop, begin: Callable[[], None], end: Callable[[], None]) -> None:
        """`begin` is called first in the thread and `end` last."""
        self.fault = ""  # the type of the last exception that no conversation could be blamed for
        self.broken = ""  # the name of the error with which the loop ended for good, though nobody stopped it
        self._loop = loop
        self._begin, self._end = begin, end
        self._over = self._ended = False
        self._rest = Rest()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        loop.set_exception_handler(self._escaped)

    @property
    def running(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def finish(self) -> None:
        """Do nothing that is asked for from now on, and end the loop; in the thread."""
        self._over = True
        self._loop.stop()

    def join(self, within_s: float) -> None:
        """Wait for the end; `end` is called here where the thread never began."""
        if self._thread.is_alive():
            self._thread.join(within_s)
        elif not self._ended:
            self._finish()

    def soon(self, step: Callable[..., None], *arguments: object) -> None:
        """Have a step done in the thread; nothing happens once the loop is over."""
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._unless_over, step, *arguments)

    def every(self, interval_s: float, step: Callable[[], bool]) -> None:
        """Have a step done in the thread, at once and then again and again, until it returns False."""

        def again() -> None:
            if not self._over and step():
                self._loop.call_later(interval_s, again)

        self.soon(again)

    def note_fault(self, kind: type) -> None:
        """Keep the type of an exception that escaped."""
        self.fault = kind.__name__

    def _unless_over(self, step: Callable[..., None], *arguments: object) -> None:
        if not self._over:
            step(*arguments)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._begin()
        try:
            self._run_until_over()
        except Exception as error:
            self.broken = cause(error)[0]
        finally:
            self._finish()

    def _finish(self) -> None:
        """Give back what the loop holds, once; a descriptor that does not close goes with the process."""
        self._ended = True
        try:
            self._end()
        except OSError as error:
            self.note_fault(type(error))

    def _run_until_over(self) -> None:
        failed_at_s: deque[float] = deque(maxlen=WAITS_FAILED)
        while not self._over:
            try:
                self._loop.run_forever()
            except OSError as error:
                self.note_fault(type(error))
                failed_at_s.append(self._loop.time())
                if len(failed_at_s) == WAITS_FAILED and failed_at_s[-1] - failed_at_s[0] < WAITS_FAILED:
                    raise

    def _escaped(self, loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        self.note_fault(type(context.get("exception")))
        self._rest.take()
