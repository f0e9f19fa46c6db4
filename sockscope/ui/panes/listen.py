"""Listen: bind, watch clients arrive and their bytes flow, answer them."""

from collections.abc import Callable, Mapping
from functools import partial

from textual.app import ComposeResult
from textual.widgets import Input

from sockscope.net.address import Address, parse
from sockscope.record.conversation import Conversation
from sockscope.record.listener import Listener, ListenerState
from sockscope.request import Listen, again
from sockscope.request.listen import read_answers
from sockscope.request.listen_settings import ACCEPTING, ALL_AT_ONCE, ANSWER, AT_EOF, CLIENTS, ONE_AT_A_TIME
from sockscope.request.parse import NO, YES
from sockscope.request.setting import For, Texts
from sockscope.request.settings import unusual
from sockscope.session import Session
from sockscope.show.call_log.source import Scope
from sockscope.show.explain.explanation import FREE_PORT, GO_TO_HOLDER, REMOVE_PATH, Explanation
from sockscope.show.step import why
from sockscope.show.steps import server_steps
from sockscope.show.units import plural
from sockscope.ui.clock import clock_ns
from sockscope.ui.keys.bindings import bindings
from sockscope.ui.panes.conversation_pane import ConversationPane
from sockscope.ui.panes.conversations import Conversations
from sockscope.ui.screens.confirm import Confirm
from sockscope.ui.screens.listener import ListenerScreen
from sockscope.ui.screens.settings_sheet import settings_sheet
from sockscope.ui.terminal.letters import Irrevocable
from sockscope.ui.widgets.choice import Choice
from sockscope.ui.widgets.form import Form, kind_choice
from sockscope.ui.widgets.listeners import known_of, lesson, listeners_table, listening
from sockscope.ui.widgets.listening_line import ListeningLine
from sockscope.ui.widgets.live_table import LiveTable
from sockscope.ui.widgets.saved_field import AddressField
from sockscope.ui.widgets.steps_rail import StepsRail

_LESSON = """\
Type a port above and press Enter: clients appear here as they arrive, with what they send, call by call.
i answers the chosen one · e sends everything back · o has answers by rule, TLS, a relay and more.
0 takes any free port · *:PORT listens for other machines too · udp:// and unix: before it listen otherwise."""

_ANEW: dict[str, Callable[[Listen], Listen]] = {FREE_PORT: again.free_port, REMOVE_PATH: again.remove_stale}


