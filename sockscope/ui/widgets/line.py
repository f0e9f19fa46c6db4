"""Lines of styled parts, made into strips for the terminal."""

from collections.abc import Iterable

from rich.segment import Segment
from textual.strip import Strip

from sockscope.ui.theme.roles import Palette


def strip(parts: Iterable[tuple[str, str]], look: Palette, width: int, over: str = "") -> Strip:
    """Make a strip of exactly `width` cells from (text, role) parts; `over` is the role of the whole line."""
    segments = [Segment(text, look(role or "rest", over)) for text, role in parts]
    return Strip(segments).adjust_cell_length(width, look("rest", over))
