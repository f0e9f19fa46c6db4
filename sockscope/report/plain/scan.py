"""Which of many ports are open (`-z`): each is connected to and closed, nothing is sent.

The rules: AT_A_TIME are under way at once. Open, refused and silent are told apart, in the order of the ports, on
standard error where that is asked for (`-v`). The exit status is 0 where one is open, as nc has it.
"""

import threading
from collections import deque

from sockscope.net.error_name import OWN_TIMEOUT
from sockscope.record.conversation import Conversation, State
from sockscope.record.observer import Observer, Subject
from sockscope.report.saying import say
from sockscope.report.signals import Signals
from sockscope.report.standard_input import LOOK_S
from sockscope.session import Session
from sockscope.show.sanitizer import safe
from sockscope.show.step import why
from sockscope.show.units import duration

AT_A_TIME = 64


class Scan(Observer):
    """One run; an observer that looks whether it goes on as soon as something changes."""

    def __init__(self, session: Session) -> None:
        self._session, self._engine = session, session.engine
        self._ahead = deque(session.asked.scanned)
        self._under_way: deque[Conversation] = deque()
        self._signals, self._stirred = Signals(), threading.Event()
        self._open = 0

    def run(self) -> int:
        """Try all of them, and return the exit status."""
        self._engine.observe(self)
        self._engine.start()
        while (self._ahead or self._under_way) and not self._signals.number:
            while self._ahead and len(self._under_way) < AT_A_TIME:
                self._under_way.append(self._session.run(self._ahead.popleft()))
            self._mind()
            self._stirred.wait(LOOK_S)
            self._stirred.clear()
        self._engine.stop()
        return 128 + self._signals.number if self._signals.number else int(not self._open)

    def _mind(self) -> None:
        """Close what is connected, and tell of what is over, in order."""
        for one in self._under_way:
            if one.state is State.CONNECTED:
                self._engine.close(one)
        while self._under_way and not self._under_way[0].state.live:
            over = self._under_way.popleft()
            self._open += bool(over.connected_at_ns)
            if self._session.asked.moving.verbose:
                say(f"sockscope: {safe(over.target)}: {_found(over)}")

    def changed(self, subject: Subject) -> None:
        """Look at what is over."""
        self._stirred.set()


def _found(over: Conversation) -> str:
    if over.connected_at_ns:
        return f"open, after {duration(over.connected_at_ns - over.started_at_ns)}"
    return (
        "silent: no answer in time" if over.error in (OWN_TIMEOUT, "ETIMEDOUT") else f"{why(over).word} ({over.error})"
    )


def run(session: Session) -> int:
    """Try every port, and return the exit status."""
    return Scan(session).run()
