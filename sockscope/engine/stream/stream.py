"""Read, close and reset one connected stream socket; what it sends is the sender's.

The rules:
- One receive for each readiness, then back to the loop: that is the fairness between conversations.
- An end of stream (recv gives 0) and a reset are different things and are noted as such at once.
- Ending happens once and whole: nothing that fails on the way keeps the descriptor open.
"""

import asyncio
import contextlib
import errno
import socket
import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sockscope.engine.connection import Handler, Pause
from sockscope.engine.context import Context
from sockscope.engine.guard import guarded
from sockscope.engine.kernel.closing import close
from sockscope.engine.kernel.leftover import has_error, unread_bytes
from sockscope.engine.kernel.option import linger
from sockscope.engine.kernel.unix_path import OwnPath
from sockscope.engine.look.looker import NOTHING
from sockscope.engine.stream.farewell import Farewell, left_without_a_word
from sockscope.engine.stream.layers.layer import RESETS, Channel, PlainLayer, TlsFailure, broken
from sockscope.engine.stream.layers.tls import Secure, Security
from sockscope.engine.stream.layers.tls_contexts import looks_like_tls
from sockscope.engine.stream.sender import Sender
from sockscope.engine.syscall import set_option
from sockscope.net.clock import now_ns
from sockscope.net.error_name import HANDSHAKE_TIMEOUT
from sockscope.net.value import Symbol
from sockscope.record.conversation import Conversation, State
from sockscope.record.fact import Call
from sockscope.record.milestone import CLOSED
from sockscope.record.tape import Tape

_LINGER_0 = struct.pack("ii", 1, 0)  # socket(7), SO_LINGER: on, 0 seconds
_WILL_RESET = "the close will be a reset"
_SPEAKS_TLS = "the other side speaks TLS (its first bytes are 16 03), and this is a plain socket"
_NO_WORD = "the peer ended behind what we sent, without a word"
_NO_RESET = "closed: a UNIX socket has no reset to send"


