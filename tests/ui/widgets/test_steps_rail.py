"""The steps in one line: what is said stands behind its step, and names give way to it."""

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
        (70, "– look up ● connect ◐ send/receive → 2.5 KiB in 3 · ← 85 B in 1 ○"),
        (60, "– ● ◐ send/receive → 2.5 KiB in 3 · ← 85 B in 1 ○"),
        (40, "– ● ◐ send/receive → 2.5 KiB in 3 · … ○"),
    ],
)
def test_what_is_said_of_a_step_stands_behind_it(width: int, said: str) -> None:
    assert text(_in_one_line(STEPS, width)).rstrip() == said
