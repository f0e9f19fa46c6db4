"""Notice a reset on a socket that is no longer read.

After the peer's end of stream a socket stays readable for ever, so the loop must not wait for that any more; a
reset that follows would show only at the next send. epoll(7) tells of errors and hang-ups even where nothing
else is asked for. On systems without epoll the next send tells.
"""

import asyncio
import contextlib
import select
from collections.abc import Callable


class Hangups:
    """Calls back once when a watched descriptor has an error or is hung up; used in the engine's thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._callbacks: dict[int, Callable[[], None]] = {}
        self._epoll = select.epoll() if hasattr(select, "epoll") else None
        if self._epoll:
            loop.add_reader(self._epoll.fileno(), self._ready)

    def watch(self, fd: int, callback: Callable[[], None]) -> None:
        """Begin to watch."""
        if self._epoll and fd not in self._callbacks:
            self._epoll.register(fd, 0)
            self._callbacks[fd] = callback

    def forget(self, fd: int) -> None:
        """Stop watching; to be called before the descriptor is closed."""
        if self._epoll and self._callbacks.pop(fd, None):
            with contextlib.suppress(OSError):
                self._epoll.unregister(fd)

    def close(self) -> None:
        """Close the epoll descriptor."""
        if self._epoll:
            self._epoll.close()

    def _ready(self) -> None:
        assert self._epoll is not None
        for fd, _ in self._epoll.poll(0):
            callback = self._callbacks.get(fd)
            self.forget(fd)
            if callback:
                callback()
