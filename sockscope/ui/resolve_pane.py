"""Resolve: what getaddrinfo answers for a name, row by row."""

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from sockscope.net.address import AddressError, check_name, check_service
from sockscope.net.engine import Engine
from sockscope.net.explain import explain
from sockscope.net.resolve.hint import FAMILIES, TYPES
from sockscope.net.resolve.lookup import Lookup, LookupState
from sockscope.net.resolve.question import Question
from sockscope.net.resolve.row import Row
from sockscope.show.safe import safe
from sockscope.show.units import age, duration
from sockscope.ui.choice import Choice
from sockscope.ui.clipboard import CopyRequested
from sockscope.ui.column import Column
from sockscope.ui.field import Field
from sockscope.ui.form import Form
from sockscope.ui.live_table import LiveTable


@dataclass(frozen=True, slots=True)
class _Ordered:
    """A row with its place in the answer."""

    order: int
    row: Row


_ROWS: list[Column[_Ordered]] = [
    Column("#", 2, lambda r: str(r.order), "right", key=lambda r: r.order),
    Column("family", 6, lambda r: r.row.family_word, rank=2),
    Column("type", 8, lambda r: r.row.type_word, rank=3),
    Column("proto", 5, lambda r: r.row.protocol_word, rank=4),
    Column("address", 0, lambda r: r.row.host, rank=1),
    Column("port", 5, lambda r: str(r.row.port), "right", rank=1, key=lambda r: r.row.port),
    Column("canonical name", 18, lambda r: r.row.canonical or "–", rank=5),
]

_LOOKUP_ROLES = {
    LookupState.QUEUED: "busy",
    LookupState.ASKING: "busy",
    LookupState.ANSWERED: "good",
    LookupState.FAILED: "bad",
    LookupState.ABANDONED: "dim",
}


def _outcome(lookup: Lookup) -> str:
    if lookup.state is LookupState.ANSWERED and lookup.call:
        return lookup.call.result
    return explain(lookup.error).word if lookup.error else lookup.state.value


_HISTORY: list[Column[Lookup]] = [
    Column("lookups", 0, lambda k: f"{k.question.name} {k.question.service}".rstrip()),
    Column("outcome", 12, _outcome, rank=1, role=lambda k: _LOOKUP_ROLES[k.state]),
    Column(
        "took",
        7,
        lambda k: "–" if k.state is LookupState.ABANDONED else duration(k.took_ns),
        "right",
        rank=2,
        key=lambda k: k.took_ns,
    ),
]


class ResolvePane(Vertical):
    """The question, the rows of the answer, and the lookups before."""

    class ConnectRequested(Message):
        """A row was opened: connect to exactly that address."""

        def __init__(self, row: Row) -> None:
            super().__init__()
            self.row = row

    BORDER_TITLE = "Resolve F2"
    BINDINGS = [
        Binding("c", "cancel", "Abandon", show=False, tooltip="Stop waiting for the chosen lookup"),
        Binding("y", "copy", "Copy", tooltip="Copy the chosen row"),
        Binding("escape", "back", "Back", show=False, tooltip="To the rows, and from there to the name"),
    ]

    def __init__(self, engine: Engine, *, family: str = "any") -> None:
        super().__init__(id="resolve", classes="pane")
        self._engine = engine
        self._shown: Lookup | None = None
        self._rows: list[_Ordered] = []
        self._name_field = Field("name · Enter asks getaddrinfo", id="name")
        self._service_field = Field("service", id="service")
        self._families = Choice("family", tuple(FAMILIES), value=family, id="family")
        self._types = Choice("type", tuple(TYPES), value="stream", id="type")
        self._form = Form(self._name_field, self._service_field, self._families, self._types, label="resolve")
        self._call = Static(id="call", markup=False)
        self._table: LiveTable[_Ordered] = LiveTable(
            _ROWS, empty="rows appear here · Enter on a row connects to it", id="rows"
        )
        self._history: LiveTable[Lookup] = LiveTable(_HISTORY, empty="no lookup yet", id="lookups")

    def compose(self) -> ComposeResult:
        """The question, what came of it, the rows, the history."""
        yield self._form
        yield self._call
        with Horizontal(classes="tables"):
            yield self._table
            yield self._history

    def resolve(self, name: str, service: str = "") -> Lookup | None:
        """Ask, without waiting for any lookup before; what cannot be asked is said beside the field."""
        self._name_field.value, self._service_field.value = name, service
        self._form.wrong = ""
        try:
            check_name(name)
            check_service(service)
        except AddressError as error:
            self._form.wrong = str(error)
            return None
        self._name_field.remember(name)
        self._service_field.remember(service)
        question = Question(name, service, self._families.value, self._types.value, flags=frozenset({"CANONNAME"}))
        lookup = self._engine.names.resolve(question)
        self._history.show(list(self._engine.names.lookups.values()))
        self._history.choose(lookup)
        return lookup

    def on_form_submitted(self, event: Form.Submitted) -> None:
        """Ask."""
        event.stop()
        self.resolve(self._name_field.value, self._service_field.value)
        self.tick()

    def on_live_table_chosen(self, event: LiveTable.Chosen) -> None:
        """Show an earlier lookup."""
        event.stop()
        if event.table is self._history:
            self._shown = event.item
            self._rows = []
            self.tick()

    def on_live_table_opened(self, event: LiveTable.Opened) -> None:
        """Connect to a row, or ask the same again."""
        event.stop()
        if event.table is self._history:
            self.resolve(event.item.question.name, event.item.question.service)
            return
        row: Row = event.item.row
        if row.type_word not in ("stream", "datagram"):
            self._form.wrong = f"a {row.type_word} row cannot be connected to; choose the type stream or datagram"
        elif not row.port:
            self._form.wrong = "the row has no port: give a service or a port beside the name"
        else:
            self.post_message(self.ConnectRequested(row))

    def action_cancel(self) -> None:
        """Stop waiting for the chosen lookup; it is marked as abandoned."""
        if self._shown:
            self._engine.names.abandon(self._shown)

    def action_copy(self) -> None:
        """Copy the chosen row."""
        table = self._history if self._history.has_focus else self._table
        if text := table.chosen_text():
            self.post_message(CopyRequested(text))

    def action_back(self) -> None:
        """Go from the question to the rows, and from a table to the question."""
        if self._table.has_focus or self._history.has_focus:
            self.focus_first()
        else:
            self._table.focus()

    def tick(self) -> None:
        """Draw what is new."""
        self._history.show(list(self._engine.names.lookups.values()))
        lookup = self._shown
        if lookup and len(self._rows) != len(lookup.rows):
            self._rows = [_Ordered(number, row) for number, row in enumerate(lookup.rows, 1)]
        self._table.show(self._rows)
        failed = lookup is not None and lookup.state is LookupState.FAILED
        self._form.say(str(explain(lookup.error)) if lookup and failed else "")
        told = _told(lookup) if lookup else "getaddrinfo(name, service, family, type)"
        if told != str(self._call.content):
            self._call.update(Content(told))

    def focus_first(self) -> None:
        """Go to the name."""
        self.screen.set_focus(self._name_field)  # at once: the next key is meant for it


def _told(lookup: Lookup) -> str:
    """The call and what came of it, in a line."""
    call = f"getaddrinfo({safe(lookup.question.arguments())})"
    if lookup.call:
        return f"{call} = {lookup.call.error or lookup.call.result} · {duration(lookup.took_ns)}"
    if lookup.state is LookupState.ABANDONED:
        return f"{call} · abandoned"
    return f"{call} · {lookup.state.value}, {age(lookup.took_ns)} so far · c abandons it"
