"""A call of a log on one line: when, whose it is, and the call as the traffic writes it."""

from sockscope.record.tape_entry import EntryKind
from sockscope.show.call_line import call_line
from sockscope.show.call_log.source import Logged, Source
from sockscope.show.layout import Parts
from sockscope.show.units import time_of_day
from sockscope.show.wall_clock import WallClock

_WHOSE = 11
_NARROW = 90
_SHORT = 3  # digits of the time that are left out where there is little room


def line(logged: Logged, wall: WallClock, room: int | None) -> Parts:
    """Write a line in `room` cells, None cuts nothing; what is foreign in it is made safe."""
    call = logged.source.call(logged.number)
    time = time_of_day(logged.at_ns, wall.offset_at(logged.at_ns))
    time = time if room is None or room >= _NARROW else time[:-_SHORT]
    head = [(f"{time} ", "time"), (f"{logged.source.name:<{_WHOSE}} ", "label"), _arrow(logged)]
    left = None if room is None else max(1, room - sum(len(text) for text, _ in head))
    return [*head, *(call_line(call, left) if call else [("a call, dropped", "note")])]


def _arrow(logged: Logged) -> tuple[str, str]:
    entry = logged.source.tape.entry(logged.number) if isinstance(logged.source, Source) else None
    if entry is None or entry.kind is EntryKind.FACT:
        return "· ", "fact"
    return ("← ", "in") if entry.kind is EntryKind.RECEIVED else ("→ ", "out")
