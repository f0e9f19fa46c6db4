"""The box to send from: text with escapes, hex, or a file; Enter sends, ctrl+d finishes sending."""

from collections.abc import Sequence
from pathlib import Path

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


class SendField(Field):
    """The field, where ctrl+d is the end of what we send."""

    BINDINGS = [Binding("ctrl+d", "finish", "Finish sending")]

    class Finished(Message):
        """The end of what we send was typed."""

    def action_finish(self) -> None:
        """Ask for our direction to be finished, as fingers expect of ctrl+d."""
        self.post_message(self.Finished())


class SendBox(Vertical):
    """Reads what is typed and asks its pane to send it; what cannot be read stays, with the reason below."""

    class SendRequested(Message):
        """Bytes, or a file by its path, are to be sent."""

        def __init__(self, payload: bytes | Path, to_all: bool) -> None:
            super().__init__()
            self.payload = payload
            self.to_all = to_all

    class FinishRequested(Message):
        """Our direction is to be finished."""

    DEFAULT_CSS = """
    SendBox {
        height: auto;
        & Horizontal { height: 1; }
        & Field { width: 1fr; }
    }
    """

    def __init__(self, targets: Sequence[str] = ()) -> None:
        """`targets` are what can be sent to, where there is a choice; the last one stands for all."""
        super().__init__()
        self._targets = targets

    def compose(self) -> ComposeResult:
        """The field, its choices, and the line for what is wrong."""
        with Horizontal():
            yield SendField(_HINTS["text"])
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
        self.say("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Read it and ask for it to be sent."""
        event.stop()
        field = self.query_one(SendField)
        mode, ending = self.query_one("#mode", Choice).value, self.query_one("#ending", Choice).value
        try:
            payload = read(field.value, mode, ending)
        except PayloadError as error:
            self.say(str(error))
            return
        to_all = bool(self._targets) and self.query_one("#to", Choice).value == self._targets[-1]
        self.post_message(self.SendRequested(payload, to_all))

    def on_send_field_finished(self, event: SendField.Finished) -> None:
        """Pass it on."""
        event.stop()
        self.post_message(self.FinishRequested())

    def sent(self) -> None:
        """What was typed is on its way: remember it and make place for the next."""
        field = self.query_one(SendField)
        field.remember(field.value)
        field.value = ""
