"""The page that says why the rows are in their order.

The rules: what decided between two rows stands between them, or beside the first one where there is room. The most
telling lines come first, since only a few may be seen.
"""

from sockscope.record.lookup.candidate import Candidate
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.order import Order, Rank
from sockscope.record.lookup.rule import SAME_ADDRESS, UNCHANGED
from sockscope.show.layout import Cell, Lines, Parts, grid, labelled, plain, prose
from sockscope.show.lookup.subject import Subject
from sockscope.show.sanitizer import cells, safe

_HEAD = ["#", "address", "source", "scope", "label", "prec."]
_WHY = "why it is before the next"
_SOURCE = 2  # the column that gives way
_ANY_WIDTH = 10_000

_RULES = "RFC 6724 has ten rules, asked one after another; the first that sees a difference decides."
_HOW = "A UDP socket was connected to each address: the kernel chose the source, and nothing was sent."
_COLUMNS = (
    "Scope and label are those of the address/of its source, best when the same; scope 2 is the link or this machine, "
    "14 the world. A label is a kind of network, prec. the precedence of the address."
)


def order_page(subject: Subject, width: int) -> Lines:
    """Say which rule put each row before the next one."""
    order = subject.lookup.order
    if order is None:
        return prose(_nothing_yet(subject.lookup), width, "muted")
    if not order.ranks:
        return prose("The answer has no rows to be ordered.", width, "muted")
    return [
        _outcome(order),
        *_table(order, width),
        [],
        *labelled("Tables", safe(order.tables), width),
        *(line for remark in order.remarks for line in labelled("Note", (safe(remark), "event"), width)),
        *(labelled("Rules", (_RULES, "note"), width) if order.addresses > 1 else []),
        *labelled("Columns", (_COLUMNS, "note"), width),
        *labelled("How it is known", (_HOW, "note"), width),
    ]


def _nothing_yet(lookup: Lookup) -> str:
    if error := lookup.not_found.get("order"):
        return f"Which rule put each address before the next one could not be found out: {error}"
    if lookup.rows:
        return "The kernel is asked which source it would use for each address …"
    if lookup.error:
        return "There are no addresses, and so there is no order."
    return "Here is said which rule put each address before the next one, as soon as there is an answer."


def _outcome(order: Order) -> Parts:
    """Say in one line whether what is known explains the order."""
    if order.addresses < 2:
        return [(f"  {'One' if order.addresses else 'No'} IP address: there is nothing to order.", "text")]
    if order.wrong:
        rows = ", ".join(f"{number + 1} and {number + 2}" for number in order.wrong[:3])
        more = " and more" if len(order.wrong) > 3 else ""
        said = [(f"  ≠ Differs: the rules would swap rows {rows}{more}", "bad")]
        return [*said, ("; the system may know more, or the network has changed since", "muted")]
    return [("  ✓ ", "good"), ("The rules explain the system's order.", "text")]


def _table(order: Order, width: int) -> Lines:
    rows = [_cells(number, rank) for number, rank in enumerate(order.ranks, 1)]
    reasons = [_reason(rank) for rank in order.ranks]
    beside = grid([*_HEAD, _WHY], [[*row, why] for row, why in zip(rows, reasons, strict=True)], _ANY_WIDTH, right=(0,))
    fits = all(cells(line) <= width for line in plain(beside).split("\n"))
    lines = beside if fits else _between(grid(_HEAD, rows, width, right=(0,), last=_SOURCE), order, reasons, width)
    left_out = f"… and {order.left_out} more rows, which were not weighed"
    return [*lines, *(prose(left_out, width, "muted") if order.left_out else [])]


def _between(table: Lines, order: Order, reasons: list[tuple[str, str]], width: int) -> Lines:
    """Put each reason below its row, but not between rows of one address."""
    lines = table[:1]
    for line, rank, (words, role) in zip(table[1:], order.ranks, reasons, strict=True):
        lines.append(line)
        if rank.decision and rank.decision.words != SAME_ADDRESS:
            lines += prose(words, width, role, indent=5)
    return lines


def _cells(number: int, rank: Rank) -> list[Cell]:
    row: list[Cell] = [str(number), safe(rank.row.host)]
    one = rank.weighed
    if one is None:
        return [*row, ("no IP address", "muted"), "", "", ""]
    source: Cell = one.source.word or (f"✗ {safe(one.source.error)}", "bad")
    return [*row, source, _both(one, "scope"), _both(one, "label"), str(one.mark.precedence)]


def _both(one: Candidate, what: str) -> Cell:
    """Write what the tables say of an address and of its source."""
    own = getattr(one.mark, what)
    if one.source_mark is None:
        return f"{own}/–", "muted"
    its = getattr(one.source_mark, what)
    return f"{own}/{its}", "text" if own == its else "event"


def _reason(rank: Rank) -> tuple[str, str]:
    """Say why a row is before the next one, and the role of the words."""
    decision = rank.decision
    if decision is None:
        return "", ""
    if decision.compared > 0:
        return f"≠ differs: by rule {decision.rule} the next one should come first: {safe(decision.words)}", "bad"
    if decision.words == SAME_ADDRESS:
        return f"= {SAME_ADDRESS}", "muted"
    return f"↓ {safe(str(decision))}", "muted" if decision.rule == UNCHANGED else "text"
