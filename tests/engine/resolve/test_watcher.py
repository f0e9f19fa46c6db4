"""A lookup that is repeated: never two at once, times and changes kept, stopped at once."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from sockscope.engine.engine import Engine
from sockscope.engine.names import WATCHES, WATCHES_KEPT
from sockscope.net.row import Row
from sockscope.record.fact import Call
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.state import LookupState
from sockscope.record.lookup.watch import CHANGES_KEPT, TIMES_KEPT, Change, Spread, Time, Watch, spread
from sockscope.request.interval import LEAST_S, MOST_S
from sockscope.request.question import Question
from tests.conftest import wait_until


class Script:
    """Stands in for getaddrinfo: answers what `says` holds at that moment; `hang` keeps it from answering."""

    def __init__(self) -> None:
        self.says: list[str] = ["192.0.2.1"]
        self.asked_at_s: list[float] = []
        self.inside = self.most_inside = 0
        self._go = threading.Event()
        self._go.set()

    def hang(self) -> None:
        self._go.clear()

    def go(self) -> None:
        self._go.set()

    def __call__(self, *_: object, **__: object) -> object:
        self.asked_at_s.append(time.monotonic())
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        assert self._go.wait(30)
        self.inside -= 1
        if not self.says:
            raise socket.gaierror(socket.EAI_AGAIN, "")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, 0)) for host in self.says]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    made = Script()
    monkeypatch.setattr(socket, "getaddrinfo", made)
    yield made
    made.go()
    wait_until(lambda: made.inside == 0)


QUESTION = Question("example.com")


def test_the_same_is_asked_again_so_long_after_the_answer(engine: Engine, script: Script) -> None:
    watch = engine.names.watch(QUESTION, LEAST_S)
    wait_until(lambda: watch.count >= 3)
    engine.names.stop_watching(watch)
    wait_until(lambda: watch.stopped)
    gaps = [later - earlier for earlier, later in zip(script.asked_at_s, script.asked_at_s[1:], strict=False)]
    assert min(gaps) >= LEAST_S - 0.005
    assert (watch.failures, len(watch.times), list(watch.changes)) == (0, watch.count, [])
    assert engine.names.watches == {watch.number: watch}
    assert engine.names.lookups == {}
    assert watch.lookup is not None
    assert watch.lookup.question == QUESTION


def test_numbers_can_be_watched_too(engine: Engine) -> None:
    watch = engine.names.watch(Question("127.0.0.1"), LEAST_S)
    wait_until(lambda: watch.count >= 2)
    assert watch.answer is not None
    assert watch.answer.addresses == ("127.0.0.1",)


def test_a_change_is_kept_with_what_came_and_went(engine: Engine, script: Script) -> None:
    watch = engine.names.watch(QUESTION, LEAST_S)
    for says in (["192.0.2.2", "192.0.2.1"], ["192.0.2.1", "192.0.2.2"], [], ["192.0.2.3"]):
        wait_until(lambda: watch.lookup and watch.lookup.call)
        changed = watch.changed
        script.says = says
        wait_until(lambda seen=changed: watch.changed > seen)
    came, order, failed, back = watch.changes
    assert (came.came, came.went, came.reordered) == (["192.0.2.2"], [], False)
    assert (order.came, order.went, order.reordered) == ([], [], True)
    assert (failed.after.error, failed.went, failed.reordered) == ("EAI_AGAIN", ["192.0.2.1", "192.0.2.2"], False)
    assert (back.before.error, back.came) == ("EAI_AGAIN", ["192.0.2.3"])
    assert watch.failures >= 1
    assert came.at_ns < order.at_ns < failed.at_ns < back.at_ns


def test_a_lookup_that_hangs_is_the_only_one_and_is_stopped_at_once(engine: Engine, script: Script) -> None:
    script.hang()
    watch = engine.names.watch(QUESTION, LEAST_S)
    wait_until(lambda: script.inside)
    later_s = time.monotonic() + 2 * LEAST_S
    wait_until(lambda: time.monotonic() > later_s)
    assert watch.lookup is not None
    assert (watch.lookup.state, watch.count, script.most_inside) == (LookupState.ASKING, 0, 1)
    assert watch.lookup.took_ns > 2 * LEAST_S * 1e9
    began_s = time.monotonic()
    engine.names.stop_watching(watch)
    wait_until(lambda: watch.stopped)
    assert time.monotonic() - began_s < 1
    assert watch.lookup.state is LookupState.ABANDONED
    script.go()
    wait_until(lambda: engine.names.slots.hanging == 0)
    assert (watch.count, len(script.asked_at_s)) == (0, 1)


def test_what_was_stopped_between_two_lookups_asks_no_more(engine: Engine, script: Script) -> None:
    watch = engine.names.watch(QUESTION, LEAST_S)
    wait_until(lambda: watch.next_at_ns)
    engine.names.stop_watching(watch)
    wait_until(lambda: watch.stopped)
    assert watch.next_at_ns == 0
    count = watch.count
    later_s = time.monotonic() + 2 * LEAST_S
    wait_until(lambda: time.monotonic() > later_s)
    assert watch.count == count == len(script.asked_at_s)


def test_the_engine_s_end_ends_a_watch(script: Script) -> None:
    engine = Engine()
    engine.start()
    watch = engine.names.watch(QUESTION, LEAST_S)
    wait_until(lambda: watch.count)
    engine.stop()
    count = len(script.asked_at_s)
    later_s = time.monotonic() + 2 * LEAST_S
    wait_until(lambda: time.monotonic() > later_s)
    assert len(script.asked_at_s) == count
    assert engine.fault == ""


@pytest.mark.parametrize("interval_s", [0.0, -1.0, LEAST_S / 2, MOST_S + 1, float("nan"), float("inf")])
def test_another_interval_is_refused_in_a_line(engine: Engine, interval_s: float) -> None:
    with pytest.raises(ValueError, match=r"^a lookup is repeated every 0\.1 to 3600 seconds$"):
        engine.names.watch(QUESTION, interval_s)
    assert engine.names.watches == {}


def test_so_many_can_be_watched_and_one_more_is_refused(engine: Engine, script: Script) -> None:
    watches = [engine.names.watch(QUESTION, MOST_S) for _ in range(WATCHES)]
    with pytest.raises(ValueError, match="8 lookups are watched already: stop one first"):
        engine.names.watch(QUESTION, MOST_S)
    engine.names.stop_watching(watches[3])
    wait_until(lambda: watches[3].stopped)
    engine.names.watch(QUESTION, MOST_S)


def test_the_latest_watches_stay_and_those_that_run(engine: Engine, script: Script) -> None:
    runs = engine.names.watch(QUESTION, MOST_S)
    made = []
    for _ in range(WATCHES_KEPT + 3):
        made.append(engine.names.watch(QUESTION, MOST_S))
        engine.names.stop_watching(made[-1])
        wait_until(lambda: made[-1].stopped)
    assert list(engine.names.watches.values()) == [runs, *made[-WATCHES_KEPT + 1 :]]


# The record alone.


def answered(watch: Watch, took_ns: int, *hosts: str, error: str = "", canonical: str = "") -> None:
    lookup = Lookup(1, QUESTION)
    lookup.rows = tuple(Row(socket.AF_INET, 1, 6, canonical, (host, 0)) for host in hosts)
    lookup.call = Call("getaddrinfo", -1, (), None, error, watch.count * 1000, took_ns)
    lookup.error = error
    watch.add(lookup)


def test_the_record_is_bounded_and_counts_what_it_dropped() -> None:
    watch = Watch(1, QUESTION, 1.0)
    for number in range(TIMES_KEPT + 50):
        answered(watch, number, f"192.0.2.{number % 7}")
    assert (watch.count, watch.changed) == (TIMES_KEPT + 50, TIMES_KEPT + 49)
    assert [watch.times[0].took_ns, len(watch.times), len(watch.changes)] == [50, TIMES_KEPT, CHANGES_KEPT]
    assert watch.changes[-1].number == watch.count


def test_a_canonical_name_that_changes_is_a_change_and_a_row_for_each_type_is_none() -> None:
    watch = Watch(1, QUESTION, 1.0)
    answered(watch, 1, "192.0.2.1")
    answered(watch, 1, "192.0.2.1", "192.0.2.1", "192.0.2.1")
    assert list(watch.changes) == []
    answered(watch, 9, "192.0.2.1", canonical="other.example")
    (change,) = watch.changes
    assert isinstance(change, Change)
    assert (change.before.canonical, change.after.canonical, change.came) == ("", "other.example", [])
    assert (change.reordered, change.at_ns) == (False, 2009)


def test_one_error_after_another_is_a_change() -> None:
    watch = Watch(1, QUESTION, 1.0)
    for error in ("EAI_AGAIN", "EAI_AGAIN", "EAI_NONAME"):
        answered(watch, 1, error=error)
    assert [(change.before.error, change.after.error) for change in watch.changes] == [("EAI_AGAIN", "EAI_NONAME")]
    assert watch.failures == 3


def test_a_spread_is_the_least_the_middle_and_the_greatest() -> None:
    assert spread([]) is None
    assert spread([Time(5, "")]) == Spread(5, 5, 5)
    assert spread([Time(took_ns, "") for took_ns in (9, 1, 4)]) == Spread(1, 4, 9)
    assert spread([Time(took_ns, "") for took_ns in (1, 2, 4, 9)]) == Spread(1, 3, 9)
