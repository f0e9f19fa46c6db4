"""The front end without a screen: what happens in a session, event by event, as lines of JSON on standard output.

The rules:
- Standard input, where it is no terminal, is sent; its end finishes sending. The next piece is read only once most of
  the one before has been taken, so that what waits is bounded.
- Lines are written by the main thread. The engine's thread waits once WAITING_BYTES of them are unwritten: then its
  peers wait too, and nothing is lost.
- It ends once what was asked for is over, on a signal, and after the silence that -w names; a reader that goes away
  ends it quietly.
"""

import contextlib
import os
import signal
import sys
import threading
from collections import deque

from sockscope.net.conversation import Conversation
from sockscope.net.fact import Event, now_ns
from sockscope.net.listener import Listener
from sockscope.net.observer import Subject
from sockscope.net.resolve.lookup import Lookup
from sockscope.net.tape import Mover
from sockscope.report import json_lines
from sockscope.session import Record, Session

WAITING_BYTES = 16 * 1024 * 1024
PIECE_BYTES = 64 * 1024
LOOK_S = 0.02
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Lines:
    """Makes lines of what it observes, and keeps them until they are written."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque()
        self._waiting_bytes = 0
        self._changed = threading.Condition()
        self._open = True
        self.active_ns = now_ns()  # when bytes moved last

    def happened(self, subject: Conversation | Listener, event: Event) -> None:
        """Keep the line of an event."""
        self._put(json_lines.event_line(subject, event))

    def changed(self, subject: Subject) -> None:
        """Keep the line of a state."""
        self._put(json_lines.state_line(subject))

    def moved(
        self, conversation: Conversation, data: memoryview, at_ns: int, took_ns: int, asked: int, mover: Mover
    ) -> None:
        """Keep the line of bytes."""
        self.active_ns = at_ns
        self._put(json_lines.bytes_line(conversation, data, at_ns, took_ns, asked, mover))

    def _put(self, line: str) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting_bytes < WAITING_BYTES or not self._open)
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

    def close(self) -> None:
        """Keep no more, and hold up nobody."""
        with self._changed:
            self._open = False
            self._changed.notify_all()


class Input:
    """Sends standard input to the peers of a record, in a thread of its own."""

    def __init__(self, session: Session, record: Conversation | Listener, *, everybody: bool) -> None:
        """Of a listener the first client is the peer, or with `everybody` all of them."""
        self._engine = session.engine
        self._record = record
        self._everybody = everybody
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._send, name="input", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """Wait for nobody any more."""
        self._over.set()

    def _peers(self) -> list[Conversation]:
        if isinstance(self._record, Conversation):
            return [self._record]
        clients = list(self._record.clients.values())
        return clients if self._everybody else clients[:1]

    def _send(self) -> None:
        while not any(peer.state.can_send for peer in self._peers()):
            if self._over.wait(LOOK_S):
                return
        while piece := self._read():
            for peer in self._peers():
                if peer.state.can_send:
                    self._engine.send(peer, piece)
            while any(peer.queued_bytes > PIECE_BYTES and peer.state.live for peer in self._peers()):
                if self._over.wait(LOOK_S):
                    return
        for peer in self._peers():
            if peer.state.can_send and peer.transport.has_end_of_stream:
                self._engine.finish_sending(peer)

    @staticmethod
    def _read() -> bytes:
        try:
            return os.read(sys.stdin.fileno(), PIECE_BYTES)
        except OSError:
            return b""


class _Signals:
    """Remembers the first signal that asks to end."""

    def __init__(self) -> None:
        self.number = 0
        for number in _SIGNALS:
            signal.signal(number, self._asked)

    def _asked(self, number: int, frame: object) -> None:
        self.number = self.number or number


def run(session: Session) -> int:
    """Start the engine, write what happens, and return the exit status."""
    signals, lines = _Signals(), Lines()
    engine, records = session.engine, [one.record for one in session.runs]
    engine.observe(lines)
    peers = [one for one in records if isinstance(one, Conversation | Listener)]
    sending = Input(session, peers[0], everybody=session.asked.keep_open) if peers and _has_input() else None
    for one in records:
        if isinstance(one, Listener) and not session.asked.keep_open:
            engine.set_accepting(one, accepting=True, one_at_a_time=True)  # the first client is the only one
    engine.start()
    if sending:
        sending.start()
    try:
        while not signals.number and not _over(session, records, lines):
            _write(lines.take(LOOK_S))
    except OSError:  # nobody reads it any more
        lines.close()
    _stop(session, sending, lines)
    return 128 + signals.number if signals.number else int(session.failed)


def _stop(session: Session, sending: Input | None, lines: Lines) -> None:
    """Close everything, and write what is told of that."""
    if sending:
        sending.stop()
    ending = threading.Thread(target=session.engine.stop, name="stop")
    ending.start()
    with contextlib.suppress(OSError):
        while ending.is_alive():
            _write(lines.take(LOOK_S))
        _write(lines.take(0))
    lines.close()
    ending.join()


def _write(text: str) -> None:
    """Write all of a text. Raise OSError."""
    data = memoryview(text.encode("ascii"))
    while data:
        data = data[os.write(sys.stdout.fileno(), data) :]


def _has_input() -> bool:
    return sys.stdin is not None and not sys.stdin.closed and not sys.stdin.isatty()


def _over(session: Session, records: list[Record], lines: Lines) -> bool:
    """Tell whether all that was asked for is over, or was silent for too long."""
    if session.engine.broken:
        return True
    silence_s = session.asked.silence_s
    if silence_s and now_ns() - lines.active_ns > silence_s * 1e9:
        return True
    return all(_ended(one, keep_open=session.asked.keep_open) for one in records)


def _ended(record: Record, *, keep_open: bool) -> bool:
    if isinstance(record, Lookup):
        asking = record.inquiry is not None and record.inquiry.live
        return not record.state.live and not asking
    if isinstance(record, Listener) and record.state.live and not keep_open:
        clients = list(record.clients.values())
        return bool(clients) and not clients[0].state.live
    return not record.state.live
