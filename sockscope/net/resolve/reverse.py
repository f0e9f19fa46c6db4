"""From addresses to names: getnameinfo(3)."""

from dataclasses import dataclass, field

from sockscope.net.fact import Call
from sockscope.net.resolve.row import Row


@dataclass(slots=True)
class Reverse:
    """The names of the addresses of some rows; an address is there once it was answered."""

    names: dict[str, tuple[Call, str]] = field(default_factory=dict)


def name_of(row: Row) -> tuple[Call, str]:
    """Call getnameinfo(3) and wait for it; a failure is in the call's `error`."""
    raise NotImplementedError
