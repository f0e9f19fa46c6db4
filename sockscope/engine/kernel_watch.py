"""Looks at our TCP sockets in the kernel, all of them by one dump, about once a second (sock_diag(7)).

The rules: a dump is made and read in a thread, and takes a fiftieth of the time at the most (SHARE): with thousands of
sockets it comes more seldom. While there is no socket, nothing is asked. Where the kernel does not tell it is asked
again ever more seldom, and the records stay without views.
"""

import os
from contextlib import suppress
from time import thread_time

from sockscope.engine.connection import Connection
from sockscope.engine.context import Context
from sockscope.engine.kernel import tcp_view
from sockscope.engine.worker import Workers
from sockscope.net.socket_kind import TCP
from sockscope.record.conversation import Conversation
from sockscope.record.kernel_view import KernelView

SHARE = 0.02
LONGEST_S = 60.0
"""Between two questions that are not answered."""

Looked = tuple[list[tuple[int, KernelView]], float]
"""What was seen of each inode, and how many seconds of processor that took."""


class KernelWatch:
    """Has the kernel asked, again and again; used from the engine's thread alone."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._workers = Workers(context.loop, 1, "kernel")
        self._inodes: dict[Connection, int] = {}
        self._failed_s = 0.0  # how long was waited since it was last answered

    def start(self) -> None:
        """Begin to look."""
        self._wait(0)

    def _wait(self, least_s: float) -> None:
        self._context.loop.call_later(max(self._context.settings.look_s, least_s), self._look)

    def _look(self) -> None:
        began_s = thread_time()
        ours = self._by_inode()
        if ours:
            spent_s = thread_time() - began_s
            self._workers.do(
                lambda: _views(ours), lambda looked: self._looked(ours, looked, spent_s), on_fault=self._failed
            )
        else:
            self._wait(0)

    def _by_inode(self) -> dict[int, Conversation]:
        """Return the conversations whose sockets are looked at; a descriptor's inode is asked for once."""
        before, self._inodes = self._inodes, {}
        for conversation, connection in self._context.connections.items():
            if conversation.transport is TCP and (inode := before.get(connection) or _inode(connection)):
                self._inodes[connection] = inode
        return {inode: connection.conversation for connection, inode in self._inodes.items()}

    def _looked(self, ours: dict[int, Conversation], looked: Looked, spent_s: float) -> None:
        began_s = thread_time()
        seen, took_s = looked
        for inode, view in seen:
            if ours[inode].state.live:
                self._context.recorder.looked(ours[inode], view)
        self._failed_s = 0
        self._wait((spent_s + took_s + thread_time() - began_s) / SHARE)

    def _failed(self, _: Exception) -> None:
        self._failed_s = min(max(1, 2 * self._failed_s), LONGEST_S)
        self._wait(self._failed_s)


def _views(ours: dict[int, Conversation]) -> Looked:
    began_s = thread_time()
    return tcp_view.views(ours), thread_time() - began_s


def _inode(connection: Connection) -> int:
    with suppress(OSError):  # it is being closed
        return os.fstat(connection.socket.fileno()).st_ino
    return 0
