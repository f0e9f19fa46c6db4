"""How the kernel's figures went over time: a row of bars each, all on the time axis of the traffic.

The rules: an axis has at most LATEST_NS, and a bar stands for a second at the least, which is how often the kernel is
looked at. What is counted (bytes, retransmits) is drawn as what came in the time of a bar, what is measured as the
greatest of it; where nothing moved there was no look to keep, and the figure stays what it was. Before the first look
there is no bar.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from sockscope.record.kernel_view import Sample
from sockscope.show.bars import bars
from sockscope.show.layout import Lines, Parts, fit
from sockscope.show.units import duration, plural, rate, size, time_of_day
from sockscope.show.wall_clock import WallClock

LATEST_NS = 120_000_000_000
_LEAST_NS = 1_000_000_000
_NEAR_NS = 2_500_000_000
"""Between looks that are no further apart, what is counted is taken to have come evenly."""

_LABEL, _SAID = 16, 24  # cells
_US = 1000


@dataclass(frozen=True, slots=True)
class Axis:
    """The times of some bars: where the first begins, how long each is, and how many there are."""

    began_ns: int
    bar_ns: int
    count: int

    @property
    def edges(self) -> list[int]:
        """Where each bar begins, and where the last ends."""
        return [self.began_ns + number * self.bar_ns for number in range(self.count + 1)]


def axis(began_ns: int, until_ns: int, room: int) -> Axis:
    """Lay an axis of at most `room` bars that ends at `until_ns`."""
    span_ns = max(_LEAST_NS, min(until_ns - began_ns, LATEST_NS))
    bar_ns = max(_LEAST_NS, -(-span_ns // room))
    count = -(-span_ns // bar_ns)
    return Axis(until_ns - count * bar_ns, bar_ns, count)


def counted(samples: Sequence[Sample], value: Callable[[Sample], int], on: Axis) -> list[float | None]:
    """Return how much came in the time of each bar; None before the first look."""
    times = [sample.at_ns for sample in samples]
    levels = [_level(samples, times, value, at_ns) for at_ns in on.edges]
    first = value(samples[0]) if samples else 0  # of what came before it nobody knows when
    return [
        None if after is None else after - (first if before is None else before) for before, after in pairwise(levels)
    ]


def _level(samples: Sequence[Sample], times: Sequence[int], value: Callable[[Sample], int], at_ns: int) -> float | None:
    """Return what a counter stood at."""
    place = bisect_right(times, at_ns)
    if not place:
        return None
    last = samples[place - 1]
    if place == len(samples) or samples[place].at_ns - last.at_ns > _NEAR_NS:
        return value(last)
    behind = samples[place]
    return value(last) + (value(behind) - value(last)) * (at_ns - last.at_ns) / (behind.at_ns - last.at_ns)


def measured(samples: Sequence[Sample], value: Callable[[Sample], int], on: Axis) -> list[float | None]:
    """Return the greatest that was seen in the time of each bar, else what was seen last before; None before all."""
    times = [sample.at_ns for sample in samples]
    found: list[float | None] = []
    for begins, ends in pairwise(on.edges):
        first, behind = bisect_right(times, begins), bisect_right(times, ends)
        within = samples[first:behind] or samples[max(0, first - 1) : first]
        found.append(max(map(value, within), default=None))
    return found


class _Row(NamedTuple):
    """One figure: its term, its value in a sample, how it is written, and in which role its bars are drawn."""

    term: str
    value: Callable[[Sample], int]
    written: Callable[[float], str]
    role: str = "busy"
    counts: bool = False


_ROWS = (
    _Row("arrived", lambda one: one.bytes_received, rate, "in", counts=True),
    _Row("acknowledged", lambda one: one.bytes_acked, rate, "out", counts=True),
    _Row("rtt", lambda one: one.rtt_us, lambda us: duration(int(us) * _US)),
    _Row("cwnd", lambda one: one.congestion_window, lambda count: plural(int(count), "segment")),
    _Row("delivery rate", lambda one: one.delivery_rate, rate),
    _Row("send queue", lambda one: one.send_queue_bytes, size),
    _Row("receive queue", lambda one: one.receive_queue_bytes, size),
    _Row("retransmits", lambda one: one.retransmits, lambda count: f"{count:.0f}", "bad", counts=True),
)


def over_time(samples: Sequence[Sample], began_ns: int, until_ns: int, wall: WallClock, width: int) -> Lines:
    """Draw each figure over the time from `began_ns` on; nothing where there was no look."""
    if not samples:
        return []
    on = axis(began_ns, until_ns, max(10, width - _LABEL - _SAID))
    return [*(_line(row, samples, on) for row in _ROWS), _times(on, wall)]


def _line(row: _Row, samples: Sequence[Sample], on: Axis) -> Parts:
    found = (counted if row.counts else measured)(samples, row.value, on)
    numbers = [number for number in found if number is not None]
    drawn = " " * (len(found) - len(numbers)) + bars(numbers)
    per = 1e9 / on.bar_ns if row.counts and row.written is rate else 1
    now, most = (row.written(number * per) for number in (numbers[-1] if numbers else 0, max(numbers, default=0)))
    said = now if now == most else f"{now}, most {most}"
    return [(f"  {fit(row.term, _LABEL - 2)}", "label"), (drawn, row.role), (f" {said}", "text")]


def _times(on: Axis, wall: WallClock) -> Parts:
    first, last = (time_of_day(at_ns, wall.offset_at(at_ns))[:8] for at_ns in (on.edges[0], on.edges[-1]))
    between = max(1, on.count - len(first) - len(last))
    return [(" " * _LABEL, ""), (f"{first}{' ' * between}{last}", "muted"), (f" {duration(on.bar_ns)} a bar", "muted")]
