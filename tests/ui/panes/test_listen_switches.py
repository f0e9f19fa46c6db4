"""The switches of a listener: what the address line says of them is so."""

import threading

from textual.pilot import Pilot

from sockscope.engine.engine import Engine
from sockscope.net.address import Address
from sockscope.net.endpoint import NOWHERE
from sockscope.record.fact import Call
from sockscope.record.finding import OwnHolder
from sockscope.record.listener import Listener, ListenerState
from sockscope.request import Listen
from sockscope.request.asked import Asked
from sockscope.request.setting import For
from sockscope.session import Session
from sockscope.show.wall_clock import UNSET
from sockscope.ui.app import SockscopeApp
from sockscope.ui.panes.listen import ListenPane
from sockscope.ui.widgets.listeners import known_of
from sockscope.ui.widgets.message_line import MessageLine
from tests.engine.loopback import V4, held
from tests.facts import RECORDER, at
from tests.show.made import START_NS, listener
from tests.ui.conftest import in_app, opened, until, words


async def listening(app: SockscopeApp, pilot: Pilot[None]) -> Listener:
    app.action_pane("listen")
    made = app.query_one(ListenPane).listen(Address(V4, 0))
    assert made
    await until(pilot, lambda: made.bound)
    app.query_one(ListenPane).query_one("#address").screen.set_focus(app.query_one(ListenPane).query_one("LiveTable"))
    return made


@in_app
async def test_accepting_that_was_switched_on_again_is_not_said_to_be_off(engine: Engine) -> None:
    app = SockscopeApp(Session(engine, Asked(settings={For.LISTEN: {"accepting": "no"}})), wall=UNSET)
    async with app.run_test(size=(120, 36)) as pilot:
        made = await listening(app, pilot)
        assert not made.policy.accepting
        await until(pilot, lambda: "accept: no" in words(app))
        app.query_one(ListenPane).action_accept()
        await until(pilot, lambda: made.policy.accepting and "accept: no" not in words(app))
        app.query_one(ListenPane).action_accept()
        await until(pilot, lambda: not made.policy.accepting and "accept: no" in words(app))


@in_app
async def test_two_presses_before_the_engine_has_done_the_first_cancel_each_other(engine: Engine) -> None:
    async with opened(engine) as (app, pilot):
        made, pane = await listening(app, pilot), app.query_one(ListenPane)
        with held(engine):
            for _ in range(2):
                pane.action_accept()
                pane.action_one_at_a_time()
        done = threading.Event()
        engine.every(0.0, lambda: bool(done.set()))
        await until(pilot, done.is_set)
        assert made.policy.accepting and not made.policy.one_at_a_time
        pane.action_accept()
        await until(pilot, lambda: not made.policy.accepting)


@in_app
async def test_the_switches_of_a_listener_that_has_stopped_are_for_the_next_one(engine: Engine) -> None:
    async with opened(engine) as (app, pilot):
        made, pane = await listening(app, pilot), app.query_one(ListenPane)
        engine.stop_listening(made)
        await until(pilot, lambda: made.state is ListenerState.STOPPED)
        for said in (True, False, True):
            pane.action_accept()
            await until(pilot, lambda said=said: ("accept: no" in words(app)) is said)


@in_app
async def test_taking_one_at_a_time_is_said_as_it_is(engine: Engine) -> None:
    async with opened(engine) as (app, pilot):
        made = await listening(app, pilot)
        assert "one at a time" not in words(app)
        app.query_one(ListenPane).action_one_at_a_time()
        await until(pilot, lambda: made.policy.one_at_a_time and "clients one at a time" in words(app))
        app.query_one(ListenPane).action_one_at_a_time()
        await until(pilot, lambda: not made.policy.one_at_a_time and "clients one at a time" not in words(app))


@in_app
async def test_a_press_right_after_listening_is_not_taken_back_by_the_next_look(engine: Engine) -> None:
    async with opened(engine) as (app, pilot):
        pane = app.query_one(ListenPane)
        with held(engine):
            made = pane.listen(Address(V4, 0))
            assert made
            pane.action_one_at_a_time()
            pane.tick()
            assert "clients one at a time" in " ".join(line.said for line in pane.query(MessageLine))
        await until(pilot, lambda: made.policy.one_at_a_time)


@in_app
async def test_what_is_said_is_of_the_listener_that_is_chosen(engine: Engine) -> None:
    async with opened(engine) as (app, pilot):
        first = engine.listen(Listen(Address(V4, 0), accepting=False))
        second = await listening(app, pilot)
        assert "accept: no" not in words(app)
        app.query_one(ListenPane)._listeners.choose(first)
        await until(pilot, lambda: "accept: no" in words(app))
        app.query_one(ListenPane)._listeners.choose(second)
        await until(pilot, lambda: "accept: no" not in words(app))
        assert second.policy.accepting and not first.policy.accepting


def test_a_program_that_holds_the_path_itself_is_not_told_to_stop_another() -> None:
    made = listener(Call("bind", 5, (at("/run/s"),), None, "EADDRINUSE", START_NS, 1000))
    RECORDER.looks(made, (OwnHolder(3, True, at("/run/s"), NOWHERE),))
    RECORDER.listeners.ended(made, ListenerState.FAILED, "EADDRINUSE", "/run/s is in use, somebody has a socket there")
    told, warning = known_of(made)
    assert "This program itself has it: its listener /run/s" in told
    assert "somebody" not in told and "other program" not in told
    assert not warning
