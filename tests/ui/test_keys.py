"""What keys do, on real sockets on loopback."""

import socket
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input

from sockscope.engine.engine import Engine
from sockscope.net.address import Address
from sockscope.record.conversation import State
from sockscope.record.listener import Listener
from sockscope.store.shelf import SavedAddress
from sockscope.ui.app import SockscopeApp
from sockscope.ui.panes.connect import ConnectPane
from sockscope.ui.panes.conversations import Conversations
from sockscope.ui.panes.listen import ListenPane
from sockscope.ui.panes.resolve import ResolvePane
from sockscope.ui.screens.confirm import Confirm
from sockscope.ui.screens.help import HelpScreen
from sockscope.ui.widgets.choice import Choice
from sockscope.ui.widgets.form import Form
from sockscope.ui.widgets.saved_field import AddressField
from sockscope.ui.widgets.traffic_view import TrafficView
from tests.facts import at
from tests.ui import canned
from tests.ui.conftest import in_app, opened, until, words


async def typed_in(app: SockscopeApp, pilot: Pilot[None], text: str) -> Input:
    """Enter a text into the field that has the focus; typing it key by key would only be slower."""
    field = app.focused
    assert isinstance(field, Input)
    field.value = text
    await pilot.press("enter")
    return field


async def listening(app: SockscopeApp, pilot: Pilot[None]) -> Listener:
    await pilot.press("f4")
    await typed_in(app, pilot, "0")
    await until(pilot, lambda: app.query_one(ListenPane).query_one(Conversations).table.has_focus)
    listener = app.query_one(ListenPane).listener
    assert listener is not None
    return listener


def dial(listener: Listener) -> socket.socket:
    address = listener.bound[-1].address
    return socket.create_connection((address.host, address.port), timeout=5)


@in_app
async def test_a_listener_started_by_keys_shows_a_client_and_answers_it(engine: Engine) -> None:
    async with opened(engine) as (app, pilot):
        listener = await listening(app, pilot)
        with dial(listener) as peer:
            peer.sendall(b"ping\n")
            await until(pilot, lambda: "ping" in words(app))
            await pilot.press("i", "p", "o", "enter")
            await until(pilot, lambda: listener.flow.bytes_out)
            assert peer.recv(100) == b"po\n"
            await pilot.press("ctrl+d")
            await until(pilot, lambda: "we finished" in words(app))
            assert peer.recv(100) == b""


@in_app
async def test_echo_is_turned_on_by_a_key(engine: Engine) -> None:
    async with opened(engine) as (app, pilot):
        listener = await listening(app, pilot)
        await pilot.press("e")
        await until(pilot, lambda: listener.policy.answers.kind == "echo")
        with dial(listener) as peer:
            peer.sendall(b"echo me")
            assert peer.recv(100) == b"echo me"


@in_app
async def test_an_answer_goes_to_all_clients(engine: Engine) -> None:
    async with opened(engine, (160, 48)) as (app, pilot):
        listener = await listening(app, pilot)
        with dial(listener) as one, dial(listener) as other:
            await until(pilot, lambda: listener.live_clients == 2)
            app.query_one(ListenPane).query_one("#to", Choice).value = "all"
            await pilot.press("i")
            await typed_in(app, pilot, "hi")
            assert one.recv(10) == other.recv(10) == b"hi\n"


@in_app
async def test_stopping_with_a_client_asks_first(engine: Engine) -> None:
    async with opened(engine) as (app, pilot):
        listener = await listening(app, pilot)
        with dial(listener):
            await until(pilot, lambda: listener.live_clients == 1)
            await pilot.press("t")
            await until(pilot, lambda: isinstance(app.screen, Confirm))
            await pilot.press("escape")
            await until(pilot, lambda: not isinstance(app.screen, Confirm))
            assert listener.state.live
            await pilot.press("t")
            await until(pilot, lambda: isinstance(app.screen, Confirm))
            await pilot.press("enter")
            await until(pilot, lambda: not listener.state.live and listener.live_clients == 0)


