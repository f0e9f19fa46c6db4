"""The race of a conversation's attempts to connect: who ran, when, and how it ended (RFC 8305).

The rule: an attempt is matched to a row by its address and port; where connecting was tried again, the latest round is
the race.
"""

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from sockscope.net.row import Row
from sockscope.record.conversation import Conversation, State
from sockscope.record.dialling import Attempt
from sockscope.record.milestone import LOOKED_UP
from sockscope.show.step import why_lost
from sockscope.show.units import duration, waited


class Outcome(Enum):
    """How an attempt ended; the value is its sign, so that colour is not the only one."""

    WON = "✓"
    FAILED = "✗"
    CANCELLED = "–"
    RUNNING = "…"
    WAITING = "·"
    NOT_TRIED = " "


ROLES = {
    Outcome.WON: "good",
    Outcome.FAILED: "bad",
    Outcome.CANCELLED: "muted",
    Outcome.RUNNING: "busy",
    Outcome.WAITING: "muted",
    Outcome.NOT_TRIED: "muted",
}

LOOK_UP = "look up the name"
"""What stands for the row of a look-up."""

_CANCELLED = "ECANCELED"


class Runner(NamedTuple):
    """One thing on the time axis: a row's attempt or, without a row, the look-up of the name."""

    name: str
    outcome: Outcome
    started_at_ns: int = 0
    ended_at_ns: int = 0  # or now, while it runs
    error: str = ""
    word: str = ""  # what the error means

    @property
    def took_ns(self) -> int:
        """How long it took, or takes so far."""
        return self.ended_at_ns - self.started_at_ns


def latest_round(attempts: Sequence[Attempt]) -> list[Attempt]:
    """Return the attempts since connecting was last tried anew."""
    return [attempt for attempt in attempts if attempt.dialled_at_ns == attempts[-1].dialled_at_ns]


def runner(conversation: Conversation, attempt: Attempt, now_ns: int) -> Runner:
    """Tell of one attempt."""
    if attempt.won:
        outcome = Outcome.WON
    elif attempt.error == _CANCELLED:
        outcome = Outcome.CANCELLED
    else:
        outcome = Outcome.FAILED if attempt.error else Outcome.RUNNING
    ended_at_ns = attempt.ended_at_ns or max(now_ns, attempt.started_at_ns)
    word = why_lost(conversation, attempt).word if attempt.error else ""
    return Runner(str(attempt.address), outcome, attempt.started_at_ns, ended_at_ns, attempt.error, word)


def runners(conversation: Conversation, rows: Sequence[Row], now_ns: int) -> list[Runner]:
    """Tell of the look-up where the conversation made one, of each attempt in order, and of the rows without one."""
    given = list(conversation.request.rows) if conversation.request and conversation.request.rows else []
    attempts = latest_round(list(conversation.dialling.attempts))
    run = [runner(conversation, attempt, now_ns) for attempt in attempts]
    tried = {one.name for one in run}
    hoped = {str(row.endpoint) for row in given or rows} if conversation.state is State.CONNECTING else set()
    left = [name for name in dict.fromkeys(str(row.endpoint) for row in rows) if name not in tried]
    others = [Runner(address, Outcome.WAITING if address in hoped else Outcome.NOT_TRIED) for address in left]
    return [*([] if given else _look_up(conversation, attempts, now_ns)), *run, *others]


def _look_up(conversation: Conversation, attempts: Sequence[Attempt], now_ns: int) -> list[Runner]:
    if call := conversation.facts.milestones.get(LOOKED_UP):
        outcome = Outcome.FAILED if call.error else Outcome.WON
        return [Runner(LOOK_UP, outcome, call.at_ns, call.at_ns + call.took_ns, call.error)]
    if conversation.state is State.CONNECTING and not attempts:
        return [Runner(LOOK_UP, Outcome.RUNNING, conversation.started_at_ns, now_ns)]
    return []


def attempt_word(row: Row, conversation: Conversation | None, now_ns: int) -> tuple[str, str]:
    """Say in a few cells what became of a row when it was connected to: the text and its role."""
    if conversation is None:
        return "–", "muted"
    given = conversation.request.rows if conversation.request else None
    attempts = reversed(list(conversation.dialling.attempts))
    found = next((one for one in attempts if one.address == row.endpoint), None)
    if given and row not in given:
        found = None
    elif found is None and conversation.state is State.CONNECTING:
        return "· waits its turn", "muted"
    if found is None:
        return "not tried", "muted"
    one = runner(conversation, found, now_ns)
    words = {
        Outcome.WON: f"won, {duration(one.took_ns)}",
        Outcome.FAILED: f"{one.error} {duration(one.took_ns)}",
        Outcome.CANCELLED: f"cancelled, {duration(one.took_ns)}",
        Outcome.RUNNING: f"connecting, {waited(one.took_ns)}",
    }
    return f"{one.outcome.value} {words[one.outcome]}", ROLES[one.outcome]
