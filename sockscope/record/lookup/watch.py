"""The same lookup again and again: how long it takes, and whether the answer changes. What a view reads.

The rule: what counts as the answer is the set and the order of the addresses, the canonical name, or else the error.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from sockscope.record.lookup.lookup import Lookup
from sockscope.request.question import Question

TIMES_KEPT = 1000
CHANGES_KEPT = 100
"""How many durations and changes of a watch stay in the record, the latest ones."""


class LookupResult(NamedTuple):
    """What one lookup said: the addresses in their order, or an error's name."""

    addresses: tuple[str, ...]
    canonical: str
    error: str


class Change(NamedTuple):
    """One answer and the different one before it; `number` counts the lookups from 1, `at_ns` is when it came."""

    number: int
    at_ns: int
    before: LookupResult
    after: LookupResult

    @property
    def came(self) -> list[str]:
        """The addresses that are new."""
        return [address for address in self.after.addresses if address not in self.before.addresses]

    @property
    def went(self) -> list[str]:
        """The addresses that are gone."""
        return [address for address in self.before.addresses if address not in self.after.addresses]

    @property
    def reordered(self) -> bool:
        """Whether the same addresses came in another order."""
        return self.before.addresses != self.after.addresses and not self.came and not self.went


@dataclass(frozen=True, slots=True)
class Time:
    """How long one lookup took; `error` is empty where it was answered with rows."""

    took_ns: int
    error: str


class Spread(NamedTuple):
    """The least, the middle and the greatest of some durations."""

    least_ns: int
    median_ns: int
    greatest_ns: int


def spread(times: Iterable[Time]) -> Spread | None:
    """Return the spread of some durations, None where there are none."""
    all_ns = [time.took_ns for time in times]
    return Spread(min(all_ns), int(median(all_ns)), max(all_ns)) if all_ns else None


class Watch:
    """The record of lookups that are repeated; written by a recorder, read by any thread."""

    __slots__ = (
        "answer",
        "changed",
        "changes",
        "count",
        "failures",
        "interval_s",
        "lookup",
        "next_at_ns",
        "number",
        "question",
        "stopped",
        "times",
    )

    def __init__(self, number: int, question: Question, interval_s: float) -> None:
        self.number = number
        self.question = question
        self.interval_s = interval_s
        self.lookup: Lookup | None = None  # the latest
        self.next_at_ns = 0  # when it is asked again; 0 while an answer is awaited
        self.answer: LookupResult | None = None  # the latest
        self.count = self.failures = self.changed = 0
        self.times: deque[Time] = deque(maxlen=TIMES_KEPT)
        self.changes: deque[Change] = deque(maxlen=CHANGES_KEPT)
        self.stopped = False

    def add(self, lookup: Lookup) -> None:
        """Count one more lookup that has its answer, or its error."""
        assert lookup.call is not None
        answer = LookupResult(
            tuple(dict.fromkeys(row.host for row in lookup.rows)),
            next((row.canonical for row in lookup.rows if row.canonical), ""),
            lookup.error,
        )
        self.count += 1
        self.failures += bool(lookup.error)
        self.times.append(Time(lookup.took_ns, lookup.error))
        if self.answer is not None and answer != self.answer:
            at_ns = lookup.call.at_ns + lookup.call.took_ns
            self.changes.append(Change(self.count, at_ns, self.answer, answer))
            self.changed += 1
        self.answer = answer
