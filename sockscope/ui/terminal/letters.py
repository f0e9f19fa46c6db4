"""Letters that came in a burst: a text that was typed past its field, or sent by a program.

The rule: what cannot be taken back is done only for a letter that stands alone, with BURST_S before and behind it in
which no other was typed: that is as fast as people type words. A text that lands where no field is closes nothing.
"""

from collections.abc import Callable
from time import monotonic

from textual import events
from textual.message import Message

BURST_S = 0.15


class Irrevocable(Message):
    """Something is to be done that cannot be taken back, once it is clear that it was meant."""

    def __init__(self, what: str, step: Callable[[], object]) -> None:
        """`what` names it, as in "not closed"."""
        super().__init__()
        self.what = what
        self.step = step


class Letters:
    """Takes note of the letters that are typed."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._before_at = self._latest_at = -BURST_S
        self.count = 0

    def typed(self, event: events.Event) -> None:
        """Take note of a key that is a letter, a digit or a sign, and of each once on its way."""
        if isinstance(event, events.Key) and event.is_printable and not event.is_forwarded:
            self._before_at, self._latest_at = self._latest_at, self._clock()
            self.count += 1

    @property
    def close_together(self) -> bool:
        """Whether the latest came right behind the one before it."""
        return self._latest_at - self._before_at < BURST_S
