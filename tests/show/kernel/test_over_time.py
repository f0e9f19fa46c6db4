"""Figures over time: on one axis, counted or measured, and never a guess before the first look."""

from hypothesis import given
from hypothesis import strategies as st

from sockscope.record.kernel_view import Sample
from sockscope.show.kernel.over_time import LATEST_NS, axis, counted, measured, over_time
from sockscope.show.layout import plain
from sockscope.show.wall_clock import UNSET
from tests.show.made import SECOND, START_NS


def sample(at_s: float, *, arrived: int = 0, queue: int = 0) -> Sample:
    return Sample(START_NS + int(at_s * SECOND), 200, 10, queue, 0, 0, 0, 0, arrived)


def arrived(one: Sample) -> int:
    return one.bytes_received


def queued(one: Sample) -> int:
    return one.receive_queue_bytes


def test_what_is_counted_is_spread_over_the_bars_and_nothing_is_known_before_the_first_look() -> None:
    samples = [sample(1, arrived=500), sample(2, arrived=600), sample(3, arrived=900)]
    on = axis(START_NS, START_NS + 4 * SECOND, 60)
    assert counted(samples, arrived, on) == [0, 100, 300, 0], "what came before the first look came nobody knows when"
    late = axis(START_NS - 2 * SECOND, START_NS + 2 * SECOND, 60)
    assert counted(samples, arrived, late) == [None, None, 0, 100]


def test_between_looks_far_apart_nothing_moved_until_the_later_one() -> None:
    samples = [sample(0), sample(1, arrived=100), sample(9, arrived=200)]
    assert counted(samples, arrived, axis(START_NS, START_NS + 10 * SECOND, 60)) == [100, *[0] * 7, 100, 0]


def test_what_is_measured_is_the_greatest_and_stays_what_it_was() -> None:
    samples = [sample(0.5, queue=3), sample(0.9, queue=1), sample(3.5, queue=7)]
    assert measured(samples, queued, axis(START_NS, START_NS + 5 * SECOND, 60)) == [3, 1, 1, 7, 7]
    assert measured([], queued, axis(START_NS, START_NS + 2 * SECOND, 60)) == [None, None]


@given(st.integers(0, 10**13), st.integers(10, 200))
def test_an_axis_ends_now_has_room_and_is_never_finer_than_the_looks(lasted_ns: int, room: int) -> None:
    on = axis(START_NS, START_NS + lasted_ns, room)
    assert on.edges[-1] == START_NS + lasted_ns
    assert 1 <= on.count <= room
    assert on.bar_ns >= SECOND
    assert on.edges[-1] - on.edges[0] >= min(lasted_ns, LATEST_NS)


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 10**6)), max_size=120))
def test_no_byte_is_counted_twice(steps: list[tuple[int, int]]) -> None:
    at_s = total = 0
    samples = []
    for seconds, size_bytes in steps:
        at_s, total = at_s + seconds, total + size_bytes
        samples.append(sample(at_s, arrived=total))
    found = counted(samples, arrived, axis(START_NS, START_NS + (at_s + 1) * SECOND, 60))
    assert sum(one or 0 for one in found) <= total + 1e-3


def test_each_figure_has_its_bars_over_the_times_of_the_axis() -> None:
    samples = [sample(number, arrived=number * 1024) for number in range(10)]
    lines = plain(over_time(samples, START_NS, START_NS + 9 * SECOND, UNSET, 80)).splitlines()
    assert lines[0] == "  arrived       █████████ 1.0 KiB/s"
    assert lines[-1].split() == ["00:16:40", "00:16:49", "1.0", "s", "a", "bar"]
    assert over_time([], START_NS, START_NS + SECOND, UNSET, 80) == []
