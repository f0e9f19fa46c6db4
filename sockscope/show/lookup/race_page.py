"""The page of the race: each row's attempt as a bar on one time axis (Happy Eyeballs, RFC 8305).

The rule: all bars have the same zero and the same scale, and what runs is drawn up to now. A bar begins in a whole cell
and ends in an eighth of one; the shortest is an eighth.
"""

from collections.abc import Iterator, Sequence

from sockscope.record.conversation import Conversation, State
from sockscope.show.layout import Lines, Parts, fit, prose
from sockscope.show.lookup.race import LOOK_UP, ROLES, Outcome, Runner, runners
from sockscope.show.lookup.subject import Subject
from sockscope.show.sanitizer import cells, safe
from sockscope.show.step import why
from sockscope.show.units import duration, plural, waited

_NOTHING = "Enter connects to the chosen row, C connects to the name as programs do."
_PORTLESS = (
    "The rows have port 0, which nothing can be connected to: ask with a service or port first. "
    "Then Enter connects to the chosen row, C connects to the name as programs do."
)
_RULES = (
    "RFC 8305: families take turns; the next attempt starts when one failed or after 250 ms; the first connected wins."
)
_EIGHTHS = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")
_BAR, _TICK = 16, 11  # cells: the least bar that is worth its place, the least between two ticks
_NS_PER_MS = 1_000_000
_WORDS = {
    Outcome.WON: "won",
    Outcome.CANCELLED: "cancelled",
    Outcome.RUNNING: "connecting",
    Outcome.WAITING: "waits its turn",
    Outcome.NOT_TRIED: "not tried",
}


def race_page(subject: Subject, width: int) -> Lines:
    """Draw who was tried when, who won, and why the others did not."""
    conversation = subject.raced
    if conversation is None:
        portless = subject.lookup.rows and not any(row.port for row in subject.lookup.rows)
        return prose(_PORTLESS if portless else _NOTHING, width, "muted")
    run = runners(conversation, subject.lookup.rows, subject.now_ns)
    ran = [one for one in run if one.started_at_ns]
    zero_ns = min((one.started_at_ns for one in ran), default=0)
    total_ns = max(1, max((one.ended_at_ns for one in ran), default=0) - zero_ns)
    columns = _columns(run, zero_ns, width)
    before = sum(max(map(cells, column)) + 2 for column in columns) + 4
    room = max(1, width - before)
    lines = [
        _line(one, [column[number] for column in columns], columns, _bar(one, zero_ns, total_ns, room))
        for number, one in enumerate(run)
    ]
    axis: Lines = [[(" " * before, ""), (_axis(total_ns, room), "label")]] if ran else []
    said = _said(conversation, run, total_ns, subject.now_ns, width)
    return [*said, *lines, *axis, *prose(_RULES, width, "note")]


def _said(conversation: Conversation, run: Sequence[Runner], total_ns: int, now_ns: int, width: int) -> Lines:
    """Say in a sentence how the race stands."""
    addresses = [one for one in run if one.name != LOOK_UP]
    tried = sum(one.started_at_ns > 0 for one in addresses)
    counted = f"{tried} of {plural(len(addresses), 'address')} tried"
    if winner := next((one for one in addresses if one.outcome is Outcome.WON), None):
        return prose(f"✓ connected to {safe(winner.name)} after {duration(total_ns)} · {counted}", width, "good")
    if conversation.dialling.retry_at_ns:
        again = f"tries again in {waited(conversation.dialling.retry_at_ns - now_ns)}"
        return prose(f"✗ not connected · {counted} · {again}", width, "bad")
    if conversation.state is State.CONNECTING:
        so_far = waited(now_ns - conversation.started_at_ns)
        return prose(f"… connecting, {so_far} so far · {counted}", width, "busy")
    if conversation.error:
        failed = why(conversation)
        told = f"✗ {failed.name} after {duration(total_ns)} · {counted}: {failed.meaning} {failed.advice}"
        return prose(told, width, "bad")
    return prose(f"– cancelled after {duration(total_ns)} · {counted}", width, "muted")


