"""What the first line of the traffic says where there is little room."""

import pytest

from sockscope.ui.widgets.traffic_words import title_line, titles_of
from tests.show.made import connected, text


@pytest.mark.parametrize(
    ("width", "said"),
    [
        (110, "#1 TCP · 192.0.2.7:80 connected · from 192.0.2.1:54321"),
        (86, "#1 TCP · 192.0.2.7:80 connected"),
        (80, "#1 TCP · 192.0.2.7:80"),
        (70, "#1 192.0.2.7:80"),
        (28, "#1 192…80"),
    ],
)
def test_the_number_and_the_port_stay(width: int, said: str) -> None:
    conversation = connected()
    line = text(title_line(titles_of(conversation, conversation), "5 KiB earlier, dropped", "auto", width, ""))
    assert line.startswith(f" {said} ")
    assert len(line) == width
