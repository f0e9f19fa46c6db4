"""Quantities: tables with the edges of rounding, and that more never reads as less."""

import math
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.show.units import age, brief_count, duration, plural, rate, size, time_of_day, waited

KIB, MIB, GIB, TIB, PIB = (1024.0**power for power in range(1, 6))
US, MS, S, MIN, H = 1000, 1_000_000, 1_000_000_000, 60_000_000_000, 3_600_000_000_000

SIZES: dict[str, float] = {"B": 1.0, "KiB": KIB, "MiB": MIB, "GiB": GIB, "TiB": TIB, "PiB": PIB}
UNITS = SIZES | {"µs": US, "ms": MS, "s": S, "min": MIN, "m": MIN, "h": H, "d": 24 * H}


def amount(written: str) -> float:
    """Read a quantity back: `3 min 12 s`, `1.5 KiB`, `2h05m`."""
    parts = re.findall(r"([\d.]+) ?([A-Za-zµ]+)", written)
    assert "".join(number + unit for number, unit in parts) == written.replace(" ", "")
    return sum(float(number) * UNITS[unit] for number, unit in parts)


def never_falls(write: Callable[[int], str], one: int, other: int) -> None:
    less, more = sorted((one, other))
    assert amount(write(less)) <= amount(write(more)), f"{write(less)} and {write(more)}"


@pytest.mark.parametrize(
    ("count", "written"),
    [
        (0, "0 B"),
        (1, "1 B"),
        (1023, "1023 B"),
        (1023.4, "1023 B"),
        (1023.6, "1.0 KiB"),
        (1023.99, "1.0 KiB"),
        (1024, "1.0 KiB"),
        (1075, "1.0 KiB"),
        (1076, "1.1 KiB"),
        (1536, "1.5 KiB"),
        (1023.94 * KIB, "1023.9 KiB"),
        (1023.95 * KIB, "1.0 MiB"),
        (MIB - 1, "1.0 MiB"),
        (MIB, "1.0 MiB"),
        (1023.94 * MIB, "1023.9 MiB"),
        (1023.95 * MIB, "1.0 GiB"),
        (GIB - 1, "1.0 GiB"),
        (12.4 * GIB, "12.4 GiB"),
        (TIB, "1.0 TiB"),
        (PIB, "1.0 PiB"),
        (2**63, "8192.0 PiB"),
    ],
)
def test_size_is_written(count: float, written: str) -> None:
    assert size(count) == written


@given(st.one_of(st.integers(0, 2**59), st.integers(0, 2**21), st.floats(0, 2**59), st.floats(1000, 1050)))
def test_no_size_reads_as_1024_of_its_unit(count: float) -> None:
    assert float(size(count).split()[0]) < 1024


@given(st.integers(0, 2**59), st.integers(0, 2**59))
def test_more_bytes_never_read_as_less(one: int, other: int) -> None:
    never_falls(size, one, other)


@given(st.integers(0, 1023), st.integers(-600, 600), st.sampled_from([KIB, MIB, GIB, TIB]))
def test_more_bytes_never_read_as_less_around_a_unit(near: int, off: int, unit: float) -> None:
    count = int(unit * (1 + near / 1024))
    never_falls(size, max(0, count), max(0, count + off))


@given(st.floats(0, 2**59))
def test_a_size_is_right_to_half_of_its_last_digit(count: float) -> None:
    number, unit = size(count).split()
    half = 0.5 if unit == "B" else 0.05
    assert math.isclose(float(number) * UNITS[unit], count, abs_tol=half * UNITS[unit] * 1.0001)


