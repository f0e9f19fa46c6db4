"""Where the calls of a log come from: a track of a conversation, or the facts of a listener.

The rule: a source is read from its end towards what is older, and asked again and again what came since. Its calls have
numbers from 0 on, of which those that were dropped are counted.
"""

from typing import NamedTuple

from sockscope.record.conversation import Conversation
from sockscope.record.fact import Call, Facts, Refusal
from sockscope.record.layers import Track
from sockscope.record.listener import Listener
from sockscope.record.tape_entry import EntryKind, TapeEntry


class Source:
    """A track of a conversation, the `place`-th of those it has."""

    __slots__ = ("conversation", "place", "tape", "track")

    def __init__(self, conversation: Conversation, place: int, track: Track) -> None:
        self.conversation = conversation
        self.place = place
        self.track = track
        self.tape = track.tape

    @property
    def name(self) -> str:
        """Whose calls they are."""
        return f"#{self.conversation.number}"

    @property
    def total(self) -> int:
        """How many calls there were so far."""
        return self.tape.total_entries

    @property
    def dropped(self) -> int:
        """How many of them are no longer kept."""
        return self.tape.first_entry

    def at_ns(self, number: int) -> int | None:
        """Return when a call was made, None where it was dropped."""
        return self.tape.at_ns(number)

    def before(self, number: int) -> int:
        """Return the number of the last call before one that is kept, -1 where none is."""
        return number - 1 if number > self.tape.first_entry else -1

    def call(self, number: int) -> Call | Refusal | None:
        """Return a call, None where it was dropped; one that moved bytes is made of the tape's entry."""
        entry = self.tape.entry(number)
        if entry is None:
            return None
        return self.track.facts.get(entry.fact) if entry.kind is EntryKind.FACT else self._moved(entry)

    def _moved(self, entry: TapeEntry) -> Call:
        fd, asked = self.track.fd, (entry.asked,)
        return Call(entry.mover.call, fd, asked, entry.size_bytes, "", entry.at_ns, entry.took_ns)


class ListenerSource:
    """The calls of a listener itself, which it has facts of alone."""

    __slots__ = ("facts", "listener")

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.facts: Facts = listener.facts

    @property
    def name(self) -> str:
        """Whose calls they are."""
        return f"listener {self.listener.number}"

    @property
    def total(self) -> int:
        """How many calls there were so far."""
        return self.facts.count

    @property
    def dropped(self) -> int:
        """How many of them are no longer kept."""
        return self.facts.dropped

    def at_ns(self, number: int) -> int | None:
        """Return when a call was made, None where it was dropped."""
        fact = self.facts.get(number)
        return fact.at_ns if fact else None

    def before(self, number: int) -> int:
        """Return the number of the last call before one that is kept; between the first and the latest some are not."""
        kept = self.facts.get(number - 1)
        return number - 1 if kept else min(number, Facts.FIRST) - 1

    def call(self, number: int) -> Call | Refusal | None:
        """Return a call, None where it was dropped."""
        return self.facts.get(number)


AnySource = Source | ListenerSource


class Logged(NamedTuple):
    """One call of a log: when it was made, and where it stands."""

    at_ns: int
    source: AnySource
    number: int


class Scope(NamedTuple):
    """Whose calls are wanted: of these conversations and listeners."""

    conversations: tuple[Conversation, ...] = ()
    listeners: tuple[Listener, ...] = ()