class ListenPane(ConversationPane):
    """The address line, the listeners, and of the chosen one its state, the steps of a server, and the clients."""

    NAME, TITLE, KEY = "listen", "Listen", "f4"
    SHOWS = Listen
    BINDINGS = bindings("ListenPane")

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._settings = session.settled(For.LISTEN)
        self._opening: Listener | None = None  # what the address line waits for
        self._followed: Listener | None = None  # whose switches are among the settings
        self._offered: set[Listener] = set()  # whose left-behind path was asked about
        self._told_of: object = None  # of what the footer was told last
        self._kind = kind_choice()
        self._address = AddressField("port or host:port · Enter listens", self._kind, does="Listen", id="address")
        self._answer = Choice(ANSWER.label, ANSWER.choices, value=self._settings[ANSWER.name], id="answer")
        self._form = Form(self._address, self._kind, self._answer, label="listen")
        self._line = ListeningLine()
        self._listeners: LiveTable[Listener] = listeners_table()
        self._rail = StepsRail(server_steps(None, 0))
        self._conversations = Conversations(
            self._engine, "client", "no client yet", _LESSON, self._send_to_all, self._anybody
        )
        self._head = (self._form, self._line, self._rail, self._conversations.table, self._conversations.send_box)
        self._roomy = (self._rail, self._conversations.body)

    def compose(self) -> ComposeResult:
        """Address line, state, listeners where there are several, rail, clients."""
        yield self._form
        yield self._line
        yield self._listeners
        yield self._rail
        yield self._conversations

    def on_mount(self) -> None:
        """Say what was settled on the command line."""
        self._listeners.display = False
        self._note()

    @property
    def listener(self) -> Listener | None:
        """The listener that is shown."""
        return self._listeners.chosen

    # Listening.

    def listen(self, target: Address) -> Listener | None:
        """Listen as was settled, and show it; what cannot be is said beside the field."""
        try:
            return self._open(Listen.read(target, self._settings))
        except ValueError as error:
            self._form.wrong = str(error)
            return None

    def _again(self, failed: Listener, asked: Listen) -> None:
        """Try otherwise; the listener that failed is forgotten once the other one is there."""
        try:
            self._open(asked)
            self._engine.forget_listener(failed)
        except ValueError as error:
            self._form.wrong = str(error)

    def _open(self, asked: Listen) -> Listener:
        """Open a listener, and show it. Raise ValueError."""
        listener = self._session.run(asked)
        self.show(asked, listener)
        return listener

    def show(self, asked: Listen, listener: Listener) -> None:
        target = asked.target
        self._form.wrong = ""
        self._kind.value = target.kind
        self._address.value = target.brief
        self._address.remember(self._address.value)
        self._opening = listener
        self._listeners.show(list(self._engine.listeners.values()))
        self._listeners.choose(listener)

    def on_form_submitted(self, event: Form.Submitted) -> None:
        """Listen, besides what listens already."""
        event.stop()
        try:
            self.listen(parse(self._address.value, host_required=False, kind=self._kind.value))
        except ValueError as error:
            self._form.wrong = str(error)
        self.tick()

    def action_settle(self) -> None:
        """Ask for everything that can be settled before listening; answers hold for the chosen listener at once."""
        example = Address("*", 0, "tcp")

        def settled(texts: dict[str, str] | None) -> None:
            if texts:
                self._settings.update(texts)
                self._answer.value = self._settings[ANSWER.name]
                self._change_answers()
                self._switch({})

        def read(texts: Texts) -> None:
            self._engine.policies.check_answers(Listen.read(example, texts).answers)

        self.app.push_screen(settings_sheet(For.LISTEN, self._settings, read, self._kind.value), settled)

    # The switches of the chosen listener.

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """Another answer, or another kind for the next one."""
        event.stop()
        if event.choice is self._answer:
            self._settings[ANSWER.name] = event.value
            self._change_answers()

    def action_echo(self) -> None:
        """Turn the echo on or off."""
        self.post_message(Irrevocable("switched", self._turn_echo))

    def _turn_echo(self) -> None:
        self._answer.value = "none" if self._answer.value == "echo" else "echo"

    def _change_answers(self) -> None:
        """Let the chosen listener answer as is settled now."""
        self._form.wrong = ""
        self._note()
        try:
            answers = read_answers(self._settings)
            self._engine.policies.check_answers(answers)
        except ValueError as error:
            self._form.wrong = str(error)
            return
        if (listener := self.listener) and listener.state.live:
            self._engine.policies.set_answers(listener, answers, keep_half_open=AT_EOF.read(self._settings))

    def _note(self) -> None:
        self._form.note(unusual(For.LISTEN, self._settings, besides=(ANSWER.name,)))

    def advice(self) -> Explanation | None:
        return why(self.listener) if self.listener and self.listener.error else None

    def take_way_on(self, action: str) -> None:
        """Listen as the chosen listener was to listen, but for what is advised."""
        failed = self.listener
        if failed is None or failed.request is None:
            return
        if action == GO_TO_HOLDER:
            self._go_to_holder(failed.findings)
        elif action in _ANEW:
            self._again(failed, _ANEW[action](failed.request))

    def reveal(self, number: int) -> None:
        if listener := self._engine.listeners.get(number):
            self._listeners.go_to(listener)

    def action_accept(self) -> None:
        """Accept, or let the clients wait in the kernel's queue."""
        if self._follow():
            self._switch({ACCEPTING.name: NO if ACCEPTING.read(self._settings) else YES})

    def action_one_at_a_time(self) -> None:
        """Take one client at a time, or all at once."""
        if self._follow():
            self._switch({CLIENTS.name: ALL_AT_ONCE if CLIENTS.read(self._settings) else ONE_AT_A_TIME})

    def _switch(self, texts: Texts) -> None:
        """Let the chosen listener accept as is settled now, which the next one will do too."""
        self._settings.update(texts)
        self._note()
        if (listener := self.listener) and listener.state.live:
            accepting, one_at_a_time = ACCEPTING.read(self._settings), CLIENTS.read(self._settings)
            self._engine.policies.set_accepting(listener, accepting=accepting, one_at_a_time=one_at_a_time)

    def _follow(self) -> Listener | None:
        """Return the chosen listener; of another one than before it is said how that one accepts."""
        listener = self.listener
        if listener is not self._followed and listener and listener.state.live:
            self._settings[ACCEPTING.name] = YES if listener.policy.accepting else NO
            self._settings[CLIENTS.name] = ONE_AT_A_TIME if listener.policy.one_at_a_time else ALL_AT_ONCE
            self._note()
        self._followed = listener
        return listener

    def action_listener(self) -> None:
        """Show everything that is known of the chosen listener."""
        if self.listener:
            self.app.push_screen(ListenerScreen(self._engine, self.listener))

    def action_stop(self) -> None:
        """Stop listening and close the clients; asks first where there are any."""
        if (listener := self.listener) and listener.state.live:
            self.post_message(Irrevocable("stopped", partial(self._stop, listener)))

    def _stop(self, listener: Listener) -> None:
        if listener.live_clients == 0:
            self._engine.stop_listening(listener)
            return

        def decided(stop: bool | None) -> None:
            if stop:
                self._engine.stop_listening(listener)

        question = f"Stop listening? {plural(listener.live_clients, 'client')} will be closed."
        self.app.push_screen(Confirm(question, "Stop"), decided)

    def _offer_to_remove(self, listener: Listener) -> None:
        """Ask once whether a path that somebody left behind may be removed."""
        if not listener.stale_path or listener in self._offered:
            return
        self._offered.add(listener)

        def decided(remove: bool | None) -> None:
            if remove and listener.request:
                self._again(listener, again.remove_stale(listener.request))

        question = f"Nobody has a socket at {listener.stale_path} any more. Remove it, and listen there?"
        self.app.push_screen(Confirm(question, "Remove"), decided)

    def _anybody(self) -> bool:
        return self.listener is not None and self.listener.live_clients > 0

    def _send_to_all(self, data: bytes) -> str:
        """Send to every client; give why that is not done."""
        if not self.listener or not self._anybody():
            return "there is nobody to send to yet"
        self._engine.send_to_all(self.listener, data)
        return ""

    def every(self) -> list[Conversation]:
        return [client for one in list(self._engine.listeners.values()) for client in list(one.clients.values())]

    def show_among(self, conversation: Conversation) -> list[Conversation]:
        for listener in list(self._engine.listeners.values()):
            if conversation.number in listener.clients:
                self._listeners.go_to(listener)
                return list(listener.clients.values())
        return [conversation]

    def subjects(self) -> Mapping[str, Conversation | Listener]:
        client, listener = self._conversations.chosen, self.listener
        ours = {"the listener": listener} if listener else {}
        return {**ours, "this client": client} if client else ours

    def scopes(self) -> dict[str, Callable[[], Scope]]:
        listener = self.listener
        if listener is None:
            return super().scopes()
        whole = {"the listener": lambda: Scope(tuple(listener.clients.values()), (listener,))}
        return {**super().scopes(), **whole}

    # Drawing.

    def latest(self) -> str:
        """Return where the newest listener listens, in what state, with how many clients."""
        listeners = list(self._engine.listeners.values())
        return listening(listeners[-1]) if listeners else "not listening"

    def tick(self) -> None:
        listeners = list(self._engine.listeners.values())
        self._listeners.display = len(listeners) > 1
        self._listeners.show(listeners)
        listener = self._follow()
        clients: list[Conversation] = list(listener.clients.values()) if listener else []
        self._conversations.lesson = lesson(listener) if listener and listener.state.live else _LESSON
        self._conversations.tick(clients)
        self._move_on()
        self._rail.show(server_steps(listener, clock_ns()))
        text, warning = known_of(listener, typing=isinstance(self.app.focused, Input))
        self._form.say(text, warning=warning)
        self._line.show(listener)
        self._offer_anew(listener)
        if listener:
            self._offer_to_remove(listener)

    def _offer_anew(self, listener: Listener | None) -> None:
        """Let the footer follow what can be done with the chosen listener."""
        now = (listener, listener and listener.state, bool(listener and listener.looking))
        if now != self._told_of:
            self._told_of = now
            self.refresh_bindings()

    def _move_on(self) -> None:
        """Once listening, keys are meant for the clients, and the field says what was bound; so too with a way on."""
        opening = self._opening
        if opening and opening.state is not ListenerState.OPENING and not opening.looking:
            self._tell_port(opening)
            if (opening.state.live or why(opening).action) and self._address.has_focus:
                self.screen.set_focus(self.table)
            self._opening = None

    def _tell_port(self, opened: Listener) -> None:
        """Put the port that was bound where any was asked for."""
        target = opened.request.target if opened.request else None
        if target and opened.bound and not target.port and self._address.value == target.brief:
            self._address.value = target._replace(port=opened.bound[0].address.port).brief

    def offer(self, action: str, name: str) -> str:
        """Return what to call a key now."""
        listener = self.listener
        if action in ("stop", "echo", "accept", "one_at_a_time"):
            return name if listener and listener.state.live else ""
        if action == "listener":
            return name if listener else ""
        return super().offer(action, name)

    @property
    def lives(self) -> bool:
        return bool(self._engine.listeners)

    def enter(self) -> None:
        self._opening = None  # whoever comes here stays where they are
        super().enter()
