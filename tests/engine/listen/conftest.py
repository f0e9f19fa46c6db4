"""What the tests of listeners share: a relay's certificates, a name that takes its time."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from tests.conftest import DEADLINE_S, wait_until
from tests.engine.loopback import V4


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Who signs the certificates of a file's tests."""
    return trustme.CA()


@pytest.fixture
def ca(tmp_path: Path, authority: trustme.CA) -> str:
    """The authority's own certificate."""
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return str(tmp_path / "ca.pem")


@pytest.fixture
def pair(tmp_path: Path, authority: trustme.CA) -> str:
    """A certificate for loopback and its key."""
    authority.issue_cert(V4).private_key_and_cert_chain_pem.write_to_path(tmp_path / "pair.pem")
    return str(tmp_path / "pair.pem")


@pytest.fixture
def let_go(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """While this is not called nobody learns that the name `slow` is 127.0.0.1."""
    gate, real = threading.Event(), socket.getaddrinfo
    under_way: list[str] = []

    def ask(name: str, *question: object, **more: object) -> object:
        under_way.append(name)
        try:
            if name == "slow":
                assert gate.wait(DEADLINE_S)
            return real(V4 if name == "slow" else name, *question, **more)  # type: ignore[arg-type]
        finally:
            under_way.remove(name)

    monkeypatch.setattr(socket, "getaddrinfo", ask)
    yield gate.set
    gate.set()
    wait_until(lambda: not under_way)
