"""Whom a recorder tells of what it wrote.

The rule: an observer that raises is removed, and its exception's type is told to `on_fault`; nobody else notices.
Without observers nothing is told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sockscope.record.fact import Event
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.observer import Observer, Subject

if TYPE_CHECKING:
    from sockscope.record.conversation import Conversation
    from sockscope.record.listener import Listener
    from sockscope.record.lookup.inquiry import Query
    from sockscope.record.tape_entry import Mover


class Observers:
    """Those who want to be told, in the order in which they came."""

    __slots__ = ("_on_fault", "each")

    def __init__(self, on_fault: Callable[[type], None]) -> None:
        self.each: tuple[Observer, ...] = ()
        self._on_fault = on_fault

    def add(self, observer: Observer) -> None:
        """Tell this one too, from now on."""
        self.each = (*self.each, observer)

    def remove(self, observer: Observer) -> None:
        """Tell this one no more."""
        self.each = tuple(one for one in self.each if one is not observer)

    def _tell(self, what: str, *about: object) -> None:
        """Tell each of them, by the method of that name."""
        for observer in self.each:
            try:
                getattr(observer, what)(*about)
            except Exception as error:
                self.remove(observer)
                self._on_fault(type(error))

    def happened(self, subject: Subject, event: Event) -> None:
        """Tell of an event."""
        if self.each:
            self._tell("happened", subject, event)

    def changed(self, subject: Subject) -> None:
        """Tell that a subject has another state."""
        if self.each:
            self._tell("changed", subject)

    def found(self, subject: Conversation | Listener) -> None:
        """Tell that the system was asked about a failure, and what it said is in the record."""
        if self.each:
            self._tell("found", subject)

    def moved(
        self, subject: Conversation, data: memoryview, at_ns: int, took_ns: int, asked: int, mover: Mover
    ) -> None:
        """Tell of bytes that were received or taken."""
        if self.each:
            self._tell("moved", subject, data, at_ns, took_ns, asked, mover)

    def inquired(self, lookup: Lookup, query: Query) -> None:
        """Tell that a DNS server's answer is known, or that there is none."""
        if self.each:
            self._tell("inquired", lookup, query)
