"""The last door before the terminal: no control character of any origin leaves the program.

Every widget makes foreign text safe before it draws it; this filter is the backstop for what was forgotten and
for what Textual's own widgets draw, such as what was pasted into an input.
"""

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from sockscope.show.sanitizer import cells, safe


class ControlFilter(LineFilter):
    """Replaces what a terminal could obey or misplace, keeping the width of every segment."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments with harmless text only."""
        return [segment if _is_harmless(segment) else _replaced(segment) for segment in segments]


def _is_harmless(segment: Segment) -> bool:
    text, _, control = segment
    return bool(control) or (text.isascii() and text.isprintable()) or safe(text) == text


def _replaced(segment: Segment) -> Segment:
    width = segment.cell_length
    text = "".join(character if safe(character) == character else "·" for character in segment.text)
    while cells(text) > width:
        text = text[:-1]
    return Segment(text + " " * (width - cells(text)), segment.style)
