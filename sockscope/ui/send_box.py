"""The box to send from: text with escapes, hex, or a file; Enter sends, ctrl+d finishes sending."""

from collections.abc import Callable, Sequence
from pathlib import Path

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input

from sockscope.show.payload import ENDINGS, MODES, PayloadError, read
from sockscope.ui.choice import Choice
from sockscope.ui.field import Field
from sockscope.ui.message_line import MessageLine

_HINTS = {
    "text": "text to send · \\r \\n \\t \\0 \\xNN",
    "hex": "bytes to send, as 48 65 6c 6c 6f",
    "file": "path of a file to send",
}


Send = Callable[[bytes | Path, bool], str]
"""Sends bytes or a file, with True to all; gives why it was not sent, empty where it was."""


class SendField(Field):
    """The field, where ctrl+d is the end of what we send.

    What Enter takes is taken at once: keys that follow quickly belong to the next message.
    """

    BINDINGS = [Binding("ctrl+d", "finish", "Finish sending")]

    class Finished(Message):
        """The end of what we send was typed."""

    def __init__(self, placeholder: str, take: Callable[[str], bool]) -> None:
        """`take` is given what was typed and says whether it was sent."""
        super().__init__(placeholder)
        self._take = take

    async def on_key(self, event: events.Key) -> None:
        """Take Enter in line with the other keys; as a binding it would come behind those that follow it."""
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            await self.action_submit()

    async def action_submit(self) -> None:
        """Send what was typed; where it cannot be sent, it stays."""
        if self._take(self.value):
            self.remember(self.value)
            self.value = ""

    def action_finish(self) -> None:
        """Ask for our direction to be finished, as fingers expect of ctrl+d."""
        self.post_message(self.Finished())


class SendBox(Vertical):
    """Reads what is typed and has it sent; what cannot be read or sent stays, with the reason below."""

    class FinishRequested(Message):
        """Our direction is to be finished."""

    DEFAULT_CSS = """
    SendBox {
        height: auto;
        & Horizontal { height: 1; }
        & Field { width: 1fr; }
    }
    """

    def __init__(self, send: Send, targets: Sequence[str] = ()) -> None:
        """`targets` are what can be sent to, where there is a choice; the last one stands for all."""
        super().__init__()
        self._send = send
        self._targets = targets
        self._complained_of: str | None = None  # what the message below the field is about

    def compose(self) -> ComposeResult:
        """The field, its choices, and the line for what is wrong."""
        with Horizontal():
            yield SendField(_HINTS["text"], self._take)
            if self._targets:
                yield Choice("to", self._targets, id="to")
            yield Choice("as", MODES, id="mode")
            yield Choice("end", tuple(ENDINGS), value="LF", id="ending")
        yield MessageLine()

    def say(self, text: str) -> None:
        """Say why something was not sent."""
        self.query_one(MessageLine).say(text)

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """Another way to read what is typed."""
        event.stop()
        if event.choice.id == "mode":
            self.query_one(SendField).placeholder = _HINTS[event.value]
            ending = self.query_one("#ending", Choice)
            ending.display = event.value != "file"
            if event.value != "text":
                ending.value = "none"
        self.say("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """What was wrong may be right now."""
        event.stop()
        if event.value != self._complained_of:
            self.say("")

    def _take(self, typed: str) -> bool:
        """Read what was typed and send it; False, with the reason below the field, where that cannot be."""
        mode, ending = self.query_one("#mode", Choice).value, self.query_one("#ending", Choice).value
        to_all = bool(self._targets) and self.query_one("#to", Choice).value == self._targets[-1]
        try:
            refused = self._send(read(typed, mode, ending), to_all)
        except PayloadError as error:
            refused = str(error)
        self.say(refused)
        self._complained_of = typed if refused else None
        return not refused

    def on_send_field_finished(self, event: SendField.Finished) -> None:
        """Pass it on."""
        event.stop()
        self.post_message(self.FinishRequested())
