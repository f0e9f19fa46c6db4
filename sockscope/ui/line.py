"""Lines of styled parts, made into strips for the terminal."""

from collections.abc import Iterable

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from sockscope.show.safe import cells
from sockscope.ui.roles import Styles

_PLAIN = Style.null()

Parts = list[tuple[str, str]]
"""Texts and their roles."""


def strip(parts: Iterable[tuple[str, str]], styles: Styles, width: int, over: Style = _PLAIN) -> Strip:
    """Make a strip of exactly `width` cells from (text, role) parts; `over` lies on all of it."""
    segments = [Segment(text, styles(role) + over) for text, role in parts]
    return Strip(segments).adjust_cell_length(width, styles("rest") + over)


def fit(text: str, width: int, align: str = "left") -> str:
    """Bring a harmless text to `width` cells, cut with an ellipsis where it is longer."""
    taken = cells(text)
    if taken <= width:
        gap = " " * (width - taken)
        return gap + text if align == "right" else text + gap
    while text and cells(text) > width - 1:
        text = text[:-1]
    return text + "…" + " " * (width - 1 - cells(text)) if width else ""
