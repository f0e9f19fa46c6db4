"""What the pages about a lookup are written from."""

from dataclasses import dataclass

from sockscope.net.conversation import Conversation
from sockscope.net.resolve.lookup import Lookup
from sockscope.net.resolve.watch import Watch


@dataclass(frozen=True, slots=True)
class Subject:
    """A lookup and what came of it; `now_ns` is on the clock of facts."""

    lookup: Lookup
    now_ns: int
    raced: Conversation | None = None  # the latest that was opened to the rows of the lookup
    watch: Watch | None = None  # the latest of the same question
