"""What flows in one conversation, call by call: as hex, as text, or as calls.

The rule: a frame costs what its height costs. The view has a place in the lines of a strand and asks for those that
are visible; nothing is built for what is not. While following, the place is the end.
"""

from collections.abc import Callable, Iterator, Sequence

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from sockscope.record.conversation import Conversation
from sockscope.record.layers import Track
from sockscope.request.pattern import Pattern
from sockscope.show.layout import paragraphs
from sockscope.show.reading.bookmarks import Bookmarks
from sockscope.show.reading.reader import Reader
from sockscope.show.traffic.lines import MODES, Look
from sockscope.show.traffic.marks import Mark, flag
from sockscope.show.traffic.scroller import Position
from sockscope.show.traffic.stand import Stand
from sockscope.show.wall_clock import UNSET
from sockscope.ui.keys.bindings import bindings
from sockscope.ui.theme.roles import styles
from sockscope.ui.widgets.line import strip
from sockscope.ui.widgets.traffic_mouse import TrafficMouse
from sockscope.ui.widgets.traffic_search import TrafficSearch
from sockscope.ui.widgets.traffic_sight import Sight
from sockscope.ui.widgets.traffic_ways import Ways
from sockscope.ui.widgets.traffic_words import known_of, title_line, titles_of

_NOTED_S = 4.0

