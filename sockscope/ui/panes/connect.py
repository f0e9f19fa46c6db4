"""Connect: open client sockets, send, watch the answers."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from textual.app import ComposeResult

from sockscope.net.address import Address, AddressError, parse
from sockscope.net.row import Row
from sockscope.record.conversation import Conversation, State
from sockscope.request import Connect, again
from sockscope.request.connect import read_tls
from sockscope.request.parse import YES_NO
from sockscope.request.setting import For
from sockscope.request.settings import unusual
from sockscope.request.socket_settings import CONNECTED
from sockscope.request.tls_settings import SERVER_NAME as NAMED
from sockscope.session import Session
from sockscope.show.explain.explanation import (
    GO_TO_HOLDER,
    OLDER_TLS,
    OTHER_FAMILY,
    SERVER_NAME,
    UNVERIFIED,
    WITH_TLS,
    WITHOUT_TLS,
    Explanation,
)
from sockscope.show.explain.reaching import elsewhere
from sockscope.show.explain.secure import version_to_allow
from sockscope.show.step import advised, why
from sockscope.show.steps import client_steps
from sockscope.ui.clock import clock_ns
from sockscope.ui.keys.bindings import bindings
from sockscope.ui.panes.conversation_pane import ConversationPane
from sockscope.ui.panes.conversations import Conversations
from sockscope.ui.screens.settings_sheet import entries, settings_sheet
from sockscope.ui.screens.sheet import Sheet
from sockscope.ui.widgets.choice import Choice
from sockscope.ui.widgets.conversation_words import conversation_outline
from sockscope.ui.widgets.form import Form, kind_choice
from sockscope.ui.widgets.saved_field import AddressField
from sockscope.ui.widgets.steps_rail import StepsRail

_LESSON = """\
Type HOST:PORT above and press Enter: each step is lit as it happens, and what the peer sends appears here.
i writes to the peer · c closes · d shows everything that is known · h changes how bytes are shown.
tls:// udp:// unix: before an address speak otherwise · o has every option · ctrl+t offers what was saved."""

_ANEW: dict[str, Callable[[Connect], Connect]] = {
    UNVERIFIED: again.unverified,
    WITHOUT_TLS: again.without_tls,
}


