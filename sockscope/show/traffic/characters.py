"""Characters that are cut between two calls: a receive or a send ends anywhere, also within one of UTF-8.

The rule: a character that is cut belongs to the call that began it, where it is shown whole; the calls that bring its
other bytes do not show them again. What nothing completes stays bytes.
"""

from sockscope.record.layers import Track
from sockscope.record.tape_entry import TapeEntry

_LONGEST = 4  # bytes of one character
_LOOKED_AT = 16  # entries that may lie between the pieces of one
_TEXT_CONTROLS = b"\t\n\r\x1b"
_OTHER_CONTROLS = bytes(point for point in (*range(0x20), 0x7F) if point not in _TEXT_CONTROLS)


def begun(data: bytes) -> int:
    """Return how many bytes at the end of some data begin a character of UTF-8 that does not end there."""
    for count in range(1, min(_LONGEST, len(data) + 1)):
        if size := _size(data[-count]):
            return count if count < size else 0
    return 0


def _size(first: int) -> int:
    """Return how many bytes a character takes whose first byte of several this is; 0 of any other byte."""
    return 2 if 0xC2 <= first <= 0xDF else 3 if 0xE0 <= first <= 0xEF else 4 if 0xF0 <= first <= 0xF4 else 0


def _whole(piece: bytes) -> bool:
    try:
        return len(piece.decode()) == 1
    except UnicodeDecodeError:
        return False


def is_text(data: bytes) -> bool:
    """Whether bytes are text of UTF-8 that a person would read, but for a character that is cut at the end."""
    if data.translate(None, _OTHER_CONTROLS) != data:
        return False
    whole = data[: len(data) - begun(data)]
    try:
        return bool(whole.decode()) or not data
    except UnicodeDecodeError:
        return False


def character_at(data: bytes, at: int) -> int:
    """Bring a place to where a character of UTF-8 begins: what is marked or cut is never so within one."""
    while at < len(data) and data[at] & 0xC0 == 0x80:
        at += 1
    return at


class Piece:
    """Bytes of one entry, from `start` of its track on, with what they have in common with the calls around them."""

    __slots__ = ("_entry", "_start", "_track", "data", "lead", "rest", "settled")

    def __init__(self, track: Track, entry: TapeEntry, start: int, data: bytes) -> None:
        self._track, self._entry, self._start = track, entry, start
        self.data = data
        self.lead, self.rest = 0, b""
        self.settled = True  # whether nothing that comes later completes a character of these bytes
        if data and not track.unit:  # a datagram stands for itself
            self._look_around()

    def _look_around(self) -> None:
        data = self.data
        before = self._before() if 0x80 <= data[0] <= 0xBF else b""
        ending = before + data if len(data) < _LONGEST else data[-_LONGEST:]
        count = begun(ending)
        missing = _size(ending[-count]) - count if count else 0
        after = self._after() if missing else b""
        self.lead = _cut_at_start(before, data, after)
        if missing:
            self.settled = len(after) >= missing or not all(0x80 <= byte <= 0xBF for byte in after)
            own = begun(data)
            self.rest = after[:missing] if own and _whole(data[-own:] + after[:missing]) else b""

    @property
    def text(self) -> bytes:
        """What is shown of it as text: without what an earlier call showed, with what a later one brought."""
        return self.data[self.lead :] + self.rest

    def _before(self) -> bytes:
        """Return the bytes of the same direction just before it."""
        start, near = self._start, _LONGEST - 1
        own = min(near, start - self._entry.offset)
        found = self._track.tape.read(start - own, own) or b""
        return found if len(found) == near else (self._nearby(-1) + found)[-near:]

    def _after(self) -> bytes:
        """Return the bytes of the same direction just behind it."""
        end, near = self._start + len(self.data), _LONGEST - 1
        own = min(near, self._entry.offset + self._entry.size_bytes - end)
        found = self._track.tape.read(end, own) or b""
        return found if len(found) == near else (found + self._nearby(1))[:near]

    def _nearby(self, step: int) -> bytes:
        """Return the bytes of the calls before or behind its own, as many as a character can have."""
        found, number = b"", self._entry.number
        for _ in range(_LOOKED_AT):
            number += step
            other = self._track.tape.entry(number) if number >= 0 else None
            if other is None or len(found) >= _LONGEST - 1:
                break
            if other.kind is self._entry.kind and other.size_bytes:
                size_bytes = min(_LONGEST - 1, other.size_bytes)
                start = other.offset if step > 0 else other.offset + other.size_bytes - size_bytes
                piece = self._track.tape.read(start, size_bytes)
                if piece is None:
                    break
                found = found + piece if step > 0 else piece + found
        return found


def _cut_at_start(before: bytes, data: bytes, after: bytes) -> int:
    """Return how many of the first bytes belong to a character that began `before` them."""
    if not (count := begun(before)):
        return 0
    missing = _size(before[-count]) - count
    return min(missing, len(data)) if _whole(before[-count:] + (data + after)[:missing]) else 0
