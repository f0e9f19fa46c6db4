"""A session as netcat would run it: standard input is sent, what comes goes to standard output, nothing else does.

The rules:
- It ends when both directions are finished, as nc; whoever reads standard output and goes away ends it quietly.
- The exit status is 0 only where nothing failed and nothing was lost; else there is one line on standard error for each
  peer, and 1. A signal ends it at once, with 128 and its number.
"""

import gc
import sys

from sockscope.net.clock import now_ns
from sockscope.reason import reason
from sockscope.report.course import Course
from sockscope.report.plain.dump import Dump
from sockscope.report.plain.ending import complaints
from sockscope.report.plain.expecting import Expecting
from sockscope.report.plain.harmless import Harmless
from sockscope.report.plain.names import Names
from sockscope.report.plain.narration import Narration
from sockscope.report.plain.output import Output
from sockscope.report.plain.summary import FirstBytes, as_json, in_words
from sockscope.report.saying import say
from sockscope.report.signals import Signals
from sockscope.report.standard_input import LOOK_S
from sockscope.session import Session
from sockscope.show.wall_clock import WallClock


class Front:
    """One run."""

    def __init__(self, session: Session) -> None:
        self._engine, self._session = session.engine, session
        self._late: list[str] = []  # what is to be said at the end
        self._course = Course(session, typed=True)
        self._names = Names(session, self._course.records)
        self._signals = Signals()
        expect = session.asked.moving.expect
        self._expecting = Expecting(session, self._course, expect) if expect else None
        drawn = sys.stdout is not None and sys.stdout.isatty() and not session.asked.moving.raw
        self._output = Output(session, 1, Harmless() if drawn else None)
        self._wall = WallClock()
        self._first, self._dumps = FirstBytes(), self._open_dumps()
        self._narration = Narration(session.asked.moving.verbose, self._wall)

    def _open_dumps(self) -> list[Dump]:
        """Open the files that what moves goes to. Raise OSError."""
        moving = self._session.asked.moving
        asked = ((moving.output, False), (moving.hex_dump, True))
        return [Dump(path, self._late.append, hexadecimal=hexadecimal) for path, hexadecimal in asked if path]

    def run(self) -> int:
        """Move bytes until it is over, and return the exit status."""
        for observer in (self._narration, self._first, *self._dumps):
            self._engine.observe(observer)
        self._output.start()
        self._course.begin()
        while not self._signals.number and not self._output.error and not self._over():
            self._course.mind()
            self._names.mind()
            if self._expecting:
                self._expecting.mind()
            self._output.stirred.wait(LOOK_S)
            self._output.stirred.clear()
            self._narration.print()
        if self._signals.number:
            self._course.begin_to_stop()
            self._engine.stop()
            self._tell_beside()
            return 128 + self._signals.number
        status = self._course.status()
        self._course.begin_to_stop()
        self._engine.stop()
        while not self._signals.number and not self._output.error and not self._output.wait(LOOK_S):
            pass  # for as long as somebody reads
        self._output.close()
        self._tell_beside()
        self._print_names()
        return self._told() or status

    def _tell_beside(self) -> None:
        """Close what is written beside, and tell what there is to tell on standard error."""
        for dump in self._dumps:
            dump.close()
        self._narration.print()
        form = self._session.asked.moving.summary
        for one in self._course.conversations if form else ():
            first_ns = self._first.at_ns.get(one.number, 0)
            say(as_json(one, first_ns) if form == "json" else in_words(one, first_ns, self._wall))

    def _print_names(self) -> None:
        self._output.write("".join(f"{line}\n" for line in self._names.printed()).encode())

    def _over(self) -> bool:
        if self._expecting and self._expecting.over:
            return True
        return self._course.over(self._output.active_ns) and self._names.over and not self._output.waiting_bytes

    def _told(self) -> int:
        """Say what was lost or failed, and return the exit status of that."""
        error = self._output.error
        if isinstance(error, BrokenPipeError):
            return 0
        lost = [f"cannot write: {reason(error)}"] if error else []
        lost += self._late
        lost += complaints(self._course.records, self._course.conversations)
        if self._expecting and (words := self._expecting.complaint(now_ns())):
            lost.append(words)
        for words in lost:
            say(f"sockscope: {words}")
        return int(bool(lost))


def run(session: Session) -> int:
    """Start the engine, move bytes, and return the exit status."""
    gc.freeze()
    gc.enable()
    try:
        front = Front(session)
    except OSError as error:  # of a file that was named
        say(f"sockscope: cannot write {error.filename}: {reason(error)}")
        session.engine.stop()
        return 2
    return front.run()
