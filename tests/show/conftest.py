"""What the tests of this folder share."""

import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("patient", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")  # a busy machine fails no property


@pytest.fixture(autouse=True, scope="session")
def utc() -> Iterator[None]:
    """Every time of day is UTC, wherever the tests run."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()
