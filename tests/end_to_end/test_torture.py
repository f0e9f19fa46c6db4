"""Calls that fail where nobody expects them to: a seeded sample of the torture, and what once went wrong.

The rule: every run is judged whole by `tests.soak.run`: no traceback, the terminal as before, no descriptor lost,
nothing shown that is not so, the failure said, and the program goes on. The rest is run by hand (`tests.soak`).
"""

from collections.abc import Callable

import pytest

from tests.soak import faults
from tests.soak.faults import Fault
from tests.soak.run import run

SEED, SIZE = 9, 1
ONCE_WRONG = (
    Fault("epoll_ctl", "ENOSPC", 7),
    Fault("accept4", "EPERM", 1),
    Fault("connect", "EAGAIN", 1),
    Fault("close", "EIO", 1),
)


@pytest.mark.parametrize("fault", [*ONCE_WRONG, *faults.sample(SEED, SIZE)], ids=str)
def test_a_call_that_fails_is_said_and_nothing_else_is_lost(fault: Fault, peer_program: Callable[[str], str]) -> None:
    peer_program("strace")
    outcome = run(fault, short=True)
    assert outcome.wrong == []
    assert outcome.went_on
