"""A call on one line of a track, as strace(1) writes it, with what it means before it and how long it took behind it.

The rule: an error is never cut. Where there is no room the arguments are cut in their middle, then the time it took is
left out, then the arguments become an ellipsis, then a long result (a structure) is cut in its middle, and last the
meaning.
"""

from sockscope.record.fact import Call, Refusal
from sockscope.show.call_text import arguments, result, value_text
from sockscope.show.layout import Parts, fit
from sockscope.show.sanitizer import cells, safe
from sockscope.show.units import duration

_ENOUGH = 12
"""So many cells of the arguments are worth more than the time."""

_RESULT = 24
"""So many cells of a result stay, whatever else does not."""

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
        spare = room - cells(note + opening + closing + gave + spared)
        if spare < min(cells(given), _ENOUGH):
            spare, spared = spare + cells(spared), ""
        if spare < 1 and not fact.error and cells(gave) > _RESULT:
            short = cut_middle(gave.rstrip(), max(cells(gave) + spare - 1, _RESULT) - 1) + " "
            spare, gave = spare + cells(gave) - cells(short), short
        if note and spare < 1:
            kept = max(cells(note) + spare - 1, _WORD)
            note = f"{fit(note.rstrip(), kept - 1)} " if kept < cells(note) else note
        given = cut_middle(given, max(spare, 1))
    role = "error" if fact.error else "result"
    call = spared + given + closing if isinstance(fact, Refusal) else opening + given + closing
    parts = [(note, "event"), (call, "call"), (gave, role)]
    if isinstance(fact, Call):
        parts.append((spared, "delta"))
    return [(text, role) for text, role in parts if text]


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
    return f"{first}…{last}"
