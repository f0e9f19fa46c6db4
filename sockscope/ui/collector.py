"""When garbage is looked for: while nobody waits.

The rules: by itself Python looks only through what was made lately, which takes a millisecond or a few. It looks
through everything once enough was made since the last time (GROWTH), for a twentieth of the time at the most (SHARE);
only while no key comes (IDLE_S), or when much was made (MUCH); and never while more arrives, bytes or clients, than
could wait for it in the kernel (WAITING).

A sheet that was left is held in a circle by itself and stays until then. What was drawn of it is held beside that by a
cache of Textual's (1,024 entries), which is emptied just before: that keeps the heap, and with it the time of the next
look, as small as it was.
"""

import gc
from collections.abc import Callable
from time import monotonic

from sockscope.ui.terminal.textual_internals import forget_colours

LATELY = (10_000, 10, 2**31 - 1)
"""After how many new objects Python looks through them, after how many times through the survivors; never further."""

GROWTH = 30_000
MUCH = 3 * GROWTH
SHARE = 0.05
IDLE_S = 0.5
WAITING = 100
LOOK_S = 0.25
"""How often to see whether it is time."""


def begin() -> None:
    """Let Python collect from now on; what the start made is no garbage, and is never looked through again."""
    gc.freeze()
    gc.set_threshold(*LATELY)
    gc.enable()


class Collector:
    """Looks through everything when it is time; `look` is to be called every LOOK_S seconds."""

    def __init__(
        self, idle_s: Callable[[], float], arrivals: Callable[[], int], clock: Callable[[], float] = monotonic
    ) -> None:
        """`idle_s` tells how long ago the last key came, `arrivals` how often something came so far."""
        self._clock = clock
        self._idle_s = idle_s
        self._arrivals = arrivals
        self._looked_at, self._arrived = clock(), arrivals()
        self._pause_s = 0.05  # how long the last time took; the first is yet to be seen
        self._not_before = 0.0

    def look(self) -> None:
        """Collect, if it is time."""
        now, arrived = self._clock(), self._arrivals()
        waiting = self._pause_s * (arrived - self._arrived) / max(now - self._looked_at, 0.001)
        self._looked_at, self._arrived = now, arrived
        grown = made()
        nobody_waits = self._idle_s() >= IDLE_S or grown >= MUCH
        if grown >= GROWTH and nobody_waits and waiting <= WAITING and now >= self._not_before:
            forget_colours()
            gc.collect()
            self._pause_s = self._clock() - now
            self._not_before = now + self._pause_s / SHARE


def made() -> int:
    """Return how many objects were made and not freed at once since everything was looked through."""
    new, young, old = gc.get_count()
    of_new, of_young, _ = gc.get_threshold()
    return new + of_new * (young + of_young * old)
