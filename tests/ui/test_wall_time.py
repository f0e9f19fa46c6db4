"""The wall's clock may be set while the program runs: what comes then has the new time, what was keeps its own."""

from sockscope.engine.engine import Engine
from sockscope.net.clock import now_ns
from sockscope.session import Session
from sockscope.show.wall_clock import WallClock
from sockscope.ui.app import SockscopeApp
from sockscope.ui.widgets.traffic_view import TrafficView
from tests.ui.conftest import in_app, until

HOUR_NS = 3600 * 1_000_000_000


@in_app
async def test_a_clock_that_was_set_is_noticed_and_the_past_stays(still_engine: Engine) -> None:
    offsets_ns = [0]
    clock = WallClock(lambda: offsets_ns[-1])
    app = SockscopeApp(Session(still_engine), wall=clock)
    async with app.run_test() as pilot:
        before_ns = now_ns()
        offsets_ns.append(HOUR_NS)
        await until(pilot, lambda: clock.offset_at(now_ns()) == HOUR_NS)
        assert clock.offset_at(before_ns) == 0
        assert all(view.wall is clock for view in app.query(TrafficView))