class Stream:
    """Carries one conversation over its socket; used from the engine's thread alone."""

    __slots__ = (
        "_breaking",
        "_channel",
        "_context",
        "_deadline",
        "_farewell",
        "_handler",
        "_loop",
        "_path",
        "_paused_for",
        "_read_to_end",
        "_reading",
        "_recorder",
        "_sender",
        "conversation",
        "socket",
    )

    def __init__(
        self,
        context: Context,
        connected: socket.socket,
        conversation: Conversation,
        handler: Handler,
        *,
        security: Security | None = None,
        read_bytes: int = 0,
        path: OwnPath | None = None,
    ) -> None:
        """With `security` TLS lies between; `read_bytes` is the most that one receive may bring, 0 for any.

        `path` is what a UNIX socket was bound to before it connected, removed in the end.
        """
        self._path = path
        self.conversation = conversation
        self.socket = connected
        self._context = context
        self._recorder = context.recorder
        self._loop = context.loop
        self._handler = handler
        self._paused_for = Pause(0)
        self._reading = self._read_to_end = self._breaking = False
        self._deadline: asyncio.TimerHandle | None = None
        self._channel: Channel = PlainLayer(self._recorder, conversation, connected, read_bytes)
        if security:
            wire = Tape(context.history)
            self._recorder.layered(conversation, wire)
            self._channel = Secure(self._recorder, conversation, connected, security, wire, self._secured, read_bytes)
        self._farewell = Farewell(self._recorder, conversation, connected, self._channel)
        self._sender = Sender(self, self._channel, handler, context, self.guarded)

    def start(self) -> None:
        """Begin to read; with TLS, first shake hands."""
        self._context.connections[self.conversation] = self
        self.guarded(self._begin)

    def _begin(self) -> None:
        if isinstance(self._channel, Secure):
            self._deadline = self._loop.call_later(self._context.settings.connect_timeout_s, self._too_slow)
            self._channel.begin()
            self._sender.flush()
        else:
            self._handler.opened(self)
        self._mind_reading()

    def _secured(self) -> bool:
        """The handshake is done; tell whether to read on."""
        if self._deadline:
            self._deadline.cancel()
        self._handler.opened(self)
        self._sender.flush()
        self._mind_reading()
        return self._reading

    def _too_slow(self) -> None:
        if isinstance(self._channel, Secure):
            self.guarded(self._channel.give_up, HANDSHAKE_TIMEOUT, "the peer did not finish the TLS handshake in time")

    # The verbs.

    def send(self, data: bytes | memoryview) -> None:
        """Send bytes, or queue what is not taken; said and dropped where they do not fit."""
        self._sender.send(data)

    def send_file(self, path: Path) -> None:
        """Queue a file's content, read as it is sent."""
        self._sender.send_file(path)

    def cancel_file(self) -> None:
        """Stop sending the file at the head of the queue; what the kernel has taken is on its way."""
        self._sender.cancel_file()

    def finish_sending(self) -> None:
        """Send our end of stream once everything queued is sent (shutdown(2), SHUT_WR)."""
        self._sender.finish()

    @property
    def backlog_bytes(self) -> int:
        """What waits to be sent, in memory."""
        return self._sender.backlog_bytes

    def pause_reading(self, reason: Pause) -> None:
        """Stop reading: what comes waits in the kernel, and then at the peer."""
        self._paused_for |= reason
        self._mind_reading()

    def resume_reading(self, reason: Pause) -> None:
        """Read again, where no other reason is left not to."""
        self._paused_for &= ~reason
        self._mind_reading()

    def close(self) -> None:
        """Close at once; what was still queued is counted as unsent."""
        if self._was_reset():
            return
        if self.socket.fileno() >= 0:
            self._sender.stop_writing()
            self._farewell.say()
            self._end()

    def _was_reset(self) -> bool:
        """Whether a reset of the peer lies there that nobody heard yet: then it ended by that, and not by us."""
        if self.socket.fileno() >= 0 and has_error(self.socket):
            self._hung_up()
        return self.socket.fileno() < 0

    def reset(self) -> None:
        """Abort: discard what is on the way and send a reset (socket(7), SO_LINGER)."""
        if self._was_reset():
            return
        if not self.conversation.transport.can_reset:
            self._recorder.refuse(self.conversation, "reset", (), "EOPNOTSUPP", _NO_RESET)
            self._recorder.remark(self.conversation, "no reset", _NO_RESET)
            self.close()
            return
        with contextlib.suppress(OSError):  # noted
            note = self._recorder.noting(self.conversation)
            set_option(note, self.socket, "SOL_SOCKET", "SO_LINGER", _LINGER_0, linger(0), _WILL_RESET)
        self._end()

    def _end(self) -> None:
        if self._context.connections.pop(self.conversation, None) is None:
            return
        if isinstance(self._channel, Secure):
            self._channel.abandon()
        for stop in (self._stop_reading, self._sender.stop):
            with contextlib.suppress(OSError):  # what epoll still knows of the descriptor goes with it
                stop()
        if self._deadline:
            self._deadline.cancel()
        if self._path:
            self._path.remove(self._recorder.noting(self.conversation))
        self._context.hangups.forget(self.socket.fileno())
        if self.conversation.state.live:
            self._farewell.look()
        close(self._loop, self.socket, self._over)

    def _over(self, call: Call) -> None:
        self._recorder.note(self.conversation, call, CLOSED)
        self._recorder.closed(self.conversation)
        self._handler.ended(self)

    # What the loop calls.

    def guarded(self, step: Callable[..., object], *arguments: object) -> None:
        """Make a step; an exception of it ends this conversation alone."""
        guarded(self._broke, step, *arguments)

    def _receive(self) -> None:
        self._received(self._channel.receive(self._arrived))

    def _catch_up(self) -> None:
        if self._reading:  # deliver what a layer between held back
            self._received(self._channel.resume(self._arrived))

    def _received(self, goes_on: bool) -> None:
        if self._channel.pending_bytes or self._channel.stuck:
            self._sender.flush()
        if not goes_on:
            self._peer_finished()

    def _arrived(self, received: memoryview) -> bool:
        conversation = self.conversation
        if conversation.flow.calls_in == 1 and conversation.layers.wire is None and looks_like_tls(bytes(received[:3])):
            self._recorder.remark(conversation, "speaks TLS", _SPEAKS_TLS)
        self._handler.received(self, received)
        return self._reading

    def _peer_finished(self) -> None:
        self._read_to_end = True
        self._stop_reading()
        self._recorder.peer_finished(self.conversation)
        if left_without_a_word(self.conversation):
            self._recorder.remark(self.conversation, "no word", _NO_WORD)
        if self.conversation.state is State.WE_FINISHED:
            self._handler.peer_finished(self)
            self.close()
            return
        self._context.hangups.watch(self.socket.fileno(), partial(self.guarded, self._hung_up))
        self._handler.peer_finished(self)

    def _hung_up(self) -> None:
        """A reset arrived although nothing is read: the socket's pending error says which (socket(7), SO_ERROR)."""
        if self.socket.fileno() < 0:
            return
        at_ns = now_ns()
        code = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            error = errno.errorcode.get(code, str(code))
            fd, asked, took_ns = self.conversation.fd, (Symbol("SO_ERROR"),), now_ns() - at_ns
            call = Call("getsockopt", fd, asked, None, error, at_ns, took_ns, broken(error))
            self._recorder.note(self.conversation, call)
            self._broke(error)

    def _broke(self, error: str, reason: str = "") -> bool:
        """The conversation is over: the peer reset it, or something failed. False where it was over before."""
        if self.socket.fileno() < 0:
            return False
        if self._breaking:  # an answer to what came before fails too: that is all one
            return True
        self._breaking = True
        if error in RESETS:
            self._read_what_came_before()
        if reason:  # of TLS: the alert that tells the peer
            with contextlib.suppress(OSError, TlsFailure):
                self._channel.flush()
        self._sender.count_queue()
        if error in RESETS and self._behind_goodbye():
            self._recorder.closed_by_peer(self.conversation)
        elif error in RESETS and not (error == "EPIPE" and not self.conversation.transport.can_reset):
            self._recorder.reset_by_peer(self.conversation, error)
            self._context.look(self.conversation)
        else:
            self._recorder.failed(self.conversation, error, reason)
            evidence = self._channel.evidence() if isinstance(self._channel, Secure) else NOTHING
            self._context.look(self.conversation, evidence=evidence)
        self._end()
        return True

    def _read_what_came_before(self) -> None:
        """Read what lies there still (tcp(7)): the connection is over, and a close would throw it away."""

        def take(received: memoryview) -> bool:
            self._arrived(received)
            return True  # whoever would rather wait: there is no later

        with contextlib.suppress(OSError, TlsFailure):
            goes_on = not self._channel.unread_bytes or self._channel.resume(take)
            while goes_on and unread_bytes(self.socket):
                goes_on = self._channel.receive(take)

    def _behind_goodbye(self) -> bool:
        """Whether only our own close_notify met a reset: TLS had ended, and many close at once behind theirs."""
        conversation = self.conversation
        ended = conversation.layers.session is not None and conversation.state is State.PEER_FINISHED
        return ended and not self._sender.queued_bytes

    # Small steps.

    def _mind_reading(self) -> None:
        """Read or do not, as the reasons not to say; a handshake goes on whatever they say."""
        if self.socket.fileno() < 0:
            return
        self._recorder.reading(self.conversation, stopped=bool(self._paused_for & Pause.PERSON))
        held = self._paused_for and self._channel.ready
        if held or self._read_to_end:
            self._stop_reading()
            self._context.hangups.watch(self.socket.fileno(), partial(self.guarded, self._hung_up))
        elif not self._reading:
            self._reading = True
            self._context.hangups.forget(self.socket.fileno())
            self._loop.add_reader(self.socket.fileno(), self.guarded, self._receive)
            if self._channel.unread_bytes:
                self._loop.call_soon(self.guarded, self._catch_up)

    def _stop_reading(self) -> None:
        if self._reading:
            self._reading = False
            self._loop.remove_reader(self.socket.fileno())
