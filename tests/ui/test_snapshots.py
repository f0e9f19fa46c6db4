"""Pictures of canned screens. After a wanted change: `pytest tests/ui --snapshot-update`, and look at them."""

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from sockscope.engine.engine import Engine
from sockscope.record.conversation import Conversation
from sockscope.session import Session
from sockscope.show.wall_clock import UNSET
from sockscope.ui.app import SockscopeApp
from sockscope.ui.panes.connect import ConnectPane
from sockscope.ui.panes.conversations import Conversations
from sockscope.ui.panes.listen import ListenPane
from sockscope.ui.panes.resolve import ResolvePane
from sockscope.ui.widgets.field import Field
from sockscope.ui.widgets.traffic_view import TrafficView
from tests.facts import RECORDER, note
from tests.ui import canned

SnapCompare = Callable[..., bool]
pytestmark = pytest.mark.usefixtures("frozen")


def prepared(engine: Engine, pane: str, *clients: Conversation) -> SockscopeApp:
    """The application with canned records in every pane."""
    canned.lookups(engine)
    for conversation in (canned.dialled(), canned.refused()):
        engine.dialled[conversation.number] = conversation
    if clients:
        engine.listeners[1] = canned.listener(*clients)

    def first(app: SockscopeApp) -> None:
        without_blinking(app)
        app.action_pane(pane)

    return SockscopeApp(Session(engine), first, wall=UNSET)


def without_blinking(app: SockscopeApp) -> None:
    for field in app.query(Field):
        field.cursor_blink = False


async def settled(pilot: Pilot[None]) -> None:
    assert isinstance(pilot.app, SockscopeApp)
    pilot.app.tick()
    await pilot.pause()
    pilot.app.tick()
    await pilot.pause()


@pytest.mark.parametrize("size", [(160, 48), (120, 36), (80, 24)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_all_panes(snap_compare: SnapCompare, still_engine: Engine, size: tuple[int, int]) -> None:
    app = prepared(still_engine, "listen", canned.client(7), canned.client(8, peer="[::1]:40112"))
    assert snap_compare(app, terminal_size=size, run_before=settled)


def test_nothing_started(snap_compare: SnapCompare, still_engine: Engine) -> None:
    app = SockscopeApp(Session(still_engine), without_blinking, wall=UNSET)
    assert snap_compare(app, terminal_size=(120, 36), run_before=settled)


def test_a_refused_connection_is_explained(snap_compare: SnapCompare, still_engine: Engine) -> None:
    async def choose(pilot: Pilot[None]) -> None:
        await settled(pilot)
        conversations = pilot.app.query_one(ConnectPane).query_one(Conversations)
        conversations.table.choose(still_engine.dialled[4])
        await settled(pilot)

    assert snap_compare(prepared(still_engine, "connect"), terminal_size=(80, 24), run_before=choose)


def test_the_resolver_alone(snap_compare: SnapCompare, still_engine: Engine) -> None:
    assert snap_compare(prepared(still_engine, "resolve"), terminal_size=(80, 24), run_before=settled)


def test_a_race_stands_below_the_rows_it_was_between(snap_compare: SnapCompare, still_engine: Engine) -> None:
    app = prepared(still_engine, "resolve")
    canned.raced(still_engine)

    async def turn(pilot: Pilot[None]) -> None:
        await settled(pilot)
        app.action_zoom()
        app.query_one(ResolvePane).action_page("race")
        await settled(pilot)

    assert snap_compare(app, terminal_size=(120, 36), run_before=turn)


@pytest.mark.parametrize("presses", [1, 3], ids=["text", "calls"])
def test_hostile_bytes(snap_compare: SnapCompare, still_engine: Engine, presses: int) -> None:
    client = canned.client(9)
    canned.receive(client, canned.HOSTILE, -800)
    note(client, canned.call("recv", 9, (262144,), None, -700, "ECONNRESET", "reset by peer"))
    RECORDER.reset_by_peer(client)

    async def look(pilot: Pilot[None]) -> None:
        await settled(pilot)
        for _ in range(presses):
            pilot.app.query_one(ListenPane).query_one(TrafficView).action_look()
        await settled(pilot)

    assert snap_compare(prepared(still_engine, "listen", client), terminal_size=(80, 24), run_before=look)


def test_the_call_log_of_everything(snap_compare: SnapCompare, still_engine: Engine) -> None:
    app = prepared(still_engine, "listen", canned.client(7))

    async def log_shown(pilot: Pilot[None]) -> None:
        await settled(pilot)
        app.query_one(ListenPane).action_call_log()
        await pilot.pause()
        without_blinking(app)
        await pilot.press("w", "w", "up")
        await pilot.pause()

    assert snap_compare(app, terminal_size=(120, 36), run_before=log_shown)


def test_help(snap_compare: SnapCompare, still_engine: Engine) -> None:
    async def help_shown(pilot: Pilot[None]) -> None:
        await pilot.press("f1")
        await pilot.pause()

    assert snap_compare(SockscopeApp(Session(still_engine), wall=UNSET), terminal_size=(120, 80), run_before=help_shown)


def every_kind(engine: Engine) -> SockscopeApp:
    """A refused datagram and TLS that is not verified in one pane, three listeners in the other."""
    app = prepared(engine, "connect", canned.client(7))
    for made in (canned.datagrams(), canned.unverified()):
        engine.dialled[made.number] = made
    for opened in canned.listeners():
        engine.listeners[opened.number] = opened
    return app


@pytest.mark.parametrize("size", [(160, 48), (80, 24)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_every_kind(snap_compare: SnapCompare, still_engine: Engine, size: tuple[int, int]) -> None:
    assert snap_compare(every_kind(still_engine), terminal_size=size, run_before=settled)


@pytest.mark.parametrize("key", ["d", "o"])
def test_sheets_over_the_panes(snap_compare: SnapCompare, still_engine: Engine, key: str) -> None:
    async def opened(pilot: Pilot[None]) -> None:
        await settled(pilot)
        await pilot.press("escape", key)
        await settled(pilot)

    assert snap_compare(every_kind(still_engine), terminal_size=(120, 36), run_before=opened)
