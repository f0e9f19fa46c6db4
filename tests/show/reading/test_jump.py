"""What can be typed to go somewhere, and what cannot."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.record.tape_entry import EntryKind
from sockscope.show.reading.jump import Clock, JumpError, Offset, Since, Wanted, read

S = 10**9


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("0", Offset(0)),
        (" 1,234 ", Offset(1234)),
        ("0x4d2", Offset(1234)),
        ("0X4D2", Offset(1234)),
        ("out 16", Offset(16, EntryKind.SENT)),
        ("IN 0x10", Offset(16, EntryKind.RECEIVED)),
        ("←7", Offset(7, EntryKind.RECEIVED)),
        ("+1.5s", Since(1_500_000_000)),
        ("+2", Since(2 * S)),
        ("+200ms", Since(200_000_000)),
        ("+5µs", Since(5_000)),
        ("+5μs", Since(5_000)),
        ("+ 3m", Since(180 * S)),
        ("14:05", Clock((14 * 60 + 5) * 60 * S)),
        ("00:00:01.25", Clock(1_250_000_000)),
    ],
)
def test_offsets_and_times_are_read(typed: str, wanted: Wanted) -> None:
    assert read(typed) == wanted


@pytest.mark.parametrize(
    "typed", ["", "x", "0x", "-1", "24:00", "12:60", "12:00:60", "+", "+1y", "out", "9" * 50, "ın 5", "İn 3", "+5ſ"]
)
def test_what_cannot_be_read_is_refused_in_one_line(typed: str) -> None:
    with pytest.raises(JumpError, match=r"^an offset as .*$"):
        read(typed)


@given(st.text(max_size=60))
def test_anything_typed_is_a_place_or_a_line(typed: str) -> None:
    try:
        read(typed)
    except JumpError as error:
        assert "\n" not in str(error)
