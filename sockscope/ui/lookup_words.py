"""What is said of a lookup in a row of a table or in a line."""

from sockscope.net.explain import explain
from sockscope.net.resolve.lookup import Lookup
from sockscope.net.resolve.state import LookupState
from sockscope.show.safe import safe
from sockscope.show.units import age, duration
from sockscope.ui.column import Column

_ROLES = {
    LookupState.QUEUED: "busy",
    LookupState.ASKING: "busy",
    LookupState.ANSWERED: "good",
    LookupState.FAILED: "bad",
    LookupState.ABANDONED: "dim",
}


def _outcome(lookup: Lookup) -> str:
    if lookup.state is LookupState.ANSWERED and lookup.call:
        return lookup.call.result
    return explain(lookup.error).word if lookup.error else lookup.state.value


def _took(lookup: Lookup) -> str:
    return "–" if lookup.state is LookupState.ABANDONED else duration(lookup.took_ns)


COLUMNS: list[Column[Lookup]] = [
    Column("lookups", 0, lambda k: f"{k.question.name} {k.question.service}".rstrip()),
    Column("outcome", 12, _outcome, rank=1, role=lambda k: _ROLES[k.state]),
    Column("took", 7, _took, "right", rank=2, key=lambda k: k.took_ns),
]


def told(lookup: Lookup) -> str:
    """The call and what came of it, in a line."""
    call = f"getaddrinfo({safe(lookup.question.arguments())})"
    if lookup.call:
        return f"{call} = {lookup.call.error or lookup.call.result} · {duration(lookup.took_ns)}"
    if lookup.state is LookupState.ABANDONED:
        return f"{call} · abandoned"
    return f"{call} · {lookup.state.value}, {age(lookup.took_ns)} so far · c abandons it"


def remark_on(lookup: Lookup | None) -> tuple[str, str]:
    """What should be known of the lookup, and how it looks: an error, a warning, or a note."""
    if lookup and lookup.error:
        return str(explain(lookup.error)), "error"
    turn = lookup.turn if lookup else None  # read once: the engine's thread takes it away
    if lookup and turn and lookup.state is LookupState.QUEUED:
        return (
            f"queued: {turn.places.under_way} lookups are in flight, the most at a time; {turn.ahead} wait before it",
            "warning",
        )
    return "", "note"
