"""Resolve: what getaddrinfo answers for a name, why, and what comes of it."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical

from sockscope.net.address import check_service
from sockscope.net.engine import Engine
from sockscope.net.resolve.hint import FAMILIES, TYPES
from sockscope.net.resolve.lookup import Lookup
from sockscope.show.resolve.pages import NAMES
from sockscope.show.resolve.typed import Typed, read
from sockscope.show.resolve.wish import RESOLVE, check, question
from sockscope.show.wish import YES, Wishes, unusual
from sockscope.ui.choice import Choice
from sockscope.ui.field import Field
from sockscope.ui.form import Form
from sockscope.ui.lookups import Lookups
from sockscope.ui.settings_sheet import resolve_sheet


class ResolvePane(Vertical):
    """The question, and the lookups."""

    BORDER_TITLE = "Resolve F2"
    BINDINGS = [
        Binding("o,ctrl+o", "settle", "Options", tooltip="Every hint of getaddrinfo, DNS servers and types, and more"),
        Binding("escape", "back", "Back", show=False, tooltip="To the answer, and from there to the name"),
    ]

    def __init__(self, engine: Engine, wishes: Wishes) -> None:
        """`wishes` are those of the command line."""
        super().__init__(id="resolve", classes="pane")
        self._engine = engine
        self._wishes = {**RESOLVE, **wishes}
        self._name_field = Field("name · Enter asks getaddrinfo", id="name")
        self._service_field = Field("service", id="service")
        self._families = Choice("family", tuple(FAMILIES), value=self._wishes["family"], id="family")
        self._types = Choice("type", tuple(TYPES), value=self._wishes["type"], id="type")
        self._form = Form(self._name_field, self._service_field, self._families, self._types, label="resolve")
        self._lookups = Lookups(engine, self._wishes)

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
            typed = read(text) if text or not service else Typed("")
            check_service(service)
        except ValueError as error:
            self._form.wrong = str(error)
            return None
        self._form.wrong = ""
        self._name_field.remember(text)
        self._service_field.remember(service)
        lookup = self._engine.names.resolve(question(typed.name, service, self._wishes))
        self._lookups.show(lookup)
        if typed.direct or self._wishes["direct"] == YES:
            self._lookups.inquire(lookup, typed.servers, typed.types)
        return lookup

    def on_form_submitted(self, event: Form.Submitted) -> None:
        """Ask."""
        event.stop()
        self.resolve(self._name_field.value, self._service_field.value)
        self.tick()

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """Another family or type is wished for."""
        event.stop()
        self._wishes["family" if event.choice is self._families else "type"] = event.value
        self._note()

    def action_settle(self) -> None:
        """Ask for every hint, and how DNS is asked."""

        def settled(wishes: dict[str, str] | None) -> None:
            if wishes:
                self._wishes.update(wishes)
                self._families.value, self._types.value = wishes["family"], wishes["type"]
                self._note()

        self.app.push_screen(resolve_sheet(self._wishes, check), settled)

    def _note(self) -> None:
        shown_beside = {"family": self._wishes["family"], "type": self._wishes["type"]}
        self._form.note(unusual(self._wishes, {**RESOLVE, **shown_beside}))

    def on_lookups_turned(self, event: Lookups.Turned) -> None:
        """Say which page is shown."""
        event.stop()
        self._title(event.page)

    def _title(self, shown: str) -> None:
        """Name the pages on the border, each a link."""
        self.border_subtitle = "".join(
            f"[{'reverse ' if name == shown else ''}@click=page('{name}')] {number} {name} [/]"
            for number, name in enumerate(NAMES, 1)
        )

    def action_page(self, page: str) -> None:
        """Show a page that was clicked."""
        self._lookups.action_page(page)

    def action_back(self) -> None:
        """Go from the question to the answer, and from there to the question."""
        if self._name_field.has_focus or self._service_field.has_focus:
            self._lookups.answer.focus_first()
        else:
            self.focus_first()

    def focus_first(self) -> None:
        """Go to the name."""
        self.screen.set_focus(self._name_field)  # at once: the next key is meant for it

    def tick(self) -> None:
        """Draw what is new."""
        self._lookups.tick()
        self._form.say("")
