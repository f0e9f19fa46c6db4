"""The part of the engine that is about names: plain verbs, callable from any thread.

The rule is the engine's: a verb returns at once, with the record that will tell what was found out. What finds out more
than getaddrinfo tells is imported when it is first asked for: together it takes as long as a tenth of the start.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, TypeVar

from sockscope.engine.context import Context
from sockscope.engine.resolve.reverser import Reverser
from sockscope.engine.resolve.watcher import Watcher
from sockscope.engine.settings import LOOKUPS_KEPT
from sockscope.engine.worker import Workers
from sockscope.net.error_name import error_name
from sockscope.record.jobs import Slots
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.watch import Watch
from sockscope.request.interval import check_interval
from sockscope.request.question import Question

if TYPE_CHECKING:
    from sockscope.engine.dns.inquirer import Inquirer
    from sockscope.record.lookup.inquiry import Inquiry
    from sockscope.record.lookup.order import Order
    from sockscope.record.lookup.sources import Sources

WATCHES, WATCHES_KEPT = 8, 20
"""How many lookups can be watched at a time, and how many watches stay in the record, the latest ones."""

_READERS = 2
"""How many threads read files and weigh rows; only getservbyname(3) may wait there, where nsswitch.conf says so."""

Found = TypeVar("Found")


class Names:
    """Asks getaddrinfo, and finds out about its answers."""

    def __init__(self, context: Context, soon: Callable[..., None]) -> None:
        """`soon` has a step done by the engine's thread."""
        self.lookups: dict[int, Lookup] = {}
        self.watches: dict[int, Watch] = {}
        self._context = context
        self._soon = soon
        self._readers = Workers(context.loop, _READERS, "reader")
        self._recorder = context.recorder.lookups
        self._reverser = Reverser(context.loop, self._recorder)
        self._watcher = Watcher(context)

    def resolve(self, question: Question) -> Lookup:
        """Ask getaddrinfo; the record turns from `asking` to `answered`, `failed` or `abandoned`."""
        lookup = Lookup(next(self._context.numbers), question)
        self.lookups[lookup.number] = lookup
        for number in list(self.lookups)[:-LOOKUPS_KEPT]:
            forgotten = self.lookups.pop(number, None)
            if forgotten and (forgotten.state.live or forgotten.inquiry or forgotten.reverse):
                self.abandon(forgotten)  # so that what waits is bounded too
                self.abandon_inquiry(forgotten)
                self.abandon_reverse(forgotten)
        self._soon(self._context.resolver.start, lookup, self._context.recorder.observers.changed)
        return lookup

    def abandon(self, lookup: Lookup) -> None:
        """Stop waiting for a lookup's answer."""
        self._soon(self._context.resolver.abandon, lookup)

    def weigh(self, lookup: Lookup) -> None:
        """Find out, once, why the rows are in their order; the record's `order` tells."""

        def work() -> Order:
            from sockscope.engine.resolve.weigh import weigh

            return weigh(lookup.rows)

        self._soon(self._find_out, lookup, "order", work, self._recorder.ordered)

    def read_sources(self, lookup: Lookup) -> None:
        """Read, once, the files that the system's resolver goes by; the record's `sources` tell."""

        def work() -> Sources:
            from sockscope.engine.resolve.read_sources import read_sources

            asked = lookup.question
            return read_sources(asked.name, asked.service, idn="IDN" in asked.flags)

        self._soon(self._find_out, lookup, "sources", work, self._recorder.sourced)

    def _find_out(
        self, lookup: Lookup, what: str, work: Callable[[], Found], found: Callable[[Lookup, Found], None]
    ) -> None:
        """Have something found out once; where that fails it may be asked for again."""

        def failed(error: Exception) -> None:
            self._recorder.not_found(lookup, what, error_name(error))

        if what not in lookup.asked_for:
            self._recorder.asked_for(lookup, what)
            self._readers.do(work, partial(found, lookup), on_fault=failed)

    def reverse(self, lookup: Lookup) -> None:
        """Ask for the names of the rows' addresses; the record's `reverse` tells, address by address."""
        self._soon(self._reverser.start, lookup)

    def abandon_reverse(self, lookup: Lookup) -> None:
        """Stop waiting for names of the rows' addresses."""
        self._soon(self._reverser.abandon, lookup)

    def inquire(self, lookup: Lookup, servers: Sequence[str] = (), types: Sequence[str] = ()) -> Inquiry:
        """Ask DNS servers directly, without a server those of resolv.conf; the record's `inquiry` tells.

        Raise ValueError, one line for a person, for what cannot be asked.
        """
        from sockscope.engine.dns.inquirer import start_inquiry
        from sockscope.request.dns_question import read_servers

        inquiry = start_inquiry(lookup.question, types)
        self._soon(self._inquirer.start, lookup, inquiry, read_servers(servers))
        return inquiry

    def not_inquired(self, lookup: Lookup, why: str) -> None:
        """Note why DNS servers were not asked as well; the record's `remark` tells."""
        self._soon(self._recorder.not_inquired, lookup, why)

    def abandon_inquiry(self, lookup: Lookup) -> None:
        """Stop asking DNS servers, at once; what they answered so far stays."""

        def step() -> None:
            if lookup.inquiry:
                self._inquirer.abandon(lookup)

        self._soon(step)

    @cached_property
    def _inquirer(self) -> Inquirer:
        from sockscope.engine.dns.inquirer import Inquirer

        return Inquirer(self._context.loop, self._context.settings, self._recorder)

    def close(self) -> None:
        """Close every socket, in the engine's thread, at the very end."""
        if "_inquirer" in self.__dict__:
            self._inquirer.close()

    @property
    def slots(self) -> Slots:
        """How many lookups are in flight, how many wait, and how many abandoned ones still have a thread."""
        return self._context.resolver.workers.slots

    def watch(self, question: Question, interval_s: float) -> Watch:
        """Ask the same again and again until `stop_watching`; each time `interval_s` after the answer came.

        Raise ValueError, one line for a person, for another interval than from LEAST_S to MOST_S, or one watch too
        many.
        """
        check_interval(interval_s)
        if sum(not watch.stopped for watch in list(self.watches.values())) >= WATCHES:
            raise ValueError(f"{WATCHES} lookups are watched already: stop one first")
        watch = Watch(next(self._context.numbers), question, interval_s)
        self.watches[watch.number] = watch
        stopped = [one.number for one in list(self.watches.values()) if one.stopped]
        for number in stopped[: max(0, len(self.watches) - WATCHES_KEPT)]:
            self.watches.pop(number, None)
        self._soon(self._watcher.start, watch)
        return watch

    def stop_watching(self, watch: Watch) -> None:
        """Ask no more, and wait for no answer."""
        self._soon(self._watcher.stop, watch)
