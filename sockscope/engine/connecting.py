"""Connect a socket that never blocks, and note what was called (connect(2), EINPROGRESS; socket(7), SO_ERROR).

The rules: connect is noted when it returned, mostly at once with EINPROGRESS. The kernel's answer is a fact of its own,
getsockopt(SO_ERROR), when the socket can be written to. Only EINPROGRESS is waited for: after EAGAIN (no local port is
free, or a UNIX listener's queue is full) nothing would tell when it can go on. Where it is given up before, no answer
is asked for, and none is noted.
"""

import asyncio
import errno
import socket
from collections.abc import Callable

from sockscope.net.clock import now_ns
from sockscope.net.endpoint import SocketAddress, endpoint
from sockscope.net.error_name import error_name
from sockscope.net.value import Symbol
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
        self._under_way = False  # the kernel has no answer yet

    def start(self, on_answer: Callable[[str], None], guard: Guard) -> None:
        """Connect; `on_answer` takes the error's name, or an empty text, at once or in the loop under the guard."""
        at_ns = now_ns()
        code = self._socket.connect_ex(self._address)
        took_ns, error = now_ns() - at_ns, _named(code)
        waits = code == errno.EINPROGRESS
        meaning = "asks the other side" if waits else ""
        arguments, returned = (endpoint(self._address),), None if error else 0
        call = Call("connect", self._fd, arguments, returned, error, at_ns, took_ns, meaning)
        self._note(call)
        if waits:
            self._under_way = True
            self._loop.add_writer(self._socket, guard, self._answered, call, on_answer)
        else:
            on_answer(error)

    def _answered(self, connect: Call, on_answer: Callable[[str], None]) -> None:
        self.give_up()
        asked, at_ns = (Symbol("SO_ERROR"),), now_ns()
        try:
            error = _named(self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
        except OSError as failed:
            error = error_name(failed)
            self._note(Call("getsockopt", self._fd, asked, None, error, at_ns, now_ns() - at_ns))
        else:
            returned, meaning = (None, "connect failed") if error else (0, "connected")
            took_ns = now_ns() - at_ns
            self._note(Call("getsockopt", self._fd, asked, returned, error, at_ns, took_ns, meaning, connect))
        on_answer(error)

    def give_up(self) -> None:
        """Wait no longer for the kernel's answer. Nothing where it is there."""
        if self._under_way:
            self._under_way = False
            self._loop.remove_writer(self._socket)


def _named(code: int) -> str:
    return error_name(OSError(code, "")) if code else ""
