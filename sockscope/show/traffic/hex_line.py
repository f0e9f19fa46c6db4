"""A line of hex: the offset, the digits with a gap in the middle, and the characters, as xxd(1) writes them."""

from sockscope.show.traffic.marks import Mark

Line = list[tuple[str, str]]

_WIDE = 2**32
"""An offset from here on takes the cells of the gap in the middle."""

_ASCII = bytes(point if 0x20 <= point < 0x7F else 0x2E for point in range(256))


def _half(offset: int, per_line: int) -> int:
    """Return how many bytes stand before the gap; all where there is none."""
    return per_line // 2 if per_line > 4 and offset < _WIDE else per_line


def hex_parts(offset: int, data: bytes, per_line: int) -> Line:
    """Write bytes: the offset, the digits, the ASCII characters and dots for the rest."""
    half = _half(offset, per_line)
    digits = data[:half].hex(" ")
    if per_line > half:
        digits = f"{digits:<{3 * half}} {data[half:].hex(' ')}"
    width = 3 * per_line + (per_line > half)
    characters = data.translate(_ASCII).decode("ascii")
    return [(f"{offset:08x} ", "offset"), (f"{digits:<{width}}", "hex"), (characters, "text")]


def hex_byte_at(cell: int, offset: int, count: int, per_line: int) -> int:
    """Return which of the bytes of a line a cell shows, or is nearest to."""
    half, cell = _half(offset, per_line), cell - len(f"{offset:08x} ")
    width = 3 * per_line + (per_line > half)
    if cell >= width:
        found = cell - width
    elif per_line > half and cell > 3 * half:
        found = half + (cell - 3 * half - 1) // 3
    else:
        found = min(cell // 3, half - 1)
    return max(0, min(found, count - 1))


def hex_cell_of(byte: int, offset: int, per_line: int) -> int:
    """Return the cell where the digits of a byte of a line begin."""
    half = _half(offset, per_line)
    return len(f"{offset:08x} ") + 3 * byte + (per_line > half and byte >= half)


def marked_hex(parts: Line, marks: list[Mark], per_line: int) -> Line:
    """Mark the digits and the characters of some bytes of a hex line."""
    offset, (digits, _), (characters, _) = parts
    if not marks:
        return parts
    gap = len(digits) > 3 * per_line  # one more cell in the middle
    roles = ["hex"] * len(digits)
    drawn = ["text"] * len(characters)
    for low, high, role in marks:
        for byte in range(low, high):
            cell = 3 * byte + (gap and byte >= per_line // 2)
            joined = byte + 1 < high and not (gap and byte + 1 == per_line // 2)
            roles[cell : cell + 2 + joined] = [role] * (2 + joined)
            drawn[byte] = role
    return [offset, *_runs(digits, roles), *_runs(characters, drawn)]


def _runs(text: str, roles: list[str]) -> Line:
    """Put neighbours of one role together."""
    parts: Line = []
    for character, role in zip(text, roles, strict=True):
        if parts and parts[-1][1] == role:
            parts[-1] = (parts[-1][0] + character, role)
        else:
            parts.append((character, role))
    return parts
