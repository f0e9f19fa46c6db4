"""The box to send from: text with escapes, hex, or a file; Enter sends, ctrl+r sends again and again."""

from collections.abc import Callable, Sequence
from pathlib import Path

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from sockscope.record.transfer import LEAST_S
from sockscope.request.payload import ENDINGS, MODES, PayloadError, read, template
from sockscope.request.template import Template
from sockscope.store.shelf import Saved, SavedPayload
from sockscope.ui.keys.bindings import bindings
from sockscope.ui.screens.sheet import Entry, Sheet
from sockscope.ui.widgets.choice import Choice
from sockscope.ui.widgets.message_line import MessageLine
from sockscope.ui.widgets.saved_field import SavedField, Shelf

_HINTS = {
    "text": "text to send · \\r \\n \\t \\0 \\xNN",
    "hex": "bytes to send, as 48 65 6c 6c 6f",
    "file": "path of a file to send",
}


_LONGEST_S = 86_400

Send = Callable[[bytes | Path, bool], str]
"""Sends bytes or a file, with True to all; gives why it was not sent, empty where it was."""


CanSend = Callable[[bool], bool]
"""Whether anything typed here would go out: to the chosen one, or (True) to anybody of all."""

Repeat = Callable[[Template, float], str]
"""Sends a payload every so many seconds; gives why it was not begun, empty where it was."""


class SendField(SavedField):
    """The field, where ctrl+d is the end of what we send.

    What Enter takes is taken at once: keys that follow quickly belong to the next message.
    """

    BINDINGS = bindings("SendField")

    class Finished(Message):
        """The end of what we send was typed."""

    class RepeatRequested(Message):
        """What was typed is to be sent again and again."""

    def __init__(self, placeholder: str, send: Callable[[str], bool], box: "SendBox") -> None:
        """`send` is given what was typed and says whether it was sent."""
        super().__init__(placeholder, does="Send")
        self._send = send
        self._box = box
        self.shelf = Shelf(SavedPayload, self._entry, self._take)

    async def on_key(self, event: events.Key) -> None:
        """Take Enter in line with the other keys; as a binding it would come behind those that follow it."""
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            await self.action_submit()

    async def action_submit(self) -> None:
        """Send what was typed; where it cannot be sent, it stays."""
        if self._send(self.value):
            self.remember(self.value)
            self.value = ""

    def action_finish(self) -> None:
        """Ask for our direction to be finished, as fingers expect of ctrl+d."""
        self.post_message(self.Finished())

    def action_repeat(self) -> None:
        """Ask for it to be sent again and again."""
        self.post_message(self.RepeatRequested())

    def offer(self, action: str, name: str) -> str:
        """Return what to call a key now, nothing where what is typed could not go out."""
        if action in ("submit", "finish", "repeat") and not self._box.can_send(to_one=action != "submit"):
            return ""
        return super().offer(action, name)

    def _entry(self, name: str) -> Saved:
        """The payload as it stands here. Raise PayloadError for a file."""
        return self._box.saved(name, self.value)

    def _take(self, entry: Saved) -> None:
        """Put a saved payload here."""
        if isinstance(entry, SavedPayload):
            self._box.fill(entry)