@in_app
async def test_connecting_moves_the_focus_to_the_table_and_i_begins_to_write(engine: Engine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        async with opened(engine) as (app, pilot):
            await pilot.press("f3")
            await typed_in(app, pilot, f"127.0.0.1:{server.getsockname()[1]}")
            await until(pilot, lambda: "connected" in words(app))
            await until(pilot, lambda: app.focused is not None and app.focused.id != "address")
            assert app.focused is app.query_one(ConnectPane).query_one(Conversations).table
            assert "WRITING" not in words(app)
            await pilot.press("i", "x")
            assert "WRITING" in words(app)
            await pilot.press("enter")
            peer, _ = server.accept()
            with peer:
                peer.settimeout(5)
                assert peer.recv(10) == b"x\n"
                await pilot.press("escape", "c")
                await until(pilot, lambda: "closed by us" in words(app))
                assert peer.recv(10) == b""


@in_app
async def test_enter_on_a_row_connects_to_exactly_that_address(engine: Engine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        async with opened(engine) as (app, pilot):
            port = server.getsockname()[1]
            await pilot.press("tab")
            app.query_one(ResolvePane).query_one("#name", Input).value = "127.0.0.1"
            await typed_in(app, pilot, str(port))
            await until(pilot, lambda: "1 row " in words(app))
            await pilot.press("escape", "enter")
            await until(pilot, lambda: engine.dialled)
            (conversation,) = engine.dialled.values()
            await until(pilot, lambda: conversation.state is State.CONNECTED)
            assert conversation.endpoints.peer == at(f"127.0.0.1:{port}")
            assert conversation.facts.last("getaddrinfo") is None


WRONG = (
    ("f2", "a..b", "empty label"),
    ("f2", "x" * 64 + ".example", "63 characters"),
    ("f2", "two words", "spaces"),
    ("f3", "localhost:70000", "out of range"),
    ("f3", "localhost:８０", "not a number"),
    ("f3", "[::1:80", "brackets"),
    ("f3", "localhost: 80", "space too many"),
    ("f3", "sctp://localhost:53", "not known"),
    ("f4", " 80", "space"),
    ("f4", "-1", "not a number"),
    ("f4", "65536", "out of range"),
)


@in_app
async def test_wrong_input_is_said_beside_the_field_and_kept(engine: Engine) -> None:
    async with opened(engine, (160, 48)) as (app, pilot):
        for pane, typed, said in WRONG:
            await pilot.press(pane)
            field = await typed_in(app, pilot, typed)
            await until(pilot, lambda said=said: said in words(app))
            assert field.value == typed
            field.value = ""
            await until(pilot, lambda said=said: said not in words(app))
        assert not engine.dialled and not engine.listeners and not engine.names.lookups


@in_app
async def test_what_cannot_be_sent_is_said_and_kept(engine: Engine) -> None:
    async with opened(engine, (160, 48)) as (app, pilot):
        listener = await listening(app, pilot)
        with dial(listener) as peer:
            await until(pilot, lambda: listener.live_clients == 1)
            await pilot.press("i")
            for mode, typed, said in (
                ("text", r"bad \q", "escapes are"),
                ("hex", "abc", "one is missing"),
                ("file", "/no/such", "no such file"),
            ):
                app.query_one(ListenPane).query_one("#mode", Choice).value = mode
                await pilot.pause()
                field = await typed_in(app, pilot, typed)
                await until(pilot, lambda said=said: said in words(app))
                assert field.value == typed
            await pilot.press("ctrl+d")
            assert peer.recv(10) == b""


@in_app
async def test_a_file_is_sent(engine: Engine, tmp_path: Path) -> None:
    content = bytes(range(256)) * 2000
    path = tmp_path / "content.bin"
    path.write_bytes(content)
    async with opened(engine) as (app, pilot):
        listener = await listening(app, pilot)
        with dial(listener) as peer:
            await until(pilot, lambda: listener.live_clients == 1)
            app.query_one(ListenPane).query_one("#mode", Choice).value = "file"
            await pilot.press("i")
            await typed_in(app, pilot, str(path))
            await pilot.press("ctrl+d")
            received = b""
            while piece := peer.recv(65536):
                received += piece
            assert received == content


@in_app
async def test_the_send_box_remembers(engine: Engine) -> None:
    async with opened(engine) as (app, pilot):
        listener = await listening(app, pilot)
        with dial(listener):
            await until(pilot, lambda: listener.live_clients == 1)
            await pilot.press("i")
            await typed_in(app, pilot, "one")
            field = await typed_in(app, pilot, "two")
            await pilot.press("d", "up")
            assert field.value == "two"
            await pilot.press("up", "up")
            assert field.value == "one"
            await pilot.press("down", "down")
            assert field.value == "d"


@in_app
async def test_the_traffic_is_searched_looked_at_and_paused(engine: Engine) -> None:
    async with opened(engine) as (app, pilot):
        listener = await listening(app, pilot)
        with dial(listener) as peer:
            peer.sendall(b"".join(b"line %d\n" % n for n in range(500)))
            await until(pilot, lambda: "connected" in words(app) and listener.flow.bytes_in > 4000)
            view = app.query_one(ListenPane).query_one(TrafficView)
            await until(pilot, lambda: view.reading.conversation is not None)
            await pilot.press("enter", "h")
            await until(pilot, lambda: "line 499" in words(app))
            await pilot.press("slash")
            await typed_in(app, pilot, "line 42")
            await until(pilot, lambda: "line 42␊" in words(app))
            assert view.reading.stand and not view.reading.stand.following
            await pilot.press("n")
            await until(pilot, lambda: "line 420" in words(app))
            await pilot.press("G", "space")
            peer.sendall(b"while paused\n")
            await until(pilot, lambda: "paused, 1 new" in words(app))
            assert "while paused" not in words(app)
            await pilot.press("space")
            await until(pilot, lambda: "while paused" in words(app))


@in_app
async def test_the_table_filters_and_sorts(engine: Engine) -> None:
    async with opened(engine, (160, 48)) as (app, pilot):
        listener = await listening(app, pilot)
        with dial(listener) as one, dial(listener) as other:
            other.sendall(b"x" * 100)
            one.sendall(b"x")
            await until(pilot, lambda: listener.flow.bytes_in == 101)
            table = app.query_one(ListenPane).query_one(Conversations).table
            await until(pilot, lambda: len(table.rows) == 2)
            mine = one.getsockname()[1]
            await pilot.press("slash")
            await typed_in(app, pilot, str(mine))
            await until(pilot, lambda: [client.endpoints.peer for client in table.rows] == [at(f"127.0.0.1:{mine}")])
            await pilot.press("slash", "escape")
            await until(pilot, lambda: len(table.rows) == 2)
            for _ in range(5):  # by what came in
                await pilot.press("s")
            assert [client.flow.bytes_in for client in table.rows] == [1, 100]
            await pilot.press("S")
            assert [client.flow.bytes_in for client in table.rows] == [100, 1]


@in_app
async def test_zoom_and_panes_and_help(engine: Engine) -> None:
    async with opened(engine) as (app, pilot):
        connect, listen, resolve = app.query_one(ConnectPane), app.query_one(ListenPane), app.query_one(ResolvePane)
        await pilot.press("f3", "escape", "z")
        await until(pilot, lambda: not listen.display and connect.size.width > 100)
        assert connect.display and not resolve.display
        await pilot.press("f4")
        await until(pilot, lambda: listen.display and not connect.display)
        await pilot.press("escape", "z")
        await until(pilot, lambda: app.focused is listen.query_one(TrafficView) and not listen.query_one(Form).display)
        await pilot.press("z")
        await until(pilot, lambda: resolve.display and connect.display and listen.query_one(Form).display)
        assert listen.size.width > 1.8 * connect.size.width
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, HelpScreen))


