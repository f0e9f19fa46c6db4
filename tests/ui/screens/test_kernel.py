"""The screen of the kernel's view: live, at any size, explained, copied."""

import pytest

from sockscope.engine.engine import Engine
from sockscope.show.wall_clock import UNSET
from sockscope.ui.screens.kernel import KernelScreen
from tests.show.kernel.views import looked
from tests.ui import canned
from tests.ui.conftest import in_app, until, words
from tests.ui.screens.test_details import Host


@pytest.mark.parametrize("size", [(120, 36), (80, 24)], ids=lambda size: f"{size[0]}x{size[1]}")
@in_app
async def test_the_kernels_view_is_live_explained_and_copied(still_engine: Engine, size: tuple[int, int]) -> None:
    conversation, app = canned.client(), Host()
    conversation.started_at_ns = canned.NOW_NS
    looked(conversation, canned.NOW_NS, rtt_us=210)
    async with app.run_test(size=size) as pilot:
        app.push_screen(KernelScreen(still_engine, conversation, UNSET))
        await until(pilot, lambda: "#7 127.0.0.1:51334 · the kernel's view" in words(app) and "210 µs" in words(app))
        looked(conversation, canned.NOW_NS, rtt_us=977)
        await until(pilot, lambda: "977 µs" in words(app))
        await pilot.press("G")
        await until(pilot, lambda: "LISTEN → SYN-RECV → ESTAB" in words(app))
        await pilot.press("y")
        await until(pilot, lambda: "977 µs" in app.copied)
        await pilot.press("question_mark")
        await until(pilot, lambda: "What the kernel tells" in words(app))
        await pilot.press("escape", "escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
