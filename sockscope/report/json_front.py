"""The front end without a screen: what happens in a session, event by event, as lines of JSON on standard output.

The rules:
- Standard input, where it is no terminal, is sent; its end finishes sending. The next piece is read only once the
  engine has dealt with the one before and most of it has been taken, so that what waits is bounded.
- Lines are written by the main thread. The engine's thread waits once WAITING_BYTES of them are unwritten: then its
  peers wait too, and nothing is lost.
- It ends once what was asked for is over, on a signal, and after the silence that -w names; a reader that goes away
  ends it quietly. After a signal a reader that takes nothing is waited for STOP_S seconds, after a second not at all.
"""

import gc
import os
import select
import sys
import threading
from collections import deque

from sockscope.engine.settings import STOP_S
from sockscope.net.clock import now_ns
from sockscope.reason import reason
from sockscope.record.conversation import Conversation
from sockscope.record.fact import Event
from sockscope.record.listener import Listener
from sockscope.record.lookup.inquiry import Query
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.observer import Subject
from sockscope.record.tape_entry import Mover
from sockscope.report import json_lines
from sockscope.report.course import Course
from sockscope.report.saying import say
from sockscope.report.signals import Signals
from sockscope.report.standard_input import LOOK_S
from sockscope.session import Session

WAITING_BYTES = 16 * 1024 * 1024
_PIPE_BUF = 4096  # so much a pipe that can be written to takes without waiting (pipe(7))


class LineQueue:
    """Makes lines of what it observes, and keeps them until they are written."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque()
        self._waiting_bytes = 0
        self._changed = threading.Condition()
        self._open = True
        self.active_ns = now_ns()  # when bytes moved last

    def happened(self, subject: Subject, event: Event) -> None:
        """Keep the line of an event."""
        self._put(json_lines.event_line(subject, event))

    def changed(self, subject: Subject) -> None:
        """Keep the line of a state."""
        self._put(json_lines.state_line(subject))

    def found(self, subject: Conversation | Listener) -> None:
        """Keep the line of what a failure means."""
        self._put(json_lines.explained_line(subject))

    def moved(
        self, conversation: Conversation, data: memoryview, at_ns: int, took_ns: int, asked: int, mover: Mover
    ) -> None:
        """Keep the line of bytes."""
        self.active_ns = at_ns
        self._put(json_lines.bytes_line(conversation, data, at_ns, took_ns, asked, mover))

    def inquired(self, lookup: Lookup, query: Query) -> None:
        """Keep the line of what a DNS server answered."""
        self._put(json_lines.query_line(lookup, query))

    def _put(self, line: str) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting_bytes < WAITING_BYTES or not self._open)
            self.active_ns = max(self.active_ns, now_ns()) if self._waiting_bytes else self.active_ns
            if self._open:
                self._lines.append(line)
                self._waiting_bytes += len(line)
                self._changed.notify_all()

    def take(self, within_s: float) -> str:
        """Return what is to be written, after a moment at the most."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._lines), within_s)
            text = "".join(self._lines)
            self._lines.clear()
            self._waiting_bytes = 0
            self._changed.notify_all()
        return text

    def written(self) -> None:
        """The reader took something: it is no silence while it is behind."""
        self.active_ns = now_ns()

    def close(self) -> None:
        """Keep no more, and hold up nobody."""
        with self._changed:
            self._open = False
            self._changed.notify_all()


class Output:
    """Standard output, which nobody may be reading."""

    def __init__(self, signals: Signals, lines: LineQueue) -> None:
        self._signals = signals
        self._lines = lines
        self.error: OSError | None = None  # once nothing can be written any more

    def write(self, text: str) -> None:
        """Write all of a text, in pieces that do not wait; nothing once that failed."""
        data = memoryview(text.encode("ascii"))
        try:
            while data and self.error is None:
                if self._signals.impatient:
                    raise BrokenPipeError
                if select.select([], [sys.stdout], [], LOOK_S)[1]:
                    data = data[self._take(data[:_PIPE_BUF]) :]
        except OSError as error:
            self.error = error
            self._lines.close()

    def _take(self, piece: memoryview) -> int:
        try:
            size_bytes = os.write(sys.stdout.fileno(), piece)
        except BlockingIOError:
            return 0
        self._lines.written()
        return size_bytes


class Front:
    """One run."""

    def __init__(self, session: Session) -> None:
        self._engine, self._course = session.engine, Course(session)
        self._signals, self._lines = Signals(), LineQueue()
        self._output = Output(self._signals, self._lines)
        self._engine.observe(self._lines)

    def run(self) -> int:
        """Write what happens until it is over, and return the exit status."""
        self._course.begin()
        while not self._signals.number and not self._output.error and not self._course.over(self._lines.active_ns):
            self._output.write(self._lines.take(LOOK_S))
            self._course.mind()
        status = 128 + self._signals.number if self._signals.number else self._course.status()
        self._stop()
        return self._cannot_write() or status

    def _cannot_write(self) -> int:
        """Say why lines are missing, the last ones too, and return the exit status of that; 0 where none are."""
        error = self._output.error
        if not error or isinstance(error, BrokenPipeError) or self._signals.number:
            return 0
        say(f"sockscope: cannot write: {reason(error)}")
        return 1

    def _stop(self) -> None:
        """Close everything, and write what is told of that."""
        self._course.begin_to_stop()
        ends_ns = now_ns() + int(STOP_S * 1e9)
        while self._engine.running and now_ns() < ends_ns:
            self._output.write(self._lines.take(LOOK_S))
        self._output.write(self._lines.take(0))
        self._lines.close()
        self._engine.stop()


def run(session: Session) -> int:
    """Start the engine, write what happens, and return the exit status."""
    gc.freeze()
    gc.enable()
    return Front(session).run()
