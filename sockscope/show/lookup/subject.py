"""What the pages about a lookup are written from."""

from collections.abc import Iterable
from typing import NamedTuple

from sockscope.record.conversation import Conversation
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.watch import Watch


class Subject(NamedTuple):
    """A lookup and what came of it; `now_ns` is on the clock of facts."""

    lookup: Lookup
    now_ns: int
    raced: Conversation | None = None  # the latest that was opened to rows of the lookup
    watch: Watch | None = None  # the latest of the same question


def raced(lookup: Lookup, conversations: Iterable[Conversation]) -> Conversation | None:
    """Find the latest conversation that was opened to rows of a lookup, and to nothing else."""
    ours = {id(row) for row in lookup.rows}
    planned = [(one, one.request.rows) for one in conversations if one.request]
    return next((one for one, rows in reversed(planned) if rows and all(id(row) in ours for row in rows)), None)
