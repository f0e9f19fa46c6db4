"""A call on one line of a track, as strace(1) writes it, with what it means before it and how long it took behind it.

The rule: an error is never cut. Where there is no room the arguments are cut in their middle, down to an ellipsis, then
a long result (a structure) is, then the meaning is cut, and only then the time it took is left out. What was not done
says so first; of it the reason is cut.
"""

from typing import NamedTuple

from sockscope.net.value import Struct
from sockscope.record.fact import Call, Refusal
from sockscope.show.call_text import arguments, result, value_text
from sockscope.show.layout import Parts, fit
from sockscope.show.sanitizer import cells, safe
from sockscope.show.units import duration

_ENOUGH = 12
"""So many cells of what was not done stay, whatever else does not."""

_RESULT, _STRUCTURE = 24, 19
"""So many cells of a result stay, and of a structure, whatever else does not."""

_WORD = 8
"""So many cells of the meaning stay, whatever else does not."""


def call_line(fact: Call | Refusal, room: int | None = None) -> Parts:
    """Write a call, or what was not done and why, in `room` cells where that is possible; None cuts nothing."""
    if isinstance(fact, Refusal):
        return _refusal_line(fact, room)
    note = f"{safe(fact.note)} " if fact.note else ""
    given, gave, took = safe(arguments(fact)), f"= {safe(result(fact))} ", duration(fact.took_ns)
    opening, closing = f"{fact.name}(", ") "
    if room is not None:
        note, given, gave, took = _in_room(_Parts(note, given, gave, took), room - cells(opening + closing), fact)
    role = "error" if fact.failed else "result"
    parts = [(note, "event"), (opening + given + closing, "call"), (gave, role), (took, "delta")]
    return [(text, role) for text, role in parts if text]


def _refusal_line(refusal: Refusal, room: int | None) -> Parts:
    """Write what was not done, why, and the error that the system would give."""
    opening, closing, gave = "not done: ", " · ", safe(refusal.error)
    what, note = safe(", ".join([refusal.what, *map(value_text, refusal.about)])), safe(refusal.note)
    if room is not None:
        spare = room - cells(opening + closing + gave) - 1  # for what and why
        what = cut_middle(what, max(spare - cells(note), _ENOUGH))
        note = fit(note, min(cells(note), max(spare - cells(what), _WORD)))
    return [(opening, "event"), (f"{what}{closing}{note} ", "detail"), (gave, "error")]


class _Parts(NamedTuple):
    """What gives way of a line: the meaning, the arguments, the result, and the time."""

    note: str
    given: str
    gave: str
    took: str


def _in_room(parts: _Parts, room: int, call: Call) -> _Parts:
    note, given, gave, took = parts
    spare = room - cells(note + gave + took)  # for the arguments
    stays = _STRUCTURE if isinstance(call.returned, Struct) else _RESULT
    if spare < 1 and not call.error and cells(gave) > stays:
        short = cut_middle(gave.rstrip(), max(cells(gave) + spare - 1, stays) - 1) + " "
        spare, gave = spare + cells(gave) - cells(short), short
    if spare < 1 and cells(note) > _WORD:
        short = f"{fit(note.rstrip(), max(cells(note) + spare - 1, _WORD) - 1)} "
        spare, note = spare + cells(note) - cells(short), short
    if spare < 1:
        spare, took = spare + cells(took), ""
    return _Parts(note, cut_middle(given, max(spare, 1)), gave, took)


def cut_middle(text: str, room: int) -> str:
    """Bring a harmless text to `room` cells at the most, with an ellipsis for what is missing from its middle."""
    if cells(text) <= room:
        return text
    first = last = ""
    for n in range(len(text)):
        if n % 3 == 2 and cells(first + last + text[-len(last) - 1]) < room:
            last = text[-len(last) - 1] + last
        elif cells(first + last + text[len(first)]) < room:
            first += text[len(first)]
        else:
            break
    return f"{first.rstrip('…')}…{last.lstrip('…')}"
