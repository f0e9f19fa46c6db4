"""Connect a socket that never blocks, and note the call (connect(2), EINPROGRESS).

The rules: the call lasts from connect to the kernel's answer (SO_ERROR), and is noted once, when that is there. Only
EINPROGRESS is waited for: after EAGAIN (no local port is free, or a UNIX listener's queue is full) nothing would tell
when it can go on. Where it is given up before, all that is known is what connect said at first.
"""

import asyncio
import errno
import socket
from collections.abc import Callable

from sockscope.net.clock import now_ns
from sockscope.net.endpoint import SocketAddress, endpoint
from sockscope.net.error_name import error_name
from sockscope.record.fact import Call, Note

Guard = Callable[..., None]
"""Makes a step with its arguments, so that what it raises ends the right thing."""


class Connecting:
    """One connect; used from the loop's thread alone."""

    def __init__(self, loop: asyncio.AbstractEventLoop, note: Note, opened: socket.socket, address: SocketAddress):
        self._loop = loop
        self._note = note
        self._socket = opened
        self._fd = opened.fileno()
        self._address = address
        self._at_ns = 0
        self._under_way = False  # the kernel has no answer yet

    def start(self, on_answer: Callable[[str], None], guard: Guard) -> None:
        """Connect; `on_answer` takes the error's name, or an empty text, at once or in the loop under the guard."""
        self._at_ns = now_ns()
        code = self._socket.connect_ex(self._address)
        if code == errno.EINPROGRESS:
            self._under_way = True
            self._loop.add_writer(self._socket, guard, self._answered, on_answer)
        else:
            self._over(code, on_answer)

    def _answered(self, on_answer: Callable[[str], None]) -> None:
        code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        self._under_way = False
        self._loop.remove_writer(self._socket)
        self._over(code, on_answer)

    def _over(self, code: int, on_answer: Callable[[str], None]) -> None:
        error = error_name(OSError(code, "")) if code else ""
        self._told(error)
        on_answer(error)

    def give_up(self, meaning: str) -> None:
        """Wait no longer for the kernel's answer; `meaning` says why. Nothing where it is there."""
        if self._under_way:
            self._under_way = False
            self._loop.remove_writer(self._socket)
            self._told("EINPROGRESS", meaning)

    def _told(self, error: str, meaning: str = "") -> None:
        arguments, returned = (endpoint(self._address),), None if error else 0
        self._note(Call("connect", self._fd, arguments, returned, error, self._at_ns, now_ns() - self._at_ns, meaning))
