"""What the engine's tests share."""

from collections.abc import Iterator

import pytest

from sockscope.engine.engine import Engine


@pytest.fixture
def engine(engine: Engine) -> Iterator[Engine]:
    """The shared engine; a test that leaves an exception behind which no conversation tells of has failed."""
    yield engine
    engine.stop()
    assert engine.fault == ""
