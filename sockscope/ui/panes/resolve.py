"""Resolve: what getaddrinfo answers for a name, why, and what comes of it."""

from collections.abc import Sequence
from functools import partial

from textual.app import ComposeResult
from textual.widget import Widget

from sockscope import request
from sockscope.record.lookup.lookup import Lookup
from sockscope.request.resolve_settings import FAMILY, TYPE
from sockscope.request.setting import For
from sockscope.request.settings import read_all, unusual
from sockscope.session import Session
from sockscope.show.glossary import COLUMNS, PAGES, told
from sockscope.show.lookup.pages import NAMES
from sockscope.ui.keys.bindings import bindings
from sockscope.ui.panes.lookups import Lookups
from sockscope.ui.panes.pane import Pane
from sockscope.ui.screens.help import Section
from sockscope.ui.screens.settings_sheet import settings_sheet
from sockscope.ui.widgets.choice import Choice
from sockscope.ui.widgets.field import Field
from sockscope.ui.widgets.form import Form
from sockscope.ui.widgets.lookup_words import lookup_outline

_BORDER = 4
"""Cells within the border that no word of it takes."""


class ResolvePane(Pane):
    """The question, and the lookups."""

    NAME, TITLE, KEY = "resolve", "Resolve", "f2"
    BYTES = "Page alone"
    SHOWS = request.Resolve
    PARTS = (Lookups,)
    BINDINGS = bindings("ResolvePane")

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.settings = session.settled(For.RESOLVE)
        asks = "name · Enter asks getaddrinfo"
        self._name_field = Field(asks, brief="name · Enter", does="Look up", id="name")
        self._service_field = Field("service", does="Look up", id="service")
        self._families = Choice(FAMILY.label, FAMILY.choices, value=self.settings[FAMILY.name], id="family")
        self._types = Choice(TYPE.label, TYPE.choices, value=self.settings[TYPE.name], id="type")
        self._form = Form(self._name_field, self._service_field, self._families, self._types, label="resolve")
        self._lookups = Lookups(session.engine, self.settings)
        self._head = (self._form, self._lookups.history)
        self._roomy = (self._lookups.history,)

    def compose(self) -> ComposeResult:
        """The question, and what came of it."""
        yield self._form
        yield self._lookups

    def on_mount(self) -> None:
        """Say what was settled, and which pages there are."""
        self._note()
        self._title(NAMES[0])

    def resolve(self, text: str, service: str = "") -> Lookup | None:
        """Ask, without waiting for any lookup before; what cannot be asked is said beside the field."""
        self._name_field.value, self._service_field.value = text, service
        try:
            asked = request.Resolve.read(text, service, self.settings)
        except ValueError as error:
            self._form.wrong = str(error)
            return None
        lookup = self._session.run(asked)
        self._show(asked, lookup)
        return lookup

    def show(self, asked: request.Resolve, lookup: Lookup) -> None:
        self._name_field.value, self._service_field.value = asked.typed, asked.question.service
        self._show(asked, lookup)

    def _show(self, asked: request.Resolve, lookup: Lookup) -> None:
        self._form.wrong = ""
        self._name_field.remember(self._name_field.value)
        self._service_field.remember(self._service_field.value)
        self._lookups.show(lookup)
        if asked.direct:
            self._lookups.action_page("DNS")

    def on_form_submitted(self, event: Form.Submitted) -> None:
        """Ask; once that is under way the next key is about the answer. What was refused is to be written otherwise."""
        event.stop()
        if self.resolve(self._name_field.value, self._service_field.value):
            self.screen.set_focus(self.table)
        self.tick()

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """Another family or type is to be asked for."""
        event.stop()
        self.settings[FAMILY.name if event.choice is self._families else TYPE.name] = event.value
        self._note()

    def action_settle(self) -> None:
        """Ask for every hint, and how DNS is asked."""

        def settled(texts: dict[str, str] | None) -> None:
            if texts:
                self.settings.update(texts)
                self._families.value, self._types.value = texts[FAMILY.name], texts[TYPE.name]
                self._note()

        self.app.push_screen(settings_sheet(For.RESOLVE, self.settings, partial(read_all, For.RESOLVE)), settled)

    def _note(self) -> None:
        self._form.note(unusual(For.RESOLVE, self.settings, besides=(FAMILY.name, TYPE.name)))

    def on_lookups_turned(self, event: Lookups.Turned) -> None:
        """Say which page is shown."""
        event.stop()
        self._title(event.page)

    def on_resize(self) -> None:
        """Name the pages as there is room for them."""
        self._title(self._lookups.answer.page)

    def _title(self, shown: str) -> None:
        """Name the pages on the border, each a link; where that is too narrow the others have their numbers alone."""
        words = [f" {number} {name} " for number, name in enumerate(NAMES, 1)]
        if sum(map(len, words)) > self.size.width - _BORDER:
            words = [word if name == shown else f"{word.split()[0]} " for word, name in zip(words, NAMES, strict=True)]
        self.border_subtitle = "".join(
            f"[{'reverse ' if name == shown else ''}@click=page('{name}')]{word}[/]"
            for word, name in zip(words, NAMES, strict=True)
        )

    def action_page(self, page: str) -> None:
        """Show a page that was clicked; beside the main pane none has room, so this one becomes that."""
        self._lookups.action_page(page)
        self.screen.set_focus(self.table)

    def explained(self) -> Sequence[Section]:
        return [
            (
                "Columns",
                [*told(self._lookups.answer.table.titles, COLUMNS), *told(self._lookups.table.titles, COLUMNS)],
            ),
            ("Pages", list(PAGES.items())),
        ]

    def focus_bytes(self) -> None:
        self.screen.set_focus(self.table)

    @property
    def lives(self) -> bool:
        return bool(self._engine.names.lookups)

    @property
    def field(self) -> Widget:
        return self._name_field

    @property
    def table(self) -> Widget:
        return self._lookups.answer.shown

    def latest(self) -> str:
        """Return what was asked last, and what came of it."""
        lookups = list(self._engine.names.lookups.values())
        return lookup_outline(lookups[-1]) if lookups else "no lookup yet"

    def tick(self) -> None:
        self._lookups.tick()
        self._form.say("")
