"""Close a socket: at once, or where it lingers in a thread of its own.

With SO_LINGER close(2) waits until everything is sent and acknowledged, also on a socket that never blocks.
"""

import asyncio
import contextlib
import os
import socket
import threading
from collections.abc import Callable

from sockscope.net import option
from sockscope.net.fact import Call, make


def close(loop: asyncio.AbstractEventLoop, opened: socket.socket, over: Callable[[Call], None]) -> None:
    """Close a socket, and call `over` in the loop with the call that was made."""
    lingers = option.lingers(opened)
    fd = opened.detach()  # from here on nobody takes it for open, whichever thread closes it
    if not lingers:
        over(_close(fd))
        return

    def wait() -> None:
        call = _close(fd)
        with contextlib.suppress(RuntimeError):  # the loop was closed while we waited
            loop.call_soon_threadsafe(over, call)

    threading.Thread(target=wait, name="close", daemon=True).start()


def _close(fd: int) -> Call:
    """Make the call; whatever it says, the descriptor is gone (close(2))."""
    made: list[Call] = []
    with contextlib.suppress(OSError):
        make(made.append, "close", str(fd), lambda: os.close(fd), lambda _: "0", "closed")
    return made[0]
