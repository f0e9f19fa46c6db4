"""A search through all conversations of a pane: what is searched for, and below it where it was found.

The rules: it runs beside the loop, one at a time, and Esc ends it before it leads out; what was found until then stays.
A search that is come back to stands there as it was left.
"""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

from textual.app import ComposeResult
from textual.containers import Vertical

from sockscope.record.conversation import Conversation
from sockscope.request.pattern import MODES
from sockscope.show.layout import plain
from sockscope.show.search.search_all import Found, SearchAll
from sockscope.show.search.words import progress, surroundings
from sockscope.show.units import brief_count, time_of_day
from sockscope.show.wall_clock import WallClock
from sockscope.ui.keys.bindings import bindings
from sockscope.ui.screens.settled import SettledModal
from sockscope.ui.widgets.column import Column
from sockscope.ui.widgets.live_table import LiveTable
from sockscope.ui.widgets.message_line import MessageLine
from sockscope.ui.widgets.search_box import SearchBox

_TICK_S = 0.1
_MICROSECONDS = 3  # digits of the time that are left out


@dataclass(slots=True)
class Searched:
    """A search, what it was read as, and the row that was gone to: where a person comes back to."""

    search: SearchAll
    mode: str
    chosen: Found | None = None


class SearchAllScreen(SettledModal[Found | None]):
    """Gives the row to go to, or None; `searched` is what there is to come back to."""

    BINDINGS = bindings("SearchAllScreen")
    DEFAULT_CSS = """
    SearchAllScreen {
        align: center middle;
        & > Vertical {
            width: 120;
            max-width: 100%;
            height: 100%;
            max-height: 40;
            border: round $primary;
            border-title-color: $text-accent;
            border-subtitle-color: $text-muted;
            padding: 0 1;
            background: $surface;
        }
        & LiveTable { height: 1fr; }
    }
    """

    def __init__(
        self,
        pane: str,
        conversations: Callable[[], Collection[Conversation]],
        wall: WallClock,
        searched: Searched | None = None,
    ) -> None:
        """`conversations` gives those that the pane has now, `searched` is what was searched for before."""
        super().__init__()
        self._pane = pane
        self._conversations = conversations
        self._wall = wall
        self.searched = searched
        self._one_at_a_time = asyncio.Lock()
        self._under_way: SearchAll | None = None
        before = (searched.search.pattern.typed, searched.mode) if searched else ("", MODES[0])
        self._box = SearchBox("all conversations", *before)
        self._table: LiveTable[Found] = LiveTable(self._columns(), empty="", follow=False)
        self._progress = MessageLine()
        self._complaint = MessageLine()

    def _columns(self) -> list[Column[Found]]:
        return [
            Column("#", 6, lambda found: str(_number(found)), "right", rank=1, key=_number),
            Column("conversation", 0, _whose, rank=2, least=15, most=38),
            Column("matches", 7, _matches, "right", rank=3, key=lambda found: found.count),
            Column("", 1, lambda found: "←" if found.received else "→", role=_direction, rank=4),
            Column("time", 12, self._time, role=lambda found: "time", rank=5, key=lambda found: found.at_ns),
            Column("offset", 8, _offset, "right", role=lambda found: "offset", rank=6, key=lambda found: found.offset),
            Column("first match", 0, lambda found: plain([surroundings(found)]), least=20, parts=surroundings),
        ]

    def _time(self, found: Found) -> str:
        return time_of_day(found.at_ns, self._wall.offset_at(found.at_ns))[:-_MICROSECONDS]

    def compose(self) -> ComposeResult:
        """What is searched for, where it was found, and how far the search came."""
        with Vertical() as box:
            box.border_title = f"Search all conversations of {self._pane}"
            box.border_subtitle = "Enter goes there · / searches anew · Esc back"
            yield self._box
            yield self._table
            yield self._complaint
            yield self._progress

    def on_mount(self) -> None:
        """Ask for what is to be searched for; or show what was found before."""
        self._box.open()
        if self.searched:
            self._tick()
            self.set_focus(self._table)
            if self.searched.chosen:
                self._table.go_to(self.searched.chosen)
        self.set_interval(_TICK_S, self._tick)

    def on_unmount(self) -> None:
        """End a search that is still under way."""
        self._under_way = None

    def on_search_box_asked(self, event: SearchBox.Asked) -> None:
        """Search; a search before ends."""
        event.stop()
        search = SearchAll(self._conversations(), event.pattern)
        self.searched, self._under_way = Searched(search, event.mode), search
        self._table.begin()
        self.set_focus(self._table)
        self.run_worker(self._run(search))
        self._tick()

    async def _run(self, search: SearchAll) -> None:
        try:
            async with self._one_at_a_time:
                await asyncio.to_thread(search.run, partial(self._wants, search))
        finally:
            if self._wants(search):
                self._under_way = None
        self._tick()

    def _wants(self, search: SearchAll) -> bool:
        return search is self._under_way

    def _tick(self) -> None:
        """Show what was found since, and how far it came."""
        if self.searched is None:
            return
        search = self.searched.search
        self._table.show(search.rows[: len(search.rows)])
        said = progress(search, self._wall, running=self._wants(search), mode=self.searched.mode)
        self._progress.say(said, look="note")

    def on_live_table_opened(self, event: LiveTable.Opened) -> None:
        """Go there, where it is still kept."""
        event.stop()
        found: Found = event.item
        if self.searched:
            self.searched.chosen = found
        if found.conversation in self._conversations():
            self.dismiss(found)
        else:
            self._complaint.say(f"#{found.number} is no longer kept")

    def on_live_table_chosen(self, event: LiveTable.Chosen) -> None:
        """What was said of another row is over."""
        event.stop()
        self._complaint.say("")

    def action_search(self) -> None:
        """Change what is searched for."""
        self._box.open()

    def action_leave(self) -> None:
        """Stop the search that runs; where none does, close."""
        if self._under_way:
            self._under_way = None
            self._tick()
        else:
            self.dismiss(None)


def _number(found: Found) -> int:
    return found.number


def _whose(found: Found) -> str:
    """Who is at the other end; where the track is not the first, which it is, and that before all."""
    return f"{f'{found.track} · ' if found.track_number else ''}{found.peer}"


def _matches(found: Found) -> str:
    """How many there are, or at least are."""
    return f"{brief_count(found.count)}{'+' * found.more}"


def _offset(found: Found) -> str:
    """Where the first one is, as the traffic writes it in hex."""
    return f"{found.offset:08x}"


def _direction(found: Found) -> str:
    return "in" if found.received else "out"
