"""The names of an answer's addresses. What a view reads."""

import socket
from collections.abc import Sequence
from dataclasses import dataclass, field

from sockscope.net.row import Row
from sockscope.record.fact import Call

MOST = 16
"""How many addresses of one answer are asked for."""


@dataclass(slots=True, eq=False)
class Reverse:
    """The names of the addresses of some rows, by `Row.host`; an address is there once it was answered."""

    asked: tuple[str, ...]
    left_out: int = 0
    names: dict[str, tuple[Call, str]] = field(default_factory=dict)
    abandoned: bool = False

    @property
    def waiting(self) -> bool:
        """Whether an answer is still awaited."""
        return not self.abandoned and len(self.names) < len(self.asked)


def distinct(rows: Sequence[Row]) -> dict[str, Row]:
    """Return the first row of each IP address, in the rows' order."""
    found: dict[str, Row] = {}
    for row in rows:
        if row.family in (socket.AF_INET, socket.AF_INET6):
            found.setdefault(row.host, row)
    return found
