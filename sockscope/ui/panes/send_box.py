"""The box to send from: text with escapes, hex, or a file; Enter sends, ctrl+r sends again and again.

The rules: what cannot be read or sent stays, with the reason below; how much would be sent is said while one types.
How one writes belongs to the conversation: another one that is chosen brings its own mode and line end.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from sockscope.record.conversation import Conversation
from sockscope.record.transfer import LEAST_S, MOST_S
from sockscope.request.ending import settled
from sockscope.request.interval import HOW, seconds
from sockscope.request.payload import MODES, PayloadError, file_path, read, template
from sockscope.request.template import Template
from sockscope.show.payload_words import told_file, told_size
from sockscope.store.shelf import SavedPayload
from sockscope.ui.panes.manners import ENDS, OWN, Manner, Manners, manner_of
from sockscope.ui.panes.send_field import SendField
from sockscope.ui.screens.sheet import Entry, Sheet
from sockscope.ui.widgets.choice import Choice
from sockscope.ui.widgets.field import Field
from sockscope.ui.widgets.lines_field import MOST_BREAKS
from sockscope.ui.widgets.message_line import MessageLine

_HINTS = {
    "text": "text to send · \\r \\n \\t \\0 \\xNN \\{size}",
    "hex": "bytes to send, as 48 65 6c 6c 6f #modbus",
    "file": "path of a file to send",
}
_NOTHING = "not sent: nothing is typed (an empty line is \\r\\n as text, an empty datagram a space as hex)"
_COUNTED = 32 * 1024
"""Characters: what is longer is not read at each key."""

Send = Callable[[bytes | Path, bool], str]
"""Sends bytes or a file, with True to all; gives why it was not sent, empty where it was."""

CanSend = Callable[[bool], bool]
"""Whether anything typed here would go out: to the chosen one, or (True) to anybody of all."""

Repeat = Callable[[Template, float], str]
"""Sends a payload every so many seconds; gives why it was not begun, empty where it was."""


class SendBox(Vertical):
    """Reads what is typed and has it sent."""

    class FinishRequested(Message):
        """Our direction is to be finished."""

    DEFAULT_CSS = """
    SendBox {
        height: auto;
        & Horizontal { height: auto; }
        & SendField { width: 1fr; }
        & #own { display: none; width: 8; margin-left: 1; }
        & #own.-chosen { display: block; }
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
        self._manners = Manners()
        self._conversation: Conversation | None = None
        self._complained_of: str | None = None  # what the message below the field is about
        self._measuring = False  # a file's size is being asked for

    def compose(self) -> ComposeResult:
        """The field, its choices, and the line for its size, and for what is wrong."""
        with Horizontal():
            yield Static(" WRITING ", id="writing")
            yield SendField(
                _HINTS["text"],
                self._take,
                entry=self._entry,
                fill=self.fill,
                repeats=lambda: self.repeating,
                can_send=self.can_send,
                can_finish=lambda: self._conversation is None or self._conversation.transport.has_end_of_stream,
            )
            if self._targets:
                yield Choice("to", self._targets, id="to")
            yield Choice("as", MODES, id="mode")
            yield Choice("end", ENDS, id="ending")
            yield Field("\\x03", does="Done", id="own")
        yield MessageLine()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Say that letters are text now."""
        self.set_class(isinstance(event.widget, SendField), "-writing")

    def on_descendant_blur(self) -> None:
        """Letters are keys again, and nobody is at what was not sent."""
        self.set_class(False, "-writing")
        self._measure()

    @property
    def in_use(self) -> bool:
        """Whether somebody writes here, or left something that is not sent: it is meant for who is chosen."""
        field = self.query_one(SendField)
        return field.has_focus or bool(field.value)

    @property
    def repeating(self) -> bool:
        """Whether something is sent to the chosen conversation again and again."""
        repeat = self._conversation.outgoing.repeat if self._conversation else None
        return repeat is not None and not repeat.stopped

    @property
    def _to_all(self) -> bool:
        return bool(self._targets) and self.query_one("#to", Choice).value == self._targets[-1]

    def can_send(self, *, to_one: bool) -> bool:
        """Return whether what is typed would go out, to who is chosen here or in any case `to_one`."""
        return self._can_send(self._to_all and not to_one)

    def say(self, text: str) -> None:
        """Say why something was not sent; without a reason, how much would be."""
        if text:
            self.query_one(MessageLine).say(text)
        else:
            self._measure()

    # How it is written.

    def follow(self, conversation: Conversation | None) -> None:
        """Write to this one from now on, as it was written to before; the first one as was chosen for nobody."""
        before, self._conversation = self._conversation, conversation
        if before:
            self._manners.keep(before.number, self._manner)
        if conversation and (before or conversation.number in self._manners):
            self._show(self._manners.get(conversation.number))
        self._measure()

    @property
    def _manner(self) -> Manner:
        return Manner(
            self.query_one("#mode", Choice).value,
            self.query_one("#ending", Choice).value,
            self.query_one("#own", Field).value,
        )

    def _show(self, manner: Manner) -> None:
        with self.prevent(Choice.Changed, Input.Changed):  # nobody chose anything
            self.query_one("#mode", Choice).value = manner.mode
            self.query_one("#ending", Choice).value = manner.end
            self.query_one("#own", Field).value = manner.own
        self._fit(manner)

    def _fit(self, manner: Manner) -> None:
        self.query_one(SendField).placeholder = _HINTS[manner.mode]
        self.query_one("#ending", Choice).display = manner.mode != "file"
        self.query_one("#own").set_class(manner.end == OWN and manner.mode != "file", "-chosen")

    def _changed(self) -> None:
        """Another manner was chosen."""
        self._fit(self._manner)
        if self._conversation:
            self._manners.keep(self._conversation.number, self._manner)
        self._measure()

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """Another way to read what is typed, or to end it, or another one to send to."""
        event.stop()
        self._changed()
        self.refresh_bindings()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.input.id == "own":
            self._changed()
        elif event.value != self._complained_of:
            self._measure()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go on writing, with a line end of one's own."""
        event.stop()
        self.screen.set_focus(self.query_one(SendField))

    # How much it is.

    def _measure(self) -> None:
        """Say how much would be sent, or why it cannot be read."""
        self._complained_of = None
        typed, mode = self.query_one(SendField).value, self.query_one("#mode", Choice).value
        if not typed:
            self.query_one(MessageLine).say("")
        elif mode == "file":
            self._measure_file()
        elif len(typed) > _COUNTED:
            self._note(f"{len(typed):,} characters")
        else:
            try:
                self._note(self._told(typed))
            except PayloadError as error:
                self.query_one(MessageLine).say(str(error), look="warning")

    def _note(self, text: str) -> None:
        self.query_one(MessageLine).say(text, look="note")

    def _ending(self, typed: str) -> str:
        """Return the line end that is sent behind what was typed. Raise PayloadError."""
        whole = self._conversation is not None and self._conversation.transport.keeps_boundaries
        manner = self._manner
        return settled(manner.ending, typed, manner.mode, whole=whole)

    def _told(self, typed: str) -> str:
        ending = self._ending(typed)
        made = template(typed, self._manner.mode, ending)
        return told_size(len(made.bytes(1)), ending, breaks=typed.count("\n") if self._manner.mode == "text" else 0)

    def _measure_file(self) -> None:
        """Ask for a file's size beside the loop, which a slow disk would hold up; of what was typed last."""
        if not self._measuring:
            self._measuring = True
            self.run_worker(self._look_at_file())

    async def _look_at_file(self) -> None:
        typed, said = "", ""
        try:
            while (now := self.query_one(SendField).value) != typed:
                typed = now
                said = await asyncio.to_thread(_file_size, typed)
        finally:
            self._measuring = False
        if self._manner.mode == "file" and typed and self._complained_of is None:
            self._note(said)

    # Sending.

    def _take(self, typed: str) -> bool:
        """Read what was typed and send it; False, with the reason below the field, where that cannot be."""
        try:
            if not typed and self._manner.mode != "file":
                raise PayloadError(_NOTHING)
            refused = self._send(read(typed, self._manner.mode, self._ending_of(typed)), self._to_all)
        except PayloadError as error:
            refused = str(error)
        self.say(refused)
        self._complained_of = typed if refused else None
        return not refused

    def _ending_of(self, typed: str) -> str:
        return "none" if self._manner.mode == "file" else self._ending(typed)

    def on_send_field_refused(self, event: SendField.Refused) -> None:
        """Say that it is too long."""
        event.stop()
        self.say(f"not taken: that is over 1 MiB, or {MOST_BREAKS:,} lines; send it as a file")

    def ask_repeat(self) -> None:
        """Ask how often, then begin."""
        typed, mode = self.query_one(SendField).value, self._manner.mode

        def begin(values: dict[str, str]) -> str:
            try:
                if mode == "file":
                    return "a file is sent once"
                return self._repeat(template(typed, mode, self._ending(typed)), _interval_s(values["interval"]))
            except ValueError as error:
                return str(error)

        about = f"From one to the next, {HOW}. In what is sent \\# is the count, in hex #1 #2 #4 #8 (bytes)."
        self.app.push_screen(
            Sheet("Send again and again", [Entry("interval", "every", about, value="1s")], begin, done="Begin")
        )

    def _entry(self, name: str) -> SavedPayload:
        """What stands here, to be saved. Raise PayloadError for a file."""
        return self.saved(name, self.query_one(SendField).value)

    def saved(self, name: str, typed: str) -> SavedPayload:
        """What stands here, to be saved. Raise PayloadError for a file."""
        if self._manner.mode == "file":
            raise PayloadError("a path is not saved: save what is in the file")
        return SavedPayload(name, typed, self._manner.mode, self._ending(typed))

    def fill(self, payload: SavedPayload) -> None:
        """Put a saved payload here, to be sent with Enter."""
        self._show(manner_of(payload.mode, payload.ending))
        field = self.query_one(SendField)
        field.value = payload.text
        field.cursor_position = len(payload.text)
        self._changed()

    def on_send_field_finished(self, event: SendField.Finished) -> None:
        """Pass it on."""
        event.stop()
        self.post_message(self.FinishRequested())


def _file_size(typed: str) -> str:
    try:
        return told_file(file_path(typed).stat().st_size)
    except (PayloadError, OSError) as error:
        return str(error)


def _interval_s(text: str) -> float:
    interval_s = seconds(text)
    if not LEAST_S <= interval_s <= MOST_S:
        raise ValueError("the interval is from 10ms to 24h")
    return interval_s
