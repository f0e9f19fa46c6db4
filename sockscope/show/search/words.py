"""What is said of a search through many conversations: how far it came, what it found, and the matches themselves.

The rule: nothing is called not found before all was looked at; what could not be looked at is said.
"""

from collections.abc import Iterator

from sockscope.request.pattern import as_hex
from sockscope.show.layout import Parts
from sockscope.show.sanitizer import safe_bytes
from sockscope.show.search.search_all import Found, SearchAll
from sockscope.show.traffic.characters import character_at, is_text
from sockscope.show.units import plural, size, time_of_day
from sockscope.show.wall_clock import WallClock

_TEXT_BEFORE, _HEX_BEFORE = 10, 3
"""Bytes before a match that are written: so few that the match itself stays in sight."""


def progress(search: SearchAll, wall: WallClock, *, running: bool, mode: str = "") -> str:
    """Say how far a search came and what it found, and what it could not look at; `mode` is what was typed as."""
    far = f"{search.searched:,} of {plural(search.conversations, 'conversation')}"
    bytes_so_far = search.bytes_so_far
    looked_at = f"{size(bytes_so_far)} of {size(search.total_bytes)}"  # all last: never less than a part of it
    where = f"{plural(search.matches, 'match')} in {search.conversations_with:,}"
    if not search.conversations:
        return "there is no conversation yet"
    if not search.done:
        stopped = "searched" if running else "stopped: searched"
        said = f"{stopped} {far}, {looked_at} · {where}{' · Esc stops' if running else ''}"
    else:
        at = time_of_day(search.began_at_ns, wall.offset_at(search.began_at_ns)).partition(".")[0]
        of = f"{plural(search.conversations, 'conversation')}, {size(bytes_so_far)}"
        found = f"{where} of {of}" if search.matches else f"not found: {of} searched"
        said = f"{found} · as of {at}, what came later is not in it"
        if not search.matches and mode == "text" and as_hex(search.pattern.typed):
            said += " · it reads as hex too: search as hex"
    return " · ".join([said, *_missing(search)])


def _missing(search: SearchAll) -> Iterator[str]:
    if search.rows_left_out:
        yield f"{search.rows_left_out:,} more with matches are not listed"
    if search.dropped_bytes:
        yield f"{size(search.dropped_bytes)} were dropped before"
    if search.too_long:
        yield f"in {search.too_long:,} the expression takes too long: not searched whole"


def surroundings(found: Found) -> Parts:
    """Write a first match and what surrounds it, harmless, on one line: as text where the match is, else in hex."""
    begin = character_at(found.before, max(0, len(found.before) - _TEXT_BEFORE))
    if is_text(found.match):
        texts = [safe_bytes(one) for one in (found.before[begin:], found.match, found.behind)]
    else:
        texts = [one.hex(" ") for one in (found.before[-_HEX_BEFORE:], found.match, found.behind)]
        texts = [texts[0] + " " * bool(texts[0]), texts[1], " " * bool(texts[2]) + texts[2]]
    if not found.match:
        return [("dropped meanwhile", "note")]
    return [part for part in zip(texts, ("detail", "match", "detail"), strict=True) if part[0]]
