"""What cannot be done with a conversation, because its socket is not ours, is not offered."""

import pytest
from textual.pilot import Pilot

from sockscope.engine.engine import Engine
from sockscope.record.conversation import Capabilities, Conversation
from sockscope.ui.app import SockscopeApp
from sockscope.ui.panes.connect import ConnectPane
from sockscope.ui.panes.conversations import Conversations
from sockscope.ui.screens.details import DetailsScreen
from sockscope.ui.widgets.field import Field
from tests.ui import canned
from tests.ui.conftest import in_app, opened, until, words

OURS_ALONE = ("i Write", "c Close")


async def chosen(app: SockscopeApp, pilot: Pilot[None], conversation: Conversation) -> str:
    """What the footer offers once a conversation is chosen."""
    table = app.query_one(ConnectPane).query_one(Conversations).table
    await until(pilot, lambda: conversation in app.engine.dialled.values())
    await pilot.press("f3", "escape")
    await until(pilot, lambda: table.has_focus)
    table.choose(conversation)
    await until(pilot, lambda: table.chosen is conversation)
    await pilot.pause()
    return words(app).splitlines()[-1]


def watched() -> Conversation:
    conversation = canned.client()
    conversation.capabilities = Capabilities()
    return conversation


@in_app
async def test_keys_that_need_a_socket_of_ours_are_not_offered(
    still_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[Conversation] = []
    for verb in ("close", "reset"):
        monkeypatch.setattr(still_engine, verb, done.append)
    theirs, ours = watched(), canned.dialled()
    still_engine.dialled.update({one.number: one for one in (theirs, ours)})
    async with opened(still_engine, (160, 48)) as (app, pilot):
        offered = await chosen(app, pilot, ours)
        assert [key for key in OURS_ALONE if key not in offered] == []
        offered = await chosen(app, pilot, theirs)
        assert [key for key in OURS_ALONE if key in offered] == []
        assert "d Details" in offered
        await pilot.press("c", "r", "i")
        assert app.query_one(ConnectPane).query_one(Conversations).table.has_focus and not done
        await chosen(app, pilot, ours)
        await pilot.press("c")
        await until(pilot, lambda: done == [ours])
        await pilot.press("r")
        await until(pilot, lambda: done == [ours, ours])


@in_app
async def test_details_ask_the_kernel_nothing_and_offer_no_option(still_engine: Engine) -> None:
    theirs = watched()
    still_engine.dialled[theirs.number] = theirs
    async with opened(still_engine, (120, 36)) as (app, pilot):
        await chosen(app, pilot, theirs)
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, DetailsScreen) and "y copies" in words(app))
        assert "Tab to the options" not in words(app)
        assert not app.screen.query(Field)
