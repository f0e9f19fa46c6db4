"""The call log: every call of a conversation, of a listener or of everything on a line, as they are made.

The rule: what is narrowed is looked for anew; where a person came from, and what was typed, is kept for the next time.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from sockscope.record.conversation import Conversation
from sockscope.show.call_log.log import Log
from sockscope.show.call_log.source import Logged, Scope, Source
from sockscope.show.call_log.wanted import BRIEF, HINT, Wanted, read
from sockscope.show.units import plural
from sockscope.show.wall_clock import WallClock
from sockscope.ui.keys.bindings import bindings
from sockscope.ui.screens.settled import SettledModal
from sockscope.ui.terminal.clipboard import CopyRequested
from sockscope.ui.widgets.call_log_view import CallLogView
from sockscope.ui.widgets.choice import Choice
from sockscope.ui.widgets.field import Field
from sockscope.ui.widgets.message_line import MessageLine

_TICK_S = 0.1
_COUNT_EVERY = 5  # ticks
MOST_COPIED = 10_000
"""Lines that are copied at the most."""

Scopes = Mapping[str, Callable[[], Scope]]


class Place(NamedTuple):
    """A call in the traffic of a conversation: which of its tracks, and the number on that track's tape."""

    conversation: Conversation
    track: int
    number: int


class CallLogScreen(SettledModal[Place | None]):
    """Gives the call to go to, or None; `typed` is what the lines were narrowed by last."""

    BINDINGS = bindings("CallLogScreen")
    DEFAULT_CSS = """
    CallLogScreen {
        align: center middle;
        & > Vertical {
            width: 140;
            max-width: 100%;
            height: 100%;
            border: round $primary;
            border-title-color: $text-accent;
            border-subtitle-color: $text-muted;
            padding: 0 1;
            background: $surface;
        }
        & Horizontal { height: 1; }
        & Field { width: 1fr; }
    }
    """

    def __init__(self, scopes: Scopes, wall: WallClock, typed: str = "", here: Place | None = None) -> None:
        """`scopes` are whose calls can be seen, by what they are called; `here` is the call to begin at."""
        super().__init__()
        self._scopes = scopes
        self._here = here
        self._of = Choice("of", tuple(scopes))
        self._field = Field(HINT, brief=BRIEF, does="Keep", value=typed)
        self._view = CallLogView(wall)
        self._message = MessageLine()
        self._wanted: Wanted = read(typed)
        self._complaint = ""
        self._log: Log | None = None
        self._ticks = self._dropped = 0

    @property
    def typed(self) -> str:
        """What the lines are narrowed by."""
        return self._field.value

    def compose(self) -> ComposeResult:
        """Whose calls, what they are narrowed by, the lines, and what there is to know of them."""
        with Vertical() as box:
            box.border_title = "Calls"
            box.border_subtitle = "Enter goes there · / filters · w of whom · y Y copy · Esc back"
            with Horizontal():
                yield self._field
                yield self._of
            yield self._view
            yield self._message

    def on_mount(self) -> None:
        """Begin at the end, or at the call that one came from."""
        self.set_focus(self._view)
        self._begin()
        self.set_interval(_TICK_S, self._tick)

    def _begin(self) -> None:
        """Look at the log anew."""
        wanted = self._wanted
        keeps = (lambda one: True) if wanted.empty else lambda one: _keeps(wanted, one)
        log = self._log = Log(self._scopes[self._of.value], keeps)
        here, self._here = self._here, None
        source = log.source_of(here.conversation, here.track) if here else None
        self._view.show(log, log.find(source, here.number) if source and here else None)
        self._ticks = 0
        self._tick()

    def _tick(self) -> None:
        """Draw what came."""
        self._view.tick()
        if self._log and self._ticks % _COUNT_EVERY == 0:
            self._dropped = self._log.dropped
        self._ticks += 1
        dropped = f"{plural(self._dropped, 'call')} no longer kept" if self._dropped else ""
        known = " · ".join(filter(None, [self._view.told(), dropped, "" if self._view.following else "G follows"]))
        trouble = self._wanted.trouble or self._complaint
        self._message.say(trouble or known, look="error" if trouble else "note")

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """See the calls of others."""
        event.stop()
        self._begin()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the lines while it is typed."""
        event.stop()
        self._wanted, self._complaint = read(event.value), ""
        self._begin()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep what is typed, and go to the lines."""
        event.stop()
        if not self._wanted.trouble:
            self._field.remember(event.value)
            self.set_focus(self._view)

    def on_call_log_view_opened(self, event: CallLogView.Opened) -> None:
        """Go to the call in the traffic; a listener's own calls are in none."""
        event.stop()
        source = event.logged.source
        if not isinstance(source, Source):
            self._complaint = "that is a call of the listener itself, which no traffic has"
        elif source.at_ns(event.logged.number) is None:
            self._complaint = "that call is no longer kept"
        else:
            self.dismiss(Place(source.conversation, source.place, event.logged.number))

    def action_whose(self) -> None:
        """See the calls of others."""
        self._of.action_step(1)

    def action_filter(self) -> None:
        """Narrow the lines."""
        self.set_focus(self._field)

    def action_copy(self) -> None:
        """Copy the line with the cursor."""
        if text := self._view.chosen_text():
            self.post_message(CopyRequested(text))

    def action_copy_all(self) -> None:
        """Copy all lines that were looked for so far, the latest of them."""
        if self._log and self._log.end > self._log.first:
            first = max(self._log.first, self._log.end - MOST_COPIED)
            text = self._view.text(lambda number: number >= first)
            self.post_message(CopyRequested(text, plural(text.count("\n") + 1, "call")))

    def action_leave(self) -> None:
        """Leave the field and show all lines again, then close."""
        if self._field.has_focus:
            self._field.value = ""
            self.set_focus(self._view)
        else:
            self.dismiss(None)


def _keeps(wanted: Wanted, logged: Logged) -> bool:
    return wanted.keeps(logged.source.call(logged.number), logged.source.name)
