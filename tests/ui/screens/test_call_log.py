"""The call log: whose calls it shows, what narrows it, and the way from a call to its bytes and back."""

import pytest
from textual.pilot import Pilot

from sockscope.engine.engine import Engine
from sockscope.record.conversation import Conversation
from sockscope.ui.app import SockscopeApp
from sockscope.ui.panes.connect import ConnectPane
from sockscope.ui.panes.conversations import Conversations
from sockscope.ui.panes.listen import ListenPane
from sockscope.ui.screens.call_log import CallLogScreen
from sockscope.ui.widgets.call_log_view import CallLogView
from tests.ui import canned
from tests.ui.conftest import in_app, opened, until, words


async def with_some(engine: Engine, app: SockscopeApp, pilot: Pilot[None]) -> Conversation:
    """A client of a listener, and a connection of ours with 60 receives; the connection is chosen."""
    listener = canned.listener(canned.client(7))
    engine.listeners[1] = listener
    ours = canned.dialled(11)
    for number in range(60):
        canned.receive(ours, b"%d\n" % number, number)
    engine.dialled[11] = ours
    await pilot.press("f3", "escape")
    await until(pilot, lambda: app.query_one(ConnectPane).query_one(Conversations).chosen is ours)
    return ours


async def open_log(app: SockscopeApp, pilot: Pilot[None]) -> CallLogView:
    await pilot.press("L")
    await until(pilot, lambda: isinstance(app.screen, CallLogScreen) and isinstance(app.focused, CallLogView))
    view = app.focused
    assert isinstance(view, CallLogView)
    return view


@pytest.mark.parametrize("size", [(120, 36), (80, 24)], ids=["120x36", "80x24"])
def test_from_a_call_to_its_bytes_and_back(still_engine: Engine, size: tuple[int, int]) -> None:
    @in_app
    async def check() -> None:
        async with opened(still_engine, size) as (app, pilot):
            ours = await with_some(still_engine, app, pilot)
            traffic = app.query_one(ConnectPane).query_one(Conversations).traffic.view
            view = await open_log(app, pilot)
            assert "#11" in words(app) and "recv(" in words(app) and view.following
            await pilot.press("up", "up", "up")
            assert not view.following
            chosen = view.chosen
            assert chosen and chosen.number == ours.tape.total_entries - 4
            await pilot.press("enter")
            await until(pilot, lambda: len(app.screen_stack) == 1 and traffic.has_focus)
            here = traffic.reading.reader and traffic.reading.reader.here()
            assert here and here.entry.number == chosen.number
            back = await open_log(app, pilot)
            assert back.chosen == chosen._replace(source=back.chosen.source) if back.chosen else False
            canned.receive(ours, b"more", 99)
            await until(pilot, lambda: "recv(" in words(app) and back.chosen and back.chosen.number == chosen.number)
            await pilot.press("G")
            await until(pilot, lambda: back.chosen and back.chosen.number == ours.tape.total_entries - 1)
            await pilot.press("escape")
            await until(pilot, lambda: len(app.screen_stack) == 1)

    check()


@in_app
async def test_everything_is_seen_and_a_call_of_another_pane_gone_to(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        await with_some(still_engine, app, pilot)
        await open_log(app, pilot)
        assert "#7" not in words(app)
        await pilot.press("w", "slash", *"#7 send", "enter")
        await until(pilot, lambda: "#7 " in words(app) and "recv(" not in words(app))
        await pilot.press("enter")
        pane = app.query_one(ListenPane)
        await until(pilot, lambda: pane.has_class("-current") and len(app.screen_stack) == 1)
        traffic = pane.query_one(Conversations).traffic.view
        await until(pilot, lambda: traffic.has_focus and traffic.reading.reader)
        here = traffic.reading.reader and traffic.reading.reader.here()
        assert here and here.entry.mover.call == "send"


@in_app
async def test_what_is_typed_narrows_is_kept_and_what_cannot_be_read_is_said(
    still_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[str] = []
    monkeypatch.setattr(SockscopeApp, "on_copy_requested", lambda _, event: copied.append(event.text))
    async with opened(still_engine) as (app, pilot):
        await with_some(still_engine, app, pilot)
        await open_log(app, pilot)
        await pilot.press("slash", *">1x", "enter")
        await until(pilot, lambda: "behind > stands a time" in words(app))
        assert not isinstance(app.focused, CallLogView)
        await pilot.press("home", "shift+end", *"connect", "enter")
        await until(pilot, lambda: "connect(" in words(app) and "recv(" not in words(app))
        await pilot.press("y", "Y")
        await until(pilot, lambda: len(copied) == 2)
        assert "connect(" in copied[0] and set(copied[0].splitlines()) <= set(copied[1].splitlines())
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        await open_log(app, pilot)
        await until(pilot, lambda: "connect(" in words(app) and "recv(" not in words(app))


@in_app
async def test_a_listener_has_calls_of_its_own_which_no_traffic_has(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        await with_some(still_engine, app, pilot)
        await pilot.press("f4", "escape")
        await until(pilot, lambda: app.query_one(ListenPane).query_one(Conversations).chosen)
        await open_log(app, pilot)
        await pilot.press("w", "slash", *"listen(", "enter")
        await until(pilot, lambda: "listener 1" in words(app))
        await pilot.press("enter")
        await until(pilot, lambda: "a call of the listener itself" in words(app))


@pytest.mark.parametrize(("width", "hint"), [(160, "Esc clears them"), (80, ">10ms  "), (60, ">10ms  ")])
def test_the_hint_of_the_filter_fits(still_engine: Engine, width: int, hint: str) -> None:
    @in_app
    async def check() -> None:
        async with opened(still_engine, (width, 30)) as (app, pilot):
            await with_some(still_engine, app, pilot)
            await open_log(app, pilot)
            line = next(line for line in words(app).splitlines() if "words · fd 7" in line)
            assert hint in line and "Enter…" not in line

    check()
