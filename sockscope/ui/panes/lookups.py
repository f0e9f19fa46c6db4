"""The lookups so far, the answer of the chosen one, and what can be done with it.

The rule: nothing is asked of anybody before a person wants it. Looking a name up asks getaddrinfo alone; DNS servers,
reverse names and connections each have a key.
"""

from collections.abc import Sequence

from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from sockscope.engine.engine import Engine
from sockscope.net.address import Address
from sockscope.net.row import Row
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.watch import Watch
from sockscope.report.lookup_json import answer_json
from sockscope.request.question import Question
from sockscope.request.resolve_settings import EVERY, RECORD_TYPES, SERVERS
from sockscope.request.setting import Texts
from sockscope.show.lookup.pages import NAMES, OF_ORDER, OF_SOURCES, ROWS
from sockscope.show.lookup.subject import Subject, raced
from sockscope.ui.clock import clock_ns
from sockscope.ui.keys.bindings import bindings
from sockscope.ui.panes import programs
from sockscope.ui.terminal.clipboard import CopyRequested
from sockscope.ui.widgets.answer_view import AnswerView
from sockscope.ui.widgets.field import Field
from sockscope.ui.widgets.live_table import LiveTable, holding
from sockscope.ui.widgets.lookup_words import COLUMNS, answered, remark_on, told
from sockscope.ui.widgets.message_line import MessageLine

_NOTHING_ASKED = "getaddrinfo(name, service, family, type)"


