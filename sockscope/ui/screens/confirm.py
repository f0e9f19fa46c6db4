"""Ask before something is done that takes others with it."""

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from sockscope.ui.keys.bindings import bindings
from sockscope.ui.screens.settled import SettledModal


class Confirm(SettledModal[bool]):
    """A question with two answers; Esc is no."""

    BINDINGS = bindings("Confirm")
    DEFAULT_CSS = """
    Confirm {
        align: center middle;
        & > Vertical {
            width: 60;
            max-width: 100%;
            height: auto;
            border: round $warning;
            padding: 1 2;
            background: $surface;
        }
        & Horizontal { height: 1; margin-top: 1; align-horizontal: right; }
        & Button { margin-left: 2; }
    }
    """

    def __init__(self, question: str, yes: str) -> None:
        super().__init__()
        self._question = question
        self._yes = yes

    def compose(self) -> ComposeResult:
        """The question and the two answers."""
        with Vertical():
            yield Static(Content(self._question))
            with Horizontal():
                yield Button(f"{self._yes} (Enter)", variant="warning", compact=True, id="yes")
                yield Button("Cancel (Esc)", compact=True, id="no")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Return the answer."""
        self.dismiss(event.button.id == "yes")
