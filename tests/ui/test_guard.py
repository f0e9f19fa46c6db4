"""What fails on the screen ends alone, is said in one line, and everything else goes on."""

import asyncio
import errno
import sys
import time
from collections.abc import Callable
from typing import Any, NoReturn

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from sockscope.engine.engine import Engine
from sockscope.session import Session
from sockscope.ui import guard
from sockscope.ui.app import SockscopeApp
from sockscope.ui.guard import DRAWN_IN_VAIN
from sockscope.ui.panes.listen import ListenPane
from sockscope.ui.panes.resolve import ResolvePane
from sockscope.ui.screens.confirm import Confirm
from sockscope.ui.screens.help import HelpScreen
from sockscope.ui.widgets.form import Form
from sockscope.ui.widgets.traffic_view import TrafficView
from tests.ui import canned
from tests.ui.conftest import in_app, opened, undrawn_until, until, words

FOREIGN = "FOREIGN \x1b"


def raising(error: Exception, name: str = "fail") -> Callable[..., NoReturn]:
    def fail(self: object, *arguments: object) -> NoReturn:
        raise error

    fail.__name__ = name
    return fail


async def assert_it_goes_on(app: SockscopeApp, pilot: Pilot[None]) -> None:
    """Keys are answered, and the panes stand below the sheets."""
    assert "FOREIGN" not in words(app)
    await pilot.press("f1")
    await until(pilot, lambda: isinstance(app.screen, HelpScreen) and "Esc closes" in words(app))
    await pilot.press("escape")
    await until(pilot, lambda: len(app.screen_stack) == 1)


