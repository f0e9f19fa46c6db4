"""Copying a connection, a client or a listener as a program: what is offered, what is copied, and what is refused."""

import ast

import pytest

from sockscope.engine.engine import Engine
from sockscope.request.answers import Answers
from sockscope.ui.app import SockscopeApp
from sockscope.ui.panes.resolve import ResolvePane
from sockscope.ui.screens.sheet import Sheet
from tests.facts import at, treat
from tests.ui import canned
from tests.ui.conftest import in_app, opened, until, words


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What is copied, and what it is."""
    got: list[tuple[str, str]] = []
    monkeypatch.setattr(SockscopeApp, "on_copy_requested", lambda _, event: got.append((event.text, event.what)))
    return got


@in_app
async def test_a_connection_is_copied_in_the_language_that_is_chosen(
    still_engine: Engine, copied: list[tuple[str, str]]
) -> None:
    async with opened(still_engine) as (app, pilot):
        conversation = canned.dialled(3)
        still_engine.dialled[3] = conversation
        await pilot.press("f3", "escape", "P")
        await until(pilot, lambda: isinstance(app.screen, Sheet) and app.focused)
        assert "Copy as a program" in words(app)
        await pilot.press("right", "ctrl+s")
        await until(pilot, lambda: copied)
    [(text, what)] = copied
    assert "asyncio.run(main())" in text and ast.parse(text)
    assert what == f"this connection as asyncio, {text.count(chr(10))} lines"


@in_app
async def test_a_listener_that_cannot_be_copied_says_why(still_engine: Engine, copied: list[tuple[str, str]]) -> None:
    async with opened(still_engine) as (app, pilot):
        await pilot.press("f4", "escape", "P")  # there is nothing yet
        client = canned.client(7)
        client.endpoints.local = at("127.0.0.1:9000")
        listener = canned.listener(client)
        treat(listener, answers=Answers("canned", when="expression"))
        still_engine.listeners[1] = listener
        await until(pilot, lambda: "127.0.0.1:51334" in words(app))
        await pilot.press("P")
        await until(pilot, lambda: isinstance(app.screen, Sheet) and app.focused)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "a canned reply to an expression needs" in words(app))
        await pilot.press("down", "right", "ctrl+s")
        await until(pilot, lambda: copied)
    assert copied[0][1].startswith("this client as Python")


@in_app
async def test_the_language_chosen_last_is_offered_first_in_every_pane_that_has_it(
    engine: Engine, copied: list[tuple[str, str]]
) -> None:
    async with opened(engine) as (app, pilot):
        engine.dialled[3] = canned.dialled(3)
        engine.listeners[1] = canned.listener(canned.client(7))
        app.query_one(ResolvePane).resolve("127.0.0.1", "80")

        async def copy_as(pane: str, *keys: str) -> str:
            before = len(copied)
            await pilot.press(pane, "escape")
            await pilot.pause()
            await pilot.press("P")
            await until(pilot, lambda: isinstance(app.screen, Sheet) and app.focused)
            await pilot.press(*keys, "ctrl+s")
            await until(pilot, lambda: len(copied) > before)
            return copied[-1][1].partition(",")[0].rpartition(" as ")[2]

        assert await copy_as("f3", "right") == "asyncio"
        assert [await copy_as(pane) for pane in ("f3", "f4", "f2")] == ["asyncio"] * 3
        assert await copy_as("f2", "left", "left") == "getent"
        assert await copy_as("f2") == "getent"
        assert await copy_as("f3") == "asyncio", "only a lookup has the other one"
