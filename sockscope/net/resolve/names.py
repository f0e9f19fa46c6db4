"""The part of the engine that is about names: plain verbs, callable from any thread.

The rule is the engine's: a verb returns at once, with the record that will tell what was found out.
"""

from collections.abc import Callable, Sequence

from sockscope.net.ground import Ground
from sockscope.net.resolve.inquiry import Inquiry
from sockscope.net.resolve.lookup import Lookup
from sockscope.net.resolve.order import weigh
from sockscope.net.resolve.question import Question
from sockscope.net.resolve.sources import read_sources
from sockscope.net.resolve.watch import Watch
from sockscope.net.resolve.worker import Workers
from sockscope.net.settings import LOOKUPS_KEPT

_READERS = 2
"""How many threads read files and weigh rows, which does not hang."""


class Names:
    """Asks getaddrinfo, and finds out about its answers."""

    def __init__(self, ground: Ground, soon: Callable[..., None]) -> None:
        """`soon` has a step done by the engine's thread."""
        self.lookups: dict[int, Lookup] = {}
        self.watches: dict[int, Watch] = {}
        self._ground = ground
        self._soon = soon
        self._readers = Workers(ground.loop, _READERS, "reader")

    def resolve(self, question: Question) -> Lookup:
        """Ask getaddrinfo; the record turns from `asking` to `answered`, `failed` or `abandoned`."""
        lookup = Lookup(next(self._ground.numbers), question)
        self.lookups[lookup.number] = lookup
        for number in list(self.lookups)[:-LOOKUPS_KEPT]:
            self.lookups.pop(number, None)
        self._soon(self._ground.resolver.start, lookup, lambda _: None)
        return lookup

    def abandon(self, lookup: Lookup) -> None:
        """Stop waiting for a lookup's answer."""
        self._soon(self._ground.resolver.abandon, lookup)

    def weigh(self, lookup: Lookup) -> None:
        """Find out why the rows are in their order; the record's `order` tells."""

        def found(order: object) -> None:
            lookup.order = order  # type: ignore[assignment]

        self._soon(self._readers.do, lambda: weigh(lookup.rows), found)

    def read_sources(self, lookup: Lookup) -> None:
        """Read the files that the system's resolver goes by; the record's `sources` tell."""

        def found(sources: object) -> None:
            lookup.sources = sources  # type: ignore[assignment]

        self._soon(self._readers.do, lambda: read_sources(lookup.question.name), found)

    def reverse(self, lookup: Lookup) -> None:
        """Ask for the names of the rows' addresses; the record's `reverse` tells, address by address."""

    def inquire(self, lookup: Lookup, servers: Sequence[str] = (), types: Sequence[str] = ()) -> Inquiry:
        """Ask DNS servers directly; the record's `inquiry` tells. Raises ValueError for what cannot be asked."""
        raise NotImplementedError

    def watch(self, question: Question, interval_s: float) -> Watch:
        """Ask the same again and again until `stop_watching`."""
        raise NotImplementedError

    def stop_watching(self, watch: Watch) -> None:
        """Ask no more."""
        raise NotImplementedError
