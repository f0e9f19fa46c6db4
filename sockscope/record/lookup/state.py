"""Where a question is, whoever it is asked of."""

from enum import Enum


class LookupState(Enum):
    """Where a lookup or a query is; the value is the word on the screen."""

    QUEUED = "queued"
    ASKING = "asking"
    ANSWERED = "answered"
    FAILED = "failed"
    ABANDONED = "abandoned"

    @property
    def live(self) -> bool:
        """Whether an answer is still awaited."""
        return self in (LookupState.QUEUED, LookupState.ASKING)
