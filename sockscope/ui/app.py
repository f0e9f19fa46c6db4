"""The application: three panes on one screen, a tick that lets them pull, and the keys that work everywhere."""

import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from rich.console import RenderableType
from textual import events
from textual.app import ComposeResult, SystemCommand
from textual.await_complete import AwaitComplete
from textual.containers import Container
from textual.filter import LineFilter
from textual.screen import Screen
from textual.widgets import Input

from sockscope.net.clock import now_ns
from sockscope.request import Connect, Listen
from sockscope.session import Run, Session
from sockscope.show.units import plural
from sockscope.show.wall_clock import WallClock
from sockscope.store.library import Library
from sockscope.ui import census, exporting
from sockscope.ui.arrangement import Arrangement
from sockscope.ui.commands import commands
from sockscope.ui.guard import GuardedApp
from sockscope.ui.keys.bindings import bindings, places_of
from sockscope.ui.keys.table import TABLE
from sockscope.ui.panes.connect import ConnectPane
from sockscope.ui.panes.conversation_pane import ConversationPane, HolderRequested
from sockscope.ui.panes.lookups import Lookups
from sockscope.ui.panes.registry import PANES
from sockscope.ui.screens import saved
from sockscope.ui.screens.confirm import Confirm
from sockscope.ui.screens.help import HelpScreen, keys_and_words
from sockscope.ui.screens.settled import MainScreen, Settled
from sockscope.ui.terminal.clipboard import CopyRequested, copy
from sockscope.ui.terminal.key_queue import KeyQueue, Passed
from sockscope.ui.terminal.letters import BURST_S, LEFT_OUT, Irrevocable, Letters
from sockscope.ui.terminal.line_filter import ControlFilter
from sockscope.ui.terminal.textual_internals import turn_mouse
from sockscope.ui.theme.theme import THEME
from sockscope.ui.widgets.key_footer import KeyFooter, does_something
from sockscope.ui.widgets.pane_strips import Outline, PaneStrips
from sockscope.ui.widgets.saved_field import SavedField
from sockscope.ui.widgets.traffic_view import TrafficView

TICK_S = 0.1
_ROOM_FOR_PANES = 80  # cells of a footer


