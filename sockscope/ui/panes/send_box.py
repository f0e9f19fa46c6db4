"""The box to send from: text with escapes, hex, or a file; Enter sends, ctrl+r sends again and again.

The rules: what cannot be read or sent stays, with the reason below; how much would be sent is said while one types.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from sockscope.record.conversation import Conversation
from sockscope.request.payload import PayloadError
from sockscope.store.shelf import SavedPayload
from sockscope.ui.panes import repeating
from sockscope.ui.panes.manner_choice import MannerChoice
from sockscope.ui.panes.manners import manner_of
from sockscope.ui.panes.repeating import Repeat
from sockscope.ui.panes.send_field import SendField
from sockscope.ui.panes.size_line import SizeLine
from sockscope.ui.panes.written import Written
from sockscope.ui.widgets.choice import Choice
from sockscope.ui.widgets.lines_field import MOST_BREAKS

_HINTS = {
    "text": "text to send · \\r \\n \\t \\0 \\xNN \\{size}",
    "hex": "bytes to send, as 48 65 6c 6c 6f #modbus",
    "file": "path of a file to send",
}
_NOTHING = "not sent: nothing is typed (an empty datagram is a space as hex)"
_NOTHING_YET = "nothing to send yet: type it here, then ctrl+r"

Send = Callable[[bytes | Path, bool], str]
"""Sends bytes or a file, with True to all; gives why it was not sent, empty where it was."""

CanSend = Callable[[bool], bool]
"""Whether anything typed here would go out: to the chosen one, or (True) to anybody of all."""


class SendBox(Vertical):
    """Reads what is typed and has it sent."""

    DEFAULT_CSS = """
    SendBox {
        height: auto;
        & Horizontal { height: auto; }
        & SendField { width: 1fr; }
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
        self._conversation: Conversation | None = None
        self._choice = MannerChoice()
        self._line = SizeLine()

    def compose(self) -> ComposeResult:
        """The field, its choices, and the line for its size, and for what is wrong."""
        with Horizontal():
            yield Static(" WRITING ", id="writing")
            yield SendField(
                _HINTS["text"],
                self._take,
                entry=lambda name: self.written.saved(name),
                fill=self.fill,
                repeats=lambda: self.repeating,
                can_send=self.can_send,
                can_finish=lambda: self._conversation is None or self._conversation.transport.has_end_of_stream,
            )
            if self._targets:
                yield Choice("to", self._targets, id="to")
            yield self._choice
        yield self._line

    def on_descendant_focus(self) -> None:
        """Say whether letters are text now."""
        self.set_class(self.query_one(SendField).has_focus, "-writing")

    def on_descendant_blur(self) -> None:
        """Letters are keys again, unless the field has the focus by now; and nobody is at what was not sent."""
        self.on_descendant_focus()
        self._line.measure(self.written)

    # What stands here.

    @property
    def written(self) -> Written:
        """What stands here now."""
        typed, manner, to = self.query_one(SendField).value, self._choice.manner, self._conversation
        if to is None:
            return Written(typed, manner)
        return Written(typed, manner, to.transport.keeps_boundaries, to.head.received, to.head.sent)

    @property
    def in_use(self) -> bool:
        """Whether somebody writes here, or left something that is not sent: it is meant for who is chosen."""
        field = self.query_one(SendField)
        return field.has_focus or bool(field.value)

    def follow(self, conversation: Conversation | None) -> None:
        """Write to this one from now on, as it was written to before."""
        self._conversation = conversation
        self._choice.follow(conversation.number if conversation else None)
        self._fit()

    def fill(self, payload: SavedPayload) -> None:
        """Put a saved payload here, to be sent with Enter."""
        field = self.query_one(SendField)
        field.value = payload.text
        field.cursor_position = len(payload.text)
        self._choice.choose(manner_of(payload.mode, payload.ending))

    def _fit(self) -> None:
        """Show what the manner asks for, and how much would be sent in it."""
        self.query_one(SendField).hint(_HINTS[self._choice.manner.mode])
        self._line.measure(self.written)

    def on_manner_choice_changed(self, event: MannerChoice.Changed) -> None:
        event.stop()
        self._fit()
        self.refresh_bindings()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell of what is typed."""
        event.stop()
        self._line.follow(self.written)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go on writing, with a line end of one's own."""
        event.stop()
        self.screen.set_focus(self.query_one(SendField))

    # Sending.

    @property
    def repeating(self) -> bool:
        """Whether something is sent to the chosen conversation again and again."""
        repeat = self._conversation.outgoing.repeat if self._conversation else None
        return repeat is not None and not repeat.stopped

    @property
    def _to_all(self) -> bool:
        return bool(self._targets) and self.query_one("#to", Choice).value == self._targets[-1]

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """Another one to send to."""
        event.stop()
        self._line.measure(self.written)
        self.refresh_bindings()

    def can_send(self, *, to_one: bool) -> bool:
        """Return whether what is typed would go out, to who is chosen here or in any case `to_one`."""
        return self._can_send(self._to_all and not to_one)

    def say(self, text: str) -> None:
        """Say why something was not sent; without a reason, how much would be."""
        if text:
            self._line.say(text)
        else:
            self._line.measure(self.written)

    def _take(self, typed: str) -> bool:
        """Read what was typed and send it; False, with the reason below the field, where that cannot be."""
        try:
            payload = self.written.payload()
            refused = _NOTHING if not typed and payload == b"" else self._send(payload, self._to_all)
        except PayloadError as error:
            refused = str(error)
        self._line.refuse(typed, refused)
        return not refused

    def on_send_field_refused(self, event: SendField.Refused) -> None:
        """Say that it is too long."""
        event.stop()
        self.say(f"not taken: that is over 1 MiB, or {MOST_BREAKS:,} lines; send it as a file")

    def ask_repeat(self) -> None:
        """Ask how often, then begin; what is typed next would be taken for that where nothing is typed yet."""
        if not self.written.typed:
            self._line.refuse("", _NOTHING_YET)
        else:
            repeating.ask(self, self.written, self._repeat)
