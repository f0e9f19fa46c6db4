"""What is said and asked of a stream socket right before it is closed: in the words of TLS, and of the kernel.

The rules:
- Nothing is waited for: what is there now is told, and what is not goes its way in the kernel.
- What only TLS needs is read (`layers/rest`), so that a close is a reset for the application's bytes alone.
- Who finished first stays true: what lay there unread was before our close, and an answer to our goodbye behind it.
"""

import contextlib
import socket

from sockscope.engine.kernel.leftover import end_lies_unread, leftover
from sockscope.engine.stream.layers.layer import Channel, TlsFailure
from sockscope.engine.stream.layers.rest import MOST_BYTES, Rest
from sockscope.record.conversation import PEER, US, Conversation
from sockscope.record.fact import Call
from sockscope.record.leftover import NOTHING_LEFT, Leftover
from sockscope.record.recorder import Recorder

_ROUNDS = 4
"""So often more may come while what came is read."""


class Farewell:
    """Belongs to one stream; `say` where it is closed in order, then `look` in any case."""

    __slots__ = ("_channel", "_conversation", "_recorder", "_said", "_socket")

    def __init__(
        self, recorder: Recorder, conversation: Conversation, connected: socket.socket, channel: Channel
    ) -> None:
        self._recorder, self._conversation = recorder, conversation
        self._socket, self._channel = connected, channel
        self._said = False

    def say(self) -> None:
        """Say in the words of TLS that we send no more, where it can still be said behind what came before."""
        self._took_rest(MOST_BYTES)
        self._mind_end()
        with contextlib.suppress(OSError, TlsFailure):
            if self._conversation.state.can_send and self._channel.ready and self._channel.flush():
                self._channel.finish()
                self._said = self._channel.flush()
                if not self._said:  # it is no byte of anybody's that was not sent
                    self._channel.forget()

    def look(self) -> None:
        """Note what the kernel holds, and an end of stream that nobody read."""
        self._recorder.left(self._conversation, self._left())
        self._mind_end()

    def _mind_end(self) -> None:
        """Note an end of stream that lies there unread."""
        with contextlib.suppress(OSError):
            note = self._recorder.noting(self._conversation)
            if PEER not in self._conversation.finished and end_lies_unread(self._socket, note):
                self._peer_finished()

    def _left(self) -> Leftover:
        """Ask what the kernel holds, once what is no byte of the application's has been read."""
        finished, found = US in self._conversation.finished, NOTHING_LEFT
        for _ in range(_ROUNDS):
            calls: list[Call] = []
            found = leftover(self._socket, calls.append, finished=finished)
            if found.aborted or not found.unread_bytes or not self._took_rest(found.unread_bytes):
                break
        for call in calls:
            self._recorder.note(self._conversation, call)
        return found

    def _took_rest(self, most_bytes: int) -> bool:
        rest = Rest.LEFT
        with contextlib.suppress(OSError):
            rest = self._channel.take_rest(most_bytes)
        if rest is Rest.ENDED and PEER not in self._conversation.finished:
            self._peer_finished()
        return rest is not Rest.LEFT

    def _peer_finished(self) -> None:
        """Note the peer's end, and before it ours in the words of TLS where that was said first."""
        if self._said and self._conversation.layers.wire and US not in self._conversation.finished:
            self._recorder.we_finished(self._conversation)
        self._recorder.peer_finished(self._conversation)


def left_without_a_word(conversation: Conversation) -> bool:
    """Whether a server ended behind what a plain client sent first, as those do that wait for something else."""
    flow, plain = conversation.flow, conversation.layers.wire is None
    asked = conversation.request and plain and conversation.transport.has_tcp_states
    return bool(asked and flow.bytes_out and not flow.bytes_in) and US not in conversation.finished