@in_app
async def test_z_says_what_is_next_and_escape_leaves_it(still_engine: Engine) -> None:
    async with opened(still_engine, (160, 48)) as (app, pilot):
        still_engine.listeners[1] = canned.listener(canned.client())
        await pilot.press("f4", "escape")
        for step in ("z Traffic alone", "z Back"):
            await pilot.press("z")
            await until(pilot, lambda step=step: step in words(app).splitlines()[-1])
        await pilot.press("escape", "escape")
        await until(pilot, lambda: "z Zoom" in words(app).splitlines()[-1] and app.query_one(ConnectPane).display)


@in_app
async def test_every_key_that_does_something_is_in_the_palette(engine: Engine) -> None:
    async with opened(engine) as (app, pilot):
        listener = await listening(app, pilot)

        def offered() -> set[str]:
            return {command.title for command in app.get_system_commands(app.screen)}

        await until(pilot, lambda: {"Stop", "Echo", "Zoom"} <= offered())
        assert not {"Write", "Close", "Reset"} & offered()
        with dial(listener):
            await until(pilot, lambda: {"Write", "Close", "Reset", "Finish sending", "Search", "Copy"} <= offered())


@in_app
async def test_quitting_with_a_stranger_connected_asks_first(engine: Engine) -> None:
    async with opened(engine) as (app, pilot):
        listener = await listening(app, pilot)
        with dial(listener):
            await until(pilot, lambda: listener.live_clients == 1)
            await pilot.press("ctrl+q")
            await until(pilot, lambda: isinstance(app.screen, Confirm))
            await pilot.press("enter")
            await until(pilot, lambda: app.closing)


@in_app
async def test_a_conversation_with_ourselves_does_not_keep_us_from_quitting(engine: Engine) -> None:
    async with opened(engine) as (app, pilot):
        listener = await listening(app, pilot)
        port = listener.bound[0].address.port
        app.query_one(ConnectPane).connect(Address("127.0.0.1", port))
        await until(pilot, lambda: listener.live_clients == 1)
        await pilot.press("ctrl+q")
        await until(pilot, lambda: app.closing)


@in_app
async def test_an_address_is_saved_with_its_kind_and_comes_back_with_it(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, _):
        field = app.query_one(ConnectPane).query_one(AddressField)
        kind = app.query_one(ConnectPane).query_one("#kind", Choice)
        kind.value, field.value = "udp", "localhost:53"
        saved = field.shelf.entry("dns")
        assert saved == SavedAddress("dns", "udp://localhost:53")
        kind.value = "tls"
        field.shelf.take(SavedAddress("web", "example.com 80"))
        assert (kind.value, field.value) == ("tcp", "example.com 80")
        field.shelf.take(saved)
        assert (kind.value, field.value) == ("udp", "udp://localhost:53")
