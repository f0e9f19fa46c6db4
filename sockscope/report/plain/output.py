"""What peers send, on standard output, byte for byte.

The rules:
- A thread of its own writes, so that neither the engine nor a signal waits for who reads.
- Once HIGH_BYTES wait, the conversations that brought them are not read any more until LOW_BYTES are left: then their
  peers wait too, and nothing is lost. The other direction goes on meanwhile.
- To a terminal bytes are made harmless, unless somebody wants them raw.
"""

import os
import select
import threading
from collections import deque
from collections.abc import Callable

from sockscope.net.clock import now_ns
from sockscope.record.conversation import Conversation
from sockscope.record.listener import Listener
from sockscope.record.observer import Observer, Subject
from sockscope.record.tape_entry import Mover
from sockscope.session import Session

HIGH_BYTES = 4 * 1024 * 1024
LOW_BYTES = 1024 * 1024
_AT_A_TIME_BYTES = 256 * 1024  # small pieces are written together up to here

_SENT = (Mover.SEND, Mover.SENDTO, Mover.SSL_WRITE)


class Output(Observer):
    """Observes an engine, and writes what it receives to a descriptor."""

    def __init__(self, session: Session, fd: int, made: Callable[[bytes], bytes] | None = None) -> None:
        """`made` makes what is written of what came."""
        self._engine, self._fd, self._made = session.engine, fd, made
        self._pieces: deque[bytes] = deque()
        self._changed = threading.Condition()
        self._paused: dict[int, Conversation] = {}
        self._over = False
        self.stirred = threading.Event()  # something may be over now
        self.waiting_bytes = 0
        self.error: OSError | None = None  # once nothing can be written any more
        self.active_ns = now_ns()  # when bytes moved last, here or there
        self._thread = threading.Thread(target=self._write, name="output", daemon=True)

    def start(self) -> None:
        """Begin to observe and to write."""
        self._engine.observe(self)
        self._thread.start()

    def moved(
        self, conversation: Conversation, data: memoryview, at_ns: int, took_ns: int, asked: int, mover: Mover
    ) -> None:
        """Keep what was received, and read no more of it where too much waits."""
        self.active_ns = at_ns
        if mover in _SENT or self.error or not data:
            return
        with self._changed:
            self._pieces.append(bytes(data))
            self.waiting_bytes += len(data)
            self._changed.notify()
            if self.waiting_bytes < HIGH_BYTES or conversation.number in self._paused:
                return
            self._paused[conversation.number] = conversation
        self._engine.read(conversation, reading=False)

    def changed(self, subject: Subject) -> None:
        """Who waits for an end looks."""
        self.stirred.set()

    def found(self, subject: Conversation | Listener) -> None:
        """So it does where a failure has been looked into."""
        self.stirred.set()

    def _write(self) -> None:
        while piece := self._next():
            self.write(self._made(piece) if self._made else piece)
            self._written(len(piece))

    def write(self, data: bytes) -> None:
        """Write all of it, waiting for who reads; nothing once that failed."""
        left = memoryview(data)
        try:
            while left and not self.error:
                try:
                    left = left[os.write(self._fd, left) :]
                except BlockingIOError:  # somebody made it so; it is waited for all the same
                    select.select([], [self._fd], [])
        except OSError as error:
            self.error = error

    def _next(self) -> bytes:
        """Wait for what is to be written; empty once all is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._pieces or self._over)
            found = [self._pieces.popleft()] if self._pieces else []
            size_bytes = sum(map(len, found))
            while self._pieces and size_bytes + len(self._pieces[0]) <= _AT_A_TIME_BYTES:
                found.append(self._pieces.popleft())
                size_bytes += len(found[-1])
        return found[0] if len(found) == 1 else b"".join(found)

    def _written(self, size_bytes: int) -> None:
        """Read on where that is possible again."""
        with self._changed:
            self.waiting_bytes = 0 if self.error else self.waiting_bytes - size_bytes
            if self.error:
                self._pieces.clear()
            go_on = list(self._paused.values()) if self.waiting_bytes <= LOW_BYTES else []
            if go_on:
                self._paused.clear()
            self.active_ns = now_ns()
            self._changed.notify_all()
        self.stirred.set()
        for conversation in go_on:
            self._engine.read(conversation, reading=True)

    def wait(self, within_s: float) -> bool:
        """Wait until nothing is left to be written, for so long at the most; tell whether that is so."""
        with self._changed:
            return self._changed.wait_for(lambda: not self.waiting_bytes, within_s)

    def close(self) -> None:
        """Let the thread end behind what it writes."""
        with self._changed:
            self._over = True
            self._changed.notify_all()
