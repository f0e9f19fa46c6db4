"""What waits to be sent at one datagram socket, which a listener's peers share.

The rules: the datagrams of each sender go in their order; a peer that takes nothing holds up no other; what waits
is bounded over all of them.
"""

import asyncio
import socket
from collections import deque
from contextlib import suppress
from typing import Protocol

from sockscope.engine.context import Context
from sockscope.engine.guard import Broke, guarded
from sockscope.engine.send_queue import LIMIT_ITEMS
from sockscope.net.clock import now_ns
from sockscope.record.conversation import Conversation

AT_ONCE = 64
"""Calls for each readiness: a datagram is small, and the loop's own work would be the most of it."""

RETRY_S = 0.005
"""When a UNIX peer whose queue is full is tried again: poll(2) tells of it on a connected socket only."""


class PeerQueue(Protocol):
    """Whose datagrams wait; `untold` says that the kernel does not tell when its peer takes more."""

    conversation: Conversation
    untold: bool

    def offer(self, data: bytes) -> bool:
        """Make one send; False where the kernel cannot take it yet."""

    def drained(self) -> None:
        """Everything that waited is sent."""


class Post:
    """Sends the datagrams of one socket; used from the engine's thread alone."""

    def __init__(self, context: Context, opened: socket.socket, broke: Broke) -> None:
        """`broke` ends whoever the socket belongs to, where the kernel cannot tell when it takes more."""
        self.socket = opened
        self._broke = broke
        self._limit_bytes = context.settings.queue_bytes
        self._loop, self._recorder = context.loop, context.recorder
        self._waiting: dict[PeerQueue, deque[bytes]] = {}
        self._count = self._size_bytes = 0
        self._writing = False
        self._retry: asyncio.TimerHandle | None = None

    def send(self, sender: PeerQueue, data: bytes) -> bool:
        """Send, or queue behind what waits; False, and nothing done, where the queue is full."""
        if sender not in self._waiting and sender.offer(data):
            return True
        if self._count >= LIMIT_ITEMS or self._size_bytes + len(data) > self._limit_bytes:
            return False
        self._waiting.setdefault(sender, deque()).append(data)
        self._counted(1, len(data))
        conversation = sender.conversation
        self._recorder.outgoing.queued(conversation, conversation.outgoing.queued_bytes + len(data))
        self._recorder.outgoing.blocked(conversation, conversation.outgoing.blocked_at_ns or now_ns())
        self._wait(sender)
        return True

    def forget(self, sender: PeerQueue) -> None:
        """Drop what waits of one sender."""
        dropped = self._waiting.pop(sender, ())
        self._counted(-len(dropped), -sum(map(len, dropped)))

    def close(self) -> None:
        """Stop waiting for the kernel; the socket is the owner's to close."""
        self._waiting.clear()
        with suppress(OSError):  # what epoll still knows of the descriptor goes with it
            self._stop_waiting()

    def _counted(self, count: int, size_bytes: int) -> None:
        self._count += count
        self._size_bytes += size_bytes

    def _flush(self) -> None:
        """Offer what waits of each sender; on a socket that is full for all of them, until it is full."""
        self._retry = None
        for sender in list(self._waiting):
            if not self._catch_up(sender):
                if not sender.untold:
                    return
                self._wait(sender)
        if not self._waiting:
            self._stop_waiting()

    def _catch_up(self, sender: PeerQueue) -> bool:
        """Send what waits of one sender; False where something is left."""
        conversation = sender.conversation
        for _ in range(AT_ONCE):
            queue = self._waiting.get(sender)
            if not queue:
                return True
            data = queue[0]
            if not sender.offer(data):
                return False
            queue.popleft()
            self._counted(-1, -len(data))
            self._recorder.outgoing.queued(conversation, conversation.outgoing.queued_bytes - len(data))
            self._recorder.outgoing.blocked(conversation, now_ns() if queue else 0)
            if not queue:
                del self._waiting[sender]
                sender.drained()
        return False

    def _wait(self, sender: PeerQueue) -> None:
        if sender.untold:
            self._retry = self._retry or self._loop.call_later(RETRY_S, guarded, self._broke, self._flush)
        elif not self._writing:
            self._writing = True
            guarded(self._broke, self._loop.add_writer, self.socket, guarded, self._broke, self._flush)

    def _stop_waiting(self) -> None:
        if self._retry:
            self._retry.cancel()
            self._retry = None
        if self._writing:
            self._writing = False
            self._loop.remove_writer(self.socket)
