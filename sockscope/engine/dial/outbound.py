"""Conversations that we open: dial, then carry; and try again where that was asked for.

The rule: connecting that fails is tried again only on request, later each time, and shows that it waits.
"""

import asyncio
import contextlib
from functools import partial
from typing import NamedTuple

from sockscope.engine.connection import Handler
from sockscope.engine.context import Context
from sockscope.engine.datagram.sockets import DatagramSocket
from sockscope.engine.dial.dial import Dial, Dialled
from sockscope.engine.guard import guarded
from sockscope.engine.kernel.peer_credentials import peer_credentials
from sockscope.engine.stream.layers.tls import Security
from sockscope.engine.stream.stream import Stream
from sockscope.engine.syscall import close_socket
from sockscope.net.clock import now_ns
from sockscope.record.conversation import Conversation, State
from sockscope.record.milestone import CLOSED
from sockscope.request import Connect


class Opening(NamedTuple):
    """A conversation to be opened: how, with what TLS, and its handler."""

    conversation: Conversation
    request: Connect
    security: Security | None
    handler: Handler


class Outbound:
    """Opens conversations; used from the engine's thread alone."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._recorder = context.recorder
        self._dials: dict[Conversation, Dial] = {}
        self._waiting: dict[Conversation, tuple[asyncio.TimerHandle, Opening]] = {}

    @property
    def under_way(self) -> list[Conversation]:
        """The conversations that are not connected yet."""
        return [*self._dials, *self._waiting]

    def open(self, opening: Opening, wait_s: float = 0.0) -> None:
        """Dial; the handler hears of it once there is a socket, or that there will be none.

        `wait_s` is how long to wait before a next try, 0 for the first time.
        """
        conversation = opening.conversation
        self._waiting.pop(conversation, None)
        self._recorder.attempts.again(conversation, 0)
        dial = Dial(self._context, conversation, opening.request, partial(self._over, opening, wait_s))
        self._dials[conversation] = dial
        dial.start()

    def cancel(self, conversation: Conversation) -> None:
        """Give up what is not connected yet."""
        if dial := self._dials.get(conversation):
            dial.cancel()
        elif waiting := self._waiting.pop(conversation, None):
            timer, opening = waiting
            timer.cancel()
            self._recorder.closed(conversation)
            opening.handler.unopened("")

    def _over(self, opening: Opening, wait_s: float, dialled: Dialled | None, error: str) -> None:
        conversation = opening.conversation
        self._dials.pop(conversation, None)
        if dialled:
            guarded(partial(self._not_carried, opening, dialled), self._carry, opening, dialled)
        elif error and opening.request.retry:
            wait_s = wait_s or self._context.settings.first_retry_s
            self._recorder.attempts.again(conversation, now_ns() + int(wait_s * 1e9))
            later = min(2 * wait_s, self._context.settings.last_retry_s)
            self._waiting[conversation] = (self._context.loop.call_later(wait_s, self.open, opening, later), opening)
        else:
            if error:
                self._recorder.failed(conversation, error)
                self._context.look(conversation)
            else:
                self._recorder.closed(conversation)
            opening.handler.unopened(error)

    def _not_carried(self, opening: Opening, dialled: Dialled, error: str, reason: str) -> bool:
        """Close what could not be set up; False where a connection had it by then."""
        conversation = opening.conversation
        if conversation.connected_at_ns:
            return False
        with contextlib.suppress(OSError):  # noted
            close_socket(self._recorder.noting(conversation, CLOSED), dialled.socket)
        self._recorder.failed(conversation, error, reason)
        self._context.look(conversation)
        opening.handler.unopened(error)
        return True

    def _carry(self, opening: Opening, dialled: Dialled) -> None:
        conversation, request, connected = opening.conversation, opening.request, dialled.socket
        handler = opening.handler
        connection: DatagramSocket | Stream
        if request.transport.keeps_boundaries:
            state = State.CONNECTED if request.connected else State.OPEN
            destination = None if request.connected else dialled.sockaddr
            connection = DatagramSocket(
                self._context, connected, conversation, handler, destination, request.read_bytes, dialled.path
            )
        else:
            security = opening.security
            state = State.SECURING if security else State.CONNECTED
            connection = Stream(
                self._context,
                connected,
                conversation,
                handler,
                security=security,
                read_bytes=request.read_bytes,
                path=dialled.path,
            )
            if request.transport.has_peer_credentials:
                found = peer_credentials(connected, self._recorder.noting(conversation))
                self._recorder.identified(conversation, found)
        fd, local, peer = conversation.fd, conversation.endpoints.local, conversation.endpoints.peer
        self._recorder.connected(conversation, fd, local, peer, dialled.at_ns, state)
        connection.start()
