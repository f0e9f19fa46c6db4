"""Why getaddrinfo's rows are in this order (RFC 6724, 6)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sockscope.net.resolve.row import Row


@dataclass(frozen=True, slots=True)
class Order:
    """What the rules say of the rows of one answer, in the answer's order."""

    rows: tuple[Row, ...]


def weigh(rows: Sequence[Row]) -> Order:
    """Find out why these rows are in this order."""
    return Order(tuple(rows))
