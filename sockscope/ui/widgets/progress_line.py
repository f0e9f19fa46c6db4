"""What goes on by itself in a conversation: a file on its way, with a bar, a payload that is repeated, a sequence.

The rule: there is one line, for the first of them; what else goes on is named, as the key that stops one stops all.
"""

from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input

from sockscope.net.clock import now_ns
from sockscope.record.conversation import Conversation
from sockscope.show import sequence_words
from sockscope.show.layout import Parts, fit
from sockscope.show.sanitizer import safe
from sockscope.show.step import joined
from sockscope.show.units import age, duration, flowing, size
from sockscope.ui.theme.roles import styles
from sockscope.ui.widgets.line import strip


def _going_on(conversation: Conversation) -> list[str]:
    """Return the names of what goes on by itself, in the order in which it is shown."""
    outgoing = conversation.outgoing
    live = {
        "file": outgoing.transfer is not None and outgoing.transfer.live,
        "repeat": outgoing.repeat is not None and not outgoing.repeat.stopped,
        "sequence": outgoing.sequence is not None and outgoing.sequence.live,
    }
    return [name for name, goes_on in live.items() if goes_on]


def _stops(conversation: Conversation, *, typing: bool) -> str:
    """Say what is stopped by which key; while somebody types, a letter is one only behind Esc."""
    going_on = _going_on(conversation)
    by_itself = going_on[:1] == ["repeat"]  # it is the one with a key of its own
    letter = "Esc, then b" if typing else "b"
    if len(going_on) < 2:
        return f"ctrl+r {'' if typing else 'or b '}stops it" if by_itself else f"{letter} stops it"
    return f"{f'ctrl+r stops it, {letter} all' if by_itself else f'{letter} stops all'} ({', '.join(going_on)})"


class ProgressLine(Widget):
    """One line, which takes no room while nothing goes on."""

    DEFAULT_CSS = """
    ProgressLine {
        height: 1;
        display: none;
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._parts: Parts = []

    def tick(self, conversation: Conversation | None) -> None:
        """Draw how far it is."""
        parts = self._of(conversation) if conversation else []
        if parts != self._parts:
            self._parts = parts
            self.display = bool(parts)
            self.refresh()

    def _of(self, conversation: Conversation) -> Parts:
        return self._file(conversation) or self._repeated(conversation) or self._sequence(conversation)

    def _stops(self, conversation: Conversation) -> str:
        return _stops(conversation, typing=isinstance(self.app.focused, Input))

    def _sequence(self, conversation: Conversation) -> Parts:
        return sequence_words.line(conversation, now_ns(), self._stops(conversation))

    def _file(self, conversation: Conversation) -> Parts:
        transfer = conversation.outgoing.transfer
        if transfer is None or not transfer.live:
            return []
        share = min(1.0, transfer.sent_bytes / transfer.total_bytes) if transfer.total_bytes else 1.0
        told = f" {share:4.0%} · {size(transfer.sent_bytes)} of {size(transfer.total_bytes)}"
        told += f" · {joined(flowing(conversation.flow.rate_out), self._stops(conversation))} "
        if waiting := conversation.outgoing.waiting_files:
            told += f"· {waiting:,} more behind it "
        name = fit(safe(transfer.name), 16)
        room = max(4, self.size.width - len(told) - len(name) - 2)
        done = round(room * share)
        return [(f" {name} ", "label"), ("━" * done, "done"), ("─" * (room - done), "ahead"), (told, "label")]

    def _repeated(self, conversation: Conversation) -> Parts:
        repeat = conversation.outgoing.repeat
        if repeat is None or repeat.stopped:
            return []
        every, lasts = duration(int(repeat.interval_s * 1e9)), age(now_ns() - repeat.started_at_ns)
        told = f" sent again every {every} · {repeat.sent:,} so far in {lasts} · {self._stops(conversation)}"
        return [(told, "label")]

    def render_line(self, y: int) -> Strip:
        """Draw the line."""
        return strip(self._parts, styles(self.app), self.size.width)
