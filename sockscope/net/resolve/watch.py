"""The same lookup again and again: how long it takes, and whether the answer changes."""

from sockscope.net.resolve.question import Question


class Watch:
    """The record of lookups that are repeated; written by the engine, read by any thread."""

    __slots__ = ("interval_s", "number", "question", "stopped")

    def __init__(self, number: int, question: Question, interval_s: float) -> None:
        self.number = number
        self.question = question
        self.interval_s = interval_s
        self.stopped = False
