"""What all tests share: waiting for a condition, an engine that is stopped, and the peers' programs."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sockscope.net.engine import Engine
from sockscope.net.settings import Settings

DEADLINE_S = 10.0


def wait_until(condition: Callable[[], object], deadline_s: float = DEADLINE_S, what: str = "") -> None:
    """Wait until `condition()` is true; fail when it is not so before the deadline."""
    ends = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() > ends:
            pytest.fail(f"not so within {deadline_s} s: {what or condition}")
        time.sleep(0.005)


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
def engine() -> Iterator[Engine]:
    """A running engine with short patience, stopped at the end of the test."""
    running = Engine(Settings(connect_timeout_s=3.0))
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
