"""Lines of text: where bytes are cut into them, how one is written, and which byte a cell shows."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from sockscope.show.sanitizer import cells, safe, safe_bytes
from sockscope.show.traffic.characters import character_at
from sockscope.show.traffic.marks import Mark

CUT = "┄"
"""Behind a character that was cut between two calls."""

_ONE_CELL = bytes(range(0x80))  # every ASCII byte is drawn in one cell, the controls as their pictures


def text_parts(data: bytes, marks: list[Mark], *, cut: bool) -> list[tuple[str, str]]:
    """Write text, its line end as faint pictures; behind a character that was cut stands a mark."""
    body = len(data.rstrip(b"\r\n"))
    marked = [(character_at(data, low), character_at(data, high), role) for low, high, role in marks]
    edges = sorted({0, body, len(data), *(edge for low, high, _ in marked for edge in (low, high))})
    parts = []
    for first, last in pairwise(edges):
        usual = "text" if first < body else "dim"
        role = next((role for low, high, role in reversed(marked) if low <= first < high), usual)
        parts.append((safe_bytes(data[first:last]), role))
    parts.append((CUT if cut else "", "dim"))
    return [part for part in parts if part[0]] or [("", "text")]


def text_spans(data: bytes, width: int) -> list[tuple[int, int, bool]]:
    """Cut bytes into lines of at most `width` cells: (first, last, begins a line) for each.

    A line ends behind its LF, and where the width is used up; it never ends within a character.
    """
    width = max(width, 12)
    spans: list[tuple[int, int, bool]] = []
    first = 0
    while first < len(data):
        end = data.find(b"\n", first) + 1 or len(data)
        begins = True
        for cut in _cuts(data[first:end], width):
            spans.append((first, first + cut, begins))
            first += cut
            begins = False
    return spans


def _cuts(line: bytes, width: int) -> list[int]:
    """Cut one line: the size in bytes of each piece."""
    if not line.translate(None, _ONE_CELL):
        return [min(width, len(line) - at) for at in range(0, len(line), width)]
    sizes: list[int] = []
    size = used = 0
    for taken, size_bytes in _characters(line):
        if used + taken > width:
            sizes.append(size)
            size = used = 0
        used += taken
        size += size_bytes
    return [*sizes, size]


def text_byte_at(cell: int, data: bytes) -> int:
    """Return the first byte of the character of a line that a cell shows, or is nearest to."""
    at = used = last = 0
    for taken, size_bytes in _characters(data):
        last = at
        used += taken
        if cell < used:
            break
        at += size_bytes
    return last


def text_cell_of(byte: int, data: bytes) -> int:
    """Return the cell where the character of a line begins that a byte belongs to."""
    at = used = 0
    for taken, size_bytes in _characters(data):
        if at <= byte < at + size_bytes:
            break
        at += size_bytes
        used += taken
    return used


def _characters(data: bytes) -> Iterator[tuple[int, int]]:
    """Return of each character the cells and the bytes that it takes."""
    for character in data.decode("utf-8", "surrogateescape"):
        size_bytes = 1 if "\udc80" <= character <= "\udcff" else len(character.encode("utf-8"))
        yield _cells(character), size_bytes


@lru_cache(4096)
def _cells(character: str) -> int:
    return cells(safe(character))
