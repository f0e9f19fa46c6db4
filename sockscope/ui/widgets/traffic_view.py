"""What flows in one conversation, call by call: as hex, as text, or as calls.

The rule: a frame costs what its height costs. The view holds a place on a scroller and asks it for the lines that
are visible; nothing is built for what is not. While following, the place is the end.
"""

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from sockscope.record.conversation import Conversation
from sockscope.record.layers import Track
from sockscope.request.pattern import Pattern
from sockscope.show.layout import fit, paragraphs
from sockscope.show.lines import MODES, Line, Look
from sockscope.show.sanitizer import cells
from sockscope.show.scroller import Position, Scroller
from sockscope.show.wall_clock import UNSET
from sockscope.ui.keys.bindings import bindings
from sockscope.ui.theme.roles import styles
from sockscope.ui.widgets import scroll_bar
from sockscope.ui.widgets.line import strip
from sockscope.ui.widgets.traffic_search import TrafficSearch
from sockscope.ui.widgets.traffic_words import known_of, tab_at, tabs, title_of


class TrafficView(Widget, can_focus=True):
    """Draws one conversation's tape; its first line says which one and in what state."""

    class ExportRequested(Message):
        """The user wants the conversation on disk."""

        def __init__(self, conversation: Conversation) -> None:
            super().__init__()
            self.conversation = conversation

    BINDINGS = bindings("TrafficView")
    DEFAULT_CSS = """
    TrafficView {
        height: 1fr;
        min-height: 3;
    }
    """

    def __init__(self, *, empty: str, id: str | None = None) -> None:
        """`empty` is shown while there is no conversation, in lines that fit."""
        super().__init__(id=id)
        self._empty = empty
        self._mode = MODES[0]
        self._conversation: Conversation | None = None
        self._place = 0  # which of the conversation's tracks is shown
        self._scroller: Scroller | None = None
        self._top = Position(0)
        self._lines: list[Line] = []
        self._bar: list[Segment] = []
        self._seen: tuple[object, ...] = ()
        self._search = TrafficSearch(lambda work: self.run_worker(work), self._redraw)
        self.wall = UNSET
        self.following = True

    def teach(self, empty: str) -> None:
        """Show other lines from now on while there is no conversation."""
        if empty != self._empty:
            self._empty = empty
            self.refresh()

    @property
    def conversation(self) -> Conversation | None:
        """The conversation that is shown."""
        return self._conversation

    def show(self, conversation: Conversation | None) -> None:
        """Show another conversation, from its end."""
        if conversation is self.conversation:
            return
        self._conversation, self._place = conversation, 0
        self._show_track()

    def action_track(self) -> None:
        """Show the next track: plaintext, TLS records, the other leg of a relay."""
        if self._conversation:
            self._place = (self._place + 1) % len(self._conversation.tracks())
            self._show_track()

    def _show_track(self) -> None:
        self._scroller = Scroller(self._track()[1], self._look()) if self._conversation else None
        if self._scroller and (pattern := self._search.pattern):
            self._search.start(self._scroller.track, pattern)
        self.following = True
        self._redraw()

    def _track(self) -> tuple[str, Track]:
        """The name and the track that is shown; a track that came later does not change which one."""
        assert self._conversation is not None
        tracks = self._conversation.tracks()
        return tracks[min(self._place, len(tracks) - 1)]

    def tick(self) -> None:
        """Draw what has come since the last tick."""
        conversation = self.conversation
        if conversation is None or self._scroller is None:
            return
        self._search.tick()
        tape = self._scroller.track.tape
        seen = (tape.total_entries, tape.first_entry, self._title(), conversation.state)
        if seen != self._seen:
            self._seen = seen
            self._redraw()

    # Moving.

    def action_scroll(self, lines: int) -> None:
        """Move by lines; following stops on the way up and begins again at the end."""
        if self._scroller is None:
            return
        last = self._last_top()
        self._top = min(self._scroller.move(self._top, lines), last)
        self.following = self._top >= last
        self._redraw()

    def action_scroll_page(self, pages: int) -> None:
        """Move by what is visible."""
        self.action_scroll(pages * max(1, self._height() - 1))

    def action_edge(self, newest: bool) -> None:
        """Go to the oldest line that is kept, or to the newest and follow."""
        self.following = newest
        if newest and self._scroller:
            self._scroller.end = None
        elif self._scroller:
            self._top = self._scroller.first()
        self._redraw()

    def action_follow(self) -> None:
        """Follow the newest line, or stay where we are."""
        self.action_edge(True) if not self.following else self._stay()

    def _stay(self) -> None:
        self.following = False
        self._redraw()

    def action_pause(self) -> None:
        """Stop taking in what comes; the socket goes on and everything is recorded."""
        if self._scroller:
            self._scroller.end = None if self._scroller.end is not None else self._scroller.track.tape.total_entries
            self._redraw()

    def action_look(self) -> None:
        """Show the same in the next of the ways, which the tabs name; the place stays."""
        self._show_as(MODES[(MODES.index(self._mode) + 1) % len(MODES)])

    def _show_as(self, mode: str) -> None:
        self._mode = mode
        self._look_anew()
        self.refresh()

    def action_export(self) -> None:
        """Ask for the conversation to be written to disk."""
        if self.conversation:
            self.post_message(self.ExportRequested(self.conversation))

    def search(self, pattern: Pattern) -> None:
        """Mark all that matches, and go to the first match from the visible lines on."""
        if self._scroller:
            self._search.start(self._scroller.track, pattern)
            self.run_worker(self._find(True))

    def action_find(self, forward: bool) -> None:
        """Go to the next or the previous match."""
        if self._search.pattern:
            self.run_worker(self._find(forward))

    async def _find(self, forward: bool) -> None:
        await self._search.finish()
        scroller = self._scroller
        if scroller is None:
            return
        found = self._search.step(forward, scroller.offset_of(self._top) - forward)
        if found is not None:
            self.following = False
            self._top = min(scroller.at_offset(found), self._last_top())
        self._redraw()

    def end_search(self) -> bool:
        """Mark nothing any more; False where nothing was searched for."""
        searched = self._search.pattern is not None
        self._search.end()
        self._redraw()
        return searched

    def on_unmount(self) -> None:
        """End a search that is still under way."""
        self._search.end()

    def visible_text(self) -> str:
        """The lines on the screen as text."""
        return "\n".join("".join(text for text, _ in line).rstrip() for line in self._lines)

    # Drawing.

    def _look(self) -> Look:
        return Look(self._mode, max(self.size.width - 1, 24), self.wall, marks=self._search.marks)

    def _look_anew(self) -> None:
        if self._scroller:
            self._scroller = Scroller(self._scroller.track, self._look(), self._scroller.end)
            self._top = Position(self._top.entry)
            self._redraw()

    def on_resize(self) -> None:
        if self._scroller and self._scroller.look.width != self._look().width:
            self._look_anew()
        else:
            self._redraw()

    def _height(self) -> int:
        return max(0, self.size.height - 1)

    def _last_top(self) -> Position:
        assert self._scroller is not None
        return (
            self._scroller.move(self._scroller.last(), 1 - self._height())
            if self._height() > 1
            else self._scroller.last()
        )

    def _redraw(self) -> None:
        if self._scroller:
            self._top = self._last_top() if self.following else self._scroller.clamp(self._top)
            self._lines = self._scroller.window(self._top, self._height())
            bar, back = self.styles.scrollbar_color, self.styles.scrollbar_background
            self._bar = scroll_bar.cells(self._scroller, self._top, self._height(), bar, back)
        self.refresh()

    def _title(self) -> tuple[str, str]:
        """Which conversation, and what there is to know of it and of the view."""
        conversation = self.conversation
        if conversation is None or self._scroller is None:
            return "", ""
        (name, track), tape = self._track(), self._scroller.track.tape
        status = [*filter(None, [self._search.told()]), *known_of(conversation, name, track)]
        if self._scroller.end is not None:
            status.append(f"paused, {tape.total_entries - self._scroller.end:,} new")
        elif not self.following:
            below = self._scroller.below(self._top, self._height())
            status.append(f"{below:,} new below" if below else "at the end")
        return title_of(conversation, track), " · ".join(status)

    def render_line(self, y: int) -> Strip:
        """Draw the title or one line, and its piece of the scroll bar."""
        width, look = self.size.width, styles(self.app)
        if y == 0:
            return strip(self._title_parts(width), look, width)
        if self._scroller is None or y > len(self._bar):
            return strip([(self._lesson(width).get(y, ""), "note")], look, width)
        line = self._lines[y - 1] if y <= len(self._lines) else []
        return Strip([*strip(line, look, width - 1), self._bar[y - 1]], width)

    def _lesson(self, width: int) -> dict[int, str]:
        return {} if self.conversation else dict(enumerate(paragraphs(self._empty, width, self._height()), 1))

    def _title_parts(self, width: int) -> Line:
        (title, status), ways = self._title(), tabs(self._mode, width)
        focused = " focused" if self.has_focus else ""
        room = max(0, width - len(ways) - 4)  # the tabs stand whole, and the title has a third of the rest
        known = fit(status, min(cells(status), room - min(cells(title), room // 3))) if room else ""
        shown = fit(title, max(0, room - cells(known)))
        return [(f" {shown} ", f"title{focused}"), (f"{known} {ways} ", f"status{focused}")]

    # The mouse.

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll three lines up."""
        event.stop()
        self.action_scroll(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll three lines down."""
        event.stop()
        self.action_scroll(3)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Choose a way to show the bytes, or grab the scroll bar."""
        if event.y == 0 and (mode := tab_at(self._mode, self.size.width, event.x)):
            self._show_as(mode)
        if event.x == self.size.width - 1 and event.y > 0:
            self.capture_mouse()
            self._drag(event.y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Drag the scroll bar."""
        if self.app.mouse_captured is self:
            self._drag(event.y)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let the scroll bar go."""
        if self.app.mouse_captured is self:
            self.release_mouse()

    def _drag(self, y: int) -> None:
        if self._scroller is None:
            return
        last = self._last_top()
        self._top = min(scroll_bar.place_at(self._scroller, y - 1, self._height()), last)
        self.following = self._top >= last
        self._redraw()
