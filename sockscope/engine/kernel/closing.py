"""Close a socket: at once, or where it lingers in a thread of its own.

With SO_LINGER close(2) waits until everything is sent and acknowledged, also on a socket that never blocks.
"""

import asyncio
import contextlib
import os
import socket
import threading
from collections.abc import Callable

from sockscope.engine.kernel import option
from sockscope.engine.syscall import make
from sockscope.record.fact import Call


def close(loop: asyncio.AbstractEventLoop, opened: socket.socket, over: Callable[[Call], None]) -> None:
    """Close a socket, and call `over` in the loop with the call that was made."""
    lingers = _may_linger(opened)
    fd = opened.detach()  # from here on nobody takes it for open, whichever thread closes it

    def wait() -> None:
        call = _close(fd)
        with contextlib.suppress(RuntimeError):  # the loop was closed while we waited
            loop.call_soon_threadsafe(over, call)

    if lingers:
        with contextlib.suppress(RuntimeError):  # the system has no more threads: then it waits here
            threading.Thread(target=wait, name="close", daemon=True).start()
            return
    over(_close(fd))


def _may_linger(opened: socket.socket) -> bool:
    """Whether close(2) may wait; also where the kernel does not say."""
    try:
        return option.lingers(opened)
    except OSError:
        return True


def _close(fd: int) -> Call:
    """Make the call; whatever it says, the descriptor is gone (close(2))."""
    made: list[Call] = []
    with contextlib.suppress(OSError):
        make(made.append, "close", fd, (), lambda: os.close(fd), meaning="closed")
    return made[0]
