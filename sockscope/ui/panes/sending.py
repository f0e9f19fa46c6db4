"""What is sent to the chosen conversation, and why it is not."""

from collections.abc import Callable
from pathlib import Path

from sockscope.engine.engine import Engine
from sockscope.record.conversation import Conversation, State
from sockscope.request.template import Template
from sockscope.ui.widgets.conversation_words import state_word


class Sending:
    """Sends to whichever conversation is chosen; each verb gives why that was not done, empty where it was."""

    def __init__(
        self,
        engine: Engine,
        chosen: Callable[[], Conversation | None],
        send_to_all: Callable[[bytes], str] | None,
        anybody: Callable[[], bool],
    ) -> None:
        """`send_to_all`, where given, sends to more than the chosen one; `anybody` says whether there is one."""
        self._engine = engine
        self._chosen = chosen
        self._send_to_all, self._anybody = send_to_all, anybody

    def send(self, payload: bytes | Path, to_all: bool) -> str:
        """Send bytes or a file to the chosen one, or bytes to all."""
        if to_all and self._send_to_all and isinstance(payload, bytes):
            return self._send_to_all(payload)
        if to_all:
            return "a file goes to one conversation at a time"
        chosen, refused = self._chosen(), self.refusal()
        if chosen is None or refused:
            return refused
        if isinstance(payload, Path):
            self._engine.send_file(chosen, payload)
        elif not payload and not chosen.transport.keeps_boundaries:
            return "there is nothing to send: on a stream nothing is no bytes"
        else:
            self._engine.send(chosen, payload)
        return ""

    def repeat(self, payload: Template, interval_s: float) -> str:
        """Send again and again."""
        chosen, refused = self._chosen(), self.refusal()
        if chosen and not refused:
            self._engine.repeat(chosen, payload.bytes, interval_s)
        return refused

    def finish(self) -> str:
        """Send our end of stream; the other direction stays open."""
        chosen, refused = self._chosen(), self.refusal()
        if chosen and not refused:
            self._engine.finish_sending(chosen)
        return refused

    def can_send(self, to_all: bool) -> bool:
        """Return whether anything would go out."""
        return self._anybody() if to_all else not self.refusal()

    def refusal(self) -> str:
        """Return why nothing can be sent, nothing where it can."""
        chosen = self._chosen()
        if chosen is None:
            return "there is nobody to send to yet"
        if not chosen.capabilities.send:
            return "not sent: the socket is not ours"
        if not chosen.can_send:
            both = chosen.state is State.PEER_THEN_US
            return f"not sent: this conversation is {'closed' if both else state_word(chosen)}"
        return ""

    def stop(self, conversation: Conversation) -> None:
        """Stop what is sent by itself: a file, a payload again and again, a sequence."""
        self._engine.cancel_file(conversation)
        self._engine.stop_repeating(conversation)
        self._engine.stop_sequence(conversation)
