"""Jobs for threads, and their slots: under way, waiting, and those that nobody waits for. What a view reads.

The rule: a call that was given up gives its slot to the next one at once, but its thread is there until the call
returns. So there are two bounds: `limit` calls that somebody waits for, and `most` threads in all.
"""

from collections import deque
from collections.abc import Callable
from typing import Any


class Slots:
    """The slots of one kind of call; written by the engine's thread, read by any."""

    __slots__ = ("hanging", "limit", "most", "queue", "under_way")

    def __init__(self, limit: int, most: int) -> None:
        self.limit = limit
        self.most = most
        self.under_way = 0  # whose result is waited for
        self.hanging = 0  # given up, and not returned yet
        self.queue: deque[Job] = deque()

    @property
    def waiting(self) -> int:
        """How many wait for a place."""
        return len(self.queue)

    @property
    def threads(self) -> int:
        """How many threads are in a call."""
        return self.under_way + self.hanging

    @property
    def free(self) -> bool:
        """Whether one more call can begin."""
        return self.under_way < self.limit and self.threads < self.most


class Job:
    """One call that waits or is under way."""

    __slots__ = ("begin", "begun", "on_done", "on_fault", "over", "slots", "work")

    def __init__(
        self,
        slots: Slots,
        work: Callable[[], Any],
        on_done: Callable[[Any], None],
        begin: Callable[[], object],
        on_fault: Callable[[Exception], object],
    ) -> None:
        self.slots = slots
        self.work = work
        self.on_done = on_done
        self.begin = begin
        self.on_fault = on_fault
        self.begun = False
        self.over = False  # its result has come, or nobody waits for it any more

    @property
    def ahead(self) -> int:
        """How many get a slot before this one."""
        queue = list(self.slots.queue)
        return queue.index(self) if self in queue else 0
