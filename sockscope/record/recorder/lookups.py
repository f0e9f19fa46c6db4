"""Writes the records of lookups: what getaddrinfo answered, and what was found out about the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sockscope.net.clock import now_ns
from sockscope.record.fact import Remark
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.state import LookupState
from sockscope.record.recorder.observers import Observers
from sockscope.record.recorder.queries import QueryRecorder

if TYPE_CHECKING:  # found out only when it is asked for, and imported then
    from collections.abc import Sequence

    from sockscope.net.row import Row
    from sockscope.record.fact import Call
    from sockscope.record.jobs import Job
    from sockscope.record.lookup.inquiry import Inquiry, Query
    from sockscope.record.lookup.order import Order
    from sockscope.record.lookup.reverse import Reverse
    from sockscope.record.lookup.sources import Sources
    from sockscope.record.lookup.watch import Watch


class LookupRecorder:
    """The part of a recorder that is about lookups."""

    __slots__ = ("_observers",)

    def __init__(self, observers: Observers) -> None:
        self._observers = observers

    # The answer.

    def queued(self, lookup: Lookup, job: Job) -> None:
        """It waits for its turn, or for its answer."""
        lookup.job = job

    def asking(self, lookup: Lookup) -> None:
        """Its turn has come."""
        lookup.state = LookupState.ASKING

    def answered(self, lookup: Lookup, call: Call, rows: tuple[Row, ...]) -> None:
        """Getaddrinfo returned, with rows or an error."""
        lookup.job = None
        lookup.call, lookup.rows, lookup.error = call, rows, call.error
        lookup.state = LookupState.FAILED if call.error else LookupState.ANSWERED

    def abandoned(self, lookup: Lookup) -> None:
        """Nobody waits for the answer any more."""
        lookup.job = None
        lookup.ended_at_ns = now_ns()
        lookup.state = LookupState.ABANDONED

    # What was found out about it.

    def asked_for(self, lookup: Lookup, what: str) -> None:
        """The order or the sources are being found out."""
        lookup.asked_for.add(what)

    def ordered(self, lookup: Lookup, order: Order) -> None:
        """It is known why the rows are in their order."""
        lookup.not_found.pop("order", None)
        lookup.order = order

    def sourced(self, lookup: Lookup, sources: Sources) -> None:
        """What the system's resolver goes by was read."""
        lookup.not_found.pop("sources", None)
        lookup.sources = sources

    def not_found(self, lookup: Lookup, what: str, error: str) -> None:
        """The order or the sources could not be found out; they may be asked for again."""
        lookup.not_found[what] = error
        lookup.asked_for.discard(what)

    def reverses(self, lookup: Lookup, reverse: Reverse) -> None:
        """The names of the rows' addresses are asked for."""
        lookup.reverse = reverse

    def reversed(self, reverse: Reverse, address: str, call: Call, name: str) -> None:
        """One address was answered; the names are made anew, since a view may be going through those before."""
        reverse.names = {**reverse.names, address: (call, name)}

    def reverse_abandoned(self, reverse: Reverse) -> None:
        """Nobody waits for more names."""
        reverse.abandoned = True

    # What DNS servers say themselves.

    def not_inquired(self, lookup: Lookup, why: str) -> None:
        """DNS was not asked as well, where that was asked for."""
        lookup.remark = why
        self._observers.happened(lookup, Remark("not asked", why, now_ns()))

    def inquires(self, lookup: Lookup, inquiry: Inquiry) -> None:
        """DNS servers are asked."""
        lookup.remark, lookup.inquiry = "", inquiry

    def queries(self, inquiry: Inquiry, queries: Sequence[Query]) -> None:
        """The servers are known: these are the questions."""
        inquiry.queries = tuple(queries)

    def inquiry_abandoned(self, inquiry: Inquiry) -> None:
        """Nobody waits for more of what servers say."""
        inquiry.abandoned = True

    def query(self, lookup: Lookup, query: Query) -> QueryRecorder:
        """Return what writes the record of one question to one server."""
        return QueryRecorder(self._observers, lookup, query)

    # The same again and again.

    def watches(self, watch: Watch, lookup: Lookup) -> None:
        """It is asked once more."""
        watch.next_at_ns, watch.lookup = 0, lookup

    def watched(self, watch: Watch, next_at_ns: int) -> None:
        """The latest lookup has its answer, or its error; the next one is due then."""
        assert watch.lookup is not None
        watch.add(watch.lookup)
        watch.next_at_ns = next_at_ns

    def watches_no_more(self, watch: Watch) -> None:
        """It is not asked again."""
        watch.next_at_ns, watch.stopped = 0, True
