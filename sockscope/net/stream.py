"""Read, send, finish sending, close and reset one connected stream socket.

The rules:
- One receive for each readiness, then back to the loop: that is the fairness between conversations.
- What the kernel took is what was sent; the rest waits in the queue and is never reported as sent.
- An end of stream (recv gives 0) and a reset are different things and are noted as such at once.
- An exception in here ends this conversation only.
"""

import asyncio
import contextlib
import errno
import os
import socket
import stat
import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from sockscope.net.conversation import Conversation, State
from sockscope.net.fact import Call, error_name, make, now_ns
from sockscope.net.hangup import HangupWatch
from sockscope.net.outgoing import LIMIT_BYTES, Outgoing
from sockscope.net.responder import Responder, silent

_RESETS = ("ECONNRESET", "EPIPE", "ENOTCONN")  # shutdown(2) says ENOTCONN when a reset came before it
_LINGER_0 = struct.pack("ii", 1, 0)  # socket(7), SO_LINGER: on, 0 seconds


class Stream:
    """Carries one conversation over its socket; used from the engine's thread alone."""

    __slots__ = (
        "_finish_when_sent",
        "_follow_peer",
        "_hangups",
        "_loop",
        "_on_end",
        "_outgoing",
        "_reading",
        "_responder",
        "_socket",
        "_writing",
        "conversation",
    )

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        connected: socket.socket,
        conversation: Conversation,
        hangups: HangupWatch,
        on_end: Callable[["Stream"], None],
        responder: Callable[[], Responder] = lambda: silent,
        follow_peer: Callable[[], bool] = lambda: False,
    ) -> None:
        """`responder` and `follow_peer` (close when the peer finished) are asked anew each time."""
        self.conversation = conversation
        self._loop = loop
        self._socket = connected
        self._hangups = hangups
        self._on_end = on_end
        self._responder = responder
        self._follow_peer = follow_peer
        self._outgoing = Outgoing()
        self._reading = self._writing = self._finish_when_sent = False

    def start(self) -> None:
        """Begin to read."""
        self._reading = True
        self._loop.add_reader(self._socket.fileno(), self._guarded, self._receive)

    # The verbs.

    def send(self, data: bytes | memoryview) -> None:
        """Queue bytes behind what is queued already; said and dropped where they do not fit."""
        if not self._may_send():
            return
        if not self._outgoing.add(data):
            self._say(f"{len(data)} bytes", "ENOBUFS", f"not sent: the queue holds {LIMIT_BYTES} bytes at most")
            return
        self._count_queue()
        if not self._writing:
            self._guarded(self._flush)

    def send_file(self, path: Path) -> None:
        """Queue a file's content, read as it is sent."""
        if not self._may_send():
            return
        try:
            file = _open_regular(path)
        except (OSError, ValueError) as error:
            name = error_name(error) if isinstance(error, OSError) else "EINVAL"
            self._say(str(path), name, "not sent: the file cannot be read")
            return
        self._outgoing.add_file(file)
        if not self._writing:
            self._guarded(self._flush)

    def finish_sending(self) -> None:
        """Send our end of stream once everything queued is sent (shutdown(2), SHUT_WR)."""
        if self.conversation.state.can_send:
            self._finish_when_sent = True
            if not self._writing:
                self._guarded(self._flush)

    def close(self) -> None:
        """Close at once; what was still queued is counted as unsent."""
        if self._socket.fileno() < 0:
            return
        self._stop_reading()
        self._stop_writing()
        self._hangups.forget(self._socket.fileno())
        if self.conversation.state.live:
            self._count_queue()
        self._outgoing.clear()
        with contextlib.suppress(OSError):  # noted; the descriptor is gone all the same (close(2))
            self._make("close", "", self._socket.close, "closed")
        self.conversation.closed()
        self._on_end(self)

    def reset(self) -> None:
        """Abort: discard what is on the way and send a reset (socket(7), SO_LINGER)."""
        if self._socket.fileno() < 0:
            return
        try:
            self._make(
                "setsockopt",
                "SO_LINGER, on, 0 s",
                lambda: self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_0),
                "the close will be a reset",
            )
        finally:
            self.close()

    # What the loop calls.

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except OSError as error:
            self._broke(error_name(error))
        except Exception as error:
            self._broke(type(error).__name__)

    def _receive(self) -> None:
        conversation = self.conversation
        room = conversation.tape.room()
        at_ns = now_ns()
        try:
            size_bytes = self._socket.recv_into(room)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._note("recv", str(len(room)), "", error_name(error), at_ns, _broken(error_name(error)))
            raise
        if size_bytes == 0:
            self._note("recv", str(len(room)), "0", "", at_ns, "peer finished sending")
            self._peer_finished()
            return
        received = conversation.tape.received(room, size_bytes, at_ns, now_ns() - at_ns)
        conversation.flow.received(size_bytes, at_ns)
        if answer := self._responder()(received):
            self.send(answer)
            if self._outgoing.cost_bytes > LIMIT_BYTES // 2:
                self._stop_reading()  # until the peer takes our answers: backpressure, nothing is lost

    def _peer_finished(self) -> None:
        self._stop_reading()
        self.conversation.peer_finished()
        if self.conversation.state is State.CLOSED_BY_US:
            self.close()
            return
        self._hangups.watch(self._socket.fileno(), partial(self._guarded, self._hung_up))
        if self._follow_peer():
            self._finish_when_sent = True
            self._flush()

    def _hung_up(self) -> None:
        """A reset arrived although nothing is read: the socket's pending error says which (socket(7), SO_ERROR)."""
        at_ns = now_ns()
        code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            error = errno.errorcode.get(code, str(code))
            self._note("getsockopt", "SO_ERROR", "", error, at_ns, _broken(error))
            self._broke(error)

    def _flush(self) -> None:
        """Offer the next piece to the kernel; the loop calls again as soon as it takes more."""
        conversation = self.conversation
        if piece := self._next_piece():
            self._offer(piece)
        self._count_queue()
        if self._outgoing:
            self._start_writing()
            return
        self._stop_writing()
        conversation.blocked_at_ns = 0
        if self._finish_when_sent:
            self._finish()
        if conversation.state in (State.CONNECTED, State.WE_FINISHED) and not self._reading:
            self.start()

    def _next_piece(self) -> memoryview:
        while True:
            try:
                return self._outgoing.peek()
            except OSError as error:
                self._say("file", error_name(error), "the rest of the file was not sent")
                self._outgoing.drop_file()

    def _offer(self, piece: memoryview) -> None:
        conversation = self.conversation
        at_ns = now_ns()
        try:
            size_bytes = self._socket.send(piece)
        except (BlockingIOError, InterruptedError):
            size_bytes = 0
        except OSError as error:
            self._note("send", str(len(piece)), "", error_name(error), at_ns, _broken(error_name(error)))
            raise
        if size_bytes:
            conversation.tape.sent(piece[:size_bytes], len(piece), at_ns, now_ns() - at_ns)
            conversation.flow.sent(size_bytes, at_ns)
            self._outgoing.taken(size_bytes)
        if size_bytes or not conversation.blocked_at_ns:
            conversation.blocked_at_ns = at_ns  # what is left waits since now; nothing left: see _flush

    def _finish(self) -> None:
        self._finish_when_sent = False
        self._make("shutdown", "SHUT_WR", lambda: self._socket.shutdown(socket.SHUT_WR), "we finished sending")
        self.conversation.we_finished()
        if self.conversation.state is State.CLOSED_BY_PEER:
            self.close()

    def _broke(self, error: str) -> None:
        """The conversation is over: the peer reset it, or something failed."""
        self._count_queue()
        if error in _RESETS:
            self.conversation.reset_by_peer()
        else:
            self.conversation.failed(error)
        self.close()

    # Small steps.

    def _may_send(self) -> bool:
        if self.conversation.state.can_send and not self._finish_when_sent:
            return True
        self._say("", "EPIPE", "not sent: our direction is finished")
        return False

    def _count_queue(self) -> None:
        self.conversation.queued_bytes = self._outgoing.size_bytes

    def _start_writing(self) -> None:
        if not self._writing:
            self._writing = True
            self._loop.add_writer(self._socket.fileno(), self._guarded, self._flush)

    def _stop_writing(self) -> None:
        if self._writing:
            self._writing = False
            self._loop.remove_writer(self._socket.fileno())

    def _stop_reading(self) -> None:
        if self._reading:
            self._reading = False
            self._loop.remove_reader(self._socket.fileno())

    def _make(self, name: str, arguments: str, function: Callable[[], object], meaning: str) -> None:
        fd = str(self.conversation.fd)
        written = f"{fd}, {arguments}" if arguments else fd
        make(self.conversation.note, name, written, function, lambda _: "0", meaning)

    def _note(self, name: str, size: str, result: str, error: str, at_ns: int, meaning: str = "") -> None:
        arguments = f"{self.conversation.fd}, {size}"
        self.conversation.note(Call(name, arguments, result, error, at_ns, now_ns() - at_ns, meaning))

    def _say(self, arguments: str, error: str, meaning: str) -> None:
        say_not_sent(self.conversation, arguments, error, meaning)


def say_not_sent(conversation: Conversation, arguments: str, error: str, meaning: str) -> None:
    """Note what was not sent: no call was made, and the fact says so."""
    conversation.note(Call("not sent", arguments, "", error, now_ns(), 0, meaning))


def _open_regular(path: Path) -> BinaryIO:
    """Open a regular file; anything else could keep the loop waiting (open(2), FIFOs). Raises OSError, ValueError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file")
    return cast(BinaryIO, os.fdopen(descriptor, "rb", buffering=0))


def _broken(error: str) -> str:
    return "reset by peer" if error in _RESETS else "failed"
