"""Garbage is looked for when nobody waits, and what was left on the screen goes then."""

import gc
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from textual.screen import Screen

from sockscope.engine.engine import Engine
from sockscope.ui import collector
from sockscope.ui.collector import GROWTH, IDLE_S, MUCH, WAITING, Collector
from tests.conftest import keep_from_the_collector
from tests.ui.conftest import in_app, opened, until

LOOKS_S = 0.5


@pytest.fixture(autouse=True)
def collecting() -> Iterator[None]:
    """Collect as the program does, and as before when the test is over."""
    before = gc.get_threshold()
    collector.begin()
    yield
    keep_from_the_collector()
    gc.set_threshold(*before)


@pytest.fixture
def full_looks() -> Iterator[list[int]]:
    """One entry for each time that everything was looked through."""
    looks: list[int] = []

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "stop" and info["generation"] == 2:
            looks.append(info["collected"])

    gc.collect()
    gc.callbacks.append(note)
    yield looks
    gc.callbacks.remove(note)


@pytest.fixture
def heap() -> Iterator[list[list[int]]]:
    """A place for objects."""
    held: list[list[int]] = []
    yield held
    held.clear()


class Circle:
    """Holds itself."""

    def __init__(self) -> None:
        self.itself = self


class Stage:
    """What a collector asks for, and a clock."""

    def __init__(self) -> None:
        self.now_s, self.key_at_s, self.received, self.pause_s = 100.0, 0.0, 0, 0.0
        gc.callbacks.append(self._collected)
        self.collector = Collector(lambda: self.now_s - self.key_at_s, lambda: self.received, self._clock)

    def _clock(self) -> float:
        return self.now_s

    def _collected(self, phase: str, info: dict[str, int]) -> None:
        if phase == "stop" and info["generation"] == 2:
            self.now_s += self.pause_s

    def look(self, *, after_s: float = LOOKS_S, received: int = 0, key: bool = False) -> None:
        self.now_s += after_s
        self.received += received
        if key:
            self.key_at_s = self.now_s
        self.collector.look()


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    made = Stage()
    yield made
    gc.callbacks.remove(made._collected)


def grow(heap: list[list[int]], count: int) -> None:
    heap.extend([number] for number in range(count))


def test_nothing_is_looked_through_before_enough_was_made(
    stage: Stage, full_looks: list[int], heap: list[list[int]]
) -> None:
    stage.look()
    assert full_looks == []
    grow(heap, GROWTH)
    stage.look()
    assert len(full_looks) == 1
    stage.look(after_s=100)
    assert len(full_looks) == 1


def test_python_itself_never_looks_through_everything(full_looks: list[int], heap: list[list[int]]) -> None:
    grow(heap, 1_200_000)
    assert full_looks == []
    assert collector.made() >= 1_000_000


def test_a_flood_comes_first(stage: Stage, full_looks: list[int], heap: list[list[int]]) -> None:
    stage.pause_s = 0.25
    grow(heap, GROWTH)
    stage.look()
    grow(heap, MUCH)
    stage.look(after_s=100, received=int(5 * WAITING / 0.25 * 100))
    assert len(full_looks) == 1
    stage.look(received=1)
    assert len(full_looks) == 2


def test_keys_come_first(stage: Stage, full_looks: list[int], heap: list[list[int]]) -> None:
    grow(heap, GROWTH)
    stage.look(key=True)
    assert full_looks == []
    stage.look(after_s=IDLE_S)
    assert len(full_looks) == 1


def test_keys_do_not_put_it_off_for_ever(stage: Stage, full_looks: list[int], heap: list[list[int]]) -> None:
    grow(heap, MUCH + GROWTH)
    stage.look(key=True)
    assert len(full_looks) == 1


def test_looking_takes_a_small_share_of_the_time(stage: Stage, full_looks: list[int], heap: list[list[int]]) -> None:
    stage.pause_s = 0.3
    grow(heap, GROWTH)
    stage.look()
    grow(heap, MUCH + GROWTH)
    stage.look(after_s=2)
    assert len(full_looks) == 1
    stage.look(after_s=10)
    assert len(full_looks) == 2


def test_what_holds_itself_goes(stage: Stage, heap: list[list[int]]) -> None:
    left = weakref.ref(Circle())
    assert left() is not None
    grow(heap, GROWTH)
    stage.look()
    assert left() is None


@in_app
async def test_sheets_that_were_left_go(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        collecting = Collector(lambda: 10.0, lambda: 0)
        left: list[weakref.ref[Screen[Any]]] = []
        for _ in range(6):
            await pilot.press("f1")
            await until(pilot, lambda: len(app.screen_stack) == 2)
            left.append(weakref.ref(app.screen))
            await pilot.press("escape")
            await until(pilot, lambda: len(app.screen_stack) == 1)
        collecting.look()
        assert sum(sheet() is not None for sheet in left) <= 2  # the last one may be on its way out