def _columns(run: Sequence[Runner], zero_ns: int, width: int) -> list[list[str]]:
    """Write what stands before the bars, each column as wide as it needs; the less telling ones only where is room."""
    widest = max(12, width // 3)
    names = _even([safe(one.name) for one in run], widest)
    began = _even([_began(one, zero_ns) for one in run], 8, "right")
    took = _even([duration(one.took_ns) if one.started_at_ns else "" for one in run], 9, "right")
    brief, full = (_even([_word(one, run, whole) for one in run], 40) for whole in (False, True))
    choices = [[names, began, took, full], [names, began, took, brief], [names, took, brief], [names, brief]]
    for columns in choices:
        if width - 4 - sum(cells(column[0]) + 2 for column in columns if column) >= _BAR:
            return columns
    return [_even([safe(one.name) for one in run], max(8, width - 4 - _BAR - 2))]


def _began(one: Runner, zero_ns: int) -> str:
    if not one.started_at_ns:
        return ""
    return f"+{duration(one.started_at_ns - zero_ns)}" if one.started_at_ns > zero_ns else "+0"


def _even(texts: Sequence[str], widest: int, align: str = "left") -> list[str]:
    room = min(widest, max(map(cells, texts), default=0))
    return [fit(text, room, align) for text in texts]


def _word(one: Runner, run: Sequence[Runner], whole: bool) -> str:
    """Say how an attempt ended, and with `whole` also what that means."""
    if one.name == LOOK_UP:
        return {Outcome.WON: "found", Outcome.RUNNING: "asking"}.get(one.outcome, one.error)
    if one.outcome is Outcome.FAILED:
        return f"{one.error}, {one.word}" if whole else one.error
    if one.outcome is Outcome.CANCELLED and whole and any(other.outcome is Outcome.WON for other in run):
        return "cancelled, another was faster"
    return _WORDS[one.outcome]


def _line(one: Runner, texts: Sequence[str], columns: Sequence[Sequence[str]], bar: str) -> Parts:
    role = ROLES[one.outcome]
    strong = role if one.outcome is not Outcome.CANCELLED else "text"
    told: Parts = [(f"{text}  ", "muted") for text in texts[1:-1]] if len(columns) > 1 else []
    last: Parts = [(f"{texts[-1]}  ", role)] if len(columns) > 1 else []
    return [(f"  {one.outcome.value} ", role), (f"{texts[0]}  ", strong), *told, *last, (bar, role)]


def _bar(one: Runner, zero_ns: int, total_ns: int, room: int) -> str:
    """Draw from the start to the end of an attempt, with `room` cells for all of the time."""
    if not one.started_at_ns:
        return ""
    begins = min(room - 1, (one.started_at_ns - zero_ns) * room // total_ns)
    ends = min(8 * room, round((one.ended_at_ns - zero_ns) * 8 * room / total_ns))
    length = max(1, ends - 8 * begins)
    return " " * begins + "█" * (length // 8) + _EIGHTHS[length % 8]


def _axis(total_ns: int, room: int) -> str:
    """Label the time below the bars in milliseconds: round numbers, and the whole at the end."""
    total = total_ns / _NS_PER_MS
    end = f"{total:.3g} ms╵" if total < 100 else f"{total:,.0f} ms╵"
    step = next(step for step in _steps() if step * room / total >= _TICK)
    text = ""
    for number in range(int(total / step) + 1):
        place = int(number * step / total * room)
        label = f"╵{number * step:g}"
        if place + cells(label) < room - cells(end):
            text += " " * (place - cells(text)) + label
    return text + end.rjust(room - cells(text)) if room > cells(end) + 2 else end


def _steps() -> Iterator[float]:
    """Return 0.001, 0.002, 0.005, 0.01 and so on, in milliseconds."""
    return (digit * 10.0**power for power in range(-3, 12) for digit in (1, 2, 5))
