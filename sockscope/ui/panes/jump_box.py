"""The line to go to a place of the traffic from; it takes no room while nobody asks for it."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from sockscope.show.reading.jump import HINT, JumpError, Wanted, read
from sockscope.ui.widgets.field import Field
from sockscope.ui.widgets.message_line import MessageLine


class JumpBox(Vertical):
    """Reads where to go."""

    class Asked(Message):
        """Somebody wants to go there."""

        def __init__(self, wanted: Wanted) -> None:
            super().__init__()
            self.wanted = wanted

    DEFAULT_CSS = """
    JumpBox {
        height: auto;
        display: none;
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._field = Field(HINT, does="Go", id="place")
        self._message = MessageLine()

    def compose(self) -> ComposeResult:
        """The field, and what is wrong with it."""
        yield self._field
        yield self._message

    def open(self) -> None:
        """Ask where to go."""
        self.display = True
        self.screen.set_focus(self._field)

    def close(self) -> None:
        """Take no room any more."""
        self.display = False
        self._message.say("")

    def say(self, text: str) -> None:
        """Say why one cannot go there."""
        self._message.say(text)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._message.say("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go there."""
        event.stop()
        try:
            wanted = read(event.value)
        except JumpError as error:
            self._message.say(str(error))
            return
        self._field.remember(event.value)
        self.post_message(self.Asked(wanted))
