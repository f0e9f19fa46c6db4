"""Wall time: what happened keeps the time it had, also when the wall's clock is set."""

import time

from sockscope.net.clock import now_ns
from sockscope.show.traffic.lines import Look, page
from sockscope.show.wall_clock import KEPT, NOTICED_NS, WallClock, offset_now_ns
from tests.show.made import MS, SECOND, START_NS, made, receive, text


class Wall:
    """A wall's clock that a test sets."""

    def __init__(self) -> None:
        self.offset_ns = 0

    def __call__(self) -> int:
        return self.offset_ns


def test_a_clock_that_was_set_counts_from_then_on() -> None:
    wall = Wall()
    clock = WallClock(wall)
    clock.look(10 * SECOND)
    wall.offset_ns = 3600 * SECOND
    assert clock.offset_at(11 * SECOND) == 0, "nobody has looked yet"
    clock.look(12 * SECOND)
    wall.offset_ns = -5 * SECOND
    clock.look(20 * SECOND)
    told = [clock.offset_at(at * SECOND) // SECOND for at in (0, 11, 12, 19, 20, 99)]
    assert told == [0, 0, 3600, 3600, -5, -5]


def test_what_is_no_more_than_a_trembling_is_not_noticed() -> None:
    wall = Wall()
    clock = WallClock(wall)
    for wall.offset_ns in (NOTICED_NS, -NOTICED_NS, NOTICED_NS // 2):
        clock.look(SECOND)
    assert clock.offset_at(2 * SECOND) == 0


def test_a_clock_that_is_slowed_for_long_is_followed() -> None:
    wall = Wall()
    clock = WallClock(wall)
    for second in range(1000):
        wall.offset_ns = second * MS
        clock.look(second * SECOND)
    assert abs(clock.offset_at(999 * SECOND) - 999 * MS) <= NOTICED_NS


def test_only_so_many_settings_are_remembered() -> None:
    wall = Wall()
    clock = WallClock(wall)
    for second in range(2 * KEPT):
        wall.offset_ns = second * SECOND
        clock.look(second * SECOND)
    assert clock.offset_at(0) == KEPT * SECOND, "the oldest that is known"
    assert clock.offset_at(2 * KEPT * SECOND) == (2 * KEPT - 1) * SECOND


def test_the_two_clocks_are_compared_at_one_moment() -> None:
    assert abs(now_ns() + offset_now_ns() - time.time_ns()) < SECOND


def test_lines_keep_the_time_that_they_had() -> None:
    wall = Wall()
    clock, conversation = WallClock(wall), made()
    receive(conversation, b"before", START_NS)
    wall.offset_ns = 3600 * SECOND
    clock.look(START_NS + SECOND)
    receive(conversation, b"after", START_NS + 2 * SECOND)
    first, second = conversation.tape.entries(0)
    look = Look("calls", 80, clock)
    lines = [text(page(conversation, record, 0, look).line(0)) for record in (first, second)]
    assert [line[2:10] for line in lines] == ["00:16:40", "01:16:42"]
