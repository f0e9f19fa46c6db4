"""Writes the record of one question to one DNS server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sockscope.net.clock import now_ns
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.state import LookupState
from sockscope.record.recorder.observers import Observers

if TYPE_CHECKING:  # asked only on request, and imported then
    from sockscope.record.fact import Call
    from sockscope.record.lookup.inquiry import DnsReply, Query


class QueryRecorder:
    """The part of a recorder that is about one question."""

    __slots__ = ("_lookup", "_observers", "query")

    def __init__(self, observers: Observers, lookup: Lookup, query: Query) -> None:
        self._observers = observers
        self._lookup = lookup
        self.query = query

    def note(self, call: Call) -> None:
        """Put a call into the record."""
        self.query.facts.add(call)
        self._observers.happened(self._lookup, call)

    def asking(self) -> None:
        """Its turn has come."""
        self.query.asked_at_ns = now_ns()
        self.query.state = LookupState.ASKING

    def again(self) -> None:
        """The same query is sent again."""
        self.query.retries += 1

    def cut_off(self, size_bytes: int) -> None:
        """The reply by UDP was cut off at this size, so that it is asked for by TCP."""
        self.query.truncated_bytes, self.query.transport = size_bytes, "TCP"

    def stray(self, wrong: str) -> None:
        """Something came that is not the reply."""
        strays = self.query.strays
        self.query.strays = {**strays, wrong: strays.get(wrong, 0) + 1}

    def came(self) -> None:
        """The reply is there, and has yet to be read."""
        self.query.ended_at_ns = now_ns()

    def replied(self, reply: DnsReply) -> None:
        """The reply was read."""
        self.query.reply, self.query.error, self.query.detail = reply, reply.error, reply.detail

    def failed(self, error: str, detail: str = "") -> None:
        """There is no reply, or none that can be read."""
        self.query.error, self.query.detail = error, detail
        self.over(LookupState.FAILED)

    def over(self, state: LookupState) -> None:
        """Nothing more is awaited."""
        self.query.ended_at_ns = self.query.ended_at_ns or now_ns()
        self.query.state = state
        self._observers.inquired(self._lookup, self.query)
