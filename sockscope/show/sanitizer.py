"""Foreign text made harmless: the one door through which payloads and names come to the screen.

The rule: what comes out holds only characters that a terminal draws in a cell or two of their own. Everything
that could move the cursor, start an escape sequence, change the direction of text, join or hide characters is
written out: C0 controls and DEL as their pictures (U+2400 …), bytes that are no UTF-8 as \\xNN, the rest as
\\u{N}. Whether a text is markup is nobody's business here: it is never parsed as such afterwards.
"""

import unicodedata

_DRAWN = frozenset(("Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po"))
_SYMBOLS = frozenset(("Sm", "Sc", "Sk", "So"))
_JOINING = (
    (0x1160, 0x11FF),  # Hangul vowels and finals: drawn into the cell before
    (0xD7B0, 0xD7FF),
    (0x1F1E6, 0x1F1FF),  # regional indicators: two make one flag
    (0x1F3FB, 0x1F3FF),  # skin tones: change the character before
)
_UNSURE = (  # wide since Unicode 16, narrow before: terminals differ, and a row would be out of line
    (0x2630, 0x2637),
    (0x268A, 0x268F),
    (0x4DC0, 0x4DFF),
    (0x1D300, 0x1D376),
)
_BLANK = frozenset((0x115F, 0x3164, 0xFFA0, 0x2800, 0x13441, 0x13442, 0x1D159))  # letters and symbols without ink
_REMEMBERED = 4096


class _Table(dict[int, str]):
    """Maps a code point to what is drawn for it; remembers the first few thousand that are met."""

    def __missing__(self, point: int) -> str:
        drawn = _drawn(point)
        if len(self) < _REMEMBERED:
            self[point] = drawn
        return drawn


def _drawn(point: int) -> str:
    if 0x20 <= point < 0x7F:
        return chr(point)
    if point < 0x20:
        return chr(0x2400 + point)
    if point == 0x7F:
        return "␡"
    if 0xDC80 <= point <= 0xDCFF:  # a byte that was no UTF-8, kept by surrogateescape (PEP 383)
        return f"\\x{point - 0xDC00:02x}"
    odd = point in _BLANK or any(first <= point <= last for first, last in _JOINING + _UNSURE)
    category = unicodedata.category(chr(point))
    if (category in _DRAWN or category in _SYMBOLS) and not odd:
        return chr(point)
    return f"\\u{{{point:x}}}"


_TABLE = _Table()


def safe(text: str) -> str:
    """Make foreign text harmless; text that is so already comes back as it is."""
    if text.isascii() and text.isprintable():
        return text
    return text.translate(_TABLE)


def safe_bytes(data: bytes) -> str:
    """Decode bytes as UTF-8 and make them harmless; what is no UTF-8 is written as \\xNN."""
    return safe(data.decode("utf-8", "surrogateescape"))


def cells(text: str) -> int:
    """How many cells a harmless text takes (UAX #11: wide and full-width characters take two)."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
