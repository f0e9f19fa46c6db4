"""Whoever wants to be told of what goes into records as it happens: a recording, a stream of JSON, a test.

The rule: an observer is called in the engine's thread, between two calls of sockets, and has to be quick; what it is
given is already in the record. Who derives from it minds only what it says how to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

from sockscope.record.conversation import Conversation
from sockscope.record.fact import Event
from sockscope.record.listener import Listener
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.tape_entry import Mover

if TYPE_CHECKING:
    from sockscope.record.lookup.inquiry import Query

Subject: TypeAlias = Conversation | Listener | Lookup
"""What a record is of."""


class Observer(Protocol):
    """Is told of calls, refusals, remarks, bytes and states as a recorder writes them."""

    def happened(self, subject: Subject, event: Event) -> None:
        """A call was made, something was not done, or something should be known."""
        return

    def changed(self, subject: Subject) -> None:
        """The subject has another state."""
        return

    def found(self, subject: Conversation | Listener) -> None:
        """The system was asked about a failure of the subject: what it said is in `findings`."""
        return

    def moved(
        self, conversation: Conversation, data: memoryview, at_ns: int, took_ns: int, asked: int, mover: Mover
    ) -> None:
        """A call received or sent these bytes, good only during this call."""
        return

    def inquired(self, lookup: Lookup, query: Query) -> None:
        """What a DNS server answered to one question is known, or that it answered nothing."""
        return
