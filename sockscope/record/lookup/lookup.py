"""One question to getaddrinfo, what it answered, and what was found out about the answer. What a view reads."""

from typing import TYPE_CHECKING

from sockscope.net.clock import now_ns
from sockscope.net.row import Row
from sockscope.record.fact import Call
from sockscope.record.jobs import Job
from sockscope.record.lookup.state import LookupState
from sockscope.request.question import Question

if TYPE_CHECKING:  # found out only when it is asked for, and imported then
    from sockscope.record.lookup.inquiry import Inquiry
    from sockscope.record.lookup.order import Order
    from sockscope.record.lookup.reverse import Reverse
    from sockscope.record.lookup.sources import Sources


class Lookup:
    """The record of one lookup; written by a recorder, read by any thread.

    What was found out about the answer is None until it was asked for and found.
    """

    __slots__ = (
        "asked_at_ns",
        "asked_for",
        "call",
        "ended_at_ns",
        "error",
        "inquiry",
        "job",
        "not_found",
        "number",
        "order",
        "question",
        "remark",
        "reverse",
        "rows",
        "sources",
        "state",
    )

    def __init__(self, number: int, question: Question) -> None:
        self.number = number
        self.question = question
        self.state = LookupState.QUEUED
        self.asked_at_ns = now_ns()
        self.ended_at_ns = 0  # when it was abandoned
        self.call: Call | None = None  # there once the state is ANSWERED or FAILED
        self.rows: tuple[Row, ...] = ()
        self.error = ""
        self.job: Job | None = None  # its place in the queue, while an answer is awaited; numbers need none
        self.asked_for: set[str] = set()  # which of the next two are being found out, or were
        self.not_found: dict[str, str] = {}  # which of them could not be found out, and the error's name
        self.order: Order | None = None  # why the rows are in this order
        self.sources: Sources | None = None  # what the system's resolver goes by
        self.reverse: Reverse | None = None  # the names of the rows' addresses
        self.remark = ""  # why DNS was not asked as well, where that was asked for
        self.inquiry: Inquiry | None = None  # the latest: what DNS servers say themselves

    @property
    def took_ns(self) -> int:
        """How long it took, or takes so far."""
        return self.call.took_ns if self.call else (self.ended_at_ns or now_ns()) - self.asked_at_ns
