"""The lines of a call log, with a cursor; the newest are followed until the reader moves.

The rule: a frame costs what its height costs. Lines have numbers that stay, so the cursor and what is in sight stay
where they are while more comes.
"""

from collections.abc import Callable

from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from sockscope.show.call_log.line import line
from sockscope.show.call_log.log import Log
from sockscope.show.call_log.source import Logged
from sockscope.show.layout import plain
from sockscope.show.wall_clock import WallClock
from sockscope.ui.keys.bindings import bindings
from sockscope.ui.theme.roles import styles
from sockscope.ui.widgets.line import strip

_MARGIN = 200  # lines that are looked back for, ahead of those in sight


class CallLogView(Widget, can_focus=True):
    """Draws a log."""

    class Opened(Message):
        """A line is to be gone to."""

        def __init__(self, logged: Logged) -> None:
            super().__init__()
            self.logged = logged

    BINDINGS = bindings("CallLogView")
    DEFAULT_CSS = """
    CallLogView { height: 1fr; }
    """

    def __init__(self, wall: WallClock) -> None:
        super().__init__()
        self._wall = wall
        self._log: Log | None = None
        self._cursor = self._top = 0
        self.following = True
        self._drawn: tuple[int, ...] = ()

    @property
    def chosen(self) -> Logged | None:
        """The line with the cursor."""
        return self._log.line(self._cursor) if self._log else None

    def show(self, log: Log, at: int | None = None) -> None:
        """Show another log, from its end, or at one of its lines."""
        self._log, self.following = log, at is None
        self._cursor = log.end - 1 if at is None else at
        self._top = self._cursor - self.size.height // 2
        self.tick()

    def tick(self) -> None:
        """Take in what came, look back for what would be in sight, and draw it where it differs."""
        if self._log is None:
            return
        self._log.take_in()
        self._log.look_back(max(0, -self._top) + self.size.height + _MARGIN)
        self._fit(self._log)
        drawn = (self._top, self._cursor, self._log.first, self._log.end)
        if drawn != self._drawn:
            self._drawn = drawn
            self.refresh()

    def _fit(self, log: Log) -> None:
        """Keep the cursor among the lines, and in sight."""
        if self.following:
            self._cursor = log.end - 1
        self._cursor = max(log.first, min(self._cursor, log.end - 1))
        height = max(1, self.size.height)
        self._top = min(max(self._top, self._cursor - height + 1), self._cursor, max(log.first, log.end - height))
        self._top = max(self._top, log.first)

    def on_resize(self) -> None:
        self.tick()

    # Moving.

    def action_move(self, lines: int) -> None:
        """Move the cursor; following stops on the way up and begins again at the end."""
        if self._log:
            self._cursor += lines
            self.following = self._cursor >= self._log.end - 1
            self.tick()

    def action_page(self, pages: int) -> None:
        """Move the cursor by what is visible."""
        self.action_move(pages * max(1, self.size.height - 1))

    def action_edge(self, newest: bool) -> None:
        """Go to the newest line and follow, or to the oldest that was looked for so far."""
        if self._log:
            self.following, self._cursor = newest, self._log.end - 1 if newest else self._log.first
            self.tick()

    def action_open(self) -> None:
        """Go where the call was made."""
        if chosen := self.chosen:
            self.post_message(self.Opened(chosen))

    def told(self) -> str:
        """Say how much is above and below what is in sight."""
        if self._log is None:
            return ""
        below = self._log.end - self._top - self.size.height
        more = "" if self._log.looked_back else "+"
        return f"{self._log.end - self._log.first:,}{more} lines" + (f", {below:,} below" if below > 0 else "")

    # Drawing.

    def text(self, keeps: Callable[[int], bool] = lambda number: True) -> str:
        """The lines that are kept as text, all that were looked for, or some of them."""
        log = self._log
        numbers = range(log.first, log.end) if log else range(0)
        lines = (one for at in numbers if log and keeps(at) and (one := log.line(at)))
        return "\n".join(plain([line(one, self._wall, None)]).rstrip() for one in lines)

    def chosen_text(self) -> str:
        """The line with the cursor as text."""
        return self.text(lambda number: number == self._cursor)

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        width, look = self.size.width, styles(self.app)
        logged = self._log.line(self._top + y) if self._log else None
        if logged is None:
            return strip([("no call yet" if y == 0 else "", "note")], look, width)
        focused = " focused" if self.has_focus else ""
        over = f"cursor{focused}" if self._top + y == self._cursor else ""
        return strip(line(logged, self._wall, width), look, width, over)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll three lines up."""
        event.stop()
        self.action_move(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll three lines down."""
        event.stop()
        self.action_move(3)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on a line; twice goes there."""
        self.action_move(self._top + event.y - self._cursor)
        if event.chain > 1:
            self.action_open()
