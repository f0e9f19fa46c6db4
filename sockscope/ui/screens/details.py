"""Everything about one conversation, and the socket options in force, to be read and set.

The rule: the options are what the kernel says, asked again twice a second; what was typed is never shown as a value.
"""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from sockscope.engine.engine import Engine
from sockscope.net.socket_option import OPTIONS, Option
from sockscope.record.conversation import Conversation
from sockscope.show.call_text import arguments
from sockscope.show.details import details
from sockscope.show.explain.errors import explain
from sockscope.show.sanitizer import safe
from sockscope.show.step import peer_of
from sockscope.show.wall_clock import UNSET, WallClock
from sockscope.ui.clock import clock_ns
from sockscope.ui.keys.bindings import bindings
from sockscope.ui.screens.help import HelpScreen
from sockscope.ui.screens.kernel import KernelScreen
from sockscope.ui.screens.settled import SettledModal
from sockscope.ui.terminal.clipboard import CopyRequested
from sockscope.ui.widgets.column import Column
from sockscope.ui.widgets.details_text import DetailsText
from sockscope.ui.widgets.field import Field
from sockscope.ui.widgets.live_table import LiveTable
from sockscope.ui.widgets.message_line import MessageLine

READ_S = 0.5
"""How often the kernel is asked."""

_ANSWER_S = 0.1  # the engine has done what it was asked by then
_REFUSED = {"EINVAL": "it comes too late, or the kernel's own bounds are others", "EPERM": "this user may not"}


class DetailsScreen(SettledModal[None]):
    """Shows a conversation's details, and below them its socket options."""

    BINDINGS = bindings("DetailsScreen")
    DEFAULT_CSS = """
    DetailsScreen {
        align: center middle;
        & > Vertical {
            width: 108;
            max-width: 100%;
            height: 100%;
            max-height: 48;
            border: round $primary;
            border-title-color: $text-accent;
            border-subtitle-color: $text-muted;
            padding: 0 1;
            background: $surface;
        }
        & LiveTable { height: 7; margin-top: 1; }
        & .about { height: 2; padding: 0 1; color: $text-muted; }
        & Field { padding: 0 1; }
    }
    DetailsScreen.-high LiveTable, DetailsScreen.-tall LiveTable { height: 12; }
    DetailsScreen.-short {
        & LiveTable { height: 4; margin: 0; }
        & .about { display: none; }
    }
    """

    def __init__(self, engine: Engine, conversation: Conversation, wall: WallClock = UNSET) -> None:
        super().__init__()
        self._engine = engine
        self._conversation = conversation
        self._wall = wall
        self._set_before: object = None  # the latest setsockopt when another one was asked for
        self._asked = False
        self._details = DetailsText()
        live = conversation.state.live
        self._can_set = live and conversation.capabilities.set_options
        empty = "no option was read yet" if live else "it has ended: the kernel has no options for it any more"
        self._options: LiveTable[Option] = LiveTable(self._columns(), empty=empty)
        self._options.following = False

    def _columns(self) -> list[Column[Option]]:
        return [
            Column("option", 14, lambda option: option.name),
            Column("value", 10, self._value, "right", role=lambda option: "in"),
            Column("unit", 7, lambda option: option.unit, rank=2, role=lambda option: "muted"),
            Column("what it does", 0, lambda option: option.meaning, rank=1, role=lambda option: "muted"),
        ]

    def _value(self, option: Option) -> str:
        value = self._conversation.options.get(option.name, "")
        return f"{int(value):,}" if value.isdigit() else value

    def compose(self) -> ComposeResult:
        """The details, the options, and where one is set."""
        conversation = self._conversation
        with Vertical() as box:
            box.border_title = Content(safe(f"#{conversation.number} {peer_of(conversation)}"))
            box.border_subtitle = f"{'Tab to the options · ' if self._can_set else ''}K kernel · y copies · Esc closes"
            yield self._details
            yield self._options
            yield Static(classes="about")
            yield MessageLine()
            if self._can_set:
                yield Field("NAME=value · Enter sets it", does="Set", id="option")

    def on_mount(self) -> None:
        self.tick()
        self.set_timer(_ANSWER_S, self.tick)
        self.set_interval(READ_S, self.tick)

    # What is shown.

    def tick(self) -> None:
        """Ask the kernel where there still is a socket, and draw what is new."""
        if self._conversation.state.live and self._conversation.capabilities.ask_kernel:
            self._engine.read_options(self._conversation)
            self._engine.find_peer(self._conversation)
        self._details.show(details(self._conversation, clock_ns(), self._wall))
        self._options.show(self._in_force())
        self._answer()

    def _in_force(self) -> list[Option]:
        """The options that the kernel told a value of."""
        values = self._conversation.options
        return [option for option in OPTIONS if option.name in values]

    def on_live_table_chosen(self, event: LiveTable.Chosen) -> None:
        """Say what the option does, where the column has no room for it."""
        self.query_one(".about", Static).update(Content(event.item.meaning if event.item else ""))

    # What can be done.

    def on_live_table_opened(self, event: LiveTable.Opened) -> None:
        """Begin to type a new value."""
        if not self._can_set:
            return
        field = self.query_one("#option", Field)
        field.value = f"{event.item.name}="
        field.cursor_position = len(field.value)
        self.set_focus(field, scroll_visible=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Set an option."""
        event.stop()
        conversation, field = self._conversation, self.query_one("#option", Field)
        if refusal := self._refusal():
            self._say(refusal)
            return
        before = conversation.facts.last("setsockopt")
        try:
            self._engine.set_option(conversation, field.value)
        except ValueError as error:
            self._say(str(error))
            return
        self._say("")
        self._set_before, self._asked = before, True
        field.remember(field.value)
        field.value = ""
        self.set_timer(_ANSWER_S, self.tick)

    def _refusal(self) -> str:
        """Why nothing can be set now."""
        if not self._conversation.state.live:
            return "not set: the socket is closed"
        return "" if self._conversation.connected_at_ns else "not set: there is no connection yet"

    def _answer(self) -> None:
        """Say why the kernel refused what was asked for."""
        call = self._conversation.facts.last("setsockopt") if self._asked else None
        if call is not None and call is not self._set_before:
            self._asked = False
            if call.error:
                meaning = _REFUSED.get(call.error) or explain(call.error).meaning
                self._say(f"not set: setsockopt({arguments(call)}) gave {call.error}: {meaning}")

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.value:
            self._say("")

    def _say(self, text: str) -> None:
        self.query_one(MessageLine).say(text)

    def action_explain(self) -> None:
        """Say what the chosen option does and what it may be, and the same of the others."""
        chosen = self._options.chosen
        others = [one for one in self._in_force() if one is not chosen]
        first = [("The chosen option", [(chosen.name, chosen.explained)])] if chosen else []
        self.app.push_screen(
            HelpScreen("What is this?", [*first, ("Socket options", [(one.name, one.explained) for one in others])])
        )

    def action_kernel(self) -> None:
        """Show what the kernel says of its socket."""
        self.app.push_screen(KernelScreen(self._engine, self._conversation, self._wall))

    def action_copy(self) -> None:
        lines = self._details.lines()
        if options := self._in_force():
            lines.append("\nsocket options")
            lines += [f"{one.name}={self._conversation.options[one.name]} {one.unit}".rstrip() for one in options]
        self.post_message(CopyRequested("\n".join(lines).strip()))
