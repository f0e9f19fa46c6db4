"""A rest behind what fails in a loop itself, again and again, so that it leaves time to everything else.

The rule: the oftener it fails, the longer the rest, up to MOST_S; what has not failed for QUIET_S begins anew.
"""

from collections.abc import Callable
from time import monotonic, sleep

LEAST_S = 0.01
MOST_S = 0.04
QUIET_S = 1.0


class Rest:
    """Rests in the thread that takes it."""

    def __init__(self, clock: Callable[[], float] = monotonic, pause: Callable[[float], None] = sleep) -> None:
        self._clock, self._pause = clock, pause
        self._next_s, self._took_at = LEAST_S, 0.0

    def take(self) -> None:
        """Rest, longer than the last time where that is not long ago."""
        if self._clock() - self._took_at > QUIET_S:
            self._next_s = LEAST_S
        self._pause(self._next_s)
        self._next_s = min(MOST_S, self._next_s * 2)
        self._took_at = self._clock()
