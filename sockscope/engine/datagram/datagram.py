"""Send and receive datagrams: one conversation's own socket, or one peer of a listener's.

The rules:
- A datagram is one record, also an empty one, which ends nothing; what the buffer was too small for is said to be
  cut off, with its real size (recv(2), MSG_TRUNC).
- Nothing tells that a datagram arrived. A socket that is connected hears when the peer's machine refuses (ICMP, as
  ECONNREFUSED of a later call); one that is not hears it where it asked for that (`kernel.icmp`), as ours do. A
  listener's does not: whose datagram was refused would not be known by the call that says so.
- A datagram that cannot be sent is said and dropped; the socket goes on, and a file ends there.
"""

import contextlib
import errno
import socket
from collections.abc import Callable
from pathlib import Path

from sockscope.engine.connection import Handler, Pause
from sockscope.engine.context import Context
from sockscope.engine.datagram.post import AT_ONCE, Post
from sockscope.engine.guard import guarded
from sockscope.engine.kernel.icmp import Returned
from sockscope.engine.send_queue import OpenFile, open_file
from sockscope.engine.syscall import own_name
from sockscope.net.clock import now_ns
from sockscope.net.endpoint import SocketAddress, endpoint
from sockscope.net.error_name import error_name
from sockscope.net.value import Value
from sockscope.record.conversation import Conversation
from sockscope.record.fact import Call
from sockscope.record.milestone import TROUBLED
from sockscope.record.tape_entry import Mover

FILE_PIECE_BYTES = 1400
"""A file goes out in datagrams of this size, which fit an Ethernet frame with IPv6 and some tunnels."""

_FULL = (errno.EAGAIN, errno.EWOULDBLOCK, errno.ENOBUFS)
_REFUSED = "the peer's machine answered that nobody receives at that port (ICMP)"
_WHY = {
    "ECONNREFUSED": _REFUSED,
    "EMSGSIZE": "too many for one datagram",
    "EACCES": "not allowed; to send to a broadcast address, set BROADCAST=on",
}
_WHY_LOCAL = {
    "ECONNREFUSED": "nobody has a socket there",
    "ENOTCONN": "the socket that this one was connected to is gone",
    "ENOENT": "there is nothing at that path",
    "EMSGSIZE": "too many for the send buffer (SNDBUF)",
    "EACCES": "not allowed to write to that path",
    "EPROTOTYPE": "a stream socket is there, and this is a datagram socket",
}
_NO_END = "datagrams have no end of stream: there is nothing to finish"
_SHARED = "the socket is shared by all peers: reading cannot stop for one"
_NO_RESET = "datagrams have no connection to reset"


