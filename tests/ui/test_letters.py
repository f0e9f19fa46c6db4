"""Letters are safe: they land in no field that nobody entered, and a burst of them closes nothing."""

import string
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from sockscope.engine.engine import Engine
from sockscope.net.address import Address
from sockscope.record.conversation import Conversation, State
from sockscope.record.listener import Listener
from sockscope.ui.app import SockscopeApp
from sockscope.ui.panes.connect import ConnectPane
from sockscope.ui.panes.conversations import Conversations
from sockscope.ui.panes.listen import ListenPane
from sockscope.ui.panes.resolve import ResolvePane
from sockscope.ui.panes.send_field import SendField
from sockscope.ui.screens.help import HelpScreen
from sockscope.ui.terminal.letters import BURST_S, PAUSE_S, Letters
from sockscope.ui.widgets.field import Field
from sockscope.ui.widgets.traffic_view import TrafficView
from tests.engine.loopback import V4
from tests.facts import RECORDER
from tests.ui import canned
from tests.ui.conftest import in_app, opened, until, words

PANES = {"f2": ResolvePane, "f3": ConnectPane, "f4": ListenPane}
INTO_FIELDS = "ai"
"""Letters that go to a field on purpose."""


@asynccontextmanager
async def busy(engine: Engine) -> AsyncIterator[tuple[SockscopeApp, Pilot[None], Listener, Conversation]]:
    """Something lives in every pane."""
    async with opened(engine) as (app, pilot):
        listener = app.query_one(ListenPane).listen(Address(V4, 0))
        assert listener
        await until(pilot, lambda: listener.bound)
        dialled = app.query_one(ConnectPane).connect(Address(V4, listener.bound[0].address.port))
        app.query_one(ResolvePane).resolve(V4)
        assert dialled
        await until(pilot, lambda: dialled.state is State.CONNECTED and listener.live_clients and engine.names.lookups)
        told = app.query_one(ListenPane).query_one("#address", Input)
        await until(pilot, lambda: told.value == str(listener.bound[0].address))
        yield app, pilot, listener, dialled


def entered(app: SockscopeApp) -> dict[Field, str]:
    return {field: field.value for field in app.query(Field)}


