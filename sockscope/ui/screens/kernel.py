"""What the kernel says of one conversation's socket, live: its figures, how they went, the states of TCP.

The rule: the page is drawn from the record alone, twice a second; the kernel is looked at by the engine, for all
sockets together. Only the socket options are asked for while somebody looks.
"""

from functools import partial

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from sockscope.engine.engine import Engine
from sockscope.record.conversation import Conversation
from sockscope.show.kernel.page import explained, kernel_page
from sockscope.show.sanitizer import safe
from sockscope.show.step import peer_of
from sockscope.show.wall_clock import WallClock
from sockscope.ui import census
from sockscope.ui.clock import clock_ns
from sockscope.ui.keys.bindings import bindings
from sockscope.ui.screens.help import HelpScreen
from sockscope.ui.screens.settled import SettledModal
from sockscope.ui.terminal.clipboard import CopyRequested
from sockscope.ui.widgets.page_view import PageView

TICK_S = 0.5


class KernelScreen(SettledModal[None]):
    """Shows the kernel's view of a conversation."""

    BINDINGS = bindings("KernelScreen")
    DEFAULT_CSS = """
    KernelScreen {
        align: center middle;
        & > Vertical {
            width: 108;
            max-width: 100%;
            height: 100%;
            max-height: 64;
            border: round $primary;
            border-title-color: $text-accent;
            border-subtitle-color: $text-muted;
            padding: 0 1;
            background: $background;
        }
    }
    """

    def __init__(self, engine: Engine, conversation: Conversation, wall: WallClock) -> None:
        super().__init__()
        self._engine = engine
        self._conversation = conversation
        self._wall = wall
        self._page = PageView()

    def compose(self) -> ComposeResult:
        """The page, to be scrolled."""
        conversation = self._conversation
        with Vertical() as box:
            box.border_title = Content(safe(f"#{conversation.number} {peer_of(conversation)} · the kernel's view"))
            box.border_subtitle = "? explains · y copies · Esc closes"
            yield self._page

    def on_mount(self) -> None:
        """Begin to look."""
        self.tick()
        self.set_interval(TICK_S, self.tick)

    def on_resize(self, event: events.Resize) -> None:
        """Lay out anew."""
        self.call_after_refresh(self.tick)

    def tick(self) -> None:
        """Ask for the options where there still is a socket, and draw what is new."""
        conversation = self._conversation
        if conversation.state.live and conversation.capabilities.ask_kernel:
            self._engine.read_options(conversation)
        self._page.show(
            kernel_page(conversation, clock_ns(), self._wall, self._page.room, partial(census.every, self._engine))
        )

    def action_explain(self) -> None:
        """Say what the terms mean."""
        self.app.push_screen(HelpScreen("What is this?", explained(self._conversation)))

    def action_copy(self) -> None:
        """Copy the page."""
        self.post_message(CopyRequested(self._page.text()))
