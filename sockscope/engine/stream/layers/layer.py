"""What lies between a stream and its socket: nothing (here), or TLS (see `tls`).

The rule: a channel makes the calls that move bytes and records each where it belongs; a stream decides when.
"""

import socket
from collections.abc import Callable
from typing import Protocol

from sockscope.engine.stream.layers.rest import Rest
from sockscope.net.clock import now_ns
from sockscope.net.error_name import error_name
from sockscope.net.socket_kind import TCP, SocketKind
from sockscope.record.conversation import Conversation
from sockscope.record.fact import Call
from sockscope.record.recorder import Recorder

Deliver = Callable[[memoryview], bool]
"""Takes the bytes of one receive, good only during the call; False where no more is wanted."""

RESETS = ("ECONNRESET", "EPIPE", "ENOTCONN")  # shutdown(2) says ENOTCONN when a reset came before it


class TlsFailure(Exception):
    """TLS cannot go on; `name` is a short and stable symbol, `reason` says exactly why."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name)
        self.name = name
        self.reason = reason


class Channel(Protocol):
    """How the bytes of one stream reach its socket."""

    ready: bool
    """Whether bytes can flow: at once, or after a handshake."""

    stuck: bool
    """Whether sending waits for something from the peer, not for the kernel."""

    def receive(self, deliver: Deliver) -> bool:
        """Make one receive and deliver what it brought; False at the end of the stream. Raise OSError."""

    def resume(self, deliver: Deliver) -> bool:
        """Deliver what was received when no more was wanted; False at the end of the stream. Raise OSError."""

    def send(self, piece: memoryview) -> int:
        """Return how many bytes were taken, 0 where none can be now. Raise OSError."""

    def flush(self) -> bool:
        """Offer the kernel what lies between; True when nothing is left there. Raise OSError."""

    def finish(self) -> None:
        """Say that we send no more, where the layer has words for that."""

    def forget(self) -> None:
        """Drop what was made of no byte of the application's, and the kernel has not taken."""

    def take_rest(self, most_bytes: int) -> Rest:
        """Read what lies in the kernel at the close, where none of it is the application's. Raise OSError."""

    @property
    def pending_bytes(self) -> int:
        """What was taken by the layer and not yet by the kernel."""

    @property
    def unread_bytes(self) -> int:
        """What was taken from the kernel and is not delivered, because no more was wanted."""


class PlainLayer:
    """The bytes go as they are."""

    __slots__ = ("_conversation", "_read_bytes", "_recorder", "_socket")

    ready = True
    stuck = False
    pending_bytes = unread_bytes = 0

    def __init__(
        self, recorder: Recorder, conversation: Conversation, connected: socket.socket, read_bytes: int = 0
    ) -> None:
        self._recorder = recorder
        self._conversation = conversation
        self._socket = connected
        self._read_bytes = read_bytes

    def receive(self, deliver: Deliver) -> bool:
        """Make one recv(2) straight into the tape."""
        conversation = self._conversation
        room = conversation.tape.room()
        asked = min(self._read_bytes or len(room), len(room))
        at_ns = now_ns()
        try:
            size_bytes = self._socket.recv_into(room, asked)
        except (BlockingIOError, InterruptedError):
            return True
        except OSError as error:
            note_broken(self._recorder, conversation, "recv", asked, error, at_ns)
            raise
        if size_bytes == 0:
            note_end(self._recorder, conversation, asked, at_ns)
            return False
        deliver(self._recorder.received(conversation, room, size_bytes, at_ns, asked))
        return True

    def resume(self, deliver: Deliver) -> bool:
        """Nothing is ever held back."""
        return True

    def send(self, piece: memoryview) -> int:
        """Make one send(2)."""
        conversation = self._conversation
        at_ns = now_ns()
        try:
            size_bytes = self._socket.send(piece)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError as error:
            note_broken(self._recorder, conversation, "send", len(piece), error, at_ns)
            raise
        self._recorder.sent(conversation, piece[:size_bytes], len(piece), at_ns)
        return size_bytes

    def flush(self) -> bool:
        """Nothing lies between."""
        return True

    def finish(self) -> None:
        """The end of stream says it all."""

    def forget(self) -> None:
        """Nothing is made here."""

    def take_rest(self, most_bytes: int) -> Rest:
        """Everything is the application's."""
        return Rest.LEFT


def note_end(
    recorder: Recorder, conversation: Conversation, asked: int, at_ns: int, meaning: str = "peer finished sending"
) -> None:
    """Note a receive that gave 0: the peer's end of stream (recv(2))."""
    took_ns = now_ns() - at_ns
    recorder.note(conversation, Call("recv", conversation.fd, (asked,), 0, "", at_ns, took_ns, meaning))


def note_broken(
    recorder: Recorder, conversation: Conversation, name: str, size_bytes: int, error: OSError, at_ns: int
) -> None:
    """Note a receive or a send that failed for good."""
    said, took_ns = error_name(error), now_ns() - at_ns
    meaning = broken(said, conversation.transport)
    recorder.note(conversation, Call(name, conversation.fd, (size_bytes,), None, said, at_ns, took_ns, meaning))


def broken(error: str, transport: SocketKind = TCP) -> str:
    """Say in words what an error means for a stream; without resets EPIPE says that the peer has closed."""
    if error == "EPIPE" and not transport.can_reset:
        return "the peer has closed"
    return "reset by peer" if error in RESETS else "failed"
