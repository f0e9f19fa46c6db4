"""The times of a step over all runs."""

from statistics import median

from hypothesis import given
from hypothesis import strategies as st

from sockscope.record.sequence import TIMES_KEPT, Times


@given(st.lists(st.integers(0, 10**10), max_size=50))
def test_times_are_those_of_all_runs(took: list[int]) -> None:
    times = Times()
    for one in took:
        times.took(one)
    assert (times.count, times.median_ns) == (len(took), int(median(took)) if took else 0)
    if took:
        assert (times.least_ns, times.most_ns, times.last_ns) == (min(took), max(took), took[-1])


def test_the_median_is_of_the_latest_and_what_is_kept_is_bounded() -> None:
    times = Times()
    for one in [1] * TIMES_KEPT + [5] * TIMES_KEPT:
        times.took(one)
    assert (times.least_ns, times.median_ns, times.most_ns, times.count) == (1, 5, 5, 2 * TIMES_KEPT)