class SockscopeApp(GuardedApp):
    """Draws what the engine's records say."""

    TITLE = "sockscope"
    CSS_PATH = "app.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (80, "-narrow"), (120, "-wide"), (150, "-broad")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-low"), (34, "-high"), (46, "-tall")]
    BINDINGS = bindings("SockscopeApp")

    def __init__(
        self,
        session: Session,
        first: Callable[["SockscopeApp"], None] = lambda app: None,
        *,
        library: Library | None = None,
        wall: WallClock | None = None,
        last: Callable[[], None] = lambda: None,
    ) -> None:
        """`first` is called once everything stands, `last` when quitting begins.

        `wall` makes wall time of the engine's clock.
        """
        super().__init__()
        self.engine = session.engine
        self._session = session
        self._shown = 0  # how many of the session's own runs
        self._last_input_s = time.monotonic()
        self._first, self._last = first, last
        self._wall = wall or WallClock()
        self._library = library or Library()
        self.panes = [pane(session) for pane in PANES]
        begun = [pane for run in session.runs[:1] for pane in self.panes if isinstance(run.request, pane.SHOWS)]
        self._arrangement = Arrangement(self.panes, begun[0] if begun else self.panes[0])
        self._key_queue, self._letters = KeyQueue(), Letters()
        self._control_filter = ControlFilter()  # one for all: Textual remembers what a filter made of a line
        self.register_theme(THEME)
        self.theme = THEME.name

    def compose(self) -> ComposeResult:
        """The panes, and the names of the panes for where only one fits."""
        yield PaneStrips(
            [Outline(pane.NAME, pane.TITLE, pane.KEY, pane.latest) for pane in self.panes], self._arrangement.main.NAME
        )
        with Container(id="panes"):
            yield from self._arrangement.order
        yield KeyFooter()

    def get_default_screen(self) -> MainScreen:
        """Return what the panes stand on."""
        return MainScreen().fit(self)

    def on_mount(self) -> None:
        """Begin to pull, in the pane of what was asked for on the command line."""
        for view in self.query(TrafficView):
            view.wall = self._wall
        self.action_pane(self._arrangement.main.NAME)
        self._first(self)
        self._show_runs()
        self.set_interval(TICK_S, self.tick)

    def tick(self) -> None:
        """Let every pane that is on the screen draw what is new."""
        self._wall.look(now_ns())
        self._show_runs()
        for pane in self.panes:
            if pane.display:
                self.attempt(pane.tick)
        self.attempt(self.query_one(PaneStrips).tick)
        if self._key_queue.stuck:
            self.call_later(self._next_key, self._key_queue.number)
        if self.engine.broken:
            self.leave(f"waiting for the sockets failed again and again ({self.engine.broken})")
        if self.engine.fault:
            self.complain(f"Something inside sockscope failed: {self.engine.fault}")
            self.engine.forget_fault()

    def idle_s(self) -> float:
        """Return how long ago the last key or mouse event came."""
        return time.monotonic() - self._last_input_s

    # Panes.

    def _show_runs(self) -> None:
        """Show what the session began by itself."""
        for run in self._session.runs[self._shown :]:
            self._shown += 1
            self.attempt(partial(self._show, run))

    def _show(self, run: Run) -> None:
        for pane in self.panes:
            if isinstance(run.request, pane.SHOWS):
                pane.show(run.request, run.record)

    def action_pane(self, name: str) -> None:
        """Go to a pane, which is the main one from then on."""
        self._arrangement.enter(self.screen_stack[0], next(pane for pane in self.panes if name == pane.NAME))
        self._arrangement.main.enter()
        self.call_after_refresh(self.tick)

    def action_zoom(self) -> None:
        """Give the screen to the main pane, then to its traffic or page alone, then show all again."""
        self._arrangement.zoom(self.screen_stack[0])
        self.screen_stack[0].refresh_bindings()
        self.call_after_refresh(self.tick)

    def action_unzoom(self) -> None:
        """Show all panes again; what nothing else took Esc for."""
        if self._arrangement.unzoom(self.screen_stack[0]):
            self.screen_stack[0].refresh_bindings()
            self.call_after_refresh(self.tick)

    def on_descendant_focus(self) -> None:
        """The pane with the focus is the main one."""
        self._arrangement.follow_focus(self.screen_stack[0])

    def on_descendant_blur(self) -> None:
        """No pane has the focus, or another one."""
        self._arrangement.follow_focus(self.screen_stack[0])

    def on_pane_strips_clicked(self, event: PaneStrips.Clicked) -> None:
        """Go to the pane that was clicked."""
        self.action_pane(event.pane)

    def on_lookups_connect_requested(self, event: Lookups.ConnectRequested) -> None:
        """Connect to exactly the addresses of some rows."""
        if not event.aside:
            self.action_pane(ConnectPane.NAME)
        self.query_one(ConnectPane).connect(event.target, event.rows)

    def on_holder_requested(self, event: HolderRequested) -> None:
        """Show the listener or the conversation of ours that has an address."""
        shows = Listen if event.holder.listens else Connect
        pane = next(one for one in self.query(ConversationPane) if one.SHOWS is shows)
        self.action_pane(pane.NAME)
        pane.reveal(event.holder.number)

    def on_conversation_pane_call_wanted(self, event: ConversationPane.CallWanted) -> None:
        """Show a call in the pane whose conversation made it."""
        of = [
            one for one in self.panes if isinstance(one, ConversationPane) and event.place.conversation in one.every()
        ]
        for pane in of:
            self.action_pane(pane.NAME)
            pane.go_to_call(event.place)
        if not of:
            self.notify(f"#{event.place.conversation.number} is no longer kept", markup=False, timeout=4)

    # What can be asked for everywhere.

    def action_help(self) -> None:
        """Show the keys and the words, from where one is."""
        focused = self.focused or self.screen
        around = focused.ancestors_with_self
        told = keys_and_words(
            places_of(around), TABLE, in_field=isinstance(focused, Input), works=partial(does_something, around)
        )
        self.push_screen(HelpScreen("Help", told))

    def action_explain(self) -> None:
        """Show what the words in sight mean."""
        self.push_screen(HelpScreen("What is this?", self._arrangement.main.explained()))

    async def action_quit(self) -> None:
        """Quit; ask first where somebody else is connected to us."""
        strangers = census.strangers(self.engine)
        if not strangers or isinstance(self.screen, Confirm):
            self.exit()
            return
        question = f"Quit? {plural(strangers, 'client')} will be disconnected."
        self.push_screen(Confirm(question, "Quit"), lambda quit_now: self.exit() if quit_now else None)

    def exit(self, result: None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """Quit; what else has to end begins to."""
        self._last()
        super().exit(result, return_code, message)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer what has a key and does something now, before Textual's own commands."""
        return commands(self, self._arrangement.main, super().get_system_commands(screen))

    def offer(self, action: str, name: str) -> str:
        """Return what to call a key now; where the panes are is worth a word as long as nothing lives in any."""
        if action == "pane":
            return name if self.size.width >= _ROOM_FOR_PANES and not any(pane.lives for pane in self.panes) else ""
        if action == "zoom":
            return self._arrangement.next_zoom or name
        return name

    def action_mouse(self) -> None:
        """Give the mouse to the terminal for its own selection, or take it back."""
        ours = "the mouse is ours again" if turn_mouse(self) else "the mouse is the terminal's: F8 takes it back"
        self.notify(ours, markup=False, timeout=4)

    def on_saved_field_pick_requested(self, event: SavedField.PickRequested) -> None:
        """Pick something saved for a field."""
        saved.pick(self, self._library, event.field)

    def on_saved_field_save_requested(self, event: SavedField.SaveRequested) -> None:
        """Save what stands in a field."""
        saved.save(self, self._library, event.field)

    def on_copy_requested(self, event: CopyRequested) -> None:
        """Put a text on the clipboard."""
        self.notify(copy(self, event.text, event.what), markup=False, timeout=4)

    def on_traffic_view_export_requested(self, event: TrafficView.ExportRequested) -> None:
        """Write a conversation to disk."""
        exporting.begin(self, event.conversation, self._wall)

    # Safety.

    async def on_event(self, event: events.Event) -> None:
        """Take note of what is typed, and let it in when its turn has come."""
        if isinstance(event, events.InputEvent):
            self._last_input_s = time.monotonic()
            self._letters.typed(event)
        await self._let_in(event)

    async def _let_in(self, event: events.Event) -> None:
        if not self._key_queue.concerns(event):
            await super().on_event(event)
        elif self._key_queue.enter(event):
            if self._letters.refuses(event):
                if Letters.unheeded == 1:
                    self.notify(LEFT_OUT, markup=False, timeout=4)
                await self._next_key(self._key_queue.number)
                return
            self._letters.deals_with(event)
            focused = self.focused or self.screen
            await super().on_event(event)
            passed = Passed(self._key_queue.number)
            if not focused.post_message(passed):
                await self._next_key(passed.number)

    def on_irrevocable(self, event: Irrevocable) -> None:
        """Do it, unless its letter came in a burst."""
        typed_at, here = event.typed_at, self.screen

        def decide() -> None:
            if typed_at is not None and not self._letters.alone(typed_at):
                self.notify(f"not {event.what}: the letter came among others; press it alone", markup=False, timeout=4)
            elif self.screen is here:  # a sheet that was opened meanwhile is what the next key is about
                event.step()

        if typed_at is None:
            decide()
        else:
            self.set_timer(BURST_S, decide)

    async def on_passed(self, event: Passed) -> None:
        """A key was dealt with: the next one may come."""
        await self._next_key(event.number)

    async def _next_key(self, number: int) -> None:
        if event := self._key_queue.leave(number):
            await self._let_in(event)

    def push_screen(self, screen: Screen[Any] | str, *how: Any, **named: Any) -> Any:
        """Show a sheet, in the size of the terminal from the start."""
        if isinstance(screen, Settled):
            screen.fit(self)
        return super().push_screen(screen, *how, **named)

    def pop_screen(self) -> AwaitComplete:
        """Leave a sheet; keys that come in one burst may ask for it twice, and the panes are never left."""
        return super().pop_screen() if len(self.screen_stack) > 1 else AwaitComplete()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Put the last door before the terminal behind all other filters."""
        return [*super().get_line_filters(), self._control_filter]
