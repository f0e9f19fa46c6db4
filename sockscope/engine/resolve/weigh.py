"""Find out why getaddrinfo's rows are in their order: ask the kernel for sources, and apply the rules.

The rule: only the first ROWS_WEIGHED rows are weighed, and rows of one address share what was found out about it.
"""

from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from itertools import pairwise

from sockscope.engine.resolve.interface import Interfaces, read_interfaces
from sockscope.engine.resolve.source_address import find_source
from sockscope.engine.resolve.system_files import read_policy
from sockscope.net.row import Row
from sockscope.record.fact import Call
from sockscope.record.lookup.candidate import Candidate, weighed
from sockscope.record.lookup.order import Order, Rank
from sockscope.record.lookup.policy import RFC_6724, Ip, PolicyTable
from sockscope.record.lookup.rule import decide

ROWS_WEIGHED = 64


def weigh(rows: Sequence[Row]) -> Order:
    """Find out why these rows are in this order. Never raises; makes socket calls that do not wait for anybody."""
    calls: list[Call] = []
    policy = read_policy()
    interfaces = read_interfaces(calls.append)
    shown = rows[:ROWS_WEIGHED]
    candidates = _candidates(shown, policy, interfaces)
    ranks = tuple(
        Rank(row, one, decide(one, after) if one and after else None)
        for row, one, after in zip(shown, candidates, [*candidates, None][1:], strict=True)
    )
    remarks = [*policy.remarks, *_gaps(ranks, interfaces), *_otherwise(ranks, policy)]
    return Order(ranks, policy.origin, tuple(remarks), len(rows) - len(shown), tuple(calls))


def destination(row: Row) -> tuple[Ip, int] | None:
    """Return a row's address and scope id; None where it has no IP address."""
    if not isinstance(row.sockaddr, tuple) or not row.sockaddr:
        return None
    try:
        address = ip_address(str(row.sockaddr[0]).partition("%")[0])
    except ValueError:
        return None
    return address, int(row.sockaddr[3]) if len(row.sockaddr) == 4 else 0


def _candidates(rows: Iterable[Row], policy: PolicyTable, interfaces: Interfaces) -> list[Candidate | None]:
    known: dict[tuple[Ip, int], Candidate] = {}
    found: list[Candidate | None] = []
    for row in rows:
        rank = destination(row)
        if rank and rank not in known:
            known[rank] = weighed(*rank, find_source(*rank, row.port, interfaces), policy)
        found.append(known[rank] if rank else None)
    return found


def _gaps(ranks: Iterable[Rank], interfaces: Interfaces) -> list[str]:
    """Say what could not be known, where it may matter: a pair of addresses that no rule decided."""
    open_pairs = any(rank.decision and rank.decision.compared == 0 for rank in ranks)
    return [f"{interfaces.gap}: rules 3, 4 and 7, and 9 for IPv4, say little"] if interfaces.gap and open_pairs else []


def _otherwise(ranks: Sequence[Rank], policy: PolicyTable) -> list[str]:
    """Say where the tables of RFC 6724 would have put the next row first."""
    pairs = [
        (number, decide(rank.weighed.under(RFC_6724), after.weighed.under(RFC_6724)))
        for number, (rank, after) in enumerate(pairwise(ranks), 1)
        if rank.weighed and after.weighed and rank.decision and rank.decision.compared <= 0
    ]
    others = [(number, decision) for number, decision in pairs if decision.compared > 0]
    if not others or policy is RFC_6724:
        return []
    number, decision = others[0]
    more = f", and so on for {len(others) - 1} more" if len(others) > 1 else ""
    return [f"the tables of RFC 6724 itself would put row {number + 1} before row {number} ({decision}){more}"]
