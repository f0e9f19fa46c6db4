"""Messages never cover a field, nor a button, nor what is new in the traffic."""

import pytest
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Button, Input
from textual.widgets._toast import Toast

from sockscope.engine.engine import Engine
from sockscope.ui.app import SockscopeApp
from sockscope.ui.widgets.choice import Choice
from sockscope.ui.widgets.traffic_view import TrafficView
from tests.ui import canned
from tests.ui.conftest import in_app, opened, until, words

SIZES = [(120, 36), (80, 24), (160, 48), (100, 36)]
WAYS = {
    "writing": ("f4", "escape", "i"),
    "filtering": ("f4", "escape", "slash"),
    "searching": ("f4", "escape", "tab", "slash"),
    "an address": ("f4", "escape", "a"),
    "a name": ("f2",),
    "details": ("f4", "escape", "d"),
    "options": ("f4", "escape", "o"),
    "a question": ("f4", "escape", "t"),
}
SAID = "copied 12 lines, also into /tmp/sockscope-copied-1000.txt; " * 2


def covers_traffic(app: SockscopeApp) -> bool:
    """Whether a message lies on the bytes, of which the newest are the lowest."""
    shown = [one.region for one in app.screen.query(TrafficView) if one.region]
    return any(toast.region.overlaps(one) for toast in app.screen.query(Toast) for one in shown)


def covered(app: SockscopeApp) -> list[Widget]:
    """What a person types into or presses, and a message lies on."""
    toasts = [toast.region for toast in app.screen.query(Toast)]
    there = [one for kind in (Input, Button, Choice) for one in app.screen.query(kind) if one.display and one.size]
    return [one for one in there for toast in toasts if one.region.overlaps(toast)]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_no_message_covers_what_is_typed_into_or_pressed(still_engine: Engine, size: tuple[int, int]) -> None:
    still_engine.listeners[1] = canned.listener(canned.client())

    @in_app
    async def check() -> None:
        async with opened(still_engine, size) as (app, pilot):
            await pilot.press("f4", "escape")
            for name, way in WAYS.items():
                await go(app, pilot, way)
                app.notify(SAID, markup=False)
                await until(pilot, lambda: "copied 12 lines" in words(app))
                assert covered(app) == [] and not covers_traffic(app), name
                app.clear_notifications()
                while len(app.screen_stack) > 1:
                    app.pop_screen()
                await pilot.press("escape", "escape")

    check()


def test_a_message_stands_on_the_screen_in_front_alone(still_engine: Engine) -> None:
    @in_app
    async def check() -> None:
        async with opened(still_engine) as (app, pilot):
            app.notify("said once", markup=False)
            await until(pilot, lambda: "said once" in words(app))
            await pilot.press("f1")
            await until(pilot, lambda: [toast for toast in app.screen.query(Toast) if toast.size])
            assert len(seen(app)) == 1
            app.notify("said meanwhile", markup=False)
            await pilot.press("escape")
            await until(pilot, lambda: "said meanwhile" in words(app))
            assert len(seen(app)) == 2

    check()


def seen(app: SockscopeApp) -> list[Toast]:
    """The messages that are drawn, on whatever screen."""
    return [one for screen in app.screen_stack for one in screen.query(Toast) if one.parent and one.parent.display]


async def go(app: SockscopeApp, pilot: Pilot[None], way: tuple[str, ...]) -> None:
    sheets = len(app.screen_stack)
    await pilot.press(*way)
    if way[-1] in "dot":
        await until(pilot, lambda: len(app.screen_stack) > sheets)
    await pilot.pause(0.05)