@in_app
async def test_a_key_that_fails_is_named_with_the_reason_each_time(
    still_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(still_engine, failing=True) as (app, pilot):
        await pilot.press("escape")
        monkeypatch.setattr(SockscopeApp, "action_zoom", raising(OSError(errno.EMFILE, FOREIGN), "action_zoom"))
        await pilot.press("z")
        await until(pilot, lambda: "Zoom: not done, no descriptor is left (EMFILE)" in words(app))
        app.complaint = ""
        await pilot.press("z")
        await until(pilot, lambda: app.complaint)
        monkeypatch.undo()
        await assert_it_goes_on(app, pilot)


@in_app
async def test_a_tick_that_fails_is_said_once_and_the_other_panes_are_drawn(
    still_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticked = {"resolve": 0, "listen": 0}

    def fail(pane: ResolvePane) -> NoReturn:
        ticked["resolve"] += 1
        raise KeyError(FOREIGN)

    def count(pane: ListenPane) -> None:
        ticked["listen"] += 1

    async with opened(still_engine, (160, 48), failing=True) as (app, pilot):
        monkeypatch.setattr(ResolvePane, "tick", fail)
        monkeypatch.setattr(ListenPane, "tick", count)
        await until(pilot, lambda: "Part of the screen: not done, KeyError" in words(app))
        failed = ticked["resolve"]
        await until(pilot, lambda: ticked["resolve"] > failed + 3 and ticked["listen"] > 3)
        assert words(app).count("not done") == 1
        monkeypatch.undo()
        await assert_it_goes_on(app, pilot)


@in_app
async def test_the_same_complaint_is_said_again_after_it_was_over(still_engine: Engine) -> None:
    async with opened(still_engine, failing=True) as (app, _):
        now = time.monotonic()
        for after_s, said in ((0.0, True), (1.0, False), (guard.QUIET_S + 0.5, False), (2 * guard.QUIET_S + 2, True)):
            app.clock = lambda after_s=after_s: now + after_s
            app.complaint = ""
            app.failed(KeyError())
            assert bool(app.complaint) is said


@in_app
async def test_a_worker_that_fails_ends_alone(still_engine: Engine) -> None:
    async def work() -> NoReturn:
        raise KeyError(FOREIGN)

    async with opened(still_engine, failing=True) as (app, pilot):
        app.run_worker(work())
        await until(pilot, lambda: "Part of the screen: not done, KeyError" in words(app))
        await assert_it_goes_on(app, pilot)


@pytest.mark.parametrize("failing", ["export", "asyncio.to_thread"])
def test_what_is_not_exported_is_said_whatever_fails(
    still_engine: Engine, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    @in_app
    async def check() -> None:
        monkeypatch.setattr(f"sockscope.ui.exporting.{failing}", raising(ImportError(FOREIGN)))
        async with opened(still_engine) as (app, pilot):
            app.post_message(TrafficView.ExportRequested(canned.client()))
            await until(pilot, lambda: "not exported: ImportError" in words(app))

    check()


@pytest.mark.parametrize("what", ["compose", "on_mount", "in it"])
def test_a_sheet_that_fails_while_it_is_made_is_taken_away(
    still_engine: Engine, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    @in_app
    async def check() -> None:
        broken = Static if what == "in it" else Confirm
        async with opened(still_engine, failing=True) as (app, pilot):
            name = "compose" if what == "compose" else "on_mount"
            monkeypatch.setattr(broken, name, raising(KeyError(FOREIGN)), raising=False)
            await app.push_screen(Confirm("Quit?", "Quit"))
            await until(pilot, lambda: len(app.screen_stack) == 1)
            monkeypatch.undo()
            await until(pilot, lambda: "Part of the screen: not done, KeyError" in words(app))
            await assert_it_goes_on(app, pilot)

    check()


@in_app
async def test_an_import_that_fails_ends_the_palette_alone(
    still_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(still_engine, failing=True) as (app, pilot):
        monkeypatch.setitem(sys.modules, "textual.system_commands", None)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: "ModuleNotFoundError" in words(app))
        await until(pilot, lambda: len(app.screen_stack) == 1)
        monkeypatch.undo()
        await assert_it_goes_on(app, pilot)


@in_app
async def test_a_widget_whose_message_or_callback_fails_takes_its_next_one(
    still_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(still_engine, failing=True) as (app, pilot):
        pane, done = app.query_one(ResolvePane), asyncio.Event()
        monkeypatch.setattr(ResolvePane, "on_form_submitted", raising(KeyError(FOREIGN)))
        await pilot.press("enter")
        await until(pilot, lambda: app.complaint)
        for step in (pane.call_later, pane.call_next, pane.call_after_refresh):
            step(raising(ZeroDivisionError()), None)
            step(done.set)
            await asyncio.wait_for(done.wait(), 10)
            done.clear()
        monkeypatch.undo()
        await pilot.press("enter")
        await until(pilot, lambda: still_engine.names.lookups or app.query_one(Form).wrong)
        await assert_it_goes_on(app, pilot)


@in_app
async def test_what_cannot_be_drawn_for_a_moment_is_drawn_again(
    still_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = 0

    async with opened(still_engine, (160, 48), failing=True) as (app, pilot):
        render_line = TrafficView.render_line

        def fail_at_first(view: TrafficView, y: int) -> Any:
            nonlocal drawn
            drawn += 1
            if drawn <= DRAWN_IN_VAIN // 2:
                raise MemoryError
            return render_line(view, y)

        app.action_pane("listen")
        monkeypatch.setattr(TrafficView, "render_line", fail_at_first)
        app.screen.refresh()
        await undrawn_until(lambda: drawn > DRAWN_IN_VAIN)
        assert "no memory is left" in app.complaint
        await assert_it_goes_on(app, pilot)


def test_what_can_never_be_drawn_ends_the_program(still_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    @in_app
    async def check() -> None:
        async with opened(still_engine, (160, 48), failing=True) as (app, _):
            app.action_pane("listen")
            monkeypatch.setattr(TrafficView, "render_line", raising(KeyError(FOREIGN)))
            app.screen.refresh()
            app.set_interval(0.01, app.query_one(Form).refresh)  # a part that can be drawn is no frame
            await undrawn_until(lambda: app.return_code)
            assert app.return_code == 1

    with pytest.raises(KeyError):
        check()


def test_what_fails_before_the_first_frame_ends_the_program(still_engine: Engine) -> None:
    @in_app
    async def check() -> None:
        app = SockscopeApp(Session(still_engine), raising(KeyError(FOREIGN)))
        async with app.run_test():
            pytest.fail("it runs")

    with pytest.raises(KeyError):
        check()


@in_app
async def test_what_fails_in_the_engine_without_end_is_said_once(still_engine: Engine) -> None:
    async with opened(still_engine, failing=True) as (app, pilot):
        said = "Something inside sockscope failed: KeyError"
        for _ in range(3):
            still_engine.note_fault(KeyError)
            app.tick()
            await pilot.pause()
        assert words(app).count(said) == 1
        assert app.complaint == said