class SendBox(Vertical):
    """Reads what is typed and has it sent; what cannot be read or sent stays, with the reason below."""

    class FinishRequested(Message):
        """Our direction is to be finished."""

    DEFAULT_CSS = """
    SendBox {
        height: auto;
        & Horizontal { height: 1; }
        & Field { width: 1fr; }
        & #writing { display: none; width: 9; background: $warning; color: $background; text-style: bold; }
        &.-writing #writing { display: block; }
    }
    """

    def __init__(self, send: Send, repeat: Repeat, can_send: CanSend, targets: Sequence[str] = ()) -> None:
        """`targets` are what can be sent to, where there is a choice; the last one stands for all."""
        super().__init__()
        self._send = send
        self._can_send = can_send
        self._repeat = repeat
        self._targets = targets
        self._complained_of: str | None = None  # what the message below the field is about

    def compose(self) -> ComposeResult:
        """The field, its choices, and the line for what is wrong."""
        with Horizontal():
            yield Static(" WRITING ", id="writing")
            yield SendField(_HINTS["text"], self._take, self)
            if self._targets:
                yield Choice("to", self._targets, id="to")
            yield Choice("as", MODES, id="mode")
            yield Choice("end", tuple(ENDINGS), value="LF", id="ending")
        yield MessageLine()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Say that letters are text now."""
        self.set_class(isinstance(event.widget, SendField), "-writing")

    def on_descendant_blur(self) -> None:
        """Letters are keys again, and nobody is at what was not sent."""
        self.set_class(False, "-writing")
        self.say("")

    @property
    def in_use(self) -> bool:
        """Whether somebody writes here, or left something that is not sent: it is meant for who is chosen."""
        field = self.query_one(SendField)
        return field.has_focus or bool(field.value)

    @property
    def _to_all(self) -> bool:
        return bool(self._targets) and self.query_one("#to", Choice).value == self._targets[-1]

    def can_send(self, *, to_one: bool) -> bool:
        """Return whether what is typed would go out, to who is chosen here or in any case `to_one`."""
        return self._can_send(self._to_all and not to_one)

    def say(self, text: str) -> None:
        """Say why something was not sent."""
        self.query_one(MessageLine).say(text)

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """Another way to read what is typed."""
        event.stop()
        if event.choice.id == "mode":
            self._fit_mode(event.value)
            if event.value != "text":
                self.query_one("#ending", Choice).value = "none"
        self.say("")
        self.refresh_bindings()

    def _fit_mode(self, mode: str) -> None:
        self.query_one(SendField).placeholder = _HINTS[mode]
        self.query_one("#ending", Choice).display = mode != "file"

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.value != self._complained_of:
            self.say("")

    def _take(self, typed: str) -> bool:
        """Read what was typed and send it; False, with the reason below the field, where that cannot be."""
        mode, ending = self.query_one("#mode", Choice).value, self.query_one("#ending", Choice).value
        try:
            refused = self._send(read(typed, mode, ending), self._to_all)
        except PayloadError as error:
            refused = str(error)
        self.say(refused)
        self._complained_of = typed if refused else None
        return not refused

    def on_send_field_repeat_requested(self, event: SendField.RepeatRequested) -> None:
        """Ask how often, then begin."""
        event.stop()
        typed, mode = self.query_one(SendField).value, self.query_one("#mode", Choice).value

        def begin(values: dict[str, str]) -> str:
            try:
                if mode == "file":
                    return "a file is sent once"
                payload = template(typed, mode, self.query_one("#ending", Choice).value)
                return self._repeat(payload, _interval_s(values["interval"]))
            except ValueError as error:
                return str(error)

        about = "Seconds from one to the next. In what is sent \\# is the count, in hex #1 #2 #4 #8 (bytes)."
        self.app.push_screen(
            Sheet("Send again and again", [Entry("interval", "every", about, value="1")], begin, done="Begin")
        )

    def saved(self, name: str, typed: str) -> SavedPayload:
        """What stands here, to be saved. Raise PayloadError for a file."""
        mode = self.query_one("#mode", Choice).value
        if mode == "file":
            raise PayloadError("a path is not saved: save what is in the file")
        return SavedPayload(name, typed, mode, self.query_one("#ending", Choice).value)

    def fill(self, payload: SavedPayload) -> None:
        """Put a saved payload here, to be sent with Enter."""
        with self.prevent(Choice.Changed):  # another mode by hand changes the ending
            self.query_one("#mode", Choice).value = payload.mode
            self.query_one("#ending", Choice).value = payload.ending
        self._fit_mode(payload.mode)
        field = self.query_one(SendField)
        field.value = payload.text
        field.cursor_position = len(payload.text)

    def on_send_field_finished(self, event: SendField.Finished) -> None:
        """Pass it on."""
        event.stop()
        self.post_message(self.FinishRequested())


def _interval_s(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not LEAST_S <= seconds <= _LONGEST_S:
        raise ValueError(f"the interval is a number of seconds from {LEAST_S:g} to {_LONGEST_S:,}")
    return seconds
