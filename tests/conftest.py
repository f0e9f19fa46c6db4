"""What all tests share: waiting for a condition, an engine that is stopped, and the peers' programs.

How much is tried: a property 50 times; `HYPOTHESIS_PROFILE=long` tries it 2,000 times, by hand.

How the time is spent: the tests that take longest begin first, so that none of them is left for the end; two more run
at a time than there are cores, because many wait for others; what stands once all tests are collected is never looked
through for garbage again; and everything is compiled once, the tests in as many parts as there are workers, and then
found compiled by the other workers and by the programs that are started, as on a user's machine.
"""

import contextlib
import functools
import gc
import importlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from sockscope.engine.engine import Engine
from sockscope.engine.settings import Settings

settings.register_profile("suite", max_examples=50, deadline=None)  # a busy machine proves nothing
settings.register_profile("long", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # also for the workers, and for the programs that are started
sys.dont_write_bytecode = False

DEADLINE_S = 10.0
LONGEST_FIRST = ("test_exhausted.py", "test_checks.py", "test_torture.py", "test_memory.py", "end_to_end", "ui")
"""Files and folders of tests, those first that take longest; all others come behind."""


def wait_until(condition: Callable[[], object], deadline_s: float = DEADLINE_S, what: str = "") -> None:
    """Wait until `condition()` is true; fail when it is not so before the deadline."""
    ends = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() > ends:
            pytest.fail(f"not so within {deadline_s} s: {what or condition}")
        time.sleep(0.005)


def pytest_xdist_auto_num_workers() -> int:
    """Give how many tests run at a time."""
    return (os.cpu_count() or 1) + 2


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Begin a worker's collecting with its share of the modules, so that each is compiled by one of the workers."""
    worker = getattr(session.config, "workerinput", None)
    if worker is not None:
        number, count = int(worker["workerid"].removeprefix("gw")), worker["workercount"]
        for module in modules_below(session.config)[number::count]:
            with contextlib.suppress(Exception, pytest.skip.Exception):  # told by the collection that follows
                importlib.import_module(module)


def modules_below(config: pytest.Config) -> list[str]:
    """The modules of tests in what pytest was asked to run, by name."""
    asked = [config.invocation_params.dir / argument.partition("::")[0] for argument in config.args]
    files = {file for path in asked for file in ([path] if path.is_file() else path.rglob("test_*.py"))}
    ours = sorted(file.relative_to(config.rootpath) for file in files if file.is_relative_to(config.rootpath))
    return [".".join(file.with_suffix("").parts) for file in ours]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put what takes long first."""

    @functools.cache
    def place(path: Path) -> int:
        parts = path.relative_to(config.rootpath).parts
        return next((number for number, part in enumerate(LONGEST_FIRST) if part in parts), len(LONGEST_FIRST))

    items.sort(key=lambda item: place(item.path))


def pytest_collection_finish() -> None:
    """Keep what stands by now out of every look for garbage."""
    keep_from_the_collector()


def keep_from_the_collector() -> None:
    """What stands is no garbage, and is never looked through again."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Keep the names of tests short where they are given long texts."""
    return f"{argname} of {len(val)}" if isinstance(val, str | bytes) and len(val) > 60 else None


@pytest.fixture(scope="session", autouse=True)
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep what is saved out of the configuration of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("configuration")
        patch.setenv("XDG_CONFIG_HOME", str(folder))
        yield folder


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A running engine with short patience, stopped behind the test; `@pytest.mark.engine` gives it other settings."""
    settings: dict[str, Any] = {"connect_timeout_s": 3.0}
    for mark in reversed(list(request.node.iter_markers("engine"))):  # the nearest comes last
        settings |= mark.kwargs
    running = Engine(Settings(**settings))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def peer_program() -> Callable[[str], str]:
    """Find a peer's program; a missing one skips the test, in CI it fails it."""

    def find(name: str) -> str:
        path = shutil.which(name)
        if path is None:
            (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{name} is not installed")
        return str(path)

    return find


@pytest.fixture
def impatient_threads() -> Iterator[None]:
    """Let threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)
