"""Times as people write them."""

import pytest

from sockscope.request.interval import interval, seconds


@pytest.mark.parametrize(
    ("text", "time_s"),
    [("200ms", 0.2), ("2s", 2), ("1m", 60), ("1h", 3600), ("1", 1), ("0.5", 0.5), (".5s", 0.5), (" 2 s ", 2), ("0", 0)],
)
def test_a_time_is_read(text: str, time_s: float) -> None:
    assert seconds(text) == pytest.approx(time_s)


@pytest.mark.parametrize("text", ["", "s", "-1", "1e3", "nan", "inf", "1d", "1 000", "２s", "2S", "1" * 10, "1m30s"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="as 200ms, 2s, 1m, or a number of seconds"):
        seconds(text)


def test_a_lookup_takes_the_same_times() -> None:
    assert interval("200ms") == pytest.approx(0.2)
    with pytest.raises(ValueError, match=r"0\.1 to 3600"):
        interval("99ms")
