"""Who is on record, all panes together."""

from sockscope.engine.engine import Engine
from sockscope.ui import census
from tests.conftest import wait_until
from tests.engine.loopback import client_of, listen
from tests.facts import RECORDER
from tests.ui import canned


def test_those_that_are_connected_now_are_counted_and_those_that_were_are_kept(still_engine: Engine) -> None:
    here, gone, dialled = canned.client(101), canned.client(102), canned.dialled()
    still_engine.dialled[1], still_engine.listeners[1] = dialled, canned.listener(here, gone)
    RECORDER.closed(gone)
    RECORDER.listeners.left(still_engine.listeners[1], gone)
    assert census.connected(still_engine) == 1
    assert list(census.every(still_engine)) == [dialled, here, gone]


def test_clients_that_come_and_what_they_send_arrive(engine: Engine) -> None:
    with client_of(listen(engine)) as client:
        wait_until(lambda: census.arrivals(engine) == 1)
        client.sendall(b"x")
        wait_until(lambda: census.arrivals(engine) == 2)
