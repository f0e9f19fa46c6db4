"""The line to go to a place of the traffic from."""

from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Input

from sockscope.show.reading.jump import BRIEF, HINT, JumpError, Wanted, read
from sockscope.ui.widgets.asking_box import AskingBox
from sockscope.ui.widgets.field import Field


class JumpBox(AskingBox):
    """Reads where to go."""

    class Asked(Message):
        """Somebody wants to go there."""

        def __init__(self, wanted: Wanted) -> None:
            super().__init__()
            self.wanted = wanted

    def __init__(self) -> None:
        super().__init__(Field(HINT, brief=BRIEF, does="Go", id="place"))

    def compose(self) -> ComposeResult:
        """The field, and what is wrong with it."""
        yield self._field
        yield self._message

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go there."""
        event.stop()
        try:
            wanted = read(event.value)
        except JumpError as error:
            self.say(str(error))
            return
        self._field.remember(event.value)
        self.post_message(self.Asked(wanted))
