"""As many descriptors as the system allows, and never a failure for it."""

import resource
import subprocess
import sys
from collections.abc import Callable

import pytest

from sockscope.engine.kernel.descriptor_limit import ENDLESS, raise_limit

Limit = tuple[int, int]


def raised(monkeypatch: pytest.MonkeyPatch, limit: Limit, accepts: Callable[[int], bool]) -> Limit:
    """Raise the limit on a system that accepts only some soft limits."""
    held = limit

    def setrlimit(which: int, wanted: Limit) -> None:
        nonlocal held
        assert which == resource.RLIMIT_NOFILE
        if not accepts(wanted[0]):
            raise ValueError("current limit exceeds maximum limit")
        held = wanted

    monkeypatch.setattr(resource, "getrlimit", lambda which: held)
    monkeypatch.setattr(resource, "setrlimit", setrlimit)
    raise_limit()
    return held


def test_a_hard_limit_without_end_is_refused_as_a_soft_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """As macOS does, whose kern.maxfilesperproc is the most."""
    endless = resource.RLIM_INFINITY
    limit = raised(monkeypatch, (256, endless), lambda soft: 0 <= soft <= 10_240)
    assert limit == (10_240, endless)


@pytest.mark.parametrize(
    ("limit", "most", "expected"),
    [
        ((256, 4096), 4096, (4096, 4096)),
        ((256, 4096), 1000, (1000, 4096)),
        ((4096, 4096), 4096, (4096, 4096)),
        ((256, resource.RLIM_INFINITY), 2**40, (ENDLESS, resource.RLIM_INFINITY)),
        ((2 * ENDLESS, resource.RLIM_INFINITY), 2**40, (2 * ENDLESS, resource.RLIM_INFINITY)),
        ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), 0, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)),
    ],
)
def test_the_most_that_is_accepted(monkeypatch: pytest.MonkeyPatch, limit: Limit, most: int, expected: Limit) -> None:
    assert raised(monkeypatch, limit, lambda soft: 0 <= soft <= most) == expected


def test_where_nothing_is_accepted_the_limit_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    assert raised(monkeypatch, (256, 4096), lambda soft: False) == (256, 4096)


def test_the_real_limit(peer_program: Callable[[str], str]) -> None:
    code = "import resource; from sockscope.engine.kernel.descriptor_limit import raise_limit; raise_limit(); "
    code += "print(*resource.getrlimit(resource.RLIMIT_NOFILE))"
    limited = [peer_program("prlimit"), "--nofile=64:200", sys.executable, "-c", code]
    assert subprocess.run(limited, capture_output=True, text=True, timeout=60).stdout.split() == ["200", "200"]