@pytest.mark.parametrize(
    ("count", "room", "written"),
    [
        (0, 8, "0 B"),
        (1023, 8, "1023 B"),
        (1023, 6, "1023 B"),
        (12.3 * KIB, 8, "12.3 KiB"),
        (123.4 * KIB, 8, "123.4K"),
        (123.4 * KIB, 9, "123.4 KiB"),
        (123.4 * KIB, 5, "123K"),
        (1023.9 * MIB, 8, "1023.9M"),
        (1023.6 * MIB, 6, "1G"),
        (1.2 * GIB, 4, "1.2G"),
        (8192 * PIB, 8, "8192.0P"),
    ],
)
def test_a_size_is_written_shorter_where_there_is_little_room(count: float, room: int, written: str) -> None:
    assert size(count, room) == written


@given(st.integers(0, 2**63), st.integers(5, 12))
def test_a_size_is_never_cut(count: int, room: int) -> None:
    written = size(count, room)
    assert len(written) <= room or count < 1024
    number, unit = re.fullmatch(r"([\d.]+) ?(B|[KMGTP](?:iB)?)", written).groups()  # type: ignore[union-attr]
    told = float(number) * (1 if unit == "B" else UNITS[f"{unit[0]}iB"])
    assert math.isclose(told, count, rel_tol=0.5)
    assert len(rate(count, 11)) <= 11


@pytest.mark.parametrize(
    ("count", "written"),
    [(0, "0"), (65535, "65535"), (99_999, "99999"), (100_000, "100k"), (131_070, "131k"), (12_345_678, "12M")],
)
def test_a_count_is_brief_where_it_is_large(count: int, written: str) -> None:
    assert brief_count(count) == written


@pytest.mark.parametrize(
    ("count", "noun", "written"),
    [
        (0, "byte", "0 bytes"),
        (1, "byte", "1 byte"),
        (2, "byte", "2 bytes"),
        (1204, "byte", "1,204 bytes"),
        (1, "address", "1 address"),
        (2, "address", "2 addresses"),
        (10000, "client", "10,000 clients"),
    ],
)
def test_noun_follows_its_count(count: int, noun: str, written: str) -> None:
    assert plural(count, noun) == written


@pytest.mark.parametrize(
    ("bytes_per_s", "written"),
    [
        (0, "–"),
        (0.4, "–"),
        (0.51, "1 B/s"),
        (1, "1 B/s"),
        (1023.6, "1.0 KiB/s"),
        (2.3 * GIB, "2.3 GiB/s"),
    ],
)
def test_rate_is_written(bytes_per_s: float, written: str) -> None:
    assert rate(bytes_per_s) == written


@given(st.one_of(st.just(0.5), st.floats(0, 2, exclude_min=True)))
def test_a_rate_is_never_zero_bytes(bytes_per_s: float) -> None:
    assert rate(bytes_per_s) != "0 B/s", "what flows so slowly is a dash"


@pytest.mark.parametrize(
    ("ns", "written"),
    [
        (0, "0 µs"),
        (1, "0 µs"),
        (501, "1 µs"),
        (1 * US, "1 µs"),
        (999 * US, "999 µs"),
        (999_499, "999 µs"),
        (999_500, "1.0 ms"),
        (999_999, "1.0 ms"),
        (1 * MS, "1.0 ms"),
        (9_949_999, "9.9 ms"),
        (9_960_000, "10 ms"),
        (9_994_999, "10 ms"),
        (9_995_000, "10 ms"),
        (10 * MS, "10 ms"),
        (999_400_000, "999 ms"),
        (999_499_999, "999 ms"),
        (999_500_000, "1.0 s"),
        (999_600_000, "1.0 s"),
        (1 * S, "1.0 s"),
        (1_049_000_000, "1.0 s"),
        (12_340_000_000, "12.3 s"),
        (59_940_000_000, "59.9 s"),
        (59_960_000_000, "60.0 s"),
        (99_949_000_000, "99.9 s"),
        (99_950_000_000, "1 min 40 s"),
        (119_600_000_000, "2 min 00 s"),
        (3599 * S, "59 min 59 s"),
        (3_599_600_000_000, "1 h 00 min"),
        (3600 * S, "1 h 00 min"),
        (7384 * S, "2 h 03 min"),
        (100 * 3600 * S, "100 h 00 min"),
    ],
)
def test_duration_is_written(ns: int, written: str) -> None:
    assert duration(ns) == written


