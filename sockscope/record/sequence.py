"""A sequence that is run in a conversation: how far it is, and how long the answers took."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sockscope.request.sequence import Sequence

TIMES_KEPT = 1000
"""Of each step, the latest ones: of them the median is."""


class StepState(Enum):
    """Where a step of the current run is."""

    AHEAD = auto()
    UNDER_WAY = auto()
    DONE = auto()
    LOST = auto()


class End(Enum):
    """Why a sequence is over."""

    DONE = auto()
    STOPPED = auto()
    CONVERSATION = auto()
    """The peer finished or reset, or we did, or it is closed: the conversation's state says it."""
    EXPRESSION = auto()
    """An expression took too long."""


class Times:
    """How long something took, over all runs; written by one thread, read by any."""

    __slots__ = ("_latest", "count", "last_ns", "least_ns", "most_ns")

    def __init__(self) -> None:
        self._latest: deque[int] = deque(maxlen=TIMES_KEPT)
        self.count = self.last_ns = self.least_ns = self.most_ns = 0

    def took(self, time_ns: int) -> None:
        """Count one more."""
        self.least_ns = min(self.least_ns, time_ns) if self.count else time_ns
        self.most_ns, self.last_ns = max(self.most_ns, time_ns), time_ns
        self._latest.append(time_ns)
        self.count += 1

    @property
    def median_ns(self) -> int:
        """The median of the latest ones, 0 where there are none."""
        latest = sorted(self._latest)
        middle = len(latest) // 2
        if len(latest) % 2:
            return latest[middle]
        return (latest[middle - 1] + latest[middle]) // 2 if latest else 0


@dataclass(slots=True)
class StepRun:
    """What came of one step: its state in the current run, and over all runs the times and losses.

    `untimed` counts the answers of which nobody can say how long they took, `late` those that came after a loss and
    before the next run. `answer` is what ended the latest wait, with what stood around it, cut to ANSWER_BYTES;
    `matched` is where that begins and ends in it.
    """

    state: StepState = StepState.AHEAD
    since_ns: int = 0
    times: Times = field(default_factory=Times)
    untimed: int = 0
    lost: int = 0
    late: int = 0
    answer: bytes = b""
    matched: tuple[int, int] = (0, 0)

    @property
    def answered(self) -> int:
        """How often what was waited for came."""
        return self.times.count + self.untimed


ANSWER_BYTES = 64


@dataclass(slots=True)
class SequenceRun:
    """A sequence that is run, or was: `run` is which run it is at, counted from 1."""

    sequence: Sequence
    started_at_ns: int
    steps: tuple[StepRun, ...]
    run: int = 0
    lost: int = 0  # runs that ended with a loss
    late: int = 0  # losses of which the answer came before the next run
    settling: bool = False  # between runs, while a late answer is waited for
    ended_at_ns: int = 0
    ended_by: End | None = None

    @property
    def live(self) -> bool:
        """Whether it goes on."""
        return self.ended_by is None
