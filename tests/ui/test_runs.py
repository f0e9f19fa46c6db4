"""What the session runs for the command line is shown by its pane, with what was asked for; no pane runs it again."""

from textual.widgets import Input

from sockscope.engine.engine import Engine
from sockscope.net.address import Address
from sockscope.request import Connect, Listen, Request, Resolve
from sockscope.request.asked import Asked
from sockscope.request.question import Question
from sockscope.request.setting import For
from sockscope.session import Session
from sockscope.show.wall_clock import UNSET
from sockscope.ui.app import SockscopeApp
from sockscope.ui.panes.connect import ConnectPane
from sockscope.ui.panes.conversations import Conversations
from sockscope.ui.panes.listen import ListenPane
from sockscope.ui.panes.lookups import Lookups
from sockscope.ui.panes.resolve import ResolvePane
from sockscope.ui.widgets.choice import Choice
from tests.engine.loopback import V4, listening
from tests.ui.conftest import in_app, until, words


def begun(engine: Engine, *requests: Request, **asked: object) -> tuple[Session, SockscopeApp]:
    session = Session(engine, Asked(requests, **asked))  # type: ignore[arg-type]
    session.begin()
    return session, SockscopeApp(session, wall=UNSET)


@in_app
async def test_a_connection_is_shown_in_its_pane_and_made_once(engine: Engine) -> None:
    with listening() as server:
        target = Address(*server.getsockname())
        session, app = begun(engine, Connect(target), settings={For.CONNECT: {"options": "NODELAY=on"}})
        async with app.run_test(size=(120, 36)) as pilot:
            pane = app.query_one(ConnectPane)
            await until(pilot, lambda: pane.query_one(Conversations).chosen is session.runs[0].record)
            assert pane.has_class("-current") and len(engine.dialled) == 1
            assert pane.query_one("#address", Input).value == str(target)
            assert "options NODELAY=on" in words(app)


@in_app
async def test_a_listener_is_shown_in_its_pane_with_its_kind(engine: Engine) -> None:
    session, app = begun(engine, Listen(Address(V4, 0, "udp")))
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: app.query_one(ListenPane).listener is session.runs[0].record)
        assert app.query_one(ListenPane).has_class("-current") and len(engine.listeners) == 1
        assert app.query_one(ListenPane).query_one("#kind", Choice).value == "udp"
        listener = engine.listeners[next(iter(engine.listeners))]
        field = app.query_one(ListenPane).query_one("#address", Input)
        await until(pilot, lambda: listener.bound and field.value == f"udp://{V4}:{listener.bound[0].address.port}")


@in_app
async def test_a_lookup_is_shown_with_what_was_typed_and_why_dns_was_not_asked(engine: Engine) -> None:
    session, app = begun(engine, Resolve(Question("::1", "80"), direct=True, types=("MX",)))
    async with app.run_test(size=(120, 36)) as pilot:
        pane = app.query_one(ResolvePane)
        await until(pilot, lambda: pane.query_one(Lookups).chosen is session.runs[0].record)
        assert [pane.query_one(name, Input).value for name in ("#name", "#service")] == ["::1 MX", "80"]
        assert pane.query_one(Lookups).answer.page == "DNS"
        await until(pilot, lambda: "only the type PTR can be asked for" in words(app))


@in_app
async def test_the_demonstration_fills_every_pane_while_it_goes_on(engine: Engine) -> None:
    session, app = begun(engine, demo=True)
    async with app.run_test(size=(160, 48)) as pilot:
        await until(pilot, lambda: len(session.runs) == 4 and app.query_one(ResolvePane).query_one(Lookups).chosen)
        await until(pilot, lambda: app.query_one(ConnectPane).query_one(Conversations).chosen)
        assert app.query_one(ListenPane).listener in engine.listeners.values()
        assert app.query_one(ListenPane).has_class("-current") and len(engine.dialled) == 2