durations_ns = st.one_of(
    st.integers(0, 10**15),
    st.integers(0, 10**10),
    st.integers(0, 2 * 10**6),
    st.builds(
        lambda edge, off: max(0, edge + off),
        st.sampled_from([MS, 10 * MS, S, MIN, 100 * S, H, 2 * H]),
        st.integers(-(10**7), 10**7),
    ),
)


@given(durations_ns, durations_ns)
def test_a_longer_duration_never_reads_as_shorter(one: int, other: int) -> None:
    never_falls(duration, one, other)


@given(durations_ns)
def test_no_duration_has_more_than_its_unit_holds(ns: int) -> None:
    numbers = {unit: float(number) for number, unit in re.findall(r"([\d.]+) (\w+)", duration(ns))}
    assert numbers.get("µs", 0) < 1000
    assert numbers.get("ms", 0) < 1000
    assert numbers.get("s", 0) < (60 if "min" in numbers else 100)
    assert numbers.get("min", 0) < 60


@given(durations_ns)
def test_a_duration_is_right_to_about_a_twentieth(ns: int) -> None:
    assert amount(duration(ns)) == pytest.approx(ns, rel=0.055, abs=500)


@pytest.mark.parametrize(
    ("ns", "written"),
    [
        (-5 * S, "0.0s"),
        (0, "0.0s"),
        (99_999_999, "0.0s"),
        (400_000_000, "0.4s"),
        (9_999_999_999, "9.9s"),
        (10 * S, "10s"),
        (59_999_999_999, "59s"),
        (60 * S, "1m00s"),
        (192 * S, "3m12s"),
        (3_599_999_999_999, "59m59s"),
        (3600 * S, "1h00m"),
        (7500 * S, "2h05m"),
        (100 * H - 1, "99h59m"),
        (100 * H, "4d04h"),
        (2400 * H - 1, "99d23h"),
        (2400 * H, "100d"),
    ],
)
def test_age_is_written(ns: int, written: str) -> None:
    assert age(ns) == written


@given(durations_ns, durations_ns)
def test_what_is_older_never_reads_as_younger(one: int, other: int) -> None:
    never_falls(age, one, other)


@given(durations_ns)
def test_an_age_is_never_more_than_it_is_and_takes_few_cells(ns: int) -> None:
    assert amount(age(ns)) <= ns
    assert len(age(ns)) <= 6


@pytest.mark.parametrize(
    ("ns", "written"),
    [
        (-5 * S, "0.0 s"),
        (0, "0.0 s"),
        (99_999_999, "0.0 s"),
        (12_300_000_000, "12.3 s"),
        (59_999_999_999, "59.9 s"),
        (60 * S, "60.0 s"),
        (192 * S, "3 min 12 s"),
        (7384 * S, "2 h 03 min"),
    ],
)
def test_wait_is_written(ns: int, written: str) -> None:
    assert waited(ns) == written


@given(durations_ns, durations_ns)
def test_a_longer_wait_never_reads_as_shorter(one: int, other: int) -> None:
    never_falls(waited, one, other)


@pytest.mark.parametrize(
    ("at_ns", "wall_offset_ns", "written"),
    [
        (0, 0, "00:00:00.000000"),
        (999, 0, "00:00:00.000000"),
        (1000, 0, "00:00:00.000001"),
        (999_999_999, 0, "00:00:00.999999"),
        (S, 0, "00:00:01.000000"),
        (500_000_000, 500_000_000, "00:00:01.000000"),
        (5 * S, 1_700_000_000 * S, "22:13:25.000000"),
        (86_399_999_999_999, 0, "23:59:59.999999"),
    ],
)
def test_time_of_day_is_written(at_ns: int, wall_offset_ns: int, written: str) -> None:
    assert time_of_day(at_ns, wall_offset_ns) == written
