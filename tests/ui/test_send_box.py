"""The box to send from, on the real application."""

from sockscope.net.engine import Engine
from sockscope.show.shelf import SavedPayload
from sockscope.ui.choice import Choice
from sockscope.ui.send_box import SendBox, SendField
from tests.ui.conftest import in_app, opened


@in_app
async def test_a_saved_payload_comes_back_as_it_was_saved(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        box = app.connect_pane.query_one(SendBox)
        for payload in (SavedPayload("one", "0a", "hex", "CRLF"), SavedPayload("two", "a", "text", "NUL")):
            box.fill(payload)
            await pilot.pause()
            assert box.saved(payload.name, box.query_one(SendField).value) == payload
            assert box.query_one("#ending", Choice).display
