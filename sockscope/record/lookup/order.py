"""Why getaddrinfo's rows are in this order (RFC 6724, 6). What a view reads.

The rule: neighbours are compared, since a list is in order where every two neighbours are.
"""

from typing import NamedTuple

from sockscope.net.row import Row
from sockscope.record.fact import Call
from sockscope.record.lookup.candidate import Candidate
from sockscope.record.lookup.rule import Decision


class Rank(NamedTuple):
    """One row of the answer.

    `weighed` is None for what has no IP address; `verdict` decides between it and the next row, None for the last one
    and where one of the two is not weighed.
    """

    row: Row
    weighed: Candidate | None = None
    decision: Decision | None = None


class Order(NamedTuple):
    """What the rules say of the rows of one answer, in the answer's order.

    `tables` tells whose tables were used, `calls` what the kernel was asked about its interfaces; `left_out` rows came
    after the last place.
    """

    ranks: tuple[Rank, ...]
    tables: str = ""
    remarks: tuple[str, ...] = ()
    left_out: int = 0
    calls: tuple[Call, ...] = ()

    @property
    def addresses(self) -> int:
        """How many different addresses were weighed."""
        return len({(one.address, one.scope_id) for rank in self.ranks if (one := rank.weighed)})

    @property
    def wrong(self) -> tuple[int, ...]:
        """The places, counted from 0, whose next row should come before them."""
        verdicts = enumerate(rank.decision for rank in self.ranks)
        return tuple(number for number, decision in verdicts if decision and decision.compared > 0)
