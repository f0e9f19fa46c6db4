"""A log of calls: many sources on one time axis, of which only what is looked at is merged.

The rules:
- The lines have numbers that stay: 0 and up for what came since the log was opened, and below 0, towards what is older,
  for what was there before. What is older is merged from the end, as far as somebody wants to see.
- A step (`take_in`, `look_back`) looks at STEP calls at the most, so that nobody waits for a million; the next goes on.
- What came since stands behind what was there, each time in the order in which the calls were made.
- An accept that gave a client stands in the record of both, and is one line: the client's.
- More than KEPT lines are not kept: what is older is no longer looked for, and what is oldest goes.
"""

from collections.abc import Callable, Iterable, Iterator
from heapq import heapify, heappop, heapreplace

from sockscope.record.conversation import Conversation
from sockscope.record.fact import Call
from sockscope.record.listener import Listener
from sockscope.show.call_log.source import AnySource, ListenerSource, Logged, Scope, Source

STEP = 5_000
KEPT = 200_000
_SPARED = 1000

Keeps = Callable[[Logged], bool]


class Log:
    """The calls of a scope that are wanted, as lines with numbers."""

    def __init__(self, scope: Callable[[], Scope], keeps: Keeps = lambda logged: True) -> None:
        """`scope` gives whose calls are wanted now, `keeps` says of a call whether it is."""
        self._scope = scope
        self._keeps: Keeps = lambda logged: not _is_of_a_client(logged) and keeps(logged)
        self._seen: dict[AnySource, int] = {}  # of each source, how many of its calls were taken
        self._of: dict[Conversation | Listener, list[AnySource]] = {}
        self._newer: list[Logged] = []
        self._older: list[Logged] = []  # the newest first
        self._gone = 0  # of what is newer, how many lines are no longer kept
        self.looked_back = False  # as far as can be
        self._join(scope())
        for source in self._seen:
            self._seen[source] = source.total
        self._back = self._backward(list(self._seen.items()))

    @property
    def first(self) -> int:
        """The number of the oldest line that is there."""
        return self._gone if self._gone else -len(self._older)

    @property
    def end(self) -> int:
        """The number behind the newest line."""
        return self._gone + len(self._newer)

    def line(self, number: int) -> Logged | None:
        """Return a line, None where there is none of that number."""
        if number < 0:
            return self._older[-number - 1] if -number <= len(self._older) and not self._gone else None
        at = number - self._gone
        return self._newer[at] if 0 <= at < len(self._newer) else None

    def look_back(self, lines: int, most: int = STEP) -> None:
        """Merge until there are so many lines older than the opening, or `most` calls were looked at."""
        for _ in range(most):
            if self.looked_back or len(self._older) >= lines:
                return
            logged = next(self._back, None)
            if logged is None or self._gone or len(self._older) >= KEPT:
                self.looked_back = True
            elif self._keeps(logged):
                self._older.append(logged)

    def take_in(self) -> None:
        """Take in what came since the last time."""
        self._join(self._scope())
        came: list[Logged] = []
        for source in self._changed():
            if isinstance(source, Source) and not source.place:
                self._join_tracks(source.conversation)
        for source in self._changed():
            seen, room = self._seen[source], STEP - len(came)
            if room <= 0:
                break
            taken = min(source.total, seen + room)
            came += self._between(source, seen, taken)
            self._seen[source] = taken
        self._newer += filter(self._keeps, sorted(came, key=_when))
        if len(self._newer) > KEPT:
            excess = len(self._newer) - KEPT // 2
            del self._newer[:excess]
            self._gone += excess
            self._older.clear()

    def _changed(self) -> list[AnySource]:
        return [source for source, seen in self._seen.items() if source.total > seen]

    @property
    def dropped(self) -> int:
        """How many calls of the scope are no longer kept; it looks at every source."""
        return sum(source.dropped for source in self._seen)

    def find(self, source: AnySource, number: int) -> int | None:
        """Return the number of the line of a call, None where it is not among those that can be looked at."""
        at_ns = source.at_ns(number)
        while at_ns is not None and not self.looked_back and (not self._older or self._older[-1].at_ns >= at_ns):
            self.look_back(len(self._older) + STEP)
        lines = range(self.end - 1, self.first - 1, -1)
        return next(
            (at for at in lines if (one := self.line(at)) and (one.source, one.number) == (source, number)), None
        )

    def source_of(self, conversation: Conversation, place: int) -> AnySource | None:
        """Return the source of a conversation's track."""
        sources = self._of.get(conversation, ())
        return next((one for one in sources if isinstance(one, Source) and one.place == place), None)

    def _join(self, scope: Scope) -> None:
        """Find who is new in a scope, and forget who is gone."""
        if len(self._of) > 2 * (len(scope.conversations) + len(scope.listeners)) + _SPARED:
            self._forget({*scope.conversations, *scope.listeners})
        for listener in scope.listeners:
            if listener not in self._of:
                self._add(listener, ListenerSource(listener))
        for conversation in scope.conversations:
            if conversation not in self._of:
                self._join_tracks(conversation)

    def _join_tracks(self, conversation: Conversation) -> None:
        """Find the tracks of a conversation that are new."""
        known = self._of.get(conversation, [])
        for place, (_, track) in enumerate(conversation.tracks()):
            if place >= len(known):
                self._add(conversation, Source(conversation, place, track))

    def _forget(self, present: set[Conversation | Listener]) -> None:
        """Ask nothing more of whom nobody keeps; lines that are there stay."""
        for owner in [owner for owner in self._of if owner not in present]:
            for source in self._of.pop(owner):
                del self._seen[source]

    def _add(self, owner: Conversation | Listener, source: AnySource) -> None:
        self._of.setdefault(owner, []).append(source)
        self._seen[source] = source.dropped

    def _between(self, source: AnySource, first: int, end: int) -> Iterator[Logged]:
        for number in range(max(first, 0), end):
            if (at_ns := source.at_ns(number)) is not None:
                yield Logged(at_ns, source, number)

    def _backward(self, ends: Iterable[tuple[AnySource, int]]) -> Iterator[Logged]:
        """Merge what was there when the log was opened, the newest first."""
        heap = []
        for rank, (source, total) in enumerate(ends):
            number = source.before(total)
            if (at_ns := source.at_ns(number) if number >= 0 else None) is not None:
                heap.append((-at_ns, -rank, number, source))
        heapify(heap)
        while heap:
            at_ns, rank, number, source = heap[0]
            yield Logged(-at_ns, source, number)
            number = source.before(number)
            older_ns = source.at_ns(number) if number >= 0 else None
            if older_ns is None:
                heappop(heap)
            else:  # a call that was noted late, and began before the one that stands before it, stays behind it
                heapreplace(heap, (max(at_ns, -older_ns), rank, number, source))


def _when(logged: Logged) -> int:
    return logged.at_ns


def _is_of_a_client(logged: Logged) -> bool:
    """Return whether it is a call of a listener that its client has as well."""
    if not isinstance(logged.source, ListenerSource):
        return False
    call = logged.source.call(logged.number)
    return isinstance(call, Call) and call.name == "accept" and not call.error
