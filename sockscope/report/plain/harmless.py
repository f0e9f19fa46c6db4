"""Bytes of a peer for a terminal: as text that acts on nothing, its lines and tabs kept.

The rule: what `show.sanitizer` lets through, line feeds and tabs, and of CRLF the line feed; a character that is cut
between two pieces is put together.
"""

import codecs
import re

from sockscope.show.sanitizer import safe

_KEPT = re.compile("([\n\t]+)")


class Harmless:
    """Makes the text of one piece after the other."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._held = ""  # a CR, of which it is not known yet whether it ends a line

    def __call__(self, piece: bytes) -> bytes:
        """Return the text of a piece as UTF-8; of what is cut off at its end, nothing yet."""
        text = (self._held + self._decoder.decode(piece)).replace("\r\n", "\n")
        self._held = "\r" if text.endswith("\r") else ""
        text = text.removesuffix("\r")
        parts = _KEPT.split(text)
        return "".join(part if number % 2 else safe(part) for number, part in enumerate(parts)).encode()
