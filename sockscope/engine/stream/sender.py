"""What one stream socket sends: its queue, and our end of stream behind everything that is queued.

The rules:
- What the kernel took is what was sent; the rest waits in the queue and is never reported as sent.
- The kernel is offered the next piece only once it took the one before; the loop says when it takes more.
"""

import socket
from collections.abc import Callable
from pathlib import Path

from sockscope.engine.connection import Connection, Handler
from sockscope.engine.context import Context
from sockscope.engine.send_queue import SendQueue, open_file
from sockscope.engine.stream.layers.layer import Channel
from sockscope.engine.syscall import make
from sockscope.net.clock import now_ns
from sockscope.net.error_name import error_name
from sockscope.net.value import Symbol, Value
from sockscope.record.conversation import State

Guard = Callable[..., None]
"""Makes a step with its arguments, and ends the conversation where that raises."""

_EARLY = "not sent: the TLS handshake is not done yet"


class Sender:
    """The sending side of one stream; used from the engine's thread alone."""

    __slots__ = (
        "_channel",
        "_connection",
        "_context",
        "_conversation",
        "_counted_bytes",
        "_finish_when_sent",
        "_guarded",
        "_handler",
        "_loop",
        "_queue",
        "_recorder",
        "_writing",
    )

    def __init__(
        self,
        connection: Connection,
        channel: Channel,
        handler: Handler,
        context: Context,
        guarded: Guard,
    ) -> None:
        """`guarded` is how the connection lets an exception end this conversation only."""
        self._connection = connection
        self._conversation = connection.conversation
        self._channel = channel
        self._handler = handler
        self._context = context
        self._recorder = context.recorder
        self._loop = context.loop
        self._guarded = guarded
        self._queue = SendQueue(context.recorder.outgoing, context.settings.queue_bytes)
        self._counted_bytes = 0  # what of the sum of all queues is ours
        self._writing = self._finish_when_sent = False

    # The verbs.

    def send(self, data: bytes | memoryview) -> None:
        """Send bytes, or queue what is not taken; said and dropped where they do not fit."""
        if not self._may_send():
            return
        if isinstance(data, memoryview) and not self._queue and not self._channel.pending_bytes:
            data = self._send_at_once(data)
            if not data:
                return
        if not self._queue.add(bytes(data) if isinstance(data, memoryview) else data):
            most = self._context.settings.queue_bytes
            self._say(len(data), "ENOBUFS", f"not sent: the queue holds {most} bytes at most")
            return
        self.count_queue()
        if not self._writing:
            self._guarded(self.flush)

    def _send_at_once(self, view: memoryview) -> memoryview:
        """Offer what is only good now, as long as the kernel takes of it; give what is left."""

        def offer() -> None:
            nonlocal view
            while view and (size_bytes := self._offer(view)):
                view = view[size_bytes:]

        self._guarded(offer)
        if not self._conversation.state.live:
            return view[:0]
        if self._channel.pending_bytes:
            self._start_writing()
            self.count_queue()
        elif not view:
            self._recorder.outgoing.blocked(self._conversation, 0)
        return view

    def send_file(self, path: Path) -> None:
        """Queue a file's content, read as it is sent."""
        if not self._may_send():
            return
        try:
            file = open_file(path)
        except (OSError, ValueError) as error:
            name = error_name(error) if isinstance(error, OSError) else "EINVAL"
            self._say(path, name, "not sent: the file cannot be read")
            why = f"not sent: the file {path} cannot be read ({name})"
            self._recorder.remark(self._conversation, "not sent", why)
            return
        self._queue.add_file(file)
        self._recorder.outgoing.transfers(self._conversation, file.transfer)
        if not self._writing:
            self._guarded(self.flush)

    def cancel_file(self) -> None:
        """Stop sending the file at the head of the queue; what the kernel has taken is on its way."""
        if self._queue.cancel_file():
            self._guarded(self.flush)  # what stood behind it goes on, and nothing waits where it was the last

    def finish(self) -> None:
        """Send our end of stream once a handshake is done and everything queued is sent (shutdown(2), SHUT_WR)."""
        if self._conversation.state.can_send or self._conversation.state is State.SECURING:
            self._finish_when_sent = True
            if not self._writing:
                self._guarded(self.flush)

    @property
    def backlog_bytes(self) -> int:
        """What waits to be sent, in memory."""
        return self._queue.cost_bytes + self._channel.pending_bytes

    # What happens.

    def flush(self) -> None:
        """Offer the next piece to the kernel; the loop calls again as soon as it takes more. Raise OSError."""
        channel = self._channel
        if self._connection.socket.fileno() < 0:
            return
        waiting_bytes = channel.pending_bytes
        if not channel.flush():
            if channel.pending_bytes < waiting_bytes:
                self._recorder.outgoing.blocked(self._conversation, now_ns())
        elif channel.ready and (piece := self._next_piece()):
            self._queue.taken(self._offer(piece))
        self.count_queue()
        if channel.pending_bytes or (self._queue and not channel.stuck):
            self._start_writing()
            return
        self.stop_writing()
        if self._queue or not channel.ready:
            return
        self._recorder.outgoing.blocked(self._conversation, 0)
        if not (self._finish_when_sent and self._finish()):
            self._handler.drained(self._connection)

    def _next_piece(self) -> memoryview:
        while True:
            try:
                return self._queue.peek()
            except OSError as error:
                self._say(None, error_name(error), "the rest of the file was not sent")
                self._queue.drop_file(error_name(error))

    def _offer(self, piece: memoryview) -> int:
        """Send what is taken of a piece, and give how much that was."""
        conversation = self._conversation
        at_ns = now_ns()
        size_bytes = self._channel.send(piece)
        if size_bytes or not conversation.outgoing.blocked_at_ns:
            # what is left waits since now; where nothing is left see flush
            self._recorder.outgoing.blocked(conversation, at_ns)
        return size_bytes

    def _finish(self) -> bool:
        """Send our end of stream; True where there is nothing to be told of it, for it waits or was the last."""
        conversation = self._conversation
        self._channel.finish()
        if not self._channel.flush():
            self._start_writing()
            return True
        self._finish_when_sent = False

        def shut() -> None:
            self._connection.socket.shutdown(socket.SHUT_WR)

        note, how = self._recorder.noting(conversation), (Symbol("SHUT_WR"),)
        make(note, "shutdown", conversation.fd, how, shut, meaning="we finished sending")
        self._recorder.we_finished(conversation)
        if conversation.state is State.PEER_FINISHED:
            self._connection.close()
            return True
        return False

    @property
    def queued_bytes(self) -> int:
        """What of the user's waits, without what a layer made of it."""
        return self._queue.size_bytes

    def stop(self) -> None:
        """Forget what is queued, and count it as unsent; to be called before the socket is closed."""
        self.stop_writing()
        if self._conversation.state.live:
            self.count_queue()
        self._queue.clear()
        self._count(0)

    def count_queue(self) -> None:
        """Tell the record how much waits."""
        self._recorder.outgoing.queued(self._conversation, self._queue.size_bytes + self._channel.pending_bytes)
        self._count(self._conversation.outgoing.queued_bytes)

    def _count(self, waiting_bytes: int) -> None:
        self._context.waiting_bytes += waiting_bytes - self._counted_bytes
        self._counted_bytes = waiting_bytes

    def _may_send(self) -> bool:
        state = self._conversation.state
        if self._connection.socket.fileno() < 0:
            return False
        if state.can_send and not self._finish_when_sent:
            return True
        early = state is State.SECURING
        self._say(None, "EAGAIN" if early else "EPIPE", _EARLY if early else "not sent: our direction is finished")
        return False

    def _start_writing(self) -> None:
        if not self._writing:
            self._writing = True
            self._loop.add_writer(self._connection.socket.fileno(), self._guarded, self.flush)

    def stop_writing(self) -> None:
        """Wait for the kernel no more."""
        if self._writing:
            self._writing = False
            self._loop.remove_writer(self._connection.socket.fileno())

    def _say(self, what: Value, error: str, why: str) -> None:
        """Say what was not sent: so many bytes, or a file."""
        self._recorder.refuse(self._conversation, "send", () if what is None else (what,), error, why)