class Lookups(Vertical):
    """Shows lookups and does what a person asks for with the chosen one."""

    class ConnectRequested(Message):
        """Connect to exactly these rows; `aside` leaves the reader where the rows are."""

        def __init__(self, target: Address, rows: Sequence[Row], *, aside: bool) -> None:
            super().__init__()
            self.target = target
            self.rows = rows
            self.aside = aside

    class Turned(Message):
        """Another page is shown."""

        def __init__(self, page: str) -> None:
            super().__init__()
            self.page = page

    BINDINGS = bindings("Lookups")
    DEFAULT_CSS = """
    Lookups {
        height: 1fr;
        & #call { height: auto; max-height: 2; padding: 0 1; color: $text-muted; }
        & #filter { display: none; }
        & LiveTable { height: 1fr; }
    }
    """

    def __init__(self, engine: Engine, settings: Texts) -> None:
        """`settings` are looked at anew each time something is asked."""
        super().__init__()
        self._engine = engine
        self._names = engine.names
        self._settings = settings
        self._call = Static(_NOTHING_ASKED, id="call", markup=False)
        self._remark = MessageLine()
        self._complaint: tuple[Lookup | None, str] = (None, "")  # about a lookup
        self.answer = AnswerView()
        self._offered: object = None  # of what the footer was told last
        hint = "search the lookups · Enter keeps it, Esc clears it"
        self._filter = Field(hint, brief="search the lookups", does="Keep", id="filter")
        self.table: LiveTable[Lookup] = LiveTable(COLUMNS, empty="no lookup yet", id="lookups")
        self.table.unmatched = "no lookup matches: Esc in the table ends the search"
        self.history = Vertical(self._filter, self.table, id="history")

    def compose(self) -> ComposeResult:
        """The call, the answer, the history."""
        yield self._call
        yield self._remark
        yield self.answer
        yield self.history

    @property
    def chosen(self) -> Lookup | None:
        """The lookup that is shown."""
        return self.table.chosen

    def show(self, lookup: Lookup) -> None:
        """Put the cursor on a lookup that was just asked for; a search would hide it."""
        self._end_search()
        self.table.show(list(self._names.lookups.values()))
        self.table.choose(lookup)

    def tick(self) -> None:
        """Draw what is new."""
        self.table.show(list(self._names.lookups.values()))
        lookup = self.chosen
        if lookup:
            self._find_out(lookup)
            opened = raced(lookup, list(self._engine.dialled.values()))
            self.answer.show(Subject(lookup, clock_ns(), opened, self._watch(lookup.question)))
        else:
            self.answer.show(None)
        about, wrong = self._complaint
        text, look = (wrong, "error") if wrong and about is lookup else remark_on(lookup)
        self._remark.say(text, look=look)
        self._offer_anew()
        line = told(lookup, self._call.size.width) if lookup else _NOTHING_ASKED
        if line != str(self._call.content):
            self._call.update(Content(line))

    def _find_out(self, lookup: Lookup) -> None:
        """Have found out what the page tells of; nobody else is asked for it."""
        if self.answer.page in OF_ORDER and lookup.rows:
            self._names.weigh(lookup)
        if self.answer.page in OF_SOURCES:
            self._names.read_sources(lookup)

    def on_live_table_chosen(self, event: LiveTable.Chosen) -> None:
        """Show an earlier lookup."""
        event.stop()
        if event.table is self.table:
            self.tick()

    def on_live_table_opened(self, event: LiveTable.Opened) -> None:
        """Connect to a row, or ask the same again."""
        event.stop()
        if event.table is self.table:
            self.show(self._names.resolve(event.item.question))
        else:
            self._connect(event.item.row.host, [event.item.row], aside=False)

    # What can be done with the chosen lookup.

    def action_inquire(self) -> None:
        """Ask DNS directly for the name of the lookup."""
        if self.chosen is None:
            return
        self.action_page("DNS")
        try:
            self._names.inquire(self.chosen, SERVERS.read(self._settings), RECORD_TYPES.read(self._settings))
        except ValueError as error:
            self._complain(str(error))

    def action_reverse(self) -> None:
        """Ask for the names of the addresses."""
        if self.chosen and self.chosen.rows:
            self.action_page("names")
            self._names.reverse(self.chosen)

    def action_watch(self) -> None:
        """Ask the same again and again, or stop that."""
        if self.chosen is None:
            return
        watch = self._watch(self.chosen.question)
        if watch and not watch.stopped:
            self._names.stop_watching(watch)
            return
        self.action_page("watch")
        try:
            self._names.watch(self.chosen.question, EVERY.read(self._settings))
        except ValueError as error:
            self._complain(str(error))

    def _watch(self, question: Question) -> Watch | None:
        """Find the latest watch of a question."""
        return next((one for one in reversed(list(self._names.watches.values())) if one.question == question), None)

    def action_connect(self) -> None:
        """Connect to the name: to all rows of the first type that can be connected to, in turn."""
        lookup = self.chosen
        rows = [row for row in lookup.rows if row.scheme] if lookup else []
        if lookup and rows:
            self.action_page("race")
            alike = [row for row in rows if row.type == rows[0].type]
            self._connect(lookup.question.name or rows[0].host, alike, aside=True)
        elif lookup:
            self._complain("there is no row to connect to")

    def _connect(self, host: str, rows: Sequence[Row], *, aside: bool) -> None:
        first = rows[0]
        self._complain("")
        if not first.scheme:
            self._complain(f"a {first.type_word} row cannot be connected to; choose the type stream or datagram")
        elif not first.port:
            self._complain("the rows have no port: give a service or a port beside the name")
        else:
            self.post_message(self.ConnectRequested(Address(host, first.port, first.scheme), rows, aside=aside))

    def _complain(self, text: str) -> None:
        self._complaint = (self.chosen, text)

    def action_cancel(self) -> None:
        """Stop waiting for the chosen lookup, for DNS servers, and for names of addresses."""
        if self.chosen:
            self._names.abandon(self.chosen)
            self._names.abandon_inquiry(self.chosen)
            self._names.abandon_reverse(self.chosen)

    def offer(self, action: str, name: str) -> str:
        """Return what to call a key now, nothing where it would do nothing."""
        lookup = self.chosen
        if action == "back":
            return "Clear" if self._filter.has_focus else "End search" if self._searched else ""
        if lookup is None:
            return ""
        if action == "connect":
            return name if any(row.scheme and row.port for row in lookup.rows) else ""
        if action == "watch":
            watch = self._watch(lookup.question)
            return "Stop watching" if watch and not watch.stopped else name
        return name

    def _offer_anew(self) -> None:
        """Let the footer follow what can be done with the chosen lookup."""
        now = (self.chosen, self.chosen and self.chosen.state, self.offer("watch", ""))
        if now != self._offered:
            self._offered = now
            self.refresh_bindings()

    # Pages, searching, copying.

    def action_page(self, page: str) -> None:
        """Show a page."""
        self._complain("")
        self.answer.turn_to(page)
        self.set_class(page != ROWS, "-paged")
        self.post_message(self.Turned(page))
        self.tick()

    def action_turn(self, pages: int) -> None:
        """Show the page so many further."""
        self.action_page(NAMES[(NAMES.index(self.answer.page) + pages) % len(NAMES)])

    def action_search(self) -> None:
        """Ask for a text to search the lookups for."""
        self._filter.display = True
        self.screen.set_focus(self._filter)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search while it is typed."""
        event.stop()
        self.table.narrow(holding(event.value, self._text))

    def _text(self, lookup: Lookup) -> str:
        """Return what is searched of a lookup: its row, and what was answered."""
        return f"{self.table.row_text(lookup)}\t{answered(lookup)}"

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep what is searched for, which stays in sight."""
        event.stop()
        self._filter.display = bool(event.value)
        self.screen.set_focus(self.table)

    def action_back(self) -> None:
        """Leave the search, or the answer."""
        if not self._filter.has_focus and not self._searched:
            raise SkipAction
        self._end_search()
        self.screen.set_focus(self.table)

    @property
    def _searched(self) -> bool:
        """Whether Esc in the table ends a search."""
        return self._filter.display and self.table.has_focus

    def _end_search(self) -> None:
        self._filter.value = ""
        self._filter.display = False
        self.table.narrow(None)

    def action_copy(self) -> None:
        """Copy the chosen row, or the page."""
        self._copy(self.table.chosen_text() if self.table.has_focus else self.answer.chosen_text())

    def action_copy_table(self) -> None:
        """Copy all rows."""
        self._copy(self.answer.table_text())

    def action_copy_json(self) -> None:
        """Copy all that is known of the lookup."""
        self._copy(answer_json(self.chosen) if self.chosen else "")

    def action_copy_program(self) -> None:
        """Ask in which language to copy the call."""
        if self.chosen:
            programs.ask(self, {"this lookup": self.chosen})

    def _copy(self, text: str) -> None:
        if text:
            self.post_message(CopyRequested(text))
