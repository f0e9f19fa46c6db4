"""The address line of a pane: fields, choices, a button, and below them what is wrong or should be known.

The rule: what was typed stays where it is; a complaint is said below it and goes as soon as it is changed.
"""

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Button, Input

from sockscope.net.address import KINDS
from sockscope.ui.widgets.choice import Choice
from sockscope.ui.widgets.message_line import MessageLine


def kind_choice() -> Choice:
    """What an address is, where it does not say so itself."""
    return Choice("as", KINDS, id="kind")


class Form(Vertical):
    """One line of widgets and a line for messages, which takes no room while there are none."""

    class Submitted(Message):
        """Enter was pressed in a field, or the button."""

    DEFAULT_CSS = """
    Form {
        height: auto;
        & Horizontal { height: 1; }
        & Field { width: 1fr; }
        & Button { margin-left: 1; min-width: 9; }
    }
    """

    def __init__(self, *widgets: Widget, label: str) -> None:
        """`label` is what the button says."""
        super().__init__()
        self._widgets = widgets
        self._button = Button(label, compact=True)
        self._message = MessageLine()
        self._note = MessageLine()
        self.wrong = ""

    def compose(self) -> ComposeResult:
        """The widgets, the button, the message."""
        with Horizontal():
            yield from self._widgets
            yield self._button
        yield self._message
        yield self._note

    def note(self, text: str) -> None:
        """Say what was settled otherwise than usual."""
        self._note.say(text, look="note")

    def say(self, text: str, *, warning: bool = False) -> None:
        """Say what should be known; what is wrong with the input goes before it."""
        self._message.say(self.wrong or text, look="warning" if warning and not self.wrong else "error")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.post_message(self.Submitted())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Submitted())

    def on_descendant_blur(self) -> None:
        """Nobody is at what was wrong any more."""
        self.wrong = ""

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.wrong = ""
