"""Lines of the traffic view: a track's tape as text, as hex or as calls.

The rules:
- An entry is shown in pages of at most PAGE_BYTES, and a page is laid out by itself, so that the cost of a
  frame depends on its height and never on the size of an entry or the length of a line.
- The first cells of a line, the gutter, are ours alone. Payload never gets there: ← → begin a call, with ◆ a marked
  one, with ▸ the one that is here (◈ where it is both), │ is its bytes, ┆ is the same line of text going on, │┄ begins
  with a character that stands whole at the end of an earlier call, where ┄ follows it. · is a call that moved no bytes,
  ⊘ what was not done.
- What reads as text is shown as text, and hex otherwise, unless one of them is asked for; each page by itself.
- The time between counts from the line before that is shown of the same track.
- Offsets count the bytes of one direction, as they stand in the files of an export; in each datagram from 0.
- A line is a list of parts, each with a role; how a role looks is for the view to say.
"""

from collections.abc import Callable
from typing import NamedTuple

from sockscope.record.fact import Call, Refusal
from sockscope.record.layers import Track
from sockscope.record.tape_entry import EntryKind, TapeEntry
from sockscope.show.call_line import call_line
from sockscope.show.traffic.characters import Piece, is_text
from sockscope.show.traffic.hex_line import hex_byte_at, hex_cell_of, hex_parts, marked_hex
from sockscope.show.traffic.marks import HERE, Flags, Marks, none_flagged, nothing_marked
from sockscope.show.traffic.text_line import CUT, text_byte_at, text_cell_of, text_parts, text_spans
from sockscope.show.units import age, duration, plural, time_of_day
from sockscope.show.wall_clock import UNSET, WallClock

MODES = ("auto", "text", "hex", "calls")
"""How bytes are shown: each call as what it reads as, all as text, all as hex, or the calls alone."""

PAGE_BYTES = 4096
_NARROW, _VERY_NARROW = 72, 56  # cells of a line that has no room for microseconds, and none for the time between
_GUTTER = 2  # cells
_MINUTES_NS = 99_950_000_000  # from here on a time between is written in minutes

Part = tuple[str, str]
"""A piece of a line and its role."""

Line = list[Part]

Earlier = Callable[[Track, int], TapeEntry | None]
"""Gives the entry that is shown before one of a track."""


def one_earlier(track: Track, number: int) -> TapeEntry | None:
    """Return the entry before one of a track, where all of them are shown."""
    return track.tape.entry(number - 1)


class Look(NamedTuple):
    """How lines are laid out: the mode, the cells of a line, what wall time it was, and whether calls stand whole."""

    mode: str
    width: int
    wall: WallClock = UNSET
    uncut: bool = False
    marks: Marks = nothing_marked
    flags: Flags = none_flagged
    earlier: Earlier = one_earlier

    @property
    def bytes_per_line(self) -> int:
        """16 bytes of hex where they fit, else 8, else 4."""
        return next((count for count in (16, 8) if self.width >= _hex_width(count)), 4)


def _hex_width(count: int) -> int:
    """Cells of a hex line: gutter and offset, the digits with a gap in the middle, the characters."""
    return 11 + 3 * count + (1 if count > 4 else 0) + 1 + count


