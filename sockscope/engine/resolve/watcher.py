"""Repeats lookups until it is told to stop.

The rule: the same is asked again so long after the answer came, so there are never two at once; a lookup that hangs
delays the next, and can be stopped at once.
"""

import asyncio

from sockscope.engine.context import Context
from sockscope.net.clock import now_ns
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.watch import Watch


class Watcher:
    """Runs watches; used from the engine's thread alone, whose end ends them."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._recorder = context.recorder.lookups
        self._timers: dict[Watch, asyncio.TimerHandle] = {}

    def start(self, watch: Watch) -> None:
        """Ask, and again after each answer."""
        self._timers.pop(watch, None)
        asked = Lookup(next(self._context.numbers), watch.question)
        self._recorder.watches(watch, asked)

        def answered(lookup: Lookup) -> None:
            self._recorder.watched(watch, now_ns() + int(watch.interval_s * 1e9))
            self._timers[watch] = self._context.loop.call_later(watch.interval_s, self.start, watch)

        self._context.resolver.start(asked, answered)

    def stop(self, watch: Watch) -> None:
        """Ask no more, and wait for no answer."""
        if timer := self._timers.pop(watch, None):
            timer.cancel()
        if watch.lookup:
            self._context.resolver.abandon(watch.lookup)
        self._recorder.watches_no_more(watch)
