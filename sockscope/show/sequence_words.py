"""A sequence that is run, in words: a line for the pane, and a table of its steps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sockscope.record.conversation import Conversation
from sockscope.record.sequence import End, SequenceRun, StepRun, StepState
from sockscope.show.detail import Detail
from sockscope.show.layout import Cell, Lines, Parts, fit, grid
from sockscope.show.sanitizer import safe, safe_bytes
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
_WIDEST_STEP, _WIDEST_ANSWER = 34, 24
_NONE = "–"


def progress(conversation: Conversation, now_ns: int) -> str:
    """Return in which run and step a conversation's sequence is, or how it ended; nothing where there is none."""
    run = conversation.outgoing.sequence
    if run is None:
        return ""
    lasts = age((run.ended_at_ns or now_ns) - run.started_at_ns)
    runs = run.sequence.runs
    of = "" if runs == 1 else f"run {run.run:,} of {runs:,} · " if runs else f"run {run.run:,} · "
    return f"{of}{_at(conversation, run)} · {plural(run.lost, 'loss')} · {lasts}"


def sequence_details(conversation: Conversation, now_ns: int) -> Iterable[Detail]:
    """Return the same for the details."""
    if told := progress(conversation, now_ns):
        yield Detail("latest", told)


def _at(conversation: Conversation, run: SequenceRun) -> str:
    """Return which step is under way, or why none is."""
    match run.ended_by:
        case None:
            places = [place for place, step in enumerate(run.steps, 1) if step.state is StepState.UNDER_WAY]
            return f"step {places[0]} of {len(run.steps)}" if places else "between runs"
        case End.DONE:
            return "done"
        case End.STOPPED:
            return "stopped"
        case End.EXPRESSION:
            return "ended: an expression takes too long"
        case End.CONVERSATION:
            return f"ended: {conversation.error or conversation.state.value}"


def steps(run: SequenceRun, width: int) -> Lines:
    """Return a table of the steps: what came of each, and its times from the send to the end of the answer."""
    rows = [_row(what.typed, step) for what, step in zip(run.sequence.steps, run.steps, strict=True)]
    return grid(_HEAD, rows, width, right=_TIMES, last=1)


def _row(typed: str, step: StepRun) -> list[Cell]:
    times = step.times
    told = (times.last_ns, times.least_ns, times.median_ns, times.most_ns)
    return [
        (_MARKS[step.state], _ROLES[step.state]),
        fit(safe(typed), min(len(safe(typed)) + 1, _WIDEST_STEP)).rstrip(),
        *((duration(one) if times.count else _NONE, "text") for one in told),
        f"{times.count:,}" if times.count else _NONE,
        (f"{step.lost:,}", "bad" if step.lost else "muted"),
        (fit(safe_bytes(step.answer), _WIDEST_ANSWER).rstrip(), "in"),
    ]


def line(conversation: Conversation, now_ns: int, stops: str = "b stops it") -> Parts:
    """Return the line for the pane while a sequence is run; `stops` says how to stop it."""
    run = conversation.outgoing.sequence
    return [(f" sequence: {progress(conversation, now_ns)} · {stops}", "label")] if run and run.live else []


def told_sequence(sequence: Sequence) -> str:
    """Return what was read of a sequence."""
    runs = "run until it is stopped" if not sequence.runs else plural(sequence.runs, "run")
    return f"{plural(len(sequence.steps), 'step')}, {runs}"
