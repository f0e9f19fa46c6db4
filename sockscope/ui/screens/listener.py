"""Everything about one listener, with the whole of its certificate."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from sockscope.engine.engine import Engine
from sockscope.record.listener import Listener
from sockscope.show.listener_details import listener_details
from sockscope.show.sanitizer import safe
from sockscope.ui.clock import clock_ns
from sockscope.ui.keys.bindings import bindings
from sockscope.ui.screens.settled import SettledModal
from sockscope.ui.terminal.clipboard import CopyRequested
from sockscope.ui.widgets.details_text import DetailsText
from sockscope.ui.widgets.listeners import places

_TICK_S = 0.5


class ListenerScreen(SettledModal[None]):
    """Shows a listener's details."""

    BINDINGS = bindings("ListenerScreen")
    DEFAULT_CSS = """
    ListenerScreen {
        align: center middle;
        & > Vertical {
            width: 108;
            max-width: 100%;
            height: 100%;
            max-height: 36;
            border: round $primary;
            border-title-color: $text-accent;
            border-subtitle-color: $text-muted;
            padding: 0 1;
            background: $surface;
        }
    }
    """

    def __init__(self, engine: Engine, listener: Listener) -> None:
        super().__init__()
        self._engine = engine
        self._listener = listener
        self._details = DetailsText()

    def compose(self) -> ComposeResult:
        """The details."""
        with Vertical() as box:
            box.border_title = Content(safe(places(self._listener)))
            box.border_subtitle = "y copies · Esc closes"
            yield self._details

    def on_mount(self) -> None:
        """Begin to look."""
        self.tick()
        self.set_interval(_TICK_S, self.tick)

    def tick(self) -> None:
        """Draw what is new, and ask for what comes next."""
        self._engine.ask_ready(self._listener)
        self._details.show(listener_details(self._listener, clock_ns()))

    def action_copy(self) -> None:
        self.post_message(CopyRequested("\n".join(self._details.lines()).strip()))
