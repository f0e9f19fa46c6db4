"""A line to type in that takes no room while nobody asks for it; below it stands what is wrong with what is typed."""

from textual.containers import Vertical
from textual.widgets import Input

from sockscope.ui.widgets.field import Field
from sockscope.ui.widgets.message_line import MessageLine


class AskingBox(Vertical):
    """What the boxes that are opened and closed have in common; each composes its field and its message."""

    DEFAULT_CSS = """
    AskingBox {
        height: auto;
        display: none;
    }
    """

    def __init__(self, field: Field) -> None:
        super().__init__()
        self._field = field
        self._message = MessageLine()

    def open(self) -> None:
        """Ask; what was typed last stands there, to be typed over."""
        self.display = True
        self.screen.set_focus(self._field)

    def close(self) -> None:
        """Take no room any more."""
        self.display = False
        self.say("")

    def say(self, text: str) -> None:
        """Say what is wrong."""
        self._message.say(text)

    def on_input_changed(self, event: Input.Changed) -> None:
        """What was wrong may be so no more."""
        event.stop()
        self.say("")
