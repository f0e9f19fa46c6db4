"""Quantities as people read them: sizes, rates, durations, times of day."""

import time

_STILL = 0.5  # bytes each second: from there down nothing flows
_SIZES = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def size(count: float, room: int | None = None) -> str:
    """Write a number of bytes: exact below 1024, else in binary units (IEC 80000-13).

    In `room` cells, where that is given, it is written shorter rather than cut: `123.4K`, then `123K`.
    """
    written = _in_units(count, 1)
    if room is None or len(written) <= room:
        return written
    short = _without_i(written)
    return short if len(short) <= room else _without_i(_in_units(count, 0))


def _in_units(count: float, digits: int) -> str:
    """Write a number of bytes with so many digits behind the point, never as 1024 of its unit."""
    if count < 1023.5:
        return f"{count:.0f} B"
    unit, most = 1, 1024 - 0.5 / 10**digits
    count /= 1024
    while count >= most and unit < len(_SIZES) - 1:
        count /= 1024
        unit += 1
    return f"{count:.{digits}f} {_SIZES[unit]}"


def _without_i(written: str) -> str:
    """Leave the first letter of the unit: `1.2M`."""
    number, unit = written.split()
    return number + unit[0]


def brief_count(count: int) -> str:
    """Write a count in at most 5 cells: exact below 100,000, else in thousands or millions."""
    if count < 100_000:
        return str(count)
    return f"{count // 1000}k" if count < 10_000_000 else f"{count // 1_000_000}M"


def plural(count: int, noun: str) -> str:
    """Write a count and its noun: `1 byte`, `1,204 bytes`."""
    ending = "" if count == 1 else "es" if noun.endswith(("s", "ch")) else "s"
    return f"{count:,} {noun}{ending}"


def flowing(bytes_per_s: float) -> str:
    """Write a rate where something flows; else nothing, which a line of words leaves out."""
    return rate(bytes_per_s) if bytes_per_s > _STILL else ""


def rate(bytes_per_s: float, room: int | None = None) -> str:
    """Write a rate, in `room` cells as `size` does; nothing flowing is a dash."""
    return f"{size(bytes_per_s, room and room - len('/s'))}/s" if bytes_per_s > _STILL else "–"


def duration(ns: int) -> str:
    """Write a duration in nanoseconds in the unit that fits."""
    if ns < 999_500:
        return f"{ns / 1e3:.0f} µs"
    if ns < 9_950_000:
        return f"{ns / 1e6:.1f} ms"
    if ns < 999_500_000:
        return f"{ns / 1e6:.0f} ms"
    seconds = ns / 1e9
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def waited(ns: int) -> str:
    """Write how long something has been waited for, in tenths of a second up to a minute."""
    return f"{max(ns, 0) // 100_000_000 / 10:.1f} s" if ns < 60_000_000_000 else duration(ns)


DAYS_ALONE_NS = 2400 * 3600 * 1_000_000_000
"""Up to here `age` never writes more than two digits in a row."""


def age(ns: int) -> str:
    """Write how long something lasts in at most 6 cells: 0.4s 12s 3m12s 2h05m 4d03h 120d."""
    tenths = max(ns, 0) // 100_000_000
    if tenths < 100:
        return f"{tenths / 10:.1f}s"
    whole = tenths // 10
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    hours = whole // 3600
    if hours < 100:
        return f"{hours}h{whole % 3600 // 60:02d}m"
    return f"{hours // 24}d{hours % 24:02d}h" if hours < 2400 else f"{hours // 24}d"


def time_of_day(at_ns: int, wall_offset_ns: int) -> str:
    """Write when something was, to the microsecond; `wall_offset_ns` turns the monotonic clock into the wall's."""
    wall_ns = at_ns + wall_offset_ns
    local = time.localtime(wall_ns // 1_000_000_000)
    return f"{time.strftime('%H:%M:%S', local)}.{wall_ns // 1000 % 1_000_000:06d}"


def since_midnight_ns(at_ns: int, wall_offset_ns: int) -> int:
    """Return how much of the local day had passed; `wall_offset_ns` turns the monotonic clock into the wall's."""
    seconds, ns = divmod(at_ns + wall_offset_ns, 1_000_000_000)
    local = time.localtime(seconds)
    return (local.tm_hour * 3600 + local.tm_min * 60 + local.tm_sec) * 1_000_000_000 + ns
