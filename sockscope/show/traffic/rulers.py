"""Two rulers of one direction: above where each send ended, below where each receive did.

The rule: both have the same scale, of bytes, and show the latest SENDS sends that are kept and what came of them. A
boundary is a bar, two and more in one cell a double one; bytes that were sent and not received yet have no ruler below.
A call that moved bytes out of sight too has an open end there, and the size of all that it moved. So it is seen that
TCP keeps the bytes and their order, and not the cuts.
"""

from collections.abc import Sequence

from sockscope.record.conversation import Conversation
from sockscope.record.layers import Track
from sockscope.record.tape_entry import EntryKind
from sockscope.show.layout import Lines
from sockscope.show.units import plural

SENDS = 8
_LABEL = 16  # cells
_OPEN = "…"
_MOST = 200
"""Pieces of a ruler that are looked for."""

Piece = tuple[int, int]
"""The place of a call's first byte in its direction, and the place behind its last."""


def pieces(track: Track, kind: EntryKind, low: int, high: int) -> list[Piece]:
    """Return what each call moved that moved any of the bytes from `low` up to before `high`, where it is kept."""
    found: list[Piece] = []
    at = low
    while at < high and len(found) < _MOST and (entry := track.tape.entry_in(kind, at)):
        end = entry.stream_offset + entry.size_bytes
        found.append((entry.stream_offset, end))
        at = end
    return found


def latest(track: Track) -> Piece | None:
    """Return the bytes of the latest SENDS sends that are kept; None where there are none."""
    end = low = track.tape.total_sent
    for _ in range(SENDS):
        entry = track.tape.entry_in(EntryKind.SENT, low - 1) if low else None
        if entry is None:
            break
        low = entry.stream_offset
    return (low, end) if low < end else None


def rulers(sender: Conversation, receiver: Track, width: int) -> Lines:
    """Draw both rulers, and say below how many calls they stand for, of how many; nothing where nothing was sent."""
    window = latest(sender)
    if window is None:
        return []
    low, high = window
    room = max(20, width - _LABEL - 1)
    sends, receives = pieces(sender, EntryKind.SENT, low, high), pieces(receiver, EntryKind.RECEIVED, low, high)
    upper, lower = (ruler(each, low, high, room) for each in (sends, receives))
    waits = max(0, high - receives[-1][1]) if receives else high - low
    said = f"{_of_all(len(sends), sender)}, {plural(len(receives), 'receive')} of bytes {low:,} to {high - 1:,}"
    return [
        [(f"  {'send':<{_LABEL - 2}}", "label"), (upper, "out")],
        [(f"  {'recv':<{_LABEL - 2}}", "label"), (lower, "in")],
        [(" " * _LABEL, ""), (f"{said}{f'; {waits:,} not received yet' if waits else ''}", "muted")],
    ]


def _of_all(shown: int, sender: Conversation) -> str:
    """Say how many sends are shown, and of how many where those are not all."""
    made = sender.flow.calls_out
    return f"the latest {shown} of {plural(made, 'send')}" if made > shown else plural(shown, "send")


def ruler(each: Sequence[Piece], low: int, high: int, room: int) -> str:
    """Draw the pieces of the bytes from `low` up to before `high` in `room` cells, each with its size if that fits."""
    cells = [" "] * (room + 1)
    bounds = [0] * (room + 1)
    for begin, end in each:
        first, last = ((place - low) * room // (high - low) for place in (max(low, begin), min(high, end)))
        cells[first + 1 : last] = _bar(end - begin, last - first - 1)
        if begin < low:
            cells[0] = _OPEN
        elif not bounds[first]:
            bounds[first] += 1
        if end > high:
            cells[last] = _OPEN
        else:
            bounds[last] += 1
    drawn = zip(bounds, cells, strict=True)
    return "".join("║" if bound > 1 else "│" if bound else cell for bound, cell in drawn).rstrip()


def _bar(size_bytes: int, room: int) -> str:
    written = f"{size_bytes:,}"
    return written.center(room, "─") if len(written) <= room else "─" * max(0, room)
