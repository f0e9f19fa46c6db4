"""Terminals that know few colours, or are to show none."""

import re

import pytest

from tests.end_to_end.terminal import TRUE_COLOUR, Terminal

_COLOUR = re.compile(rb"\x1b\[[\d;]*?(?:3[0-8]|4[0-8]|9\d|10\d)[\d;]*m")
_TRUE_COLOUR = re.compile(rb"\x1b\[[\d;]*[34]8;2;")


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (TRUE_COLOUR, _TRUE_COLOUR),
        ({"TERM": "xterm-256color"}, re.compile(rb"\x1b\[[\d;]*[34]8;5;")),
        ({"TERM": "xterm"}, re.compile(rb"\x1b\[[\d;]*(?:3[0-7]|9[0-7])")),
    ],
    ids=["true colour", "256 colours", "16 colours"],
)
def test_every_character_has_another_colour_than_its_ground(kind: dict[str, str], written: re.Pattern[bytes]) -> None:
    with Terminal("--demo", kind=kind) as terminal:
        terminal.wait_for("2 clients so far", "connected", "F1 Help")
        assert written.search(terminal.raw())
        assert kind is TRUE_COLOUR or not _TRUE_COLOUR.search(terminal.raw())
        assert terminal.vanished() == []


def test_no_colour_is_written_where_none_is_wanted() -> None:
    with Terminal("--demo", kind={**TRUE_COLOUR, "NO_COLOR": "1"}) as terminal:
        terminal.wait_for("2 clients so far", "connected", "F1 Help")
        shades = set(re.findall(rb"[34]8;2;(\d+);(\d+);(\d+)", terminal.raw()))
        assert all(red == green == blue for red, green, blue in shades), "grey alone"
        assert terminal.vanished() == []
