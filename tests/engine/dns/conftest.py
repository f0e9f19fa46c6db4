"""What the tests of DNS share."""

import pytest


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Little patience, and yet enough for a reply that comes on a busy machine."""
    monkeypatch.setattr("sockscope.engine.dns.exchange.PATIENCE_S", 0.3)
    monkeypatch.setattr("sockscope.engine.dns.exchange.TCP_PATIENCE_S", 0.5)
