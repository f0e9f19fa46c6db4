"""What the engine's tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sockscope.engine.engine import Engine


@pytest.fixture
def engine(engine: Engine) -> Iterator[Engine]:
    """The shared engine; a test that leaves an exception behind which no conversation tells of has failed."""
    yield engine
    engine.stop()
    assert engine.fault == ""


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A short path where nothing is yet, for a UNIX socket."""
    return str(tmp_path / "s")
