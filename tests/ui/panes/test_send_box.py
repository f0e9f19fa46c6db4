"""The box to send from, on the real application."""

from sockscope.engine.engine import Engine
from sockscope.store.shelf import SavedPayload
from sockscope.ui.panes.connect import ConnectPane
from sockscope.ui.panes.send_box import SendBox, SendField
from sockscope.ui.widgets.choice import Choice
from tests.ui.conftest import in_app, opened


@in_app
async def test_a_saved_payload_comes_back_as_it_was_saved(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        box = app.query_one(ConnectPane).query_one(SendBox)
        for payload in (SavedPayload("one", "0a", "hex", "CRLF"), SavedPayload("two", "a", "text", "NUL")):
            box.fill(payload)
            await pilot.pause()
            assert box.saved(payload.name, box.query_one(SendField).value) == payload
            assert box.query_one("#ending", Choice).display
