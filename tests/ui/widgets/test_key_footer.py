"""The footer says which keys work where the focus is, keeps those that work everywhere, and can be clicked."""

import pytest
from textual.pilot import Pilot

from sockscope.engine.engine import Engine
from sockscope.ui.app import SockscopeApp
from sockscope.ui.panes.connect import ConnectPane
from sockscope.ui.panes.conversations import Conversations
from sockscope.ui.panes.lookups import Lookups
from sockscope.ui.screens.help import HelpScreen
from sockscope.ui.widgets.key_footer import KeyFooter
from tests.ui import canned
from tests.ui.conftest import in_app, opened, until, words

EVERYWHERE = "^q Quit F1 Help z Zoom"


def footer(app: SockscopeApp) -> str:
    return words(app).splitlines()[-1]


async def reach(app: SockscopeApp, pilot: Pilot[None], *keys: str, seen: str) -> None:
    await pilot.press(*keys)
    await until(pilot, lambda: seen in footer(app))


@in_app
async def test_it_follows_the_focus(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        await reach(app, pilot, "f3", seen="^t Saved")
        await reach(app, pilot, "escape", seen="o Options")
        assert "^t Saved" not in footer(app)


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (80, f"h Look i Write c Close d Details o Options t Stop {EVERYWHERE}"),
        (72, f"h Look i Write c Close d Details o Options t Stop {EVERYWHERE}"),
        (71, f"h Look i Write c Close d Details o Options {EVERYWHERE}"),
        (40, f"h Look i Write {EVERYWHERE}"),
        (15, EVERYWHERE[:15]),
    ],
)
def test_whole_keys_are_left_out_but_none_that_works_everywhere(still_engine: Engine, width: int, shown: str) -> None:
    still_engine.listeners[1] = canned.listener(canned.client())

    @in_app
    async def check() -> None:
        async with opened(still_engine, (width, 36)) as (app, pilot):
            await reach(app, pilot, "f4", "escape", seen=EVERYWHERE[:15])
            assert footer(app).rstrip() == shown

    check()


@in_app
async def test_a_key_is_pressed_by_a_click_and_explained_under_the_pointer(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        await reach(app, pilot, "escape", seen="F1 Help F2 Resolve F3 Connect F4 Listen z Zoom")
        left = footer(app).index("F1 Help")
        await pilot.hover(KeyFooter, offset=(left, 0))
        assert app.query_one(KeyFooter).tooltip == "Keys and words, from the place where one is"
        await pilot.hover(KeyFooter, offset=(119, 0))
        assert app.query_one(KeyFooter).tooltip is None
        await pilot.click(KeyFooter, offset=(119, 0))
        assert len(app.screen_stack) == 1
        await pilot.mouse_down(KeyFooter, offset=(left + 3, 0))
        await pilot.mouse_up(KeyFooter, offset=(left - 3, 0))  # on Quit
        await pilot.click(KeyFooter, offset=(left + 3, 0), button=3)
        await pilot.pause()
        assert len(app.screen_stack) == 1 and app.return_code is None
        await pilot.click(KeyFooter, offset=(left + 3, 0))
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))


@in_app
async def test_it_says_what_enter_does_in_a_field_and_how_to_get_out(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        await reach(app, pilot, "f3", seen="Enter Connect")
        assert "Esc Back" in footer(app) and "z Zoom" not in footer(app)
        await reach(app, pilot, "f4", seen="Enter Listen")
        await reach(app, pilot, "f2", seen="Enter Look up")


@in_app
async def test_only_what_does_something_is_offered(still_engine: Engine) -> None:
    ended, live = canned.refused(), canned.dialled()
    async with opened(still_engine, (160, 48)) as (app, pilot):
        await reach(app, pilot, "f3", "escape", seen="o Options")
        assert footer(app).startswith("o Options a Address ^q Quit")
        still_engine.dialled[ended.number] = ended
        await until(pilot, lambda: "d Details" in footer(app))
        assert footer(app).startswith("h Look d Details o Options Enter Traffic a Address ^q Quit F1 Help z Zoom")
        still_engine.dialled[live.number] = live
        app.query_one(ConnectPane).query_one(Conversations).table.choose(live)
        await until(pilot, lambda: "i Write c Close" in footer(app))


@in_app
async def test_a_race_is_offered_where_there_is_a_port(still_engine: Engine) -> None:
    async with opened(still_engine, (160, 48)) as (app, pilot):
        await reach(app, pilot, "f2", "escape", seen="o Options")
        assert "h Page" not in footer(app)
        canned.lookups(still_engine)
        await until(pilot, lambda: "h Page d Ask DNS w Watch" in footer(app))
        lookups = app.query_one(Lookups)
        with_port, failed = still_engine.names.lookups[10], still_engine.names.lookups[11]
        for chosen, offered in ((with_port, True), (failed, False)):
            lookups.table.choose(chosen)
            await until(pilot, lambda offered=offered: ("C Race" in footer(app)) is offered)


@in_app
async def test_from_behind_a_sheet_it_offers_only_what_works_there(still_engine: Engine) -> None:
    async with opened(still_engine, (120, 48)) as (app, pilot):
        await reach(app, pilot, "escape", seen="F1 Help")
        await pilot.press("o")
        await until(pilot, lambda: len(app.screen_stack) == 2)
        await until(pilot, lambda: footer(app).strip() == "^q Quit")
        await pilot.press("escape")
        await until(pilot, lambda: "F1 Help" in footer(app))
