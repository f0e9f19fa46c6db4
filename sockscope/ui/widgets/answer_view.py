"""One answer of getaddrinfo: its rows in a table, and the pages that say more about them.

The rule: a page is written anew at each tick while it is on the screen, and drawn where it differs. One that takes long
to write (hundreds of addresses at many servers) is written less often, so that it never takes most of the time.
"""

from typing import NamedTuple

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widget import Widget

from sockscope.net.clock import now_ns
from sockscope.net.row import Row
from sockscope.show.layout import Lines, plain
from sockscope.show.lookup.pages import ROWS, page
from sockscope.show.lookup.race import attempt_word
from sockscope.show.lookup.subject import Subject
from sockscope.ui.widgets.column import Column
from sockscope.ui.widgets.live_table import LiveTable
from sockscope.ui.widgets.page_view import PageView

_REST = 10
"""For how many times as long as it took to write a page it is left alone."""


class Ordered(NamedTuple):
    """A row with its place in the answer."""

    order: int
    row: Row


_LESSON = """\
What getaddrinfo answers appears here, a row for each address, in the order in which programs try them.
1 to 8 show why: the call, the order, names, sources, DNS itself, a race … · Enter on a row connects to it.
NAME @SERVER asks a DNS server directly · o settles family, type and flags · ctrl+t offers what was saved."""


class AnswerView(Vertical):
    """Shows the rows, or in their place (below them where there is room) another page."""

    DEFAULT_CSS = """
    AnswerView {
        height: 1fr;
        & PageView { display: none; }
        &.-paged PageView { display: block; }
        &.-paged LiveTable { display: none; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.page = ROWS
        self._subject: Subject | None = None
        self._rows: list[Ordered] = []
        self._rested_at_ns = 0  # when the page may be written again
        self.table: LiveTable[Ordered] = LiveTable(self._columns(), empty=_LESSON, follow=False, id="rows")
        self.view = PageView(id="page")

    def _columns(self) -> list[Column[Ordered]]:
        return [
            Column(
                "#",
                3,
                lambda r: str(r.order),
                "right",
                key=lambda r: r.order,
                needs=lambda listed: len(str(listed[-1].order)),
            ),
            Column("family", 6, lambda r: r.row.family_word, rank=3),
            Column("type", 8, lambda r: r.row.type_word, rank=4),
            Column("proto", 5, lambda r: r.row.protocol_word, rank=5),
            Column("address", 0, lambda r: r.row.host, rank=1),
            Column("port", 5, lambda r: str(r.row.port), "right", rank=1, key=lambda r: r.row.port),
            Column("attempt", 22, lambda r: self._attempt(r)[0], rank=2, role=lambda r: self._attempt(r)[1]),
            Column("canonical name", 18, lambda r: r.row.canonical or "–", rank=6, tight=10),
        ]

    def _attempt(self, ordered: Ordered) -> tuple[str, str]:
        subject = self._subject
        return attempt_word(ordered.row, subject.raced, subject.now_ns) if subject else ("–", "cell")

    def compose(self) -> ComposeResult:
        """The rows and the page."""
        yield self.table
        yield self.view

    def turn_to(self, name: str) -> None:
        """Show another page."""
        focused = self.table.has_focus or self.view.has_focus
        self.page = name
        self.set_class(name != ROWS, "-paged")
        if focused:
            self.screen.set_focus(self.shown)
        self._rested_at_ns = 0
        self._draw()

    @property
    def shown(self) -> Widget:
        """The rows, or the page."""
        return self.table if self.page == ROWS else self.view

    def show(self, subject: Subject | None) -> None:
        """Draw what is new."""
        if subject is None or self._subject is None or subject.lookup is not self._subject.lookup:
            self._rows = []
            self.table.begin()
            self._rested_at_ns = 0
        self._subject = subject
        if subject:
            self.table.empty = "" if subject.lookup.state.live else "no rows"
        if subject and len(self._rows) != len(subject.lookup.rows):
            self._rows = [Ordered(number, row) for number, row in enumerate(subject.lookup.rows, 1)]
        self._draw()

    def _draw(self) -> None:
        self.table.show(self._rows)
        began_at_ns = now_ns()
        if self.page == ROWS or not self.view.room or began_at_ns < self._rested_at_ns:  # no room before the layout
            return
        self.view.show(self._written(self.view.room))
        self._rested_at_ns = began_at_ns + _REST * (now_ns() - began_at_ns)

    def _written(self, width: int) -> Lines:
        if self._subject:
            return page(self.page)(self._subject, width)
        return [[("  type a name above: this page tells about the lookup that is chosen", "note")]]

    def table_text(self) -> str:
        """All rows as text, a line each."""
        return "\n".join(self.table.row_text(ordered) for ordered in self._rows)

    def chosen_text(self) -> str:
        """The chosen row, or the whole page where that was turned to, drawn already or not, as text."""
        if self.page == ROWS or self.screen.focused is self.table:
            return self.table.chosen_text()
        return plain(self._written(self.view.room or self.size.width))
