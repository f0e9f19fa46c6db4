"""When what is needed later is imported: once nobody comes, and before descriptors run out."""

import resource

import pytest

from sockscope.ui.ahead import SHARE, Ahead


class Program:
    """What came so far, and whether imports began."""

    def __init__(self) -> None:
        self.received = self.accepted = self.left = self.begun = 0
        self.ahead = Ahead(lambda: self.received + self.accepted, lambda: self.accepted - self.left, self._begin)

    def _begin(self) -> None:
        self.begun += 1

    def look(self, received: int = 0, accepted: int = 0, left: int = 0) -> int:
        """Let something come, look, and give how often imports began by now."""
        self.received += received
        self.accepted += accepted
        self.left += left
        self.ahead.look()
        return self.begun


def test_where_nothing_comes_it_begins_at_the_first_look_and_never_again() -> None:
    program = Program()
    assert [program.look(), program.look(), program.look(5), program.look()] == [1, 1, 1, 1]


@pytest.mark.parametrize("coming", [{"received": 1}, {"accepted": 1}])
def test_while_something_comes_it_waits(coming: dict[str, int]) -> None:
    program = Program()
    assert [program.look(**coming), program.look(**coming), program.look()] == [0, 0, 1]


def test_it_waits_no_longer_once_clients_hold_many_descriptors() -> None:
    program = Program()
    most = int(SHARE * resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    assert [program.look(accepted=most), program.look(accepted=1)] == [0, 1]


def test_clients_that_left_hold_none() -> None:
    program = Program()
    most = int(SHARE * resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    assert [program.look(accepted=most, left=most - 1), program.look(accepted=most - 1)] == [0, 0]
    assert program.look(accepted=1) == 1
