"""What is said of a key, or not offered, where there is nothing left to end."""

import pytest

from sockscope.engine.engine import Engine
from sockscope.record.listener import ListenerState
from sockscope.ui.panes.connect import ConnectPane
from sockscope.ui.panes.conversations import Conversations
from tests.facts import RECORDER
from tests.ui import canned
from tests.ui.conftest import in_app, opened, until, words


@in_app
async def test_stopping_is_not_offered_once_the_listener_is_stopped(still_engine: Engine) -> None:
    async with opened(still_engine, (160, 48)) as (app, pilot):
        listener = canned.listener(canned.client())
        still_engine.listeners[listener.number] = listener
        await pilot.press("f4", "escape")
        await until(pilot, lambda: " t Stop " in words(app).splitlines()[-1])
        RECORDER.listeners.ended(listener, ListenerState.STOPPED)
        await until(pilot, lambda: " t Stop " not in words(app).splitlines()[-1])


@in_app
@pytest.mark.parametrize(("key", "said"), [("r", "not reset: #4 has ended"), ("c", "not closed: #4 has ended")])
async def test_what_has_ended_is_said_to_have_ended(still_engine: Engine, key: str, said: str) -> None:
    async with opened(still_engine) as (app, pilot):
        ended = canned.refused()
        still_engine.dialled[ended.number] = ended
        await pilot.press("f3", "escape")
        await until(pilot, lambda: app.query_one(ConnectPane).query_one(Conversations).chosen is ended)
        await pilot.press(key)
        await until(pilot, lambda: said in words(app))
