"""What flows in one conversation, call by call: as hex, as text, or as calls.

The rule: a frame costs what its height costs. The view has a place in the lines of a strand and asks for those that
are visible; nothing is built for what is not. While following, the place is the end.
"""

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from sockscope.record.conversation import Conversation
from sockscope.record.layers import Track
from sockscope.show.layout import paragraphs
from sockscope.show.traffic.lines import MODES, Look
from sockscope.show.traffic.marks import flag
from sockscope.show.traffic.stand import Stand
from sockscope.show.wall_clock import UNSET
from sockscope.ui.keys.bindings import bindings
from sockscope.ui.theme.roles import styles
from sockscope.ui.widgets.line import strip
from sockscope.ui.widgets.traffic_mouse import TrafficMouse
from sockscope.ui.widgets.traffic_reading import Others, TrafficReading
from sockscope.ui.widgets.traffic_sight import Sight
from sockscope.ui.widgets.traffic_words import tab_at, title_line


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
        self.reading = TrafficReading(
            others, lambda work: self.run_worker(work), lambda: (self._look(), self.size.height - 1), self._redraw
        )
        self._sight = Sight(self.reading.scope)
        self._seen: object = None
        self._mouse = TrafficMouse(self, self.reading)
        self.wall = UNSET
        self.copied_as = "hex"
        """The form that was asked for last when bytes were copied."""

    def teach(self, empty: str) -> None:
        """Show other lines from now on while there is no conversation."""
        if empty != self._empty:
            self._empty = empty
            self.refresh()

    @property
    def mode(self) -> str:
        """How bytes are shown, one of MODES."""
        return self._mode

    def show_as(self, mode: str) -> None:
        """Show the bytes in one of MODES."""
        self._mode = mode
        self._redraw()

    def tick(self) -> None:
        """Draw what has come since the last tick."""
        seen = self.reading.take_in()
        if seen != self._seen:
            self._seen = seen
            self._redraw()

    def on_unmount(self) -> None:
        """End a search that is still under way."""
        self.reading.end_search()

    # Keys.

    def offer(self, action: str, name: str) -> str:
        """Return what to call a key now: to follow is offered where that is not done."""
        return "" if action == "newest" and self.reading.following else name

    def action_scroll(self, lines: int) -> None:
        """Move by lines; following stops on the way up and begins again at the end."""
        self.reading.move(lambda stand: stand.move(lines))

    def action_line(self, lines: int) -> None:
        """Move the cursor by a line up or down, or where none is in sight, the lines."""
        if not self.reading.step("line", lines > 0):
            self.action_scroll(lines)

    def action_byte(self, forward: bool) -> None:
        """Move the cursor by a byte; the first key sets it."""
        self.reading.step("byte", forward)

    def action_scroll_page(self, pages: int) -> None:
        """Move by what is visible."""
        self.reading.move(lambda stand: stand.move(pages * max(1, stand.height - 1)))

    def action_edge(self, newest: bool) -> None:
        """Go to the oldest line that is kept, or to the newest and follow."""
        self.reading.move(lambda stand: stand.edge(newest=newest))

    def action_newest(self) -> None:
        """Go to the newest line, and follow."""
        self.action_edge(True)

    def action_follow(self) -> None:
        """Follow the newest line, or stay where we are."""
        self.reading.move(Stand.turn_following)

    def action_pause(self) -> None:
        """Stop taking in what comes; the socket goes on and everything is recorded."""
        self.reading.move(Stand.pause)

    def action_look(self) -> None:
        """Show the same in the next of the ways, which the tabs name; the place stays."""
        self.show_as(MODES[(MODES.index(self._mode) + 1) % len(MODES)])

    def action_export(self) -> None:
        """Ask for the conversation to be written to disk."""
        if self.reading.conversation:
            self.post_message(self.ExportRequested(self.reading.conversation))

    def visible_text(self) -> str:
        """The lines on the screen as text."""
        return "\n".join("".join(text for text, _ in line).rstrip() for line in self._sight.lines)

    # Drawing.

    def _look(self) -> Look:
        width = max(self.size.width - 1, 24)
        return Look(self._mode, width, self.wall, marks=self.reading.marks, flags=self._flag)

    def _flag(self, track: Track, number: int) -> str:
        here = self._sight.here
        is_here = here is not None and here.track is track and here.entry.number == number
        return flag(marked=self.reading.bookmarks.has(track, number), here=is_here)

    def watch_has_focus(self, has_focus: bool) -> None:
        """Have the call that is here seen as long as keys are about it."""
        super().watch_has_focus(has_focus)
        self._redraw()

    def on_resize(self) -> None:
        self._redraw()

    def _redraw(self) -> None:
        if self.reading.reader:
            colours = self.styles.scrollbar_color, self.styles.scrollbar_background
            below = Size(self.size.width, max(0, self.size.height - 1))
            focused = self.has_focus
            self._sight.look(self.reading.reader, self.reading.note, below, self._look(), colours, focused=focused)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw the title or one line, and its piece of the scroll bar."""
        width, look = self.size.width, styles(self.app)
        if y == 0:
            focused = " focused" if self.has_focus else ""
            return strip(title_line(*self.reading.title(), self._mode, width, focused), look, width)
        if self.reading.stand is None:
            return strip([(self._lesson(width).get(y, ""), "note")], look, width)
        return self._sight.draw(y - 1, look, width)

    def _lesson(self, width: int) -> dict[int, str]:
        return dict(enumerate(paragraphs(self._empty, width, self.size.height - 1), 1))

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
        """Choose how bytes are shown, or select what a call moved."""
        if event.y > 0:
            self._mouse.click(event)
        elif mode := tab_at(self._mode, self.size.width, event.x):
            self.show_as(mode)
