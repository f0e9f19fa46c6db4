"""Lines of styled parts, made into strips for the terminal."""

from collections.abc import Iterable

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from sockscope.ui.theme.roles import Styles

_PLAIN = Style.null()


def strip(parts: Iterable[tuple[str, str]], styles: Styles, width: int, over: Style = _PLAIN) -> Strip:
    """Make a strip of exactly `width` cells from (text, role) parts; `over` lies on all of it."""
    segments = [Segment(text, styles(role or "rest") + over) for text, role in parts]
    return Strip(segments).adjust_cell_length(width, styles("rest") + over)
