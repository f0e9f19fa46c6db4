"""A table of conversations, the traffic of the chosen one, and a box to send from: what two panes have in common."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from sockscope.engine.engine import Engine
from sockscope.record.conversation import Conversation
from sockscope.request.pattern import Pattern
from sockscope.show.pauses import PauseWatch
from sockscope.show.search.search_all import Found
from sockscope.show.traffic.stand import Stand
from sockscope.ui import census
from sockscope.ui.keys.bindings import bindings
from sockscope.ui.panes import conversation_keys
from sockscope.ui.panes.latest import Latest
from sockscope.ui.panes.send_box import SendBox
from sockscope.ui.panes.send_field import SendField
from sockscope.ui.panes.sending import Sending
from sockscope.ui.panes.traffic import Traffic
from sockscope.ui.screens.call_log import Place
from sockscope.ui.screens.details import DetailsScreen
from sockscope.ui.screens.kernel import KernelScreen
from sockscope.ui.terminal.clipboard import CopyRequested
from sockscope.ui.terminal.letters import Irrevocable, Letters
from sockscope.ui.widgets.conversation_words import columns, remark_on
from sockscope.ui.widgets.filter_box import FilterBox
from sockscope.ui.widgets.live_table import LiveTable
from sockscope.ui.widgets.message_line import MessageLine
from sockscope.ui.widgets.progress_line import ProgressLine

_READ_KEPT = 4096  # conversations of which it is known how far they were read
_NOTHING_MATCHES = "nothing matches the filter: Esc in the table ends it"


class Conversations(Vertical):
    """Shows conversations and does what a person asks for with the chosen one."""

    BINDINGS = bindings("Conversations")
    DEFAULT_CSS = """
    Conversations {
        height: 1fr;
        & LiveTable { height: 1fr; }
        & .body { height: 1fr; }
    }
    """

    def __init__(
        self,
        engine: Engine,
        peer_title: str,
        empty: str,
        lesson: str,
        send_to_all: Callable[[bytes], str] | None = None,
        anybody: Callable[[], bool] = lambda: False,
    ) -> None:
        """`empty` is said in the table and `lesson` below it, while there is nobody.

        `send_to_all`, where given, sends to more than the chosen one, where there is `anybody`.
        """
        super().__init__()
        self._engine = engine
        self.lesson = lesson  # what can be done while there is nobody
        self._anybody = anybody
        self._sending = Sending(engine, lambda: self.chosen, send_to_all, anybody)
        told = columns(peer_title, self._unread, lambda: self.traffic.view.wall)
        self.table: LiveTable[Conversation] = LiveTable(told, empty=empty)
        self.table.opens, self.table.unmatched = "Traffic", _NOTHING_MATCHES
        self._filter_box = FilterBox(self.table, told)
        self._remark = MessageLine()
        self._progress = ProgressLine()
        self.traffic = Traffic(lesson, partial(census.every, engine))
        self.send_box = SendBox(
            self._send, self._sending.repeat, self._sending.can_send, ("one", "all") if send_to_all else ()
        )
        self.body = Vertical(self.traffic, self._progress, self.send_box, classes="body")
        self._sequence = ""  # what was written last
        self._read = Latest[int](_READ_KEPT)  # of each conversation that was looked at, how much had come by then
        self._asked_about: Conversation | None = None
        self._pauses = PauseWatch()
        self._offered: object = None  # of what the footer was told last

    def compose(self) -> ComposeResult:
        """Table, traffic, search, send box."""
        yield self.table
        yield self._remark
        yield self.body

    @property
    def chosen(self) -> Conversation | None:
        """The conversation that is shown."""
        return self.table.chosen

    def tick(self, items: Sequence[Conversation]) -> None:
        """Draw what is new."""
        table = self.table
        ended = self.chosen is not None and not self.chosen.state.live
        if ended and table.following and not self.send_box.in_use and items and items[-1].state.live:
            table.choose(items[-1])
        table.show(items)
        self.traffic.view.teach("" if items and self.chosen is None else self.lesson)
        table.fit(None if self.body.has_class("-away") else self.size.height // 3)
        self._ask_about_chosen()
        text, look = remark_on(self.chosen, self.traffic.view.wall, typing=isinstance(self.app.focused, Input))
        self._remark.say(text or self._pauses.told(self.chosen), look=look)
        self._progress.tick(self.chosen)
        self.traffic.view.tick()
        if self.chosen and self.traffic.view.is_attached and self.traffic.view.size.height:
            self._read.keep(self.chosen.number, self.chosen.flow.bytes_in)
        self._offer_anew()

    def _ask_about_chosen(self) -> None:
        """Find out once, of a conversation that somebody looks at, who is there and which options are in force."""
        chosen = self.chosen
        if chosen and chosen is not self._asked_about and chosen.connected_at_ns and chosen.capabilities.ask_kernel:
            self._asked_about = chosen
            self._engine.find_peer(chosen)
            self._engine.read_options(chosen)

    def _unread(self, conversation: Conversation) -> bool:
        """Return whether something came that nobody looked at yet."""
        return conversation.flow.bytes_in > self._read.get(conversation.number, 0)

    def _offer_anew(self) -> None:
        """Let the footer follow what can be done with the chosen conversation."""
        reading = self.traffic.view.reading
        told = conversation_keys.told_by(self.chosen)
        now = (told, self._anybody(), reading.searched, reading.marked, reading.following)
        if now != self._offered:
            self._offered = now
            self.refresh_bindings()

    def show(self, conversation: Conversation, items: Sequence[Conversation]) -> None:
        """Put the cursor on a conversation that was just opened."""
        self.table.show(items)
        self.table.choose(conversation)

    def go_to(self, conversation: Conversation, found: Found, pattern: Pattern, items: Sequence[Conversation]) -> None:
        """Go to a match in one of some conversations, with all matches in it marked."""
        self._go(conversation, items)
        self.traffic.view.reading.go_to_match(found.track_number, pattern, found.start)

    def go_to_call(self, place: Place, items: Sequence[Conversation]) -> None:
        """Go to a call of one of some conversations."""
        self._go(place.conversation, items)
        self.traffic.view.reading.go_to_call(place.track, place.number)

    def _go(self, conversation: Conversation, items: Sequence[Conversation]) -> None:
        if self._filter_box.in_use:
            self._filter_box.end()
        self.table.choose(conversation)  # before the others are shown, of which another would be chosen
        self.table.show(items)
        self.table.go_to(conversation)
        self.traffic.view.reading.show(conversation)
        self.screen.set_focus(self.traffic.view)

    def on_live_table_chosen(self, event: LiveTable.Chosen) -> None:
        """Show the traffic of the chosen conversation."""
        event.stop()
        self.traffic.view.reading.show(self.chosen)  # by now: what was chosen meanwhile may be gone to already
        self.send_box.follow(self.chosen)
        self.refresh_bindings()

    def on_live_table_opened(self, event: LiveTable.Opened) -> None:
        """Go to the traffic."""
        event.stop()
        self.screen.set_focus(self.traffic.view)

    def on_key(self) -> None:
        """A key came: what was noted of the one before goes."""
        self.traffic.view.reading.forget_note()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Take no key for what cannot be done with a socket that is not ours."""
        return conversation_keys.possible(self.chosen, action)

    def offer(self, action: str, name: str) -> str:
        """Return what to call a key now; Esc is worth a word where letters are text, and where it ends something."""
        if action == "back":
            return self._offer_back(name)
        if action == "find":
            return name if self.traffic.view.reading.marked else ""
        return conversation_keys.offer(self.chosen, action, name)

    def _offer_back(self, name: str) -> str:
        if self._filter_box.in_use and self._filter_box.has_focus_within:
            return "Clear"
        if isinstance(self.screen.focused, Input):
            return name
        if self._filter_box.in_use and self.table.has_focus:
            return "End filter"
        return "End search" if self.traffic.view.has_focus and self.traffic.view.reading.searched else ""

    # Sending.

    def _send(self, payload: bytes | Path, to_all: bool) -> str:
        """Send, and follow what comes of it; say why that was not done."""
        refused = self._sending.send(payload, to_all)
        if not refused:
            self.traffic.view.reading.move(Stand.follow)
        return refused

    def on_send_field_finished(self, event: SendField.Finished) -> None:
        """Finish sending."""
        event.stop()
        self.action_finish()

    def action_write(self) -> None:
        """Go to the send box, unless the chosen conversation has ended; what is written for nobody yet may wait."""
        if not self._refused(to_one=False):
            self.screen.set_focus(self.query_one(SendField))
        else:
            Letters.refuse_rest()

    def _refused(self, *, to_one: bool) -> bool:
        """Say why nothing can be sent to whom the box says, or in any case `to_one`; False where it can, or will."""
        ended = self.chosen is not None and not self.chosen.state.live
        refused = ended and not self.send_box.can_send(to_one=to_one)
        if refused:
            self.notify(self._sending.refusal(), markup=False, timeout=4)
        return refused

    def action_finish(self) -> None:
        """Send our end of stream; the other direction stays open."""
        self.send_box.say(self._sending.finish())

    def on_send_field_repeat_requested(self, event: SendField.RepeatRequested) -> None:
        """Send again and again, or stop that."""
        event.stop()
        self.action_repeat()

    def action_repeat(self) -> None:
        """Send what stands in the box again and again; where that is done, stop it."""
        if self.chosen and self.send_box.repeating:
            self._engine.stop_repeating(self.chosen)
        elif not self._refused(to_one=True):
            self.send_box.ask_repeat()

    def action_stop_sending(self) -> None:
        """Stop what is sent by itself: a file, or a payload again and again."""
        if self.chosen:
            self.post_message(Irrevocable("stopped", partial(self._sending.stop, self.chosen)))

    def action_sequence(self) -> None:
        """Write a sequence and run it, or look at the one that is run."""
        from sockscope.ui.screens.sequence import SequenceScreen

        def keep(text: str | None) -> None:
            self._sequence = text or ""

        if self.chosen:
            self.app.push_screen(SequenceScreen(self._engine, self.chosen, self._sequence), keep)

    def action_read(self) -> None:
        """Stop reading, or read again."""
        if self.chosen:
            self._engine.read(self.chosen, reading=self.chosen.reading_stopped)

    def action_track(self) -> None:
        """Show the traffic at the next place where it can be seen."""
        self.traffic.view.reading.next_track()

    def action_details(self) -> None:
        """Show everything that is known of the chosen conversation."""
        if self.chosen:
            self.app.push_screen(DetailsScreen(self._engine, self.chosen, self.traffic.view.wall))

    def action_kernel(self) -> None:
        """Show what the kernel says of the chosen conversation's socket."""
        if self.chosen:
            self.app.push_screen(KernelScreen(self._engine, self.chosen, self.traffic.view.wall))

    def action_close(self) -> None:
        """Close the chosen conversation, or cancel its connecting."""
        if self.chosen:
            self.post_message(Irrevocable("closed", partial(self._end, self.chosen, self._engine.close, "closed")))

    def action_reset(self) -> None:
        """Abort the chosen conversation with a reset."""
        if self.chosen:
            self.post_message(Irrevocable("reset", partial(self._end, self.chosen, self._engine.reset, "reset")))

    def _end(self, chosen: Conversation, end: Callable[[Conversation], None], what: str) -> None:
        """End a conversation, or say that it has ended."""
        if chosen.state.live:
            end(chosen)
        else:
            self.notify(f"not {what}: #{chosen.number} has ended already", markup=False, timeout=4)

    # Searching, copying, going back.

    async def action_search(self) -> None:
        """Ask for a text: from the table to filter it by, from elsewhere to find it in the traffic."""
        if not self.table.has_focus:
            if self.chosen:
                await self.traffic.search()
        else:
            await self._filter_box.open(self)

    def action_find(self, forward: bool) -> None:
        """Go to the next or the previous match."""
        self.traffic.view.reading.find(forward)

    def action_turn(self, forward: bool) -> None:
        """Go to the next or previous change of direction."""
        self.traffic.turn(forward)

    def action_mark(self) -> None:
        """Mark the call that is here, or mark it no more."""
        self.traffic.mark()

    def action_next_mark(self) -> None:
        """Go to the next mark."""
        self.traffic.next_mark()

    async def action_jump(self) -> None:
        """Ask where to go in the traffic."""
        if self.chosen:
            await self.traffic.jump()

    def action_copy_as(self) -> None:
        """Ask in which form bytes are to be copied."""
        self.traffic.copy_as()

    def action_direction(self) -> None:
        """Show what was received alone, what was sent alone, or both."""
        self.traffic.view.reading.next_direction()

    def action_other_end(self) -> None:
        """Show the other end beside it, or no more."""
        self.traffic.view.reading.turn_other_end()

    def action_look(self) -> None:
        """Show the traffic in the next of the ways."""
        self.traffic.view.action_look()

    def action_pause(self) -> None:
        """Pause the traffic, or go on."""
        self.traffic.view.action_pause()

    def action_export(self) -> None:
        """Write the chosen conversation to disk."""
        self.traffic.view.action_export()

    def action_back(self) -> None:
        """Leave the search or the filter, or go to the table."""
        if self.traffic.leave():
            return
        if self._filter_box.in_use and (self._filter_box.has_focus_within or self.table.has_focus):
            self._filter_box.end()
        elif self.table.has_focus:
            raise SkipAction
        self.screen.set_focus(self.table)

    def action_copy(self) -> None:
        """Copy the chosen row; of the traffic what is selected, or the call that is here."""
        if not self.table.has_focus:
            self.traffic.copy()
        elif text := self.table.chosen_text():
            self.post_message(CopyRequested(text))
