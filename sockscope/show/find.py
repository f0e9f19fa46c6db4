"""Search the tape for bytes.

The rules: calls cut the bytes of a stream at random, so a match may begin in one call and end in a later one of
the same direction; only then is "not found" true. A datagram is whole, so a match lies within one. Matches are
found in the order of their first bytes. What is dropped during a search breaks a match: nothing is joined over a gap.
"""

from collections.abc import Callable, Iterator

from sockscope.record.layers import Track
from sockscope.record.tape_entry import EntryKind, TapeEntry

_FIRST_STEP = 8  # entries that a search backwards looks at first; four times as many each time it finds nothing

Scanned = tuple[TapeEntry, list[int], list[int]]
"""An entry, the offsets where matches that end in it begin, and where matches that may go on behind it begin."""


Wanted = Callable[[], bool]
"""Whether a search is still wanted; where it is not, it ends and finds nothing more."""


def find_next(track: Track, needle: bytes, after: int, wanted: Wanted = lambda: True) -> int | None:
    """Return the tape offset of the first match that begins behind `after` (-1 for the very first), or None."""
    tape = track.tape
    first = tape.entry_at(max(after, tape.first_offset))
    best: int | None = None
    for _, found, begun in _scan(track, needle, first.number if first else tape.first_entry, wanted):
        best = min((at for at in found if at > after and (best is None or at < best)), default=best)
        if best is not None and not any(after < at < best for at in begun):
            return best
    return best


def find_previous(track: Track, needle: bytes, before: int, wanted: Wanted = lambda: True) -> int | None:
    """Return the tape offset of the last match that begins before `before`, or None."""
    tape = track.tape
    last = tape.entry_at(before - 1)
    number, step = last.number if last else tape.total_entries, _FIRST_STEP
    while True:
        start = max(tape.first_entry, number - step)
        best: int | None = None
        for entry, found, begun in _scan(track, needle, start, wanted):
            best = max((at for at in found if at < before and (best is None or at > best)), default=best)
            if entry.number >= number and not any(at < before for at in begun):
                break
        if best is not None or start <= tape.first_entry or not wanted():
            return best
        step *= 4


def _scan(track: Track, needle: bytes, number: int, wanted: Wanted) -> Iterator[Scanned]:
    """Look at the entries from one on, each direction by itself."""
    tape = track.tape
    tails: dict[EntryKind, tuple[bytes, list[int]]] = {}  # a direction's latest bytes that may begin a match, and where
    expected, end = number, tape.total_entries
    for entry in tape.entries(number):
        if entry.number >= end or not wanted():
            return
        data = tape.read(entry.offset, entry.size_bytes) if entry.size_bytes else b""
        if entry.number != expected or data is None:
            tails.clear()
        expected = entry.number + 1
        if not data:
            continue
        before, offsets = tails.get(entry.kind, (b"", []))
        joined = before + data
        found = [_offset(at, offsets, entry) for at in _places(joined, needle)]
        begun = [] if track.unit else [at for at in _beginnings(joined, needle) if needle.startswith(joined[at:])]
        starts = [_offset(at, offsets, entry) for at in begun]
        kept = range(begun[0], len(joined)) if begun else range(0)
        tails[entry.kind] = joined[kept.start : kept.stop], [_offset(at, offsets, entry) for at in kept]
        yield entry, found, [*starts, *_others(tails, entry.kind, needle)]


def _places(data: bytes, needle: bytes) -> Iterator[int]:
    at = data.find(needle)
    while at >= 0:
        yield at
        at = data.find(needle, at + 1)


def _beginnings(data: bytes, needle: bytes) -> Iterator[int]:
    """Return where the needle's first byte stands among the last bytes, fewer than the needle has."""
    at = data.find(needle[:1], max(0, len(data) - len(needle) + 1))
    while at >= 0:
        yield at
        at = data.find(needle[:1], at + 1)


def _offset(at: int, offsets: list[int], entry: TapeEntry) -> int:
    """Turn a place in the joined bytes into a tape offset."""
    return offsets[at] if at < len(offsets) else entry.offset + at - len(offsets)


def _others(tails: dict[EntryKind, tuple[bytes, list[int]]], kind: EntryKind, needle: bytes) -> list[int]:
    """Return where matches of the other direction may have begun."""
    return [
        offsets[at]
        for other, (tail, offsets) in tails.items()
        if other is not kind
        for at in range(len(tail))
        if needle.startswith(tail[at:])
    ]