class ConnectPane(ConversationPane):
    """The address line, the steps of a client, and the conversations that were opened."""

    NAME, TITLE, KEY = "connect", "Connect", "f3"
    SHOWS = Connect
    BINDINGS = bindings("ConnectPane")

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._settings = session.settled(For.CONNECT)
        self._kind = kind_choice()
        self._address = AddressField("host:port · Enter connects", self._kind, does="Connect", id="address")
        self._connected = Choice(CONNECTED.note, YES_NO, value=self._settings[CONNECTED.name], id="connected")
        self._form = Form(self._address, self._kind, self._connected, label="connect")
        self._rail = StepsRail(client_steps(None, 0))
        self._conversations = Conversations(self._engine, "peer", "no connection yet", _LESSON)
        self._dialling: Conversation | None = None  # what the address line waits for
        self._head = (self._form, self._rail, self._conversations.table, self._conversations.send_box)
        self._roomy = (self._rail, self._conversations.body)

    def compose(self) -> ComposeResult:
        """Address line, rail, conversations."""
        yield self._form
        yield self._rail
        yield self._conversations

    def on_mount(self) -> None:
        """Show what matters to the kind that is chosen."""
        self._fit_kind()

    # Connecting.

    def connect(self, target: Address, rows: Sequence[Row] = ()) -> Conversation | None:
        """Connect as was settled, and show it; what cannot be opened is said beside the field."""
        try:
            return self._open(Connect.read(target, self._settings, rows))
        except ValueError as error:
            self._form.wrong = str(error)
            return None

    def _open(self, asked: Connect) -> Conversation:
        """Open a conversation, and show it. Raise ValueError."""
        conversation = self._session.run(asked)
        self.show(asked, conversation)
        return conversation

    def show(self, asked: Connect, conversation: Conversation) -> None:
        self._form.wrong = ""
        self._address.value = str(asked.target)
        self._kind.value = asked.target.kind
        self._dialling = conversation
        self._address.remember(self._address.value)
        self._conversations.show(conversation, self.every())

    def on_form_submitted(self, event: Form.Submitted) -> None:
        """Connect."""
        event.stop()
        try:
            self.connect(parse(self._address.value, kind=self._kind.value))
        except AddressError as error:
            self._form.wrong = str(error)
        self.tick()

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """Another kind, or whether connect(2) is to be called."""
        event.stop()
        if event.choice is self._connected:
            self._settings[CONNECTED.name] = event.value
        self._fit_kind()

    def _fit_kind(self) -> None:
        matters = self._connected.display = self._kind.value in CONNECTED.kinds
        self._form.note(unusual(For.CONNECT, self._settings, besides=() if matters else (CONNECTED.name,)))

    def action_settle(self) -> None:
        """Ask for everything that can be settled before connecting."""
        example = Address("localhost", 1, self._kind.value)

        def settled(texts: dict[str, str] | None) -> None:
            if texts:
                self._settings.update(texts)
                self._connected.value = self._settings[CONNECTED.name]
                self._fit_kind()

        sheet = settings_sheet(For.CONNECT, self._settings, lambda texts: Connect.read(example, texts), example.kind)
        self.app.push_screen(sheet, settled)

    def action_reconnect(self) -> None:
        """Connect as the chosen conversation was connected, again and again until it works or is cancelled."""
        if (chosen := self._conversations.chosen) and chosen.request:
            self._again(replace(chosen.request, retry=True))

    def advice(self) -> Explanation | None:
        chosen = self._conversations.chosen
        return advised(chosen) if chosen and chosen.request else None

    def take_way_on(self, action: str) -> None:
        """Connect as the chosen conversation was connected, but for what is advised."""
        chosen = self._conversations.chosen
        if chosen is None or chosen.request is None:
            return
        if action == GO_TO_HOLDER:
            self._go_to_holder(chosen.findings)
        elif action == SERVER_NAME:
            self._ask_server_name(chosen.request)
        elif action == OTHER_FAMILY:
            self._again(again.other_family(chosen.request, elsewhere(chosen)))
        elif action == OLDER_TLS:
            self._again(again.older_tls(chosen.request, version_to_allow(chosen)))
        elif action == WITH_TLS:
            self._again(again.with_tls(chosen.request, read_tls(self._settings)))
        elif action in _ANEW:
            self._again(_ANEW[action](chosen.request))

    def _ask_server_name(self, asked: Connect) -> None:
        def named(texts: dict[str, str] | None) -> None:
            if texts and (name := texts[NAMED.name]):
                self._again(again.server_name(asked, name))

        (entry,) = (one for one in entries(For.CONNECT, {}) if one.key == NAMED.name)
        self.app.push_screen(Sheet("Name the server", [entry], lambda texts: ""), named)

    def reveal(self, number: int) -> None:
        if conversation := self._engine.dialled.get(number):
            self._conversations.show(conversation, self.every())

    def _again(self, asked: Connect) -> None:
        try:
            self._open(asked)
        except ValueError as error:
            self._form.wrong = str(error)

    def offer(self, action: str, name: str) -> str:
        """Return what to call a key now."""
        chosen = self._conversations.chosen
        if action == "reconnect":
            return name if chosen and chosen.request else ""
        return super().offer(action, name)

    def every(self) -> list[Conversation]:
        return list(self._engine.dialled.values())

    # Drawing.

    def latest(self) -> str:
        """Return how many connections there were, and the state of the newest."""
        opened = self.every()
        return conversation_outline(opened[-1], len(opened)) if opened else "no connection yet"

    def tick(self) -> None:
        self._conversations.tick(self.every())
        self._rail.show(client_steps(self._conversations.chosen, clock_ns()))
        self._move_on()
        self._form.say("")

    def _move_on(self) -> None:
        """Once connected, the next key is about the conversation."""
        waiting = (State.CONNECTING, State.SECURING)
        if self._dialling and self._dialling.state not in waiting and not self._dialling.looking:
            typed_on = self._address.value != self._dialling.target  # what is typed there is no message
            if self._address.has_focus and not typed_on:
                self._leave_address(self._dialling)
            self._dialling = None

    def _leave_address(self, conversation: Conversation) -> None:
        """Go to where the next key belongs: what to do with the peer, or whether to take the way on."""
        if conversation.can_send or why(conversation).action:
            self.screen.set_focus(self.table)

    @property
    def lives(self) -> bool:
        return bool(self._engine.dialled)

    def enter(self) -> None:
        self._dialling = None  # whoever comes here stays where they are
        super().enter()
