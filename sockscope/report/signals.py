"""Signals that ask a front end without a screen to end."""

import os
import signal

from sockscope.engine.settings import STOP_S
from sockscope.net.clock import now_ns

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Signals:
    """Remembers the first signal that asks to end; the second ends at once. What was ignored stays so (nohup(1))."""

    def __init__(self) -> None:
        self.number = 0
        self.at_ns = 0
        for number in _SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._asked)

    def _asked(self, number: int, frame: object) -> None:
        if self.number:
            os._exit(128 + number)
        self.number, self.at_ns = number, now_ns()

    @property
    def impatient(self) -> bool:
        """Whether somebody asked to end, and has waited long enough."""
        return bool(self.number) and now_ns() - self.at_ns > STOP_S * 1e9
