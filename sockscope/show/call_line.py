"""A call on one line of a track, as strace(1) writes it, with what it means before it and how long it took behind it.

The rule: an error is never cut. Where there is no room the arguments are cut in their middle, down to an ellipsis, then
a long result (a structure) is, then the meaning is cut, and only then the time it took is left out. Of what was not
done the words "not done" go first: what it means says so already.
"""

from typing import NamedTuple

from sockscope.net.value import Struct
from sockscope.record.fact import Call, Refusal
from sockscope.show.call_text import arguments, result, value_text
from sockscope.show.layout import Parts, fit
from sockscope.show.sanitizer import cells, safe
from sockscope.show.units import duration

_ENOUGH = 12
"""So many cells of what was not done are worth more than the words that it was not."""

_RESULT, _STRUCTURE = 24, 19
"""So many cells of a result stay, and of a structure, whatever else does not."""

_WORD = 8
"""So many cells of the meaning stay, whatever else does not."""


def call_line(fact: Call | Refusal, room: int | None = None) -> Parts:
    """Write a call, or what was not done and why, in `room` cells where that is possible; None cuts nothing."""
    note = f"{safe(fact.note)} " if fact.note else ""
    if isinstance(fact, Refusal):
        given = safe(", ".join([fact.what, *map(value_text, fact.about)]))
        opening, closing, gave, spared = "", " ", safe(fact.error), "not done, "
    else:
        given = safe(arguments(fact))
        opening, closing, gave, spared = f"{fact.name}(", ") ", f"= {safe(result(fact))} ", duration(fact.took_ns)
    if room is not None:
        gives_way = _Parts(note, given, gave, spared)
        note, given, gave, spared = _in_room(gives_way, room - cells(opening + closing), fact)
    role = "error" if fact.error else "result"
    call = spared + given + closing if isinstance(fact, Refusal) else opening + given + closing
    parts = [(note, "event"), (call, "call"), (gave, role)]
    if isinstance(fact, Call):
        parts.append((spared, "delta"))
    return [(text, role) for text, role in parts if text]


class _Parts(NamedTuple):
    """What gives way of a line: the meaning, the arguments, the result, and the time (or that it was not done)."""

    note: str
    given: str
    gave: str
    spared: str


def _in_room(parts: _Parts, room: int, fact: Call | Refusal) -> _Parts:
    note, given, gave, spared = parts
    spare = room - cells(note + gave + spared)  # for the arguments
    if isinstance(fact, Refusal) and spare < min(cells(given), _ENOUGH):
        spare, spared = spare + cells(spared), ""
    stays = _STRUCTURE if isinstance(fact, Call) and isinstance(fact.returned, Struct) else _RESULT
    if spare < 1 and not fact.error and cells(gave) > stays:
        short = cut_middle(gave.rstrip(), max(cells(gave) + spare - 1, stays) - 1) + " "
        spare, gave = spare + cells(gave) - cells(short), short
    if spare < 1 and cells(note) > _WORD:
        short = f"{fit(note.rstrip(), max(cells(note) + spare - 1, _WORD) - 1)} "
        spare, note = spare + cells(note) - cells(short), short
    if spare < 1:
        spare, spared = spare + cells(spared), ""
    return _Parts(note, cut_middle(given, max(spare, 1)), gave, spared)


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
