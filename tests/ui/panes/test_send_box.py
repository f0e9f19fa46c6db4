"""The box to send from, on the real application."""

from sockscope.engine.engine import Engine
from sockscope.store.shelf import SavedPayload
from sockscope.ui.panes.connect import ConnectPane
from sockscope.ui.panes.conversations import Conversations
from sockscope.ui.panes.listen import ListenPane
from sockscope.ui.panes.send_box import SendBox, SendField
from sockscope.ui.widgets.choice import Choice
from tests.facts import RECORDER
from tests.ui import canned
from tests.ui.conftest import in_app, opened, until, words


@in_app
async def test_a_saved_payload_comes_back_as_it_was_saved(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        box = app.query_one(ConnectPane).query_one(SendBox)
        for payload in (SavedPayload("one", "0a", "hex", "CRLF"), SavedPayload("two", "a", "text", "NUL")):
            box.fill(payload)
            await pilot.pause()
            assert box.saved(payload.name, box.query_one(SendField).value) == payload
            assert box.query_one("#ending", Choice).display


@in_app
async def test_who_is_written_to_stays_chosen_also_when_it_ends(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        first, second = canned.client(101), canned.client(102)
        still_engine.listeners[1] = canned.listener(first, second)
        conversations = app.query_one(ListenPane).query_one(Conversations)
        await pilot.press("f4", "escape")
        await until(pilot, lambda: conversations.chosen is second)
        await pilot.press("i", *"for two")
        RECORDER.closed(second)
        RECORDER.listeners.left(still_engine.listeners[1], second)
        third = canned.client(103)
        RECORDER.listeners.arrived(still_engine.listeners[1], third)
        await pilot.pause(0.3)
        assert conversations.chosen is second
        await pilot.press("escape")
        await pilot.pause(0.3)
        assert conversations.chosen is second, "what is written there is meant for it"
        await pilot.press("i", "enter")
        await until(pilot, lambda: "not sent: this conversation is" in words(app))
        await pilot.press("escape")
        await until(pilot, lambda: "not sent" not in words(app))
        conversations.query_one(SendField).value = ""
        await until(pilot, lambda: conversations.chosen is third)


@in_app
async def test_sending_is_offered_only_where_it_would_go_out(still_engine: Engine) -> None:
    async with opened(still_engine, (160, 48)) as (app, pilot):
        ended, live = canned.client(101), canned.client(102)
        still_engine.listeners[1] = canned.listener(ended, live)
        conversations = app.query_one(ListenPane).query_one(Conversations)
        await pilot.press("f4", "escape")
        await until(pilot, lambda: conversations.chosen is live)

        def offers(*keys: str) -> bool:
            footer = words(app).splitlines()[-1]
            return all((key in footer) is (key in keys) for key in ("Enter Send", "^d Finish", "^r Repeat"))

        await pilot.press("i")
        await until(pilot, lambda: offers("Enter Send", "^d Finish", "^r Repeat"))
        RECORDER.closed(live)
        await until(pilot, lambda: offers())
        conversations.query_one("#to", Choice).value = "all"
        await until(pilot, lambda: offers("Enter Send"))
        RECORDER.closed(ended)
        for client in (ended, live):
            RECORDER.listeners.left(still_engine.listeners[1], client)
        await until(pilot, lambda: offers())
