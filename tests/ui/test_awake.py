"""The screen's loop finds what another thread asks for, also where waking it failed."""

import asyncio
import threading

import pytest

from sockscope.ui.run import keep_awake
from tests.conftest import DEADLINE_S


def test_what_a_thread_asks_for_is_found_although_the_loop_cannot_be_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    async def wait() -> None:
        loop, done = asyncio.get_running_loop(), asyncio.Event()
        monkeypatch.setattr(loop, "_write_to_self", lambda: None)  # the send failed, which asyncio keeps to itself
        keep_awake(loop)
        threading.Timer(0.1, loop.call_soon_threadsafe, (done.set,)).start()  # once the loop sleeps
        began_at = loop.time()
        await done.wait()
        assert loop.time() - began_at < DEADLINE_S / 2, "the deadline alone has woken it"

    asyncio.run(asyncio.wait_for(wait(), DEADLINE_S))
