"""Quantities as people read them: sizes, rates, durations, times of day."""

import time

_SIZES = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def size(count: float) -> str:
    """Write a number of bytes: exact below 1024, else in binary units (IEC 80000-13)."""
    if count < 1023.5:
        return f"{count:.0f} B"
    unit = 1
    count /= 1024
    while count >= 1023.95 and unit < len(_SIZES) - 1:
        count /= 1024
        unit += 1
    return f"{count:.1f} {_SIZES[unit]}"


def plural(count: int, noun: str) -> str:
    """Write a count and its noun: `1 byte`, `1,204 bytes`."""
    ending = "" if count == 1 else "es" if noun.endswith("s") else "s"
    return f"{count:,} {noun}{ending}"


def rate(bytes_per_s: float) -> str:
    """Write a rate; nothing flowing is a dash."""
    return f"{size(bytes_per_s)}/s" if bytes_per_s > 0.5 else "–"


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


def age(ns: int) -> str:
    """Write how long something lasts in a few cells: 0.4s 12s 3m12s 2h05m."""
    tenths = max(ns, 0) // 100_000_000
    if tenths < 100:
        return f"{tenths / 10:.1f}s"
    whole = tenths // 10
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02d}m"


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
