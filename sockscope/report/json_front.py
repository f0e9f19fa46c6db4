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
import signal
import sys
import threading
from collections import deque

from sockscope.engine.settings import STOP_S
from sockscope.net.clock import now_ns
from sockscope.reason import reason
from sockscope.record.conversation import Conversation, State
from sockscope.record.fact import Event
from sockscope.record.listener import Listener
from sockscope.record.lookup.inquiry import Query
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.observer import Subject
from sockscope.record.tape_entry import Mover
from sockscope.report import json_lines
from sockscope.report.standard_input import LOOK_S, Input, has_input
from sockscope.session import Session

WAITING_BYTES = 16 * 1024 * 1024
_PIPE_BUF = 4096  # so much a pipe that can be written to takes without waiting (pipe(7))
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


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


class _Signals:
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


class Output:
    """Standard output, which nobody may be reading."""

    def __init__(self, signals: _Signals, lines: LineQueue) -> None:
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
        self._session, self._engine = session, session.engine
        self._records = [one.record for one in session.runs]
        self._signals, self._lines = _Signals(), LineQueue()
        self._output = Output(self._signals, self._lines)
        self._finished: set[int] = set()  # the conversations that were finished
        self._input = self._make_input()
        self._engine.observe(self._lines)

    def _make_input(self) -> Input | None:
        """Return what sends standard input, where there is some and it is for a peer."""
        peers = [one for one in self._records if isinstance(one, Conversation | Listener)]
        if not peers or not has_input():
            return None
        answered = isinstance(peers[0], Listener) and peers[0].policy.answered
        return None if answered else Input(self._session, peers[0], everybody=self._session.asked.keep_open)

    def run(self) -> int:
        """Write what happens until it is over, and return the exit status."""
        for one in self._records:
            if isinstance(one, Listener) and not self._session.asked.keep_open:
                self._engine.policies.take_at_most(one, 1)
        self._engine.start()
        if self._input:
            self._input.start()
        while not self._signals.number and not self._output.error and not self._over():
            self._output.write(self._lines.take(LOOK_S))
            self._mind()
        status = self._status()
        self._stop()
        return self._cannot_write() or status

    def _cannot_write(self) -> int:
        """Say why lines are missing, the last ones too, and return the exit status of that; 0 where none are."""
        error = self._output.error
        if not error or isinstance(error, BrokenPipeError) or self._signals.number:
            return 0
        print(f"sockscope: cannot write: {reason(error)}", file=sys.stderr)
        return 1

    def _status(self) -> int:
        if self._signals.number:
            return 128 + self._signals.number
        unanswered = any(isinstance(one, Lookup) and one.state.live for one in self._records)
        if self._engine.broken:
            print(f"sockscope: cannot go on: waiting for the sockets failed ({self._engine.broken})", file=sys.stderr)
        elif self._engine.fault:
            print(f"sockscope: something inside failed, and it went on: {self._engine.fault}", file=sys.stderr)
        return int(self._session.failed or unanswered or bool(self._engine.broken))

    def _stop(self) -> None:
        """Close everything, and write what is told of that."""
        if self._input:
            self._input.stop()
        self._engine.begin_to_stop()
        ends_ns = now_ns() + int(STOP_S * 1e9)
        while self._engine.running and now_ns() < ends_ns:
            self._output.write(self._lines.take(LOOK_S))
        self._output.write(self._lines.take(0))
        self._lines.close()
        self._engine.stop()

    def _mind(self) -> None:
        """Finish behind a peer that finished, where nothing is to be sent."""
        for one in self._records:
            if not isinstance(one, Conversation) or self._input or one.number in self._finished:
                continue
            if one.state is State.PEER_FINISHED:
                self._finished.add(one.number)
                self._engine.finish_sending(one)

    def _over(self) -> bool:
        """Return whether all that was asked for is over, or was silent for too long."""
        if self._engine.broken:
            return True
        silence_s = self._session.asked.silence_s
        dialling = any(isinstance(one, Conversation) and not _is_open(one) for one in self._records)
        if silence_s and not dialling and now_ns() - self._lines.active_ns > silence_s * 1e9:
            return True
        return all(_ended(one, keep_open=self._session.asked.keep_open) for one in self._records)


def run(session: Session) -> int:
    """Start the engine, write what happens, and return the exit status."""
    gc.freeze()
    gc.enable()
    return Front(session).run()


def _is_open(conversation: Conversation) -> bool:
    return conversation.state not in (State.CONNECTING, State.SECURING)


def _ended(record: Subject, *, keep_open: bool) -> bool:
    if isinstance(record, Lookup):
        asking = record.inquiry is not None and record.inquiry.live
        return not record.state.live and not asking
    if isinstance(record, Listener) and record.state.live and not keep_open:
        clients = list(record.clients.values())
        return bool(clients) and not clients[0].state.live
    return not record.state.live and not record.looking
