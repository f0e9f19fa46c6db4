"""The scroll bar of a scroller: where a window stands between the first kept line and the last one."""

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.scrollbar import ScrollBarRender

from sockscope.show.traffic.scroller import Position, Scroller


def cells(scroller: Scroller, top: Position, height: int, bar: Color, back: Color) -> list[Segment]:
    """Draw the bar, one cell for each line; nothing where everything is visible."""
    first, end = scroller.weights()
    fits = top == scroller.first() and scroller.move(top, max(0, height - 1)) == scroller.last()
    if height < 1 or fits:
        return [Segment(" ", Style(bgcolor=back.rich_color))] * height
    size = max(end - first, height + 1)
    drawn = ScrollBarRender.render_bar(
        size=height,
        virtual_size=size,
        window_size=height,
        position=max(0.0, min(scroller.weight(top) - first, size - height)),
        back_color=back.rich_color,
        bar_color=bar.rich_color,
    )
    return drawn.segments[:height]


def place_at(scroller: Scroller, y: int, height: int) -> Position:
    """Return the place that a point of the bar stands for."""
    first, end = scroller.weights()
    along = max(0.0, min(1.0, y / max(1, height - 1)))
    return scroller.at_weight(first + along * (end - first))
