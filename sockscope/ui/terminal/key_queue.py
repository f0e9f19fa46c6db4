"""Keys are dealt with one after the other.

The rule: a key or a paste goes to the widget with the focus once all before it were dealt with, because one of them may
move the focus. Textual hands each on at once, so that of two quick keys the second could be typed into the field that
the first one leaves. A key that is not dealt with in time (its widget was taken away) holds up nobody for longer.
"""

from collections import deque
from time import monotonic

from textual import events
from textual.message import Message

PATIENCE_S = 2.0


class Passed(Message):
    """Follows a key up the same widgets: where it arrives, the key of that number has been."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class KeyQueue:
    """Holds back what is typed while a key is being dealt with."""

    def __init__(self) -> None:
        self._waiting: deque[events.Event] = deque()
        self._entered_at = 0.0  # when the key that is being dealt with came; 0 where there is none
        self.number = 0  # of that key

    @staticmethod
    def concerns(event: events.Event) -> bool:
        """Whether an event was typed just now, and is not one that never waits: quitting."""
        typed = isinstance(event, events.Key | events.Paste) and not event.is_forwarded
        return typed and not (isinstance(event, events.Key) and event.key == "ctrl+q")

    def enter(self, event: events.Event) -> bool:
        """Return whether an event may enter now; otherwise it is kept until its turn."""
        if self._entered_at:
            self._waiting.append(event)
            return False
        self._entered_at = monotonic()
        self.number += 1
        return True

    @property
    def stuck(self) -> bool:
        """Whether a key is not dealt with although it had time enough."""
        return bool(self._entered_at) and monotonic() - self._entered_at > PATIENCE_S

    def leave(self, number: int) -> events.Event | None:
        """The key of that number was dealt with: give the next event, whose turn it is now.

        One that was held for stuck may be told of later: by then another has its turn.
        """
        if number != self.number or not self._entered_at:
            return None
        self._entered_at = 0.0
        return self._waiting.popleft() if self._waiting else None
