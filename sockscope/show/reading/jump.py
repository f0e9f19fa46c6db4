"""Where one can jump to: an offset in a direction, a time of the day, or a time since the first call.

The rules: offsets are those that stand before the lines, of one direction, or of datagrams and TLS records within the
one that is here; a time leads to the first call that was made
then or later. What cannot be read without doubt is refused.
"""

import re
from dataclasses import dataclass

from sockscope.record.layers import Track
from sockscope.record.tape_entry import EntryKind, TapeEntry
from sockscope.show.units import plural, since_midnight_ns
from sockscope.show.wall_clock import WallClock

HINT = "go to: 1234 or 0x4d2 (offset; in or out before it) · +1.5s (since the first call) · 14:05:09.25"
BRIEF = "to an offset or time: 1234 · 0x4d2 · +1.5s · 14:05:09"

_OFFSET = re.compile(r"(?:(in|out|←|→)\s*)?(0x[0-9a-f]+|[0-9][0-9,_ ]*)")
_SINCE = re.compile(r"\+\s*([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*(ns|us|µs|μs|ms|s|m|h)?")
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}(?:\.[0-9]{1,9})?))?")
_UNITS_NS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "μs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_KINDS = {"in": EntryKind.RECEIVED, "←": EntryKind.RECEIVED, "out": EntryKind.SENT, "→": EntryKind.SENT}
_DAY_NS = 24 * 3600 * 10**9
_LONGEST = 40  # characters


class JumpError(ValueError):
    """Where one cannot go; the message is one line for a person."""


@dataclass(frozen=True, slots=True)
class Offset:
    """A byte, counted over a direction, or over the one that is here."""

    at: int
    kind: EntryKind | None = None


@dataclass(frozen=True, slots=True)
class Since:
    """So long behind the first call that is kept."""

    ns: int


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of the day, in nanoseconds since midnight."""

    ns: int


Wanted = Offset | Since | Clock
"""Where somebody wants to go."""


def read(typed: str) -> Wanted:
    """Read where to go. Raise JumpError."""
    text = typed.strip().lower()
    if len(text) <= _LONGEST:
        if found := _OFFSET.fullmatch(text):
            digits = re.sub("[,_ ]", "", found[2])
            return Offset(int(digits, 16 if digits.startswith("0x") else 10), _KINDS.get(found[1] or ""))
        if found := _SINCE.fullmatch(text):
            return Since(int(float(found[1]) * _UNITS_NS[found[2] or "s"]))
        if (
            (found := _CLOCK.fullmatch(text))
            and int(found[1]) < 24
            and int(found[2]) < 60
            and float(found[3] or 0) < 60
        ):
            return Clock((int(found[1]) * 60 + int(found[2])) * 60 * 10**9 + round(float(found[3] or 0) * 10**9))
    raise JumpError("an offset as 1234, 0x4d2 or out 16; a time as +1.5s, +200ms or 14:05:09")


def offset_on_tape(track: Track, kind: EntryKind, at: int) -> int:
    """Return where a byte of a direction stands on the tape. Raise JumpError."""
    dropped, total = track.tape.bytes_of(kind)
    what = "received" if kind is EntryKind.RECEIVED else "sent"
    if at < dropped:
        raise JumpError(f"the first {plural(dropped, 'byte')} {what} were dropped")
    entry = track.tape.entry_in(kind, at)
    if entry is None:
        raise JumpError(f"{plural(total, 'byte')} {what} so far, from 0 on")
    return entry.offset + at - entry.stream_offset


def offset_within(unit: str, here: TapeEntry | None, wanted: Offset) -> int:
    """Return which byte of its direction is meant by an offset in the `unit` that is here. Raise JumpError."""
    if here is None:
        raise JumpError(f"no {unit} is here")
    if wanted.kind not in (None, here.kind):
        raise JumpError(f"an offset is one in the {unit} that is here, without in or out before it")
    if wanted.at >= here.size_bytes:
        raise JumpError(f"the {unit} that is here has {plural(here.size_bytes, 'byte')}, from 0 on")
    return here.stream_offset + wanted.at


def entry_at_time(track: Track, wanted: Since | Clock, wall: WallClock) -> int:
    """Return the number of the first call that was made at a time or later. Raise JumpError."""
    tape = track.tape
    first, last = tape.entry(tape.first_entry), tape.entry(tape.total_entries - 1)
    if first is None or last is None:
        raise JumpError("nothing happened yet")
    if isinstance(wanted, Since):
        at_ns = first.at_ns + wanted.ns
    else:
        begun_ns = since_midnight_ns(first.at_ns, wall.offset_at(first.at_ns))
        at_ns = first.at_ns + (wanted.ns - begun_ns) % _DAY_NS
        if at_ns > last.at_ns and wanted.ns < begun_ns:
            return first.number
    if at_ns > last.at_ns:
        raise JumpError("nothing was called then or later")
    low, high = first.number, last.number
    while low < high:
        middle = (low + high) // 2
        entry = tape.entry(middle)
        low, high = (middle + 1, high) if entry is None or entry.at_ns < at_ns else (low, middle)
    return low
