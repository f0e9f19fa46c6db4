"""What is copied of the traffic: what is selected, a call, a direction, in one of the forms.

The rule: the form and how much it was are said with it, and what is too much is refused, not cut.
"""

from itertools import islice, pairwise
from typing import NamedTuple

from sockscope.record.tape_entry import EntryKind
from sockscope.show.reading import selection as of
from sockscope.show.reading.forms import form_of, written
from sockscope.show.reading.reader import Reader
from sockscope.show.reading.selection import Selection
from sockscope.show.traffic.lines import Look, page
from sockscope.show.units import plural, size
from sockscope.show.wall_clock import WallClock

MOST = 1024 * 1024
"""Bytes that are copied at the most, at once; an export has no such bound."""

_MOST_CALLS = 10_000


class CopyError(ValueError):
    """What cannot be copied; the message is one line for a person."""


class Copied(NamedTuple):
    """A text that is harmless, and what it is."""

    text: str
    what: str


def targets(reader: Reader) -> dict[str, Selection]:
    """Return what can be copied now, under its name: what is selected or the call that is here, then each direction."""
    here = reader.here()
    call = of.call(here.track, here.entry) if here else None
    track = reader.stand.scroller.strand.tracks[0]
    found = {
        "selection": reader.selection,
        "this call": call,
        "all received": of.direction(track, EntryKind.RECEIVED),
        "all sent": of.direction(track, EntryKind.SENT),
    }
    return {name: one for name, one in found.items() if one}


def as_shown(reader: Reader, mode: str, wall: WallClock) -> Copied:
    """Return what is selected, or the call that is here, in the form of the view. Raise CopyError."""
    chosen = next(iter(targets(reader).values()), None)
    if chosen is None:
        raise CopyError("there is nothing to copy yet")
    if mode == "calls":
        return _calls(chosen, wall)
    return in_form(chosen, form_of(mode, _bytes(chosen)))


def in_form(chosen: Selection, form: str) -> Copied:
    """Return bytes in one of FORMS. Raise CopyError."""
    data = _bytes(chosen)
    way = "received" if chosen.kind is EntryKind.RECEIVED else "sent"
    turned = ", line ends as LF" if form == "text" and b"\r\n" in data else ""
    return Copied(written(data, form, _offset(chosen)), f"{plural(len(data), 'byte')} {way}, as {form}{turned}")


def _offset(chosen: Selection) -> int:
    """Return the offset of the first byte as it stands before the lines: of a direction, or of a datagram."""
    first = chosen.end - chosen.kept_bytes
    entry = chosen.track.tape.entry_in(chosen.kind, first) if chosen.track.unit else None
    return first - entry.stream_offset if entry else 0 if chosen.track.unit else first


def _bytes(chosen: Selection) -> bytes:
    if chosen.kept_bytes > MOST:
        raise CopyError(f"{size(chosen.kept_bytes)} are too much to copy, {size(MOST)} at the most: x exports all")
    if sum(1 for _ in islice(chosen.pieces(), _MOST_CALLS + 1)) > _MOST_CALLS:
        raise CopyError(f"over {_MOST_CALLS:,} calls are too much to copy: x exports all")
    data = chosen.read(MOST)
    if not data:
        raise CopyError("what is selected was dropped")
    return data


def _calls(chosen: Selection, wall: WallClock) -> Copied:
    look = Look("calls", 200, wall, uncut=True)
    _bytes(chosen)
    lines = []
    for before, entry in pairwise([None, *(entry for entry, _, _ in chosen.pieces())]):
        assert entry
        line = page(chosen.track, entry, 0, look._replace(earlier=lambda *_, before=before: before)).line(0)
        lines.append("".join(text for text, _ in line))
    return Copied("\n".join(lines), plural(len(lines), "call"))