@in_app
async def test_letters_behind_a_refused_i_do_nothing(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        ended = canned.client(101)
        still_engine.listeners[1] = canned.listener(ended)
        RECORDER.closed(ended)
        conversations = app.query_one(ListenPane).query_one(Conversations)
        await pilot.press("f4", "escape")
        await until(pilot, lambda: conversations.chosen is ended)
        mode = conversations.traffic.view.mode
        for letter in "ihey":
            app.post_message(events.Key(letter, letter))
        await until(pilot, lambda: "not sent: this conversation is" in words(app))
        assert conversations.traffic.view.mode == mode and "copied" not in words(app)


@pytest.mark.parametrize("key", ["i", "enter"])
@in_app
async def test_slow_letters_behind_writing_that_is_refused_do_nothing_either_and_that_is_said(
    still_engine: Engine, key: str
) -> None:
    async with opened(still_engine) as (app, pilot):
        ended = canned.client(101)
        still_engine.listeners[1] = canned.listener(ended)
        RECORDER.closed(ended)
        view = app.query_one(ListenPane).query_one(Conversations).traffic.view
        await pilot.press("f4", "escape")
        await until(pilot, lambda: app.query_one(ListenPane).query_one(Conversations).chosen is ended)
        app.screen.set_focus(view)
        mode, first = view.mode, events.Key(key, key if key == "i" else None)

        def type_at(seconds: float, letter: str) -> None:
            event = events.Key(letter, letter)
            event.time = first.time + seconds
            app.post_message(event)

        app.post_message(first)
        for number, letter in enumerate("hey", 1):
            type_at(number * 3 * BURST_S, letter)
        await until(pilot, lambda: "not sent: this conversation is" in words(app))
        await until(pilot, lambda: "letters do nothing now" in words(app))
        assert view.mode == mode and "copied" not in words(app)
        type_at(9 * BURST_S + PAUSE_S, "h")
        await until(pilot, lambda: view.mode != mode)


@in_app
async def test_another_key_behind_a_refused_i_ends_what_is_left_out(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        ended = canned.client(101)
        still_engine.listeners[1] = canned.listener(ended)
        RECORDER.closed(ended)
        view = app.query_one(ListenPane).query_one(Conversations).traffic.view
        await pilot.press("f4", "escape")
        await until(pilot, lambda: app.query_one(ListenPane).query_one(Conversations).chosen is ended)
        mode = view.mode
        await pilot.press("i", "escape", "h")
        await until(pilot, lambda: view.mode != mode)
        assert "letters do nothing now" not in words(app)


@in_app
@pytest.mark.parametrize("key", PANES)
async def test_what_is_typed_into_the_fresh_program_lands_in_the_field_of_the_pane(engine: Engine, key: str) -> None:
    async with opened(engine) as (app, pilot):
        await pilot.press(key, *"localhost")
        await until(pilot, lambda: isinstance(app.focused, Input) and app.focused.value == "localhost")
        assert app.query_one(PANES[key]).has_focus_within


@in_app
@pytest.mark.parametrize("key", PANES)
async def test_no_letter_changes_a_field_that_nobody_entered(engine: Engine, key: str) -> None:
    async with busy(engine) as (app, pilot, _, _):
        before = entered(app)
        for letter in string.ascii_letters:
            if letter not in INTO_FIELDS:
                for pressed in ("escape", key, letter, "escape", "escape"):
                    app.post_message(events.Key(pressed, pressed if len(pressed) == 1 else None))
        app.post_message(events.Key("f1", None))
        await until(pilot, lambda: isinstance(app.screen, HelpScreen), deadline_s=30)
        assert entered(app) == before


@in_app
async def test_a_pane_is_left_and_found_again_with_the_focus_where_it_was(engine: Engine) -> None:
    async with busy(engine) as (app, pilot, _, _):
        connect = app.query_one(ConnectPane)
        await pilot.press("f3")
        await until(pilot, lambda: app.focused is connect.query_one(Conversations).table)
        await pilot.press("enter")
        await until(pilot, lambda: app.focused is connect.query_one(TrafficView))
        await pilot.press("f4", "f3")
        await until(pilot, lambda: app.focused is connect.query_one(TrafficView))
        await pilot.press("enter")
        await until(pilot, lambda: app.focused is connect.query_one(SendField) and "WRITING" in words(app))
        await pilot.press("escape")
        await until(
            pilot, lambda: app.focused is connect.query_one(Conversations).table and "WRITING" not in words(app)
        )
        await pilot.press("escape")
        assert app.focused is connect.query_one(Conversations).table, "Esc leads into no field"
        await pilot.press("a")
        await until(pilot, lambda: app.focused is connect.query_one("#address"))
        await pilot.press("x")
        assert connect.query_one("#address", Input).value == "x", "what stood there was selected"


@in_app
@pytest.mark.parametrize("text", ["close", "reset", "rc", "cc"])
async def test_a_burst_of_letters_closes_and_resets_nothing_and_says_so(engine: Engine, text: str) -> None:
    async with busy(engine) as (app, pilot, _, dialled):
        await pilot.press("f3")
        await until(pilot, lambda: app.focused is app.query_one(ConnectPane).query_one(Conversations).table)
        for letter in text:
            app.post_message(events.Key(letter, letter))
        await until(pilot, lambda: "the letter came among others" in words(app))
        await pilot.pause(2 * BURST_S)
        assert dialled.state is State.CONNECTED
        while len(app.screen_stack) > 1:
            await pilot.press("escape")
        await pilot.pause(2 * BURST_S)
        await pilot.press("c")
        await until(pilot, lambda: dialled.state is State.CLOSED_BY_US)


@in_app
async def test_a_word_that_is_typed_past_its_field_stops_no_listener_and_asks_nothing(engine: Engine) -> None:
    async with busy(engine) as (app, pilot, listener, _):
        await pilot.press("f4")
        await until(pilot, lambda: app.focused is app.query_one(ListenPane).query_one(Conversations).table)
        for letter in "test":
            app.post_message(events.Key(letter, letter))
        await until(pilot, lambda: "the letter came among others" in words(app))
        await pilot.press("enter")
        await pilot.pause(2 * BURST_S)
        assert len(app.screen_stack) == 1 and listener.state.live and listener.live_clients == 1
        assert listener.policy.answers.kind == "none"


@in_app
async def test_what_is_typed_into_is_seen_also_where_the_traffic_had_the_screen(engine: Engine) -> None:
    async with busy(engine) as (app, pilot, _, _):
        box = app.query_one(ConnectPane).query_one(SendField)
        await pilot.press("f3", "z", "z")
        await until(pilot, lambda: app.query_one(TrafficView) and not app.query_one(ConnectPane).field.region)
        await pilot.press("i")
        await until(pilot, lambda: app.focused is box and box.region.height == 1)


@in_app
@pytest.mark.parametrize("key", PANES)
async def test_escape_leads_out_of_fields_and_into_none(engine: Engine, key: str) -> None:
    async with busy(engine) as (app, pilot, _, _):
        await pilot.press(key, "a")
        await until(pilot, lambda: isinstance(app.focused, Input))
        for _ in range(3):
            await pilot.press("escape")
            assert not isinstance(app.focused, Input)
            assert app.focused in app.query_one(PANES[key]).walk_children()


@in_app
async def test_what_counts_is_when_a_letter_was_typed_and_not_when_it_is_dealt_with(engine: Engine) -> None:
    async with busy(engine) as (app, pilot, _, dialled):
        await pilot.press("f3")
        await until(pilot, lambda: app.focused is app.query_one(ConnectPane).query_one(Conversations).table)
        first, second = events.Key("h", "h"), events.Key("c", "c")
        second.time = first.time + BURST_S / 2
        app.post_message(first)
        await pilot.pause(2 * BURST_S)  # a busy machine hands on the second one late
        app.post_message(second)
        await until(pilot, lambda: "not closed: the letter came among others" in words(app))
        assert dialled.state is not State.CLOSED_BY_US


@in_app
async def test_nothing_is_asked_over_a_sheet_that_was_opened_meanwhile(engine: Engine) -> None:
    async with busy(engine) as (app, pilot, listener, _):
        await pilot.press("f4")
        await until(pilot, lambda: app.focused is app.query_one(ListenPane).query_one(Conversations).table)
        app.post_message(events.Key("t", "t"))
        app.post_message(events.Key("f1", None))
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        await pilot.pause(2 * BURST_S)
        assert isinstance(app.screen, HelpScreen) and listener.state.live
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)


@in_app
async def test_a_command_of_the_palette_is_meant_however_its_name_was_typed(engine: Engine) -> None:
    async with busy(engine) as (app, pilot, _, dialled):
        await pilot.press("f3")
        await until(pilot, lambda: app.focused is app.query_one(ConnectPane).query_one(Conversations).table)
        close = next(one for one in app.get_system_commands(app.screen) if one.title == "Close")
        for letter in "hhhh":
            app.post_message(events.Key(letter, letter))
        await pilot.press("escape")
        await until(pilot, lambda: Letters.dealt_with_at is None)
        close.callback()
        await until(pilot, lambda: dialled.state is State.CLOSED_BY_US)


@in_app
@pytest.mark.parametrize("key", PANES)
async def test_escape_puts_back_what_stood_in_the_field(engine: Engine, key: str) -> None:
    async with busy(engine) as (app, pilot, _, _):
        await pilot.press(key, "escape", "a")
        await until(pilot, lambda: isinstance(app.focused, Input))
        field = app.focused
        assert isinstance(field, Input) and field.value
        stood = field.value
        await pilot.press("end", *"xyz", "escape")
        await until(pilot, lambda: app.focused is not field)
        assert field.value == stood


def test_letters_are_close_together_within_the_time_of_a_burst_alone() -> None:
    letters = Letters()

    def typed(at: float, key: str = "c") -> float:
        event = events.Key(key, key if len(key) == 1 else None)
        event.time = at
        letters.typed(event)
        letters.deals_with(event)
        return at

    first = typed(10.0)
    assert letters.alone(first) and letters.dealt_with_at == first
    typed(10.0 + BURST_S / 3, "escape")
    assert letters.alone(first) and letters.dealt_with_at is None
    second = typed(10.0 + BURST_S)
    assert letters.alone(first) and letters.alone(second)
    third = typed(10.0 + 1.5 * BURST_S)
    assert letters.alone(first) and not letters.alone(second) and not letters.alone(third)
