"""Searching all conversations of a pane: what is listed, where Enter goes, and how one comes back."""

import threading
from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from sockscope.engine.engine import Engine
from sockscope.record.conversation import Conversation
from sockscope.show.search.search import Search
from sockscope.ui.app import SockscopeApp
from sockscope.ui.panes.connect import ConnectPane
from sockscope.ui.panes.conversations import Conversations
from sockscope.ui.panes.listen import ListenPane
from sockscope.ui.screens.search_all import SearchAllScreen
from tests.facts import RECORDER
from tests.ui import canned
from tests.ui.conftest import in_app, opened, until, words
from tests.ui.widgets.test_traffic_search import marked


async def with_three(engine: Engine, app: SockscopeApp, pilot: Pilot[None]) -> list[Conversation]:
    """Three conversations, of which the first and the third hold the needle, the third has ended."""
    made = [canned.dialled(number) for number in (11, 12, 13)]
    canned.receive(made[0], b"one needle\n", -10)
    canned.receive(made[2], b"\x1b]0;x\x07 a nee", -10)
    canned.receive(made[2], b"dle, and a Needle\n", -9)
    RECORDER.closed(made[2])
    engine.dialled.update({one.number: one for one in made})
    await pilot.press("f3", "escape")
    await until(pilot, lambda: conversations(app).chosen is not None)
    return made


def conversations(app: SockscopeApp) -> Conversations:
    return app.query_one(ConnectPane).query_one(Conversations)


async def search(app: SockscopeApp, pilot: Pilot[None], typed: str) -> None:
    await pilot.press("ctrl+f")
    await until(pilot, lambda: isinstance(app.screen, SearchAllScreen) and app.focused)
    await pilot.press(*typed, "enter")


def lines(app: SockscopeApp) -> list[str]:
    return [line for line in words(app).splitlines() if " ← " in line and line.startswith("│")]


@pytest.mark.parametrize("size", [(120, 36), (80, 24)], ids=["120x36", "80x24"])
def test_what_is_found_is_listed_and_enter_goes_there_and_back(still_engine: Engine, size: tuple[int, int]) -> None:
    @in_app
    async def check() -> None:
        async with opened(still_engine, size) as (app, pilot):
            made = await with_three(still_engine, app, pilot)
            await search(app, pilot, "needle")
            await until(pilot, lambda: "3 matches in 2 of 3 conversations" in words(app))
            first, third = lines(app)
            assert " 11 " in first and "one needle␊" in first and " ← " in first
            assert " 13 " in third and " 2 ← " in third and "␛]0;x␇ a needle" in third
            assert "Search all conversations of Connect" in words(app)
            assert marked(app, "match") == ["needle", "needle"]
            await pilot.press("down", "enter")
            await until(pilot, lambda: "needle: 1 of 2" in words(app))
            assert conversations(app).chosen is made[2] and conversations(app).traffic.view.has_focus
            await pilot.press("n")
            await until(pilot, lambda: "needle: 2 of 2" in words(app) and marked(app, "match here") == ["Needle"])
            await pilot.press("ctrl+f")
            await until(pilot, lambda: len(lines(app)) == 2 and "3 matches" in words(app))
            await pilot.press("up", "enter")
            await until(pilot, lambda: "needle: 1 of 1" in words(app) and conversations(app).chosen is made[0])
            await until(pilot, lambda: "n Next match" in words(app).splitlines()[-1])
            await pilot.press("ctrl+f", "escape")
            await until(pilot, lambda: len(app.screen_stack) == 1 and conversations(app).traffic.view.has_focus)

    check()


@in_app
async def test_a_filter_does_not_hide_what_was_gone_to_nor_another_listener(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        near, far = canned.client(21), canned.client(22)
        canned.receive(far, b"the needle", -5)
        other, there = canned.listener(near), canned.listener(far)
        still_engine.listeners.update({1: there, 2: other})
        await pilot.press("f4", "escape")
        pane = app.query_one(ListenPane)
        pane._listeners.choose(other)
        inner = pane.query_one(Conversations)
        await until(pilot, lambda: inner.chosen is near)
        await pilot.press("slash", *"xyz", "enter")
        await search(app, pilot, "needle")
        await until(pilot, lambda: "1 match in 1 of 2 conversations" in words(app))
        await pilot.press("enter")
        await until(pilot, lambda: inner.chosen is far and pane.listener is there and "needle: 1 of 1" in words(app))
        assert marked(app, "match here") == ["needle"]


@in_app
async def test_what_cannot_be_searched_for_and_what_is_not_found_is_said(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        await with_three(still_engine, app, pilot)
        await search(app, pilot, "")
        await until(pilot, lambda: "there is nothing to search for" in words(app))
        await pilot.press(*"quokka", "enter")
        await until(pilot, lambda: "not found: 3 conversations" in words(app))
        await pilot.press("slash", "backspace", *"?", "enter")
        await until(pilot, lambda: "not found" in words(app) and not lines(app))


@in_app
async def test_escape_stops_a_search_that_runs_and_then_closes(
    still_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, advance = threading.Event(), Search.advance

    def slowly(self: Search, wanted: Callable[[], bool] = lambda: True) -> None:
        while wanted() and not held.wait(0.01):
            pass
        advance(self, wanted)

    async with opened(still_engine) as (app, pilot):
        await with_three(still_engine, app, pilot)
        monkeypatch.setattr(Search, "advance", slowly)
        await search(app, pilot, "needle")
        await until(pilot, lambda: "searched 0 of 3 conversations" in words(app) and "Esc stops" in words(app))
        await pilot.press("escape")
        await until(pilot, lambda: "stopped: searched 0 of 3 conversations" in words(app))
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)


@in_app
async def test_a_conversation_that_was_forgotten_meanwhile_is_told_as_that(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        await with_three(still_engine, app, pilot)
        await search(app, pilot, "needle")
        await until(pilot, lambda: len(lines(app)) == 2)
        del still_engine.dialled[11]
        await pilot.press("enter")
        await until(pilot, lambda: "#11 is no longer kept" in words(app))
        await pilot.press("down")
        await until(pilot, lambda: "no longer kept" not in words(app))


@in_app
async def test_a_match_in_another_track_says_which_and_is_shown_there(still_engine: Engine) -> None:
    async with opened(still_engine, (80, 24)) as (app, pilot):
        relayed = canned.client(31)
        relayed.upstream = canned.dialled(32)
        canned.receive(relayed.upstream, b"needle from the target\n", -5)
        still_engine.listeners[1] = canned.listener(relayed)
        await pilot.press("f4", "escape")
        inner = app.query_one(ListenPane).query_one(Conversations)
        await until(pilot, lambda: inner.chosen is relayed)
        await search(app, pilot, "needle")
        await until(pilot, lambda: len(lines(app)) == 1 and "target: bytes" in lines(app)[0])
        await pilot.press("enter")
        await until(pilot, lambda: marked(app, "match here") == ["needle"] and "needle: 1 of 1" in words(app))
