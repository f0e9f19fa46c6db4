"""Wall time of the moments of the facts' clock, also where somebody sets the wall's clock, or the machine sleeps.

The rule: what happened keeps the time that the wall's clock had then. The clock of facts is never set, so the
difference of the two is looked at again and again, and every one that was seen holds from then on until the next.
"""

import time
from bisect import bisect_right
from collections.abc import Callable

from sockscope.net.clock import now_ns

NOTICED_NS = 10_000_000
"""A smaller difference is the clock being slowed or hurried a little (adjtime(3)), or the time that looking took."""

KEPT = 1024
"""How many times that it was set are remembered, the latest ones."""


_AT_ONCE_NS = 1_000_000


def offset_now_ns() -> int:
    """Return what lies between the two clocks now; looked at again where something came between."""
    for _ in range(3):
        before_ns, wall_ns, after_ns = now_ns(), time.time_ns(), now_ns()
        if after_ns - before_ns < _AT_ONCE_NS:
            break
    return wall_ns - (before_ns + after_ns) // 2


class WallClock:
    """Tells wall time; read and looked at by one thread, and read by any."""

    def __init__(self, offset_ns: Callable[[], int] = offset_now_ns) -> None:
        """`offset_ns` gives what is to be added to the clock of facts at this moment."""
        self._offset_ns = offset_ns
        self._seen: tuple[tuple[int, int], ...] = ((0, offset_ns()),)  # since when, which offset

    def look(self, at_ns: int) -> None:
        """See whether the wall's clock was set since the last look; `at_ns` is now, on the clock of facts."""
        offset_ns = self._offset_ns()
        if abs(offset_ns - self._seen[-1][1]) > NOTICED_NS:
            self._seen = (*self._seen, (at_ns, offset_ns))[-KEPT:]

    def offset_at(self, at_ns: int) -> int:
        """Return what is to be added to a moment of the clock of facts."""
        place = bisect_right(self._seen, at_ns, key=lambda seen: seen[0]) - 1
        return self._seen[max(0, place)][1]


def fixed(offset_ns: int) -> WallClock:
    """Make a clock that is never set."""
    return WallClock(lambda: offset_ns)


UNSET = fixed(0)
"""Shows the clock of facts itself."""
