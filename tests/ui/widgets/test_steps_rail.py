"""The steps in one line: what is said stands behind its step, and is shortened before names are left out."""

import pytest

from sockscope.show.steps import Progress, Step
from sockscope.ui.widgets.steps_rail import _in_one_line
from tests.show.made import text

STEPS = [
    Step("look up", Progress.SKIPPED, "not needed"),
    Step("connect", Progress.DONE, "127.0.0.1:80"),
    Step("send/receive", Progress.UNDER_WAY, "→ 2.5 KiB in 3 · ← 85 B in 1"),
    Step("close", Progress.AHEAD),
]


@pytest.mark.parametrize(
    ("width", "said"),
    [
        (76, "– look up ● connect ◐ send/receive → 2.5 KiB in 3 · ← 85 B in 1 ○ close"),
        (70, "– look up ● connect ◐ send/receive → 2.5 KiB in 3 · ← 85 B i… ○ close"),
        (65, "– look up ● connect ◐ send → 2.5 KiB in 3 · ← 85 B in 1 ○ close"),
        (60, "– look up ● connect ◐ send → 2.5 KiB in 3 · ← 85 B… ○ close"),
        (52, "– ● connect ◐ send → 2.5 KiB in 3 · ← 85 B… ○ close"),
        (40, "– ● ◐ send → 2.5 KiB in 3 · ← … ○ close"),
    ],
)
def test_what_is_said_of_a_step_stands_behind_it(width: int, said: str) -> None:
    assert text(_in_one_line(STEPS, width)).rstrip() == said


@pytest.mark.parametrize("waited", ["waiting 9.9 s", "waiting 81.9 s", "waiting 1 min 51 s · 1 client so far"])
def test_names_stay_however_long_what_is_said_gets(waited: str) -> None:
    opened = [Step(name, Progress.DONE) for name in ("socket", "bind", "listen", "accept")]
    going_on = [Step("send/receive", Progress.DONE, "→ 0 B in 0"), Step("accept again", Progress.UNDER_WAY, waited)]
    said = text(_in_one_line([*opened, *going_on], 76)).rstrip()
    assert said.startswith("● socket ● bind ● listen ● accept ● send ◐ again waiting "), said
