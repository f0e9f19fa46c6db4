"""The page of the call itself: the call as Python writes it, what it gave, and what each hint asks for.

The rule: nothing is left out or made nicer; the rows are the tuples that getaddrinfo(3) gave, in their order.
"""

from sockscope.net.row import Row
from sockscope.record.jobs import Job
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.state import LookupState
from sockscope.request.question import Question
from sockscope.show.explain.names import explain_lookup
from sockscope.show.layout import Lines, heading, labelled, prose, wrapped
from sockscope.show.lookup.subject import Subject
from sockscope.show.sanitizer import safe
from sockscope.show.units import duration, plural, waited

ROWS_SHOWN = 256
"""Of more rows the first ones; the table has them all."""

_ROOM = 16  # cells of a label
_FAMILIES = {"IPv4": "only addresses of IPv4 (rows of AF_INET)", "IPv6": "only addresses of IPv6 (rows of AF_INET6)"}
_TYPES = {
    "any": "no type is asked for: each address comes once for each type, stream, datagram and raw",
    "stream": "only SOCK_STREAM: one row for each address",
    "datagram": "only SOCK_DGRAM: one row for each address",
    "raw": "only SOCK_RAW: one row for each address, for any protocol",
}


def call_page(subject: Subject, width: int) -> Lines:
    """Say how getaddrinfo was called and what exactly it gave."""
    lookup = subject.lookup
    return [
        *_python(lookup.question, width),
        *_outcome(lookup, subject.now_ns, width),
        *(line for row in lookup.rows[:ROWS_SHOWN] for line in _tuple(row, width)),
        *_left_out(lookup, width),
        *prose("P copies the call as a program, J everything that is known as JSON.", width, "muted"),
        *heading(" Hints: what was asked for"),
        *_hints(lookup.question, width),
    ]


def _python(question: Question, width: int) -> Lines:
    return [[("  " + line, "out")] for line in wrapped(safe(question.python()), max(20, width - 2))]


def _outcome(lookup: Lookup, now_ns: int, width: int) -> Lines:
    if lookup.state is LookupState.ANSWERED:
        return [[("  = ", "muted"), (plural(len(lookup.rows), "row"), "good"), (_after(lookup), "muted")]]
    if lookup.state is LookupState.FAILED:
        why = explain_lookup(lookup)
        return [
            [("  ✗ ", "error"), (why.name, "error"), (_after(lookup), "muted")],
            *prose(f"{why.meaning} {why.advice}".strip(), width, "bad", indent=4),
        ]
    if lookup.state is LookupState.ABANDONED:
        gave_up = f"abandoned after {waited(lookup.took_ns)}: nobody waits for its answer any more"
        return prose(gave_up, width, "muted")
    told = f"{lookup.state.value}, {waited(now_ns - lookup.asked_at_ns)} so far"
    job = lookup.job
    return [[("  … ", "busy"), (told, "busy")], *(_slots(job, width) if job else [])]


def _left_out(lookup: Lookup, width: int) -> Lines:
    more = len(lookup.rows) - ROWS_SHOWN
    return prose(f"and {plural(more, 'row')} more: Y copies all", width, "muted", indent=4) if more > 0 else []


def _after(lookup: Lookup) -> str:
    return f" after {duration(lookup.took_ns)}"


def _slots(job: Job, width: int) -> Lines:
    """Say where a lookup waits: for the resolver, or for its turn."""
    slots = job.slots
    hanging = f", beside {slots.hanging} abandoned whose threads still hang" if slots.hanging else ""
    if job.begun:
        told = "The system's resolver has not answered yet. c stops waiting for it; nothing else waits for it."
    else:
        told = (
            f"In flight: {plural(slots.under_way, 'lookup')}{hanging} "
            f"(at most {slots.limit} at a time, and {slots.most} threads). "
            f"Waiting: {plural(slots.waiting, 'lookup')}, {job.ahead} of them before this one."
        )
    return prose(told, width, "muted", indent=4)


def _tuple(row: Row, width: int) -> Lines:
    """Write a row as Python does, with the constants by their names."""
    text = safe(f"({row.family_name}, {row.type_name}, {row.protocol}, {row.canonical!r}, {row.sockaddr!r})")
    first, *others = wrapped(text, max(20, width - 6))
    return [[("    " + first, "text")], *([("      " + line, "text")] for line in others)]


def _hints(question: Question, width: int) -> Lines:
    hints = {
        **({question.family: _FAMILIES[question.family]} if question.family in _FAMILIES else {}),
        f"type {question.type}": _TYPES[question.type],
        **({question.protocol: f"only rows of {question.protocol}"} if question.protocol != "any" else {}),
        **{f"AI_{flag.name}": flag.meaning for flag in question.chosen},
    }
    return [line for hint, meaning in hints.items() for line in labelled(hint, meaning, width, _ROOM)]
