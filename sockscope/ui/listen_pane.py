"""Listen: bind, watch clients arrive and their bytes flow, answer them."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Label, Sparkline

from sockscope.net.address import Address, AddressError, parse
from sockscope.net.conversation import Conversation
from sockscope.net.engine import Engine
from sockscope.net.explain import explain, explain_bind
from sockscope.net.listener import Listener, ListenerState
from sockscope.show.steps import server_steps
from sockscope.show.units import plural, rate
from sockscope.ui.choice import Choice
from sockscope.ui.clock import clock_ns
from sockscope.ui.confirm import Confirm
from sockscope.ui.conversations import Conversations
from sockscope.ui.field import Field
from sockscope.ui.form import Form
from sockscope.ui.steps_rail import StepsRail


class ListenPane(Vertical):
    """The address line, the rate, the six steps of a server, and its clients."""

    BORDER_TITLE = "Listen F4"
    BINDINGS = [
        Binding("e", "echo", "Echo", tooltip="Send everything back, or do not"),
        Binding("t", "stop", "Stop", tooltip="Stop listening and close the clients"),
        Binding("escape", "back", "Back", show=False, tooltip="To the table, and from there to the address line"),
    ]

    def __init__(self, engine: Engine, *, family: str = "any") -> None:
        super().__init__(id="listen", classes="pane")
        self._engine = engine
        self._family = family
        self._listener: Listener | None = None
        self._drawn_rates: Sequence[float] = ()
        self._opening = False  # whether the address line waits for a listener
        self._address = Field("port or host:port · Enter listens", id="address")
        self._echo = Choice("echo", ("off", "on"), id="echo")
        self._at_eof = Choice("at EOF", ("close", "keep"), id="eof")
        self._form = Form(self._address, self._echo, self._at_eof, label="listen")
        self._rate = Label("not listening", id="rate", markup=False)
        self._sparkline = Sparkline([0.0], summary_function=max)
        self._rail = StepsRail(server_steps(None, 0))
        self._conversations = Conversations(engine, "client", "no client yet", self._send_to_all)

    def compose(self) -> ComposeResult:
        """Address line, rate, rail, clients."""
        yield self._form
        with Horizontal(classes="rate"):
            yield self._rate
            self._sparkline.visible = False  # until there is a rate to draw
            yield self._sparkline
        yield self._rail
        yield self._conversations

    @property
    def listener(self) -> Listener | None:
        """The listener that is shown."""
        return self._listener

    def listen(self, target: Address) -> Listener | None:
        """Listen at an address and show it; what cannot be is said beside the field."""
        try:
            listener = self._engine.listen(target, family=self._family, **self._choices())
        except AddressError as error:
            self._form.wrong = str(error)
            return None
        self._form.wrong = ""
        self._address.value = str(target) if target.host else str(target.port)
        self._listener = listener
        self._opening = True
        self._address.remember(self._address.value)
        return listener

    def _choices(self) -> dict[str, bool]:
        return {"echo": self._echo.value == "on", "keep_half_open": self._at_eof.value == "keep"}

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """Echo, or what happens when a client finished: in force from now on."""
        event.stop()
        if self._listener:
            self._engine.set_answers(self._listener, **self._choices())

    def action_echo(self) -> None:
        """Turn the echo on or off."""
        self._echo.action_step(1)

    def on_form_submitted(self, event: Form.Submitted) -> None:
        """Listen, or with the button stop."""
        event.stop()
        if self._live() and event.by_button:
            self.action_stop()
        elif self._live():
            self._form.wrong = "listening already: stop first (the button, or t outside of a field)"
        else:
            try:
                self.listen(parse(self._address.value, host_required=False))
            except AddressError as error:
                self._form.wrong = str(error)
        self.tick()

    def _live(self) -> bool:
        return self._listener is not None and self._listener.state.live

    def action_stop(self) -> None:
        """Stop listening and close the clients; asks first where there are any."""
        listener = self._listener
        if listener is None or not listener.state.live:
            return
        if listener.live_clients == 0:
            self._engine.stop_listening(listener)
            return

        def decided(stop: bool | None) -> None:
            if stop:
                self._engine.stop_listening(listener)

        question = f"Stop listening? {plural(listener.live_clients, 'client')} will be closed."
        self.app.push_screen(Confirm(question, "Stop"), decided)

    def _send_to_all(self, data: bytes) -> None:
        if self._listener:
            self._engine.send_to_all(self._listener, data)

    def tick(self) -> None:
        """Draw what is new."""
        listener = self._listener
        clients: list[Conversation] = list(listener.clients.values()) if listener else []
        self._conversations.tick(clients)
        self._move_on()
        self._rail.show(server_steps(listener, clock_ns()))
        text, warning = self._told()
        self._form.say(text, warning=warning)
        self._form.label("stop" if self._live() else "listen")
        if listener:
            self._draw_rate(listener)

    def _told(self) -> tuple[str, bool]:
        """What went wrong, or (with True) what should be known."""
        listener = self._listener
        if listener is None:
            return "", False
        if listener.state is ListenerState.FAILED:
            port = listener.target.rpartition(":")[2]
            return str(explain_bind(listener.error, int(port) if port.isdigit() else 0)), False
        if listener.state is ListenerState.PAUSED:
            return f"accepting is paused; {explain(listener.error)}", True
        if listener.state.live and listener.reachable_from_outside:
            return "Not only this machine: whoever can reach it can connect.", True
        return "", False

    def _draw_rate(self, listener: Listener) -> None:
        rates = list(listener.flow.history)
        text = f"{listener.state.value} · {plural(listener.live_clients, 'client')} · "
        text += rate(listener.flow.rate_in + listener.flow.rate_out)
        if listener.aborted:
            text += f" · {listener.aborted:,} aborted"
        if listener.forgotten:
            text += f" · {listener.forgotten:,} ended, forgotten"
        if str(self._rate.content) != text:
            self._rate.update(text, layout=False)  # a new layout of the screen would take 15 ms
        if rates != self._drawn_rates:
            self._drawn_rates = rates
            self._sparkline.data = rates
            self._sparkline.visible = True

    def _move_on(self) -> None:
        """Once listening, keys are meant for the clients."""
        if self._opening and self._listener and self._listener.state is not ListenerState.OPENING:
            if self._listener.state.live and self._address.has_focus:
                self._conversations.table.focus()
            self._opening = False

    def action_back(self) -> None:
        """Go to the table, and from there to the address line."""
        table = self._conversations.table
        self.screen.set_focus(self._address if table.has_focus else table)

    def focus_first(self) -> None:
        """Go to the address line, and stay there."""
        self._opening = False
        self.screen.set_focus(self._address)  # at once: the next key is meant for it
