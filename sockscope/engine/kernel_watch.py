"""Looks at our TCP sockets in the kernel, all of them by one dump, about once a second (sock_diag(7)).

The rules: a dump is made and read in a thread, and takes a fiftieth of the time at the most (SHARE): with thousands of
sockets it comes more seldom, and when thousands arrive at once it waits for as long as they will take (EACH_S). While
there is no socket, nothing is asked. Where the kernel does not tell it is asked again ever more seldom, and the records
stay without views. Where clients wait to be accepted, the same dump tells who.
"""

import os
from contextlib import suppress
from time import monotonic, thread_time
from typing import NamedTuple

from sockscope.engine.connection import Connection
from sockscope.engine.context import Context
from sockscope.engine.kernel import sock_diag, tcp_view
from sockscope.engine.worker import Workers
from sockscope.net.clock import now_ns
from sockscope.net.socket_kind import TCP
from sockscope.record.conversation import Conversation
from sockscope.record.kernel_view import KernelView
from sockscope.record.listener import Listener

SHARE = 0.02
EACH_S = 12e-6
"""Of processor, about what a look takes for each socket."""

LONGEST_S = 60.0
"""Between two questions that are not answered."""


class Looked(NamedTuple):
    """What was seen: of each inode, and of who waits to be accepted; and how many seconds of processor it took."""

    views: list[tuple[int, KernelView]]
    waiting: list[sock_diag.Socket]
    took_s: float


class KernelWatch:
    """Has the kernel asked, again and again; used from the engine's thread alone."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._workers = Workers(context.loop, 1, "kernel")
        self._inodes: dict[Connection, int] = {}
        self._looked_at_s = monotonic()  # when the last look ended
        self._failed_s = 0.0  # how long was waited since it was last answered

    def start(self) -> None:
        """Begin to look."""
        self._wait(0)

    def _wait(self, least_s: float) -> None:
        self._context.loop.call_later(max(self._context.settings.look_s, least_s), self._look)

    def _look(self) -> None:
        takes_s = EACH_S * len(self._context.connections)
        if (left_s := self._looked_at_s + takes_s / SHARE - monotonic()) > 0:
            self._wait(left_s)
            return
        began_s = thread_time()
        ours, queued = self._by_inode(), self._queued()
        if not ours and not queued:
            self._wait(0)
            return
        spent_s = thread_time() - began_s
        self._workers.do(
            lambda: _views(ours, bool(queued)),
            lambda looked: self._looked(ours, queued, looked, spent_s),
            on_fault=self._failed,
        )

    def _queued(self) -> list[Listener]:
        """Return the listeners of TCP where somebody waits to be accepted, or was seen to."""
        streams = (one for one in self._context.listeners if one.transport is TCP)
        return [one for one in streams if one.waiting or any(waiting for waiting, _ in one.queues)]

    def _by_inode(self) -> dict[int, Conversation]:
        """Return the conversations whose sockets are looked at; a descriptor's inode is asked for once."""
        before, self._inodes = self._inodes, {}
        for conversation, connection in self._context.connections.items():
            if conversation.transport is TCP and (inode := before.get(connection) or _inode(connection)):
                self._inodes[connection] = inode
        return {inode: connection.conversation for connection, inode in self._inodes.items()}

    def _looked(self, ours: dict[int, Conversation], queued: list[Listener], looked: Looked, spent_s: float) -> None:
        began_s = thread_time()
        for inode, view in looked.views:
            if ours[inode].state.live:
                self._context.recorder.looked(ours[inode], view)
        for listener in queued:
            waiting = [(one.peer, one.unread) for one in looked.waiting if _waits_at(one, listener)]
            self._context.recorder.listeners.wait(listener, waiting, now_ns())
        self._looked_at_s, self._failed_s = monotonic(), 0.0
        self._wait((spent_s + looked.took_s + thread_time() - began_s) / SHARE)

    def _failed(self, _: Exception) -> None:
        self._failed_s = min(max(1, 2 * self._failed_s), LONGEST_S)
        self._wait(self._failed_s)


def _views(ours: dict[int, Conversation], some_wait: bool) -> Looked:
    began_s = thread_time()
    waiting: list[bytes] = []
    views = tcp_view.views(ours, waiting.append if some_wait else None)
    return Looked(views, [sock_diag.read(told) for told in waiting], thread_time() - began_s)


def _waits_at(one: sock_diag.Socket, listener: Listener) -> bool:
    """Whether a socket that nobody holds is a client that waits there; others are what programs closed."""
    bound = (bound.address for bound in listener.bound)
    here = any(at.port == one.local.port and (at.is_any or at.host == one.local.host) for at in bound)
    return here and one.state in ("ESTAB", "CLOSE-WAIT")


def _inode(connection: Connection) -> int:
    with suppress(OSError):  # it is being closed
        return os.fstat(connection.socket.fileno()).st_ino
    return 0
