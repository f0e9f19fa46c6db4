"""The scroll bar of the traffic: there where not all is in sight, whatever the lines weigh."""

import pytest
from textual.color import Color

from sockscope.show.traffic.lines import Look
from sockscope.show.traffic.scroller import Scroller
from sockscope.show.traffic.strand import Whole
from sockscope.ui.widgets.scroll_bar import cells
from tests.show.made import made


@pytest.mark.parametrize(
    ("data", "height", "drawn"),
    [(b"x" * 70 + b"\n", 2, False), (b"x" * 700, 12, False), (b"\n" * 30, 20, True), (b"x" * 70, 1, True)],
)
def test_it_is_drawn_where_not_all_lines_are_in_sight(data: bytes, height: int, drawn: bool) -> None:
    scroller = Scroller(Whole(made([("in", data)])), Look("text", 80))
    bar, back = Color(1, 1, 1), Color(2, 2, 2)
    looks = {segment.style for segment in cells(scroller, scroller.first(), height, bar, back)}
    assert any(style and bar.rich_color in (style.color, style.bgcolor) for style in looks) is drawn
