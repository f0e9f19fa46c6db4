"""The line to search the traffic from: text, hex or an expression; it takes no room while nothing is searched for."""

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input

from sockscope.request.pattern import MODES, Pattern, PatternError, read
from sockscope.ui.widgets.choice import Choice
from sockscope.ui.widgets.field import Field
from sockscope.ui.widgets.message_line import MessageLine

_HINTS = {
    "text": "find in the traffic · escapes as \\x1b · capitals are minded where there are some",
    "hex": "find bytes · 48 65 ?? 6f, ?? is any byte",
    "regex": "find an expression · (?i)error|warn \\d+",
}


class SearchBox(Vertical):
    """Reads what is searched for."""

    class Asked(Message):
        """Something is to be searched for."""

        def __init__(self, pattern: Pattern) -> None:
            super().__init__()
            self.pattern = pattern

    DEFAULT_CSS = """
    SearchBox {
        height: auto;
        display: none;
        & Horizontal { height: 1; }
        & Field { width: 1fr; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._field = Field(_HINTS["text"], does="Find", id="needle")
        self._mode = Choice("as", MODES, id="needle-mode")
        self._message = MessageLine()

    def compose(self) -> ComposeResult:
        """The field, what it is read as, and what is wrong with it."""
        with Horizontal():
            yield self._field
            yield self._mode
        yield self._message

    def open(self) -> None:
        """Ask for what is to be searched for; what was searched for last stands there, to be typed over."""
        self.display = True
        self.screen.set_focus(self._field)

    def close(self) -> None:
        """Take no room any more."""
        self.display = False

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """Read it otherwise."""
        event.stop()
        self._field.placeholder = _HINTS[event.value]
        self._message.say("")

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._message.say("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Search."""
        event.stop()
        try:
            pattern = read(event.value, self._mode.value)
        except PatternError as error:
            self._message.say(str(error))
            return
        self._field.remember(event.value)
        self.post_message(self.Asked(pattern))
