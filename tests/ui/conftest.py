"""The application in Textual's pilot, on an engine that is not started and a clock that stands still."""

import asyncio
import functools
import gc
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.app import App
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
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