Others = Callable[[], Iterator[Conversation]]


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

    def __init__(self, *, empty: str, others: Others = lambda: iter(()), id: str | None = None) -> None:
        """`empty` is shown while there is no conversation, in lines that fit; `others` gives all of them."""
        super().__init__(id=id)
        self._empty = empty
        self._mode = MODES[0]
        self._conversation: Conversation | None = None
        self._ways = Ways(others)
        self._bookmarks = Bookmarks()
        self._stand: Stand | None = None
        self._reader: Reader | None = None
        self._sight = Sight()
        self._seen: tuple[object, ...] = ()
        self._note = ""  # what a key did or could not do
        self._noted: Timer | None = None  # runs while that is said
        self._search = TrafficSearch(lambda work: self.run_worker(work), self._redraw)
        self._mouse = TrafficMouse(self)
        self.wall = UNSET

    def teach(self, empty: str) -> None:
        """Show other lines from now on while there is no conversation."""
        if empty != self._empty:
            self._empty = empty
            self.refresh()

    @property
    def conversation(self) -> Conversation | None:
        """The conversation that is shown."""
        return self._conversation

    @property
    def reader(self) -> Reader | None:
        """What is selected, and what is here."""
        return self._reader

    @property
    def stand(self) -> Stand | None:
        """Where the reader stands."""
        return self._stand

    @property
    def mode(self) -> str:
        """How bytes are shown, one of MODES."""
        return self._mode

    @property
    def following(self) -> bool:
        """Whether the newest is followed."""
        return self._stand is None or self._stand.following

    def show(self, conversation: Conversation | None) -> None:
        """Show another conversation, from its end."""
        if conversation is not self.conversation:
            self._conversation = conversation
            self._ways.show(conversation)
            self._show_strand()

    def _show_strand(self, *, stay: bool = False) -> None:
        """Show other entries, from their end; or `stay` where one is, with the selection, and paused where it was."""
        before, reader = (self._stand, self._reader) if stay else (None, None)
        self._stand = Stand(self._ways.strand(), self._look(), self.size.height - 1) if self._conversation else None
        self._reader = Reader(self._stand, self._bookmarks, lambda: self._search.here) if self._stand else None
        self._note = ""
        if self._stand and self._reader and before and reader:
            self._stand.stay(before)
            self._reader.selection = reader.selection
        if self._conversation and not stay and (pattern := self._search.pattern):
            self._search.start(self._ways.track[1], pattern)
        self._redraw()

    def tick(self) -> None:
        """Draw what has come since the last tick."""
        if self._conversation is None or self._stand is None:
            return
        self._search.tick()
        strand = self._stand.scroller.strand
        strand.take_in()
        seen = (strand.total, strand.first, self._title(), self._conversation.state)
        if seen != self._seen:
            self._seen = seen
            self._redraw()

    # Moving.

    def action_scroll(self, lines: int) -> None:
        """Move by lines; following stops on the way up and begins again at the end."""
        self._note = ""
        if self._stand:
            self._stand.move(lines)
            self._redraw()

    def action_line(self, lines: int) -> None:
        """Move the cursor by a line up or down, or where none is in sight, the lines."""
        if self._reader and self._reader.step("line", lines > 0):
            self.note("")
        else:
            self.action_scroll(lines)

    def action_byte(self, forward: bool) -> None:
        """Move the cursor by a byte; the first key sets it."""
        if self._reader:
            self._reader.step("byte", forward)
            self.note("")

    def action_scroll_page(self, pages: int) -> None:
        """Move by what is visible."""
        if self._stand:
            self.action_scroll(pages * max(1, self._stand.height - 1))

    def action_edge(self, newest: bool) -> None:
        """Go to the oldest line that is kept, or to the newest and follow."""
        self._note = ""
        if self._stand:
            self._stand.edge(newest=newest)
            self._redraw()

    def action_newest(self) -> None:
        """Go to the newest line, and follow."""
        self.action_edge(True)

    def action_follow(self) -> None:
        """Follow the newest line, or stay where we are."""
        if self._stand and self._stand.following:
            self._stand.following = False
            self._redraw()
        else:
            self.action_edge(True)

    def follow(self) -> None:
        """Follow the newest from now on; what is paused stays so."""
        if self._stand:
            self._stand.follow()
            self._redraw()

    def offer(self, action: str, name: str) -> str:
        """Return what to call a key now: to follow is offered where that is not done."""
        return "" if action == "newest" and self.following else name

    def action_pause(self) -> None:
        """Stop taking in what comes; the socket goes on and everything is recorded."""
        if self._stand:
            self._stand.pause()
            self._redraw()

    def go(self, place: Position) -> None:
        """Go to a place, which the scroll bar was dragged to."""
        if self._stand:
            self._stand.go(place, follow=True)
            self._redraw()

    # What is shown, and how.

    def action_track(self) -> None:
        """Show the next track: plaintext, TLS records, the other leg of a relay."""
        if self._conversation:
            self._ways.next_track()
            self._show_strand()

    def action_way(self) -> None:
        """Show what was received alone, then what was sent alone, then both."""
        if self._conversation:
            self._ways.next_way()
            self._show_strand(stay=True)

    def action_beside(self) -> None:
        """Show the other end beside it, or no more."""
        if self._conversation:
            note = self._ways.beside()
            if not note:
                self._show_strand(stay=True)
            self.note(note)

    def action_look(self) -> None:
        """Show the same in the next of the ways, which the tabs name; the place stays."""
        self.show_as(MODES[(MODES.index(self._mode) + 1) % len(MODES)])

    def show_as(self, mode: str) -> None:
        """Show the bytes in one of MODES."""
        self._mode = mode
        self._redraw()

    def action_export(self) -> None:
        """Ask for the conversation to be written to disk."""
        if self.conversation:
            self.post_message(self.ExportRequested(self.conversation))

    # Reading.

    def read(self, act: Callable[[Reader], str | None]) -> None:
        """Do something with what is selected or here, and say what could not be done."""
        if self._reader:
            self.note(act(self._reader) or "")

    def note(self, text: str) -> None:
        """Say in the last line what was or could not be done, until the next key, or for a while."""
        self._note = text
        if self._noted:
            self._noted.stop()
        self._noted = self.set_timer(_NOTED_S, lambda: self.note("")) if text else None
        self._redraw()

    def forget_note(self) -> None:
        """Say it no more."""
        if self._note:
            self.note("")

    def end_reading(self) -> bool:
        """Select nothing any more; False where nothing was selected."""
        selected = self._reader is not None and self._reader.selection is not None
        if self._reader:
            self._reader.selection = None
            self._redraw()
        return selected

    # Searching.

    def search(self, pattern: Pattern, otherwise: Pattern | None = None) -> None:
        """Mark all that matches, or where nothing does `otherwise`; go to the first match from the visible lines on."""
        if self._stand:
            self._search.start(self._ways.track[1], pattern, otherwise)
            self._find(True)

    def go_to_match(self, track: int, pattern: Pattern, start: int) -> None:
        """Show one of the conversation's tracks with all matches marked, at the one that begins there."""
        self._ways.show(self._conversation, track)
        self._show_strand()
        if self._stand:
            self._search.start(self._ways.track[1], pattern)
            self._find(True, start - 1)

    def go_to_call(self, track: int, number: int) -> None:
        """Show one of the conversation's tracks at a call of it, and select what that moved."""
        self._ways.show(self._conversation, track)
        self._show_strand()
        if self._stand and self._reader:
            place = Position(self._stand.scroller.strand.place_of(self._ways.track[1], number))
            self._stand.go(place)
            self._reader.select_call(place, 0)
            self._redraw()

    def action_find(self, forward: bool) -> None:
        """Go to the next or the previous match."""
        if self._search.pattern and self._stand:
            self._find(forward)

    def _find(self, forward: bool, since: int | None = None) -> None:
        """Go to the next match, from a place of the tape or from the visible lines on."""

        def visible() -> int:
            return self._stand.scroller.offset_of(self._stand.top) - forward if self._stand else 0

        self.run_worker(self._search.find(forward, visible if since is None else lambda: since, self._go_to_byte))

    def _go_to_byte(self, offset: int) -> None:
        """Have the line of a byte in sight; where its direction is not shown, both are again."""
        track = self._ways.track[1]
        entry = track.tape.entry_at(offset)
        if self._stand and entry and not self._stand.scroller.strand.shows(track, entry.number):
            self._ways.show_all()
            self._show_strand()
        if self._stand:
            self._stand.reach(self._stand.scroller.at_offset(offset))

    @property
    def searched(self) -> bool:
        """Whether something is searched for."""
        return self._search.pattern is not None

    @property
    def marked(self) -> bool:
        """Whether there are matches to go to."""
        return self._search.marks_any

    def end_search(self) -> bool:
        """Mark nothing any more; False where nothing was searched for."""
        searched = self.searched
        self._search.end()
        self._redraw()
        return searched

    def on_unmount(self) -> None:
        """End a search that is still under way."""
        self._search.end()

    def visible_text(self) -> str:
        """The lines on the screen as text."""
        return "\n".join("".join(text for text, _ in line).rstrip() for line in self._sight.lines)

    # Drawing.

    def _look(self) -> Look:
        width = max(self.size.width - 1, 24)
        return Look(self._mode, width, self.wall, marks=self._marks, flags=self._flag)

    def _marks(self, track: Track, first: int, last: int) -> Iterator[Mark]:
        yield from self._search.marks(track, first, last)
        if self._reader and self._reader.selection:
            yield from self._reader.selection.marks(track, first, last)

    def _flag(self, track: Track, number: int) -> str:
        here = self._sight.here
        is_here = here is not None and here.track is track and here.entry.number == number
        return flag(marked=self._bookmarks.has(track, number), here=is_here)

    def watch_has_focus(self, has_focus: bool) -> None:
        """Have the call that is here seen as long as keys are about it."""
        super().watch_has_focus(has_focus)
        self._redraw()

    def on_resize(self) -> None:
        self._redraw()

    def _redraw(self) -> None:
        if self._reader:
            colours = self.styles.scrollbar_color, self.styles.scrollbar_background
            below = Size(self.size.width, max(0, self.size.height - 1))
            self._sight.look(self._reader, self._note, below, self._look(), colours, focused=self.has_focus)
        self.refresh()

    def _title(self) -> tuple[Sequence[str], str]:
        """Which conversation, and what there is to know of it and of the view."""
        conversation = self.conversation
        if conversation is None or self._stand is None:
            return ("",), ""
        name, track = self._ways.track
        told = self._ways.told(beside=self._stand.scroller.beside)
        known = [self._search.told(), *known_of(conversation, name, track), told, self._stand.told()]
        return titles_of(conversation, track), " · ".join(filter(None, known))

    def render_line(self, y: int) -> Strip:
        """Draw the title or one line, and its piece of the scroll bar."""
        width, look = self.size.width, styles(self.app)
        if y == 0:
            focused = " focused" if self.has_focus else ""
            return strip(title_line(*self._title(), self._mode, width, focused), look, width)
        if self._stand is None:
            return strip([(self._lesson(width).get(y, ""), "note")], look, width)
        return self._sight.draw(y - 1, look, width)

    def _lesson(self, width: int) -> dict[int, str]:
        return {} if self.conversation else dict(enumerate(paragraphs(self._empty, width, self.size.height - 1), 1))

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
        self._mouse.down(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        self._mouse.move(event)

    def on_mouse_up(self) -> None:
        self._mouse.up()

    def on_click(self, event: events.Click) -> None:
        self._mouse.click(event)
