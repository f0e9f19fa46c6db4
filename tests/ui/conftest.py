"""The application in Textual's pilot, on an engine that is not started and a clock that stands still.

What is spared, and no test is about: a style sheet is parsed once for all applications, and the pilot asks none of the
75 widgets that have nothing to do whether they are done.
"""

import asyncio
import functools
import gc
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.app import App, ScreenError
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.message_pump import MessagePump
from textual.pilot import Pilot

from sockscope.engine.engine import Engine
from sockscope.session import Session
from sockscope.show.wall_clock import UNSET
from sockscope.ui import collector
from sockscope.ui.app import SockscopeApp
from tests.conftest import DEADLINE_S
from tests.ui.canned import NOW_NS

Opened = Callable[..., Any]


@pytest.fixture(autouse=True)
def collecting() -> Iterator[None]:
    """Let Python look for garbage as seldom as in the program, but sometimes through everything."""
    before = gc.get_threshold()
    gc.set_threshold(*collector.LATELY[:2], 10)
    yield
    gc.set_threshold(*before)


@pytest.fixture(scope="session", autouse=True)
def style_sheets_read_once() -> Iterator[None]:
    """Let every application of the tests share what Textual parsed of the same style sheet with the same variables."""
    read, parsed = Stylesheet._parse_rules, {}

    def once(sheet: Stylesheet, css: str, **how: Any) -> list[RuleSet]:
        key = (css, *how.values(), frozenset(sheet._variables.items()))
        if key not in parsed:
            parsed[key] = read(sheet, css, **how)
        return parsed[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", once)
        yield


@pytest.fixture(scope="session", autouse=True)
def only_the_busy_are_waited_for() -> Iterator[None]:
    """Let the pilot wait for the application, its screen, and those widgets that are at work."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pilot, "_wait_for_screen", wait_for_the_busy)
        yield


async def wait_for_the_busy(pilot: Pilot[Any], timeout: float = 30.0) -> bool:
    """Wait until what was told to those at work is dealt with; False where the application ends or fails before."""
    app, dealt_with = pilot.app, asyncio.Semaphore(0)
    try:
        asked = [app, app.screen, *(one for one in app.screen.walk_children() if not at_rest(one))]
    except ScreenError:
        return False
    count = sum(one.call_later(dealt_with.release) for one in asked)

    async def all_asked() -> None:
        for _ in range(count):
            await dealt_with.acquire()

    done = asyncio.create_task(all_asked())
    failed: asyncio.Task[Any] = asyncio.create_task(app._exception_event.wait())
    ended, waiting = await asyncio.wait({done, failed}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    assert ended, f"not dealt with within {timeout} s"
    return done in ended


def at_rest(pump: MessagePump) -> bool:
    """Whether nothing is left of what a widget was told: it waits for its next message."""
    told: Any = pump._message_queue.ready_event
    return not told.is_set() and bool(told._waiters)


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the clock of every module at NOW_NS, and put the wall's zone to UTC."""
    for name, module in list(sys.modules.items()):
        if name.startswith("sockscope.") and hasattr(module, "now_ns"):
            monkeypatch.setattr(module, "now_ns", lambda: NOW_NS)
    monkeypatch.setenv("TZ", "UTC")


@pytest.fixture
def still_engine() -> Iterator[Engine]:
    """An engine that is not started: its records are what a test puts there."""
    engine = Engine()
    yield engine
    engine.stop()


@asynccontextmanager
async def opened(
    engine: Engine, size: tuple[int, int] = (120, 36), *, failing: bool = False
) -> AsyncIterator[tuple[SockscopeApp, Pilot[None]]]:
    """Run the application without a terminal; only where it is `failing` may anything be complained of."""
    app = SockscopeApp(Session(engine), wall=UNSET)
    async with app.run_test(size=size, notifications=True) as pilot:
        yield app, pilot
        assert failing or not app.complaint, app.complaint


async def until(pilot: Pilot[None], condition: Callable[[], object], deadline_s: float = DEADLINE_S) -> None:
    """Let the application go on until a condition holds; fail when it does not before the deadline."""
    ends = time.monotonic() + deadline_s
    if condition():
        return
    while not condition():
        if time.monotonic() > ends:
            pytest.fail(f"not so within {deadline_s} s: {condition}")
        await asyncio.sleep(0.01)
    await pilot.pause(0)


async def undrawn_until(condition: Callable[[], object]) -> None:
    """Wait without the pilot, which would draw by itself."""
    async with asyncio.timeout(DEADLINE_S):
        while not condition():
            await asyncio.sleep(0.01)


def words(app: App[None]) -> str:
    """Everything on the screen as text."""
    lines = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in line) for line in lines)


def in_app(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run an asynchronous test in a loop of its own."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        asyncio.run(test(*args, **kwargs))

    return run
