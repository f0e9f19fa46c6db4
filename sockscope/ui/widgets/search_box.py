"""The line to search from: text, hex or an expression."""

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from sockscope.request.pattern import MODES, Pattern, PatternError, read
from sockscope.ui.widgets.asking_box import AskingBox
from sockscope.ui.widgets.choice import Choice
from sockscope.ui.widgets.field import Field

_HINTS = {
    "text": "find in {where} · escapes as \\x1b · capitals are minded where there are some",
    "hex": "find bytes in {where} · 48 65 ?? 6f, ?? is any byte",
    "regex": "find an expression in {where} · (?i)error|warn \\d+",
}

_BRIEF = {
    "text": "find in {where} · \\x1b",
    "hex": "find in {where} · 48 65 ?? 6f",
    "regex": "find in {where} · (?i)error|warn",
}


class SearchBox(AskingBox):
    """Reads what is searched for."""

    class Asked(Message):
        """Something is to be searched for."""

        def __init__(self, pattern: Pattern, mode: str) -> None:
            """`mode` is what it was read as, one of MODES."""
            super().__init__()
            self.pattern = pattern
            self.mode = mode

    DEFAULT_CSS = """
    SearchBox {
        & Horizontal { height: 1; }
        & Field { width: 1fr; }
    }
    """

    def __init__(self, where: str, typed: str = "", mode: str = MODES[0]) -> None:
        """`where` is what will be searched; what was `typed` before stands there."""
        hint = _HINTS[mode].format(where=where)
        super().__init__(Field(hint, brief=_BRIEF[mode].format(where=where), does="Find", value=typed, id="needle"))
        self._where = where
        self._mode = Choice("as", MODES, value=mode, enter=("Find", self._ask), id="needle-mode")

    def compose(self) -> ComposeResult:
        """The field, what it is read as, and what is wrong with it."""
        with Horizontal():
            yield self._field
            yield self._mode
        yield self._message

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """Read it otherwise."""
        event.stop()
        self._field.hint(*(hints[event.value].format(where=self._where) for hints in (_HINTS, _BRIEF)))
        self.say("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Search."""
        event.stop()
        self._ask()

    def _ask(self) -> None:
        try:
            pattern = read(self._field.value, self._mode.value)
        except PatternError as error:
            self.say(str(error))
            return
        self._field.remember(self._field.value)
        self.post_message(self.Asked(pattern, self._mode.value))
