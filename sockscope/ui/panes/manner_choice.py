"""The choices beside the send field: text, hex or a file, and which line end.

The rule: how one writes belongs to the conversation, from when something was chosen for it; another one brings its own
mode and line end. The latest KEPT are remembered.
"""

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from sockscope.request.payload import MODES
from sockscope.ui.panes.latest import Latest
from sockscope.ui.panes.manners import ENDS, OWN, USUAL, Manner
from sockscope.ui.widgets.choice import Choice
from sockscope.ui.widgets.field import Field

KEPT = 1000


class MannerChoice(Horizontal):
    """The manner in which the chosen conversation is written to, as it is chosen here."""

    class Changed(Message):
        """Another manner is shown."""

    DEFAULT_CSS = """
    MannerChoice {
        width: auto;
        height: auto;
        & #own { display: none; width: 8; margin-left: 1; }
        & #own.-chosen { display: block; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._manners = Latest[Manner](KEPT)
        self._number: int | None = None  # of the conversation that is written to

    def compose(self) -> ComposeResult:
        """The mode, the line end, and one's own."""
        yield Choice("as", MODES, id="mode")
        yield Choice("end", ENDS, id="ending")
        yield Field("\\x03", does="Done", id="own")

    @property
    def manner(self) -> Manner:
        """What is chosen."""
        return Manner(
            self.query_one("#mode", Choice).value,
            self.query_one("#ending", Choice).value,
            self.query_one("#own", Field).value,
        )

    def follow(self, number: int | None) -> None:
        """Show how this one was written to before; for the first one stays what was chosen for nobody."""
        before, self._number = self._number, number
        if before is not None:
            self._manners.keep(before, self.manner)
        if number is not None and (before is not None or number in self._manners):
            self._show(self._manners.get(number, USUAL))

    def choose(self, manner: Manner) -> None:
        """Write in this manner from now on."""
        self._show(manner)
        self._chosen()

    def _show(self, manner: Manner) -> None:
        with self.prevent(Choice.Changed, Input.Changed):  # nobody chose anything
            self.query_one("#mode", Choice).value = manner.mode
            self.query_one("#ending", Choice).value = manner.end
            self.query_one("#own", Field).value = manner.own
        self._fit()

    def _fit(self) -> None:
        manner = self.manner
        self.query_one("#ending", Choice).display = manner.mode != "file"
        self.query_one("#own").set_class(manner.end == OWN and manner.mode != "file", "-chosen")

    def _chosen(self) -> None:
        self._fit()
        if self._number is not None:
            self._manners.keep(self._number, self.manner)
        self.post_message(self.Changed())

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """Another way to read what is typed, or to end it."""
        event.stop()
        self._chosen()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._chosen()
