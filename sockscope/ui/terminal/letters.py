"""Letters that came in a burst: a text that was typed past its field, or sent by a program.

The rules: what cannot be taken back is done only for a letter that stands alone, with BURST_S before and behind it in
which no other was typed: that is as fast as people type words. What counts is when a letter was typed, not when it is
dealt with: on a busy machine that may be much later. What is asked for otherwise, by the palette or a click, is meant.
Where writing is refused, the letters that follow were meant as text: until none was typed for PAUSE_S, which slow
typists do not take, or another key was, they do nothing; of the first one that is said.
"""

from collections import deque
from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.message import Message

BURST_S = 0.15
PAUSE_S = 1.0
LEFT_OUT = "letters do nothing now: they follow what could not be written; wait a second, or press Esc"
_KEPT = 256  # letters


class Letters:
    """Takes note of the letters that are typed, and of the key that is being dealt with."""

    dealt_with_at: ClassVar[float | None] = None
    """When the letter was typed that is being dealt with, one at a time in the whole program; None of another key."""

    key_at: ClassVar[float | None] = None
    """When the key was typed that is being dealt with, a letter or not."""

    refused_at: ClassVar[float | None] = None
    """When the latest key was typed that was meant for a field which could not be gone to."""

    unheeded: ClassVar[int] = 0
    """How many letters did nothing since writing was refused."""

    def __init__(self) -> None:
        self._typed_at: deque[float] = deque(maxlen=_KEPT)

    def typed(self, event: events.Event) -> None:
        """Take note of a key that is a letter, a digit or a sign, and of each once on its way."""
        if _is_letter(event) and not event.is_forwarded:
            self._typed_at.append(event.time)

    def deals_with(self, event: events.Event) -> None:
        """Take note of whose turn it is."""
        Letters.key_at = event.time
        Letters.dealt_with_at = event.time if _is_letter(event) else None

    @classmethod
    def refuse_rest(cls) -> None:
        """Writing was refused by the key that is being dealt with: letters that follow it were text."""
        cls.refused_at, cls.unheeded = cls.key_at, 0

    @classmethod
    def refuses(cls, event: events.Event) -> bool:
        """Return whether a letter belongs to what was refused; what else is typed ends it, or a pause."""
        before, cls.refused_at = cls.refused_at, None
        if before is None or not _is_letter(event) or event.time - before >= PAUSE_S:
            return False
        cls.refused_at = event.time
        cls.unheeded += 1
        return True

    def alone(self, at: float) -> bool:
        """Return whether no other letter was typed shortly before or behind the one of that time."""
        return sum(abs(one - at) < BURST_S for one in self._typed_at) <= 1


class Irrevocable(Message):
    """Something is to be done that cannot be taken back, once it is clear that it was meant."""

    def __init__(self, what: str, step: Callable[[], object]) -> None:
        """`what` names it, as in "not closed"."""
        super().__init__()
        self.what = what
        self.step = step
        self.typed_at = Letters.dealt_with_at


def _is_letter(event: events.Event) -> bool:
    return isinstance(event, events.Key) and event.is_printable
