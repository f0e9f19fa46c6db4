"""A sequence: where it is written, and below it what comes of the one that is run, or was.

The rules: what is written is read while it is typed, and what is unclear said with its line. Closing stops nothing.
"""

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input

from sockscope.engine.engine import Engine
from sockscope.net.clock import now_ns
from sockscope.record.conversation import Conversation, State
from sockscope.request.sequence import SequenceError, read_sequence
from sockscope.show.glossary import PAYLOADS, SEQUENCES
from sockscope.show.layout import labelled
from sockscope.show.sanitizer import safe
from sockscope.show.sequence_words import progress, steps, told_sequence
from sockscope.show.step import peer_of
from sockscope.store.shelf import Saved, SavedSequence
from sockscope.ui.keys.bindings import bindings
from sockscope.ui.screens.help import HelpScreen
from sockscope.ui.screens.settled import SettledModal
from sockscope.ui.terminal.clipboard import CopyRequested
from sockscope.ui.terminal.letters import Irrevocable
from sockscope.ui.widgets.conversation_words import state_word
from sockscope.ui.widgets.lines_field import LinesField
from sockscope.ui.widgets.message_line import MessageLine
from sockscope.ui.widgets.page_view import PageView
from sockscope.ui.widgets.saved_field import Shelf

_TICK_S = 0.1
_HINT = "send text PING CRLF, then a line: wait text PONG 500ms · F1 tells more"


class SequenceField(LinesField):
    """Where it is written, a step a line: Enter is a line break."""

    MOST_LINES = 12
    PART = 3

    def __init__(self, value: str) -> None:
        super().__init__(_HINT, does="Line break")
        self.value = value
        self.shelf = Shelf(SavedSequence, self._entry, self._take)

    async def on_key(self, event: events.Key) -> None:
        """Take Enter for a line break."""
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            self.action_break_line()

    def _entry(self, name: str) -> Saved:
        """What is written, under a name. Raise SequenceError."""
        return SavedSequence(name, read_sequence(self.value).text)

    def _take(self, entry: Saved) -> None:
        """Put a saved sequence here."""
        if isinstance(entry, SavedSequence):
            self.value = entry.text
            self.cursor_position = len(entry.text)


class SequenceScreen(SettledModal[str]):
    """Writes, runs and shows a sequence; gives what is written when it is left."""

    BINDINGS = bindings("SequenceScreen")
    AUTO_FOCUS = ""
    DEFAULT_CSS = """
    SequenceScreen {
        align: center middle;
        & > Vertical {
            width: 112;
            max-width: 100%;
            height: 100%;
            max-height: 34;
            border: round $primary;
            border-title-color: $text-accent;
            border-subtitle-color: $text-muted;
            padding: 0 1;
            background: $surface;
        }
        & SequenceField { background: $primary-muted; margin-bottom: 1; }
        & PageView { background: $background; }
    }
    SequenceScreen.-short SequenceField { margin-bottom: 0; }
    """

    def __init__(self, engine: Engine, conversation: Conversation, text: str) -> None:
        """`text` is what was written last; of a sequence that is run, that is shown instead."""
        super().__init__()
        self._engine = engine
        self._conversation = conversation
        run = conversation.outgoing.sequence
        self._field = SequenceField(run.sequence.text if run and (run.live or not text) else text)
        self._reading, self._progress = MessageLine(), MessageLine()
        self._steps = PageView()

    def compose(self) -> ComposeResult:
        """What is written, what is wrong with it, how far it is, and the steps."""
        with Vertical() as box:
            box.border_title = Content(safe(f"Sequence · #{self._conversation.number} {peer_of(self._conversation)}"))
            box.border_subtitle = "ctrl+r runs, stops · ctrl+t saved · ctrl+s saves · F1 tells more · Esc closes"
            yield self._field
            yield self._reading
            yield self._progress
            yield self._steps

    def on_mount(self) -> None:
        """Begin to look."""
        run = self._conversation.outgoing.sequence
        self.set_focus(self._steps if run and run.live else self._field)
        self._read()
        self.tick()
        self.set_interval(_TICK_S, self.tick)

    def tick(self) -> None:
        """Draw what is new."""
        run, width = self._conversation.outgoing.sequence, max(20, self._steps.room)
        if run is None:
            self._steps.show([line for label, text in SEQUENCES.items() for line in labelled(label, text, width, 20)])
        else:
            self._progress.say(progress(self._conversation, now_ns()), look="note")
            self._steps.show(steps(run, width))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say what is read."""
        event.stop()
        self._read()

    def _read(self) -> None:
        text = self._field.value
        try:
            self._reading.say(told_sequence(read_sequence(text)) if text.strip() else "", look="note")
        except SequenceError as error:
            self._reading.say(str(error), look="warning")

    def action_run_or_stop(self) -> None:
        """Run what is written, or stop what is run."""
        run = self._conversation.outgoing.sequence
        if run and run.live:
            self._engine.stop_sequence(self._conversation)
            return
        if not self._conversation.can_send:
            self._reading.say(f"not run: this conversation is {state_word(self._conversation)}")
            return
        if self._conversation.state is State.PEER_FINISHED:
            self._reading.say("not run: the peer finished, so nothing more comes that could be waited for")
            return
        try:
            sequence = read_sequence(self._field.value)
        except SequenceError as error:
            self._reading.say(str(error))
            return
        self._field.remember(self._field.value)
        self._engine.run_sequence(self._conversation, sequence)

    def action_stop_sending(self) -> None:
        """Stop what is run."""
        self.post_message(Irrevocable("stopped", lambda: self._engine.stop_sequence(self._conversation)))

    def action_explain(self) -> None:
        """Show how it is written."""
        self.app.push_screen(
            HelpScreen("Sequences", [("Each line", list(SEQUENCES.items())), ("Text and hex", list(PAYLOADS.items()))])
        )

    def action_copy(self) -> None:
        """Copy the steps with their times."""
        told_steps = self._steps.text()
        self.post_message(CopyRequested(f"{self._progress.said}\n{told_steps}".strip()))

    def action_leave(self) -> None:
        """Close."""
        self.dismiss(self._field.value)
