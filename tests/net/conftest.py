"""What the engine's tests share."""

import sys
from collections.abc import Iterator

import pytest

from sockscope.net.engine import Engine


@pytest.fixture
def engine(engine: Engine) -> Iterator[Engine]:
    """The shared engine; a test that leaves an exception behind which no conversation tells of has failed."""
    yield engine
    engine.stop()
    assert engine.fault == ""


@pytest.fixture
def impatient_threads() -> Iterator[None]:
    """Let threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)
