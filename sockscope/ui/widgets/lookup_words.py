"""What is said of a lookup in a row of a table or in a line."""

from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.state import LookupState
from sockscope.show.call_text import result, value_text
from sockscope.show.explain.errors import explain
from sockscope.show.explain.names import explain_lookup
from sockscope.show.layout import fit
from sockscope.show.sanitizer import cells, safe
from sockscope.show.units import age, duration, waited
from sockscope.ui.widgets.column import Column

_TOOK_CELLS = 7

_ROLES = {
    LookupState.QUEUED: "busy",
    LookupState.ASKING: "busy",
    LookupState.ANSWERED: "good",
    LookupState.FAILED: "bad",
    LookupState.ABANDONED: "dim",
}


def _outcome(lookup: Lookup) -> str:
    if lookup.state is LookupState.ANSWERED and lookup.call:
        return result(lookup.call)
    return explain(lookup.error).word if lookup.error else lookup.state.value


def _took(lookup: Lookup) -> str:
    """How long it took, written shorter rather than cut."""
    if lookup.state is LookupState.ABANDONED:
        return "–"
    took = duration(lookup.took_ns)
    return took if len(took) <= _TOOK_CELLS else age(lookup.took_ns)


def _asked(lookup: Lookup) -> str:
    """The name and the service, and the hints that are not the usual ones."""
    asked = lookup.question
    flags = [flag.name for flag in asked.chosen if flag.name != "CANONNAME"]
    hints = [asked.family, "" if asked.type == "stream" else asked.type, asked.protocol]
    return " ".join(word for word in (asked.name, asked.service, *hints, *flags) if word and word != "any")


def answered(lookup: Lookup) -> str:
    """What a search finds besides: the addresses, the canonical name, the error."""
    return " ".join([lookup.error, *(f"{row.host} {row.canonical}" for row in lookup.rows)])


COLUMNS: list[Column[Lookup]] = [
    Column("lookups", 0, _asked),
    Column("outcome", 12, _outcome, rank=1, role=lambda k: _ROLES[k.state]),
    Column("took", _TOOK_CELLS, _took, "right", rank=2, key=lambda k: k.took_ns),
]


def told(lookup: Lookup, room: int) -> str:
    """The call and what came of it, in a line of `room` cells or in two, where the call is cut rather than that."""
    asked = ", ".join(map(value_text, lookup.question.arguments()))
    call = f"getaddrinfo({safe(asked)})"
    if lookup.call:
        outcome = f"= {result(lookup.call)} · {duration(lookup.took_ns)}"
    elif lookup.state is LookupState.ABANDONED:
        outcome = "· abandoned"
    else:
        outcome = f"· {lookup.state.value}, {waited(lookup.took_ns)} so far · c abandons it"
    return f"{call} {outcome}" if cells(call) + 1 + cells(outcome) <= room else f"{fit(call, room).rstrip()}\n{outcome}"


def lookup_outline(lookup: Lookup) -> str:
    """What was asked and what came of it, in a few words."""
    return f"{safe(_asked(lookup))} → {safe(_outcome(lookup))} · {_took(lookup)}"


def remark_on(lookup: Lookup | None) -> tuple[str, str]:
    """What should be known of the lookup, and how it looks: an error, a warning, or a note."""
    if lookup and lookup.remark:
        return lookup.remark, "error"
    if lookup and lookup.error:
        return str(explain_lookup(lookup)), "error"
    job = lookup.job if lookup else None  # read once: the engine's thread takes it away
    if lookup and job and lookup.state is LookupState.QUEUED:
        slots = job.slots
        hanging = f"{slots.hanging} abandoned ones still hang (of {slots.most}); " if slots.hanging else ""
        told = f"{slots.under_way} lookups are in flight, of at most {slots.limit}"
        return f"queued: {told}; {hanging}{job.ahead} wait before this one", "warning"
    return "", "note"