def pages(entry: TapeEntry, look: Look) -> int:
    """How many pages an entry has; at least one."""
    if look.mode == "calls":
        return 1
    return max(1, -(-entry.size_bytes // PAGE_BYTES))


def page(track: Track, entry: TapeEntry, number: int, look: Look) -> "Window":
    """Lay out one page of an entry."""
    start = entry.offset + number * PAGE_BYTES
    size_bytes = min(PAGE_BYTES, entry.offset + entry.size_bytes - start)
    return Window(track, entry, start, size_bytes, look)


class Window:
    """The lines of one page; only those that are asked for are made."""

    def __init__(self, track: Track, entry: TapeEntry, start: int, size_bytes: int, look: Look) -> None:
        self._track = track
        self._entry = entry
        self._start = start
        self._look = look
        self._head = 1 if start == entry.offset else 0
        self._size_bytes = size_bytes
        self._mode = look.mode
        self._spans: list[tuple[int, int, bool]] = []  # where the lines of text begin and end
        self._piece: Piece | None = None  # of what is text, or may be
        if entry.kind is EntryKind.FACT or self._mode == "calls":
            self.height = 1
            return
        if self._mode in ("auto", "text"):
            self._lay_out_text()
        self.height = self._head + (len(self._spans) if self._mode == "text" else -(-size_bytes // look.bytes_per_line))

    def _lay_out_text(self) -> None:
        data = self._track.tape.read(self._start, self._size_bytes)
        if data is None:  # one line, which will say so
            self._mode = "text"
            self._spans = [(0, self._size_bytes, True)] if self._size_bytes else []
            return
        piece = self._piece = Piece(self._track, self._entry, self._start, data)
        if self._mode == "auto":
            self._mode = "text" if is_text(piece.text) else "hex"
        if self._mode == "text":
            width = self._look.width - 2
            spans = text_spans(piece.text, width - len(CUT) if piece.rest else width)
            self._spans = [(piece.lead + first, piece.lead + last, begins) for first, last, begins in spans]
            if piece.lead and not spans:
                self._spans = [(piece.lead, piece.lead, True)]

    def line(self, i: int) -> Line:
        """Make the i-th line, 0 ≤ i < height."""
        if i < self._head:
            return self._head_line()
        first, last, begins = self._span(i - self._head)
        kept = min(last, self._size_bytes)
        data = self._track.tape.read(self._start + first, kept - first)
        role = "in" if self._entry.kind is EntryKind.RECEIVED else "out"
        cut = self._mode == "text" and self._head and self._piece and 0 < self._piece.lead == first
        gutter = (f"│{CUT}" if cut else "│ " if begins else "┆ ", role)
        if data is None:
            return [gutter, ("dropped meanwhile", "note")]
        if self._mode == "hex":
            parts = hex_parts(self._offset + first, data, self._look.bytes_per_line)
            return [gutter, *marked_hex(parts, self._marks(first, kept), self._look.bytes_per_line)]
        rest = self._piece.rest[: last - kept] if self._piece else b""
        ends = self._start + self._size_bytes == self._entry.offset + self._entry.size_bytes
        return [gutter, *text_parts(data + rest, self._marks(first, kept), cut=ends and last > kept)]

    def _marks(self, first: int, last: int) -> list[tuple[int, int, str]]:
        """What is marked of a line, counted from its first byte."""
        begins = self._start + first
        found = self._look.marks(self._track, begins, self._start + last)
        return [(low - begins, high - begins, role) for low, high, role in found]

    @property
    def settled(self) -> bool:
        """Whether what comes later leaves these lines as they are: a character that was cut may still be completed."""
        return self._piece is None or self._piece.settled

    @property
    def _offset(self) -> int:
        """Where the page begins: within its datagram, or within what went its way."""
        within = self._start - self._entry.offset
        return within if self._track.unit else self._entry.stream_offset + within

    def line_of(self, within: int) -> int:
        """Return the line that shows a byte of this page, counted from the page's first."""
        if self._mode == "hex":
            return self._head + within // self._look.bytes_per_line
        return next((self._head + i for i, (_, last, _) in enumerate(self._spans) if within < last), 0)

    def byte_at(self, i: int, cell: int) -> int | None:
        """Return where the byte stands on the tape that a cell of a line shows; None of a line without bytes."""
        found = self._bytes_of(i)
        if not found:
            return None
        first, data = found
        if self._mode == "hex":
            within = hex_byte_at(cell - _GUTTER, self._offset + first, len(data), self._look.bytes_per_line)
        else:
            within = text_byte_at(cell - _GUTTER, data)
        return self._start + first + within

    def cell_of(self, i: int, offset: int) -> int:
        """Return the cell of a line where a byte of it begins, given by where it stands on the tape."""
        first, data = self._bytes_of(i) or (0, b"")
        byte = offset - self._start - first
        if self._mode == "hex":
            return _GUTTER + hex_cell_of(byte, self._offset + first, self._look.bytes_per_line)
        return _GUTTER + text_cell_of(byte, data)

    def _bytes_of(self, i: int) -> tuple[int, bytes] | None:
        """Return the bytes of a line, and where in the page they begin."""
        if i < self._head or self._entry.kind is EntryKind.FACT or self._mode == "calls":
            return None
        first, last, _ = self._span(i - self._head)
        data = self._track.tape.read(self._start + first, min(last, self._size_bytes) - first)
        return (first, data) if data else None

    def _span(self, i: int) -> tuple[int, int, bool]:
        if self._mode == "hex":
            first = i * self._look.bytes_per_line
            return first, min(first + self._look.bytes_per_line, self._size_bytes), True
        return self._spans[i]

    def _when(self, at_ns: int, since_ns: int | None) -> Line:
        """Write when something was, and how long after what came before; less of both where there is little room."""
        time = time_of_day(at_ns, self._look.wall.offset_at(at_ns))
        if self._look.width < _NARROW:
            time = time[: -len("000")]
        if self._look.width < _VERY_NARROW:
            return [(f"{time} ", "time")]
        apart = abs(since_ns or 0)
        long = f"{duration(apart) if apart < _MINUTES_NS else age(apart)}"
        delta = "" if since_ns is None else f"{'+' if since_ns >= 0 else '-'}{long}"
        return [(f"{time} ", "time"), (f"{delta:>9}  ", "delta")]

    def _head_line(self) -> Line:
        entry = self._entry
        earlier = self._look.earlier(self._track, entry.number)
        since_ns = entry.at_ns - earlier.at_ns if earlier else 0
        when = self._when(entry.at_ns, since_ns if earlier else None)
        room = None if self._look.uncut else self._look.width - 2 - sum(len(text) for text, _ in when)
        if entry.kind is EntryKind.FACT:
            fact = self._track.facts.get(entry.fact)
            mark = "⊘ " if isinstance(fact, Refusal) else "· "
            return [(mark, "fact"), *when, *(call_line(fact, room) if fact else [("a call, dropped", "note")])]
        arrow, role = ("←", "in") if entry.kind is EntryKind.RECEIVED else ("→", "out")
        sign = self._look.flags(self._track, entry.number)
        begins = [(arrow, role), (sign, "note")] if sign == HERE else [(arrow + sign, role)]
        if self._mode == "calls":
            fd, size_bytes = self._track.fd, entry.size_bytes
            call = Call(entry.mover.call, fd, (entry.asked,), size_bytes, "", entry.at_ns, entry.took_ns)
            return [*begins, *when, *call_line(call, room)]
        size = plural(entry.size_bytes, "byte")
        if unit := self._track.unit:
            size = f"{unit} of {size}" if entry.size_bytes else f"empty {unit}"
        if entry.kind is EntryKind.SENT and entry.size_bytes < entry.asked:
            size += f" of {entry.asked:,}"
        return [*begins, *when, (size, role)]
