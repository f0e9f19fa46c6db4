"""A sequence that is run, in words: a line for the pane, and a table of its steps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sockscope.record.conversation import Conversation
from sockscope.record.sequence import End, SequenceRun, StepRun, StepState
from sockscope.show.detail import Detail
from sockscope.show.layout import Cell, Lines, Parts, fit, fit_parts, grid
from sockscope.show.sanitizer import cells, safe, safe_bytes
from sockscope.show.traffic.characters import is_text
from sockscope.show.units import age, duration, plural

if TYPE_CHECKING:
    from sockscope.request.sequence import Sequence

_MARKS = {StepState.AHEAD: "○", StepState.UNDER_WAY: "◐", StepState.DONE: "●", StepState.LOST: "✗"}
_ROLES = {
    StepState.AHEAD: "muted",
    StepState.UNDER_WAY: "busy",
    StepState.DONE: "good",
    StepState.LOST: "bad",
}
_HEAD = ("", "step", "last", "min", "median", "max", "times", "lost", "answer")
_TIMES = range(2, 8)
_WIDEST_STEP, _WIDEST_ANSWER = 34, 36
_LEAST_STEP, _LEAST_ANSWER = 8, 6
_GAPS = len(_HEAD) - 1
_NONE = "–"


def progress(conversation: Conversation, now_ns: int) -> str:
    """Return in which run and step a conversation's sequence is, or how it ended; nothing where there is none."""
    run = conversation.outgoing.sequence
    if run is None:
        return ""
    lasts = age((run.ended_at_ns or now_ns) - run.started_at_ns)
    runs = run.sequence.runs
    of = "" if runs == 1 else f"run {run.run:,} of {runs:,} · " if runs else f"run {run.run:,} · "
    late = f" ({run.late:,} late)" if run.late else ""
    return f"{of}{_at(conversation, run)} · {plural(run.lost, 'loss')}{late} · {lasts}"


def sequence_details(conversation: Conversation, now_ns: int) -> Iterable[Detail]:
    """Return the same for the details."""
    if told := progress(conversation, now_ns):
        yield Detail("latest", told)


def _at(conversation: Conversation, run: SequenceRun) -> str:
    """Return which step is under way, or why none is."""
    match run.ended_by:
        case None:
            places = [place for place, step in enumerate(run.steps, 1) if step.state is StepState.UNDER_WAY]
            between = "waiting for what is late" if run.settling else "between runs"
            return f"step {places[0]} of {len(run.steps)}" if places else between
        case End.DONE:
            return "done"
        case End.STOPPED:
            return "stopped"
        case End.EXPRESSION:
            return "ended: an expression takes too long"
        case End.CONVERSATION:
            return f"ended: {conversation.error or conversation.state.value}"


def steps(run: SequenceRun, width: int) -> Lines:
    """Return a table of the steps: what came of each, and its times from the send to the end of the answer.

    Where it is wider than the screen, columns stand closer, and what was written and what was answered share the room.
    """
    typed = [safe(what.typed[: _WIDEST_STEP + 1]) for what in run.sequence.steps]
    answers = [_answer(step) for step in run.steps]
    numbers = [_numbers(step, waits=what.waits) for step, what in zip(run.steps, run.sequence.steps, strict=True)]
    wanted = [
        min(most, max(map(cells, texts)))
        for most, texts in ((_WIDEST_STEP, typed), (_WIDEST_ANSWER, ["".join(one) for one in answers]))
    ]
    step_room, answer_room = max(wanted[0], cells(_HEAD[1])), max(wanted[1], cells(_HEAD[-1]))
    taken = 3 + sum(max(cells(title), *(cells(row[at][0]) for row in numbers)) for at, title in enumerate(_HEAD[2:-1]))
    gap = 2 if taken + 2 * _GAPS + step_room + answer_room <= width else 1
    room = width - taken - gap * _GAPS
    answer_room = max(_LEAST_ANSWER, min(answer_room, max(room - step_room, room // 3)))
    step_room = max(_LEAST_STEP, min(step_room, room - answer_room))
    rows: list[list[Cell]] = [
        [
            (_MARKS[step.state], _ROLES[step.state]),
            fit(one, step_room).rstrip(),
            *cells_of,
            "",
        ]
        for step, one, cells_of in zip(run.steps, typed, numbers, strict=True)
    ]
    lines = grid(_HEAD, rows, width, right=_TIMES, last=1, gap=gap)
    last = [[(_HEAD[-1], "label")], *(_cut(answer, answer_room) for answer in answers)]
    return [[*line[:-1], *parts] for line, parts in zip(lines, last, strict=True)]


def _numbers(step: StepRun, *, waits: bool) -> list[tuple[str, str]]:
    times = step.times
    told = (times.last_ns, times.least_ns, times.median_ns, times.most_ns)
    return [
        *((duration(one) if times.count else _NONE, "text") for one in told),
        (f"{step.answered:,}" if step.answered else _NONE, "text"),
        (f"{step.lost:,}" if waits else _NONE, "bad" if step.lost else "muted" if waits else "text"),
    ]


def _answer(step: StepRun) -> tuple[str, str, str]:
    """Write an answer as what it reads as: what stands before the match, the match, and what stands behind it."""
    low, high = step.matched
    pieces = step.answer[:low], step.answer[low:high], step.answer[high:]
    if is_text(step.answer):
        before, match, behind = map(safe_bytes, pieces)
    else:
        before, match, behind = (piece.hex(" ") for piece in pieces)
        before, behind = before + " " * bool(before), " " * bool(behind) + behind
    return before, match, behind


def _cut(answer: tuple[str, str, str], room: int) -> Parts:
    """Bring an answer to at most so many cells, so that the match stays: of what is before it the end is left."""
    before, match, behind = answer
    left = max(0, room - cells(match) - bool(behind))
    if cells("".join(answer)) > room and cells(before) > left:
        kept = before
        while kept and cells(kept) > left - 1:
            kept = kept[1:]
        before = f"…{kept}"
    return fit_parts([(before, "in"), (match, "match"), (behind, "in")], room)


def line(conversation: Conversation, now_ns: int, stops: str = "b stops it") -> Parts:
    """Return the line for the pane while a sequence is run; `stops` says how to stop it."""
    run = conversation.outgoing.sequence
    return [(f" sequence: {progress(conversation, now_ns)} · {stops}", "label")] if run and run.live else []


def told_sequence(sequence: Sequence) -> str:
    """Return what was read of a sequence."""
    runs = "run until it is stopped" if not sequence.runs else plural(sequence.runs, "run")
    return f"{plural(len(sequence.steps), 'step')}, {runs}"