class Datagrams:
    """Carries one conversation in datagrams; used from the engine's thread alone."""

    def __init__(
        self,
        context: Context,
        post: Post,
        conversation: Conversation,
        handler: Handler,
        destination: SocketAddress | None,
        on_close: Callable[["Datagrams"], None],
        on_pause: Callable[[bool], None] | None = None,
    ) -> None:
        """`destination` is where each datagram is sent to, None on a connected socket.

        `on_pause` is told whether the socket is not to be read; None where it is shared, and cannot be held for one.
        """
        self.conversation = conversation
        self.destination = destination
        self._context = context
        self._recorder = context.recorder
        self._post = post
        self._handler = handler
        self._on_close = on_close
        self._on_pause = on_pause
        self._paused_for = Pause(0)
        self._file: OpenFile | None = None
        kind = conversation.transport
        self._why = _WHY if kind.has_ports else _WHY_LOCAL
        self.untold = kind.reliable and destination is not None  # the kernel does not tell when this peer takes more

    def start(self) -> None:
        """Be there."""
        self._context.connections[self.conversation] = self
        self.guarded(self._handler.opened, self)

    @property
    def socket(self) -> socket.socket:
        """The socket, which a listener's peers share."""
        return self._post.socket

    @property
    def paused(self) -> bool:
        """Whether there is a reason not to read."""
        return bool(self._paused_for)

    @property
    def backlog_bytes(self) -> int:
        """What waits to be sent."""
        return self.conversation.outgoing.queued_bytes

    def received(self, data: memoryview) -> None:
        """Have a datagram attended to that is in the record."""
        self._recorder.withdraw(self.conversation, "refused")
        self._recorder.withdraw(self.conversation, "not done")
        trouble = self.conversation.facts.milestones.get(TROUBLED)
        if trouble and trouble.error == "ECONNREFUSED":  # somebody is there after all
            self._recorder.untroubled(self.conversation)
        self.guarded(self._handler.received, self, data)

    def guarded(self, step: Callable[..., object], *arguments: object) -> None:
        """Make a step, unless it is closed; an exception of it ends this conversation alone."""
        if self.conversation in self._context.connections:
            guarded(self.broke, step, *arguments)

    def broke(self, error: str, reason: str = "") -> bool:
        """The conversation is over, because something failed; False where it was over before."""
        if self.conversation not in self._context.connections:
            return False
        self._recorder.failed(self.conversation, error, reason)
        self._context.look(self.conversation)
        self.close()
        return True

    # The verbs.

    def send(self, data: bytes | memoryview) -> None:
        """Send one datagram; said and dropped where it cannot be."""
        self._sent_or_queued(bytes(data))

    def _sent_or_queued(self, data: bytes) -> bool:
        if not self.conversation.state.can_send:
            self._say("send", len(data), "EPIPE", "not sent: the conversation is closed")
        elif self.destination == "":
            self._say("send", len(data), "EDESTADDRREQ", "not sent: this peer has no name, so it cannot be answered")
        elif not self._post.send(self, data):
            self._say("send", len(data), "ENOBUFS", "not sent: too much is queued already")
        else:
            return True
        return False

    def offer(self, data: bytes) -> bool:
        """Make one send(2) or sendto(2); False where the kernel cannot take it yet."""
        conversation = self.conversation
        at_ns = now_ns()
        try:
            if self.destination is None:
                size_bytes = self.socket.send(data)
            else:
                size_bytes = self.socket.sendto(data, self.destination)
        except OSError as error:
            if error.errno in _FULL:
                return False
            self._failed("send" if self.destination is None else "sendto", len(data), error, at_ns)
            return True
        mover = Mover.SEND if self.destination is None else Mover.SENDTO
        self._recorder.sent(conversation, memoryview(data)[:size_bytes], len(data), at_ns, mover)
        self._went_out()
        if not conversation.endpoints.local.port and conversation.transport.has_ports:
            self._learn_port()
        return True

    def _went_out(self) -> None:
        """What was wrong with sending before is so no longer; a refusal is heard later, and stands."""
        for remarked in ("not done", "not sent"):
            self._recorder.withdraw(self.conversation, remarked)
        trouble = self.conversation.facts.milestones.get(TROUBLED)
        if trouble and trouble.name in ("send", "sendto") and trouble.error != "ECONNREFUSED":
            self._recorder.untroubled(self.conversation)

    def _learn_port(self) -> None:
        """The first datagram of a socket that is not bound made the kernel choose a port (ip(7))."""
        with contextlib.suppress(OSError):  # noted
            self._recorder.named(self.conversation, own_name(self._recorder.noting(self.conversation), self.socket))

    def _failed(self, name: str, size_bytes: int, error: OSError, at_ns: int) -> None:
        said = error_name(error)
        meaning = f"not sent: {self._why[said]}" if said in self._why else "not sent"
        if said == "ECONNREFUSED":
            self._recorder.remark(self.conversation, "refused", f"refused: {self._why[said]}")
        else:
            because = f": {self._why[said]}" if said in self._why else ""
            why = f"not sent: {said}, {size_bytes:,} bytes{because}"
            self._recorder.remark(self.conversation, "not sent", why)
        if said != "EMSGSIZE":  # no piece of a file is so large
            self._end_file(said)
        given = (size_bytes,) if self.destination is None else (size_bytes, endpoint(self.destination))
        self._troubled(Call(name, self.conversation.fd, given, None, said, at_ns, now_ns() - at_ns, meaning))

    def refused(self, asked: int, error: OSError, at_ns: int, returned: Returned | None = None) -> None:
        """A receive told of an error that an earlier datagram met; what came back says whose word that is."""
        said = error_name(error)
        meaning = self._why.get(said, "an earlier datagram could not be delivered")
        if returned and returned.by:
            meaning = f"{meaning}, says {returned.by.host}"
        kind = "refused" if said == "ECONNREFUSED" else said
        self._recorder.remark(self.conversation, kind, f"{kind}: {meaning}")
        fd, took_ns = self.conversation.fd, now_ns() - at_ns
        self._troubled(Call("recvfrom", fd, (asked,), None, said, at_ns, took_ns, meaning))
        self._end_file(said)

    def _troubled(self, call: Call) -> None:
        """Note a call that failed and after which it goes on; the system is asked about it once, not each time."""
        before = self.conversation.facts.milestones.get(TROUBLED)
        self._recorder.note(self.conversation, call)
        self._recorder.troubled(self.conversation, call)
        if before is None or before.error != call.error:
            self._context.look(self.conversation, call)

    def drained(self) -> None:
        """Everything that waited is sent; a file goes on."""
        self.guarded(self._handler.drained, self)
        self._feed()

    def send_file(self, path: Path) -> None:
        """Send a file's content in datagrams of FILE_PIECE_BYTES; a receiver that is slow will miss some."""
        if self._file:
            self._say("send", path, "EBUSY", "not sent: another file is still on its way")
            return
        try:
            self._file = open_file(path)
        except (OSError, ValueError) as error:
            name = error_name(error) if isinstance(error, OSError) else "EINVAL"
            self._say("send", path, name, "not sent: the file cannot be read")
            return
        self._recorder.outgoing.transfers(self.conversation, self._file.transfer)
        self._feed()

    def _feed(self) -> None:
        """Send some pieces, then let the loop go on with others."""
        for _ in range(AT_ONCE):
            if self._file is None or self.conversation.outgoing.queued_bytes:
                return
            self._count_file()
            try:
                piece = self._file.file.read(FILE_PIECE_BYTES)
            except OSError as error:
                self._end_file(error_name(error))
                return
            if not piece:
                self._end_file("sent")
                return
            if not self._sent_or_queued(piece):
                self._end_file(self.conversation.facts.said)
        self._context.loop.call_soon(self.guarded, self._feed)

    def _count_file(self) -> None:
        """Count what was read of the file: all of it was sent."""
        if self._file:
            transfer = self._file.transfer
            self._recorder.outgoing.transferred(transfer, self._file.file.tell() - transfer.sent_bytes)

    def _end_file(self, outcome: str) -> None:
        if self._file:
            with contextlib.suppress(OSError):  # it was only read
                self._file.file.close()
            self._recorder.outgoing.transfer_over(self._file.transfer, outcome)
            self._file = None

    def cancel_file(self) -> None:
        """Stop sending the file."""
        self._count_file()
        self._end_file("cancelled")

    def finish_sending(self) -> None:
        """Say that there is nothing to finish."""
        self._say("shutdown", None, "EOPNOTSUPP", _NO_END)

    def pause_reading(self, reason: Pause) -> None:
        """Stop reading: what comes waits in the kernel, which drops what its buffer has no room for."""
        self._held(self._paused_for | reason)

    def resume_reading(self, reason: Pause) -> None:
        """Read again, where no other reason is left not to."""
        self._held(self._paused_for & ~reason)

    def _held(self, holds: Pause) -> None:
        if self.conversation not in self._context.connections:
            return
        if self._on_pause is None:
            if holds & Pause.PERSON:
                self._say("stop reading", None, "EOPNOTSUPP", _SHARED)
            return
        self._paused_for = holds
        self._recorder.reading(self.conversation, stopped=bool(holds & Pause.PERSON))
        self._on_pause(bool(holds))

    def close(self) -> None:
        """Close: an own socket for good; a listener's peer is only forgotten, and comes back with its next datagram."""
        if self.conversation not in self._context.connections:
            return
        del self._context.connections[self.conversation]
        self._post.forget(self)
        self._count_file()
        self._end_file("the conversation ended before the file did")
        with contextlib.suppress(OSError):  # noted
            self._on_close(self)
        self._recorder.closed(self.conversation)
        self._handler.ended(self)

    def reset(self) -> None:
        """Say that there is nothing to reset."""
        self._say("reset", None, "EOPNOTSUPP", _NO_RESET)

    def _say(self, what: str, about: Value, error: str, why: str) -> None:
        self._recorder.remark(self.conversation, "not done", why)
        self._recorder.refuse(self.conversation, what, () if about is None else (about,), error, why)
