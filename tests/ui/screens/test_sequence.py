"""The sheet of a sequence, on the real application with real sockets."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from textual.pilot import Pilot

from sockscope.engine.engine import Engine
from sockscope.record.conversation import Conversation, State
from sockscope.record.sequence import End
from sockscope.request import Connect
from sockscope.session import Session
from sockscope.show.wall_clock import UNSET
from sockscope.store.library import Library
from sockscope.store.shelf import SavedSequence
from sockscope.ui.app import SockscopeApp
from sockscope.ui.screens.help import HelpScreen
from sockscope.ui.screens.picker import Picker
from sockscope.ui.screens.sequence import SequenceField, SequenceScreen
from sockscope.ui.terminal.letters import BURST_S
from sockscope.ui.widgets.page_view import PageView
from tests.conftest import DEADLINE_S
from tests.engine.loopback import listening, read_exactly, target_of
from tests.ui.conftest import in_app, until, words

Sheet = tuple[SockscopeApp, Pilot[None], Conversation, socket.socket]


@asynccontextmanager
async def sheet(engine: Engine, tmp_path: Path) -> AsyncIterator[Sheet]:
    """The sheet over a pane with one connection, and its peer."""
    app = SockscopeApp(Session(engine), library=Library(tmp_path / "library.toml"), wall=UNSET)
    with listening() as server:
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            conversation = engine.connect(Connect(target_of(server, "tcp")))
            with closing(server.accept()[0]) as peer:
                peer.settimeout(DEADLINE_S)
                await pilot.press("f3", "escape")
                await until(pilot, lambda: conversation.state is State.CONNECTED)
                await pilot.press("Q")
                await until(pilot, lambda: isinstance(app.screen, SequenceScreen))
                yield app, pilot, conversation, peer
                assert not app.complaint, app.complaint


@in_app
async def test_it_is_written_run_looked_at_and_stopped_from_the_pane(engine: Engine, tmp_path: Path) -> None:
    async with sheet(engine, tmp_path) as (app, pilot, conversation, peer):
        await until(pilot, lambda: "wait regex" in words(app))  # how it is written
        await pilot.press(*"send text go", "enter", *"wait text yes 1h", "enter", *"repeat forever")
        await until(pilot, lambda: "2 steps, run until it is stopped" in words(app))
        assert conversation.outgoing.sequence is None, "letters and Enter run nothing"
        await pilot.press("ctrl+r")
        assert read_exactly(peer, 2) == b"go"
        peer.sendall(b"yes\x1b[2J")
        assert read_exactly(peer, 2) == b"go"
        await until(pilot, lambda: "run 2 · step 2 of 2 · 0 losses" in words(app))
        run = conversation.outgoing.sequence
        assert run is not None and run.steps[1].times.count == 1
        await pilot.press("escape")
        await until(pilot, lambda: "sequence: run 2 · step 2 of 2" in words(app) and "b stops it" in words(app))
        await pilot.pause(2 * BURST_S)
        await pilot.press("b")
        await until(pilot, lambda: run.ended_by is End.STOPPED and "b stops it" not in words(app))
        await pilot.press("Q")
        await until(pilot, lambda: "run 2 · stopped" in words(app) and "wait text yes 1h" in words(app))


@in_app
async def test_the_same_key_runs_and_stops(engine: Engine, tmp_path: Path) -> None:
    async with sheet(engine, tmp_path) as (app, pilot, conversation, peer):
        await pilot.press(*"pause 1h", "ctrl+r")
        await until(pilot, lambda: "step 1 of 1" in words(app))
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "stopped · 0 losses" in words(app))
        first = conversation.outgoing.sequence
        assert first is not None and first.ended_by is End.STOPPED
        await pilot.press("ctrl+r")
        await until(pilot, lambda: conversation.outgoing.sequence is not first)
        second = conversation.outgoing.sequence
        assert second is not None
        await pilot.press("tab")
        await until(pilot, lambda: isinstance(app.focused, PageView))
        await pilot.pause(2 * BURST_S)
        await pilot.press("b")
        await until(pilot, lambda: not second.live)
        assert second.ended_by is End.STOPPED, "the sequence, and nothing else"
        peer.sendall(b"still here")
        await until(pilot, lambda: conversation.flow.bytes_in == len("still here"))
        assert conversation.state is State.CONNECTED


@in_app
async def test_what_is_unclear_is_said_with_its_line_and_not_run(engine: Engine, tmp_path: Path) -> None:
    async with sheet(engine, tmp_path) as (app, pilot, conversation, _):
        await pilot.press(*"send text a", "enter", *"wait")
        await until(pilot, lambda: "line 2, 1: wait is followed by text, hex or regex" in words(app))
        await pilot.press("ctrl+r")
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen) and "repeat 10" in words(app))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, SequenceScreen))
        assert conversation.outgoing.sequence is None
        engine.close(conversation)
        await until(pilot, lambda: not conversation.state.live)
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "not run: this conversation is closed by us" in words(app))


@in_app
async def test_where_the_peer_finished_it_is_not_run(engine: Engine, tmp_path: Path) -> None:
    async with sheet(engine, tmp_path) as (app, pilot, conversation, peer):
        await pilot.press(*"send text a")
        peer.shutdown(socket.SHUT_WR)
        await until(pilot, lambda: conversation.state is State.PEER_FINISHED)
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "not run: the peer finished" in words(app))
        assert conversation.outgoing.sequence is None


@in_app
async def test_it_is_saved_and_found_by_typing(engine: Engine, tmp_path: Path) -> None:
    async with sheet(engine, tmp_path) as (app, pilot, _, _):
        field = app.screen.query_one(SequenceField)
        await pilot.press(*"pause 1s", "enter", *"repeat 2", "ctrl+s")
        await until(pilot, lambda: "Save (ctrl+s)" in words(app))
        await pilot.press(*"slow one", "enter")
        await until(pilot, lambda: isinstance(app.screen, SequenceScreen))
        kept = Library(tmp_path / "library.toml")
        kept.load()
        assert kept.sequences()[0] == SavedSequence("slow one", "pause 1s\nrepeat 2")
        field.value = ""
        await pilot.press("ctrl+t")
        await until(pilot, lambda: isinstance(app.screen, Picker) and "Redis PING" in words(app))
        await pilot.press(*"slow")
        await until(pilot, lambda: "Redis PING" not in words(app))
        await pilot.press("enter")
        await until(pilot, lambda: field.value == "pause 1s\nrepeat 2")
