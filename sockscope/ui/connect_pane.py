"""Connect: open client sockets, send, watch the answers."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical

from sockscope.net.address import Address, AddressError, parse
from sockscope.net.conversation import Conversation, State
from sockscope.net.engine import Engine
from sockscope.net.explain import explain
from sockscope.net.lookup import FAMILIES, Row
from sockscope.show.steps import client_steps
from sockscope.ui.choice import Choice
from sockscope.ui.clock import clock_ns
from sockscope.ui.conversations import Conversations
from sockscope.ui.field import Field
from sockscope.ui.form import Form
from sockscope.ui.steps_rail import StepsRail


class ConnectPane(Vertical):
    """The address line, the five steps of a client, and the conversations that were opened."""

    BORDER_TITLE = "Connect F3"
    BINDINGS = [
        Binding("escape", "back", "Back", show=False, tooltip="To the table, and from there to the address line")
    ]

    def __init__(self, engine: Engine, *, family: str = "any", source: Address | None = None) -> None:
        """`source` is the address to connect from, where one was asked for."""
        super().__init__(id="connect", classes="pane")
        self._engine = engine
        self._source = source
        self._address = Field("host:port · Enter connects", id="address")
        self._families = Choice("family", tuple(FAMILIES), value=family)
        self._form = Form(self._address, self._families, label="connect")
        self._rail = StepsRail(client_steps(None, 0))
        self._conversations = Conversations(engine, "peer", "no connection yet: type an address above")
        self._dialling: Conversation | None = None  # what the address line waits for

    def compose(self) -> ComposeResult:
        """Address line, rail, conversations."""
        yield self._form
        yield self._rail
        yield self._conversations

    def connect(self, target: Address, rows: Sequence[Row] = ()) -> Conversation | None:
        """Open a conversation and show it; what cannot be opened is said beside the field."""
        try:
            conversation = self._engine.connect(target, family=self._families.value, source=self._source, rows=rows)
        except AddressError as error:
            self._form.wrong = str(error)
            return None
        self._form.wrong = ""
        self._address.value = str(target)
        self._dialling = conversation
        self._address.remember(self._address.value)
        self._conversations.show(conversation, list(self._engine.dialled.values()))
        return conversation

    def on_form_submitted(self, event: Form.Submitted) -> None:
        """Connect."""
        event.stop()
        try:
            self.connect(parse(self._address.value))
        except AddressError as error:
            self._form.wrong = str(error)
        self.tick()

    def tick(self) -> None:
        """Draw what is new."""
        self._conversations.tick(list(self._engine.dialled.values()))
        chosen = self._conversations.chosen
        self._rail.show(client_steps(chosen, clock_ns()))
        self._move_on()
        failed = chosen is not None and chosen.state is State.FAILED
        told = str(explain(chosen.error)) if chosen is not None and failed else ""
        self._form.say(told)

    def _move_on(self) -> None:
        """Once connected, what is typed next is meant for the peer."""
        if self._dialling and self._dialling.state is not State.CONNECTING:
            typed_on = self._address.value != self._dialling.target  # what is typed there is no message
            if self._dialling.state is State.CONNECTED and self._address.has_focus and not typed_on:
                self._conversations.action_write()
            self._dialling = None

    def action_back(self) -> None:
        """Go to the table, and from there to the address line."""
        table = self._conversations.table
        self.screen.set_focus(self._address if table.has_focus else table)

    def focus_first(self) -> None:
        """Go to the address line, and stay there."""
        self._dialling = None
        self.screen.set_focus(self._address)  # at once: the next key is meant for it
