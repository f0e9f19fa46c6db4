"""Standard input, sent to peers.

The rule: what waits is bounded. The next piece is read only once the engine has dealt with what came a few pieces
before, and most of that has been taken; whatever happens in the engine is a reason to look whether that is so.
"""

import contextlib
import fcntl
import os
import re
import select
import sys
import threading
from collections import deque
from collections.abc import Callable

from sockscope.net.clock import now_ns
from sockscope.reason import reason
from sockscope.record.conversation import Conversation
from sockscope.record.fact import Event
from sockscope.record.listener import Listener
from sockscope.record.observer import Observer, Subject
from sockscope.record.tape_entry import Mover
from sockscope.report.saying import say
from sockscope.session import Session

PIECE_BYTES = 256 * 1024
WAITING_BYTES = 1024 * 1024
"""While more than so much waits for a peer, nothing more is read."""

UNDER_WAY = 4
"""So many pieces may be on their way to the engine."""

DATAGRAM_BYTES = 1400
"""What one datagram of standard input has at the most: it fits an Ethernet frame with IPv6 and some tunnels."""

_LINE_FEED = re.compile(rb"(?<!\r)\n")

LOOK_S = 0.02
"""How often to look whether it goes on, where nothing happens."""


class Input(Observer):
    """Sends standard input to the peers of a record, in a thread of its own."""

    def __init__(self, session: Session, record: Conversation | Listener, *, everybody: bool) -> None:
        """Of a listener the first client is the peer, or with `everybody` all of them."""
        self._engine = session.engine
        self._record = record
        self._everybody = everybody
        self._moving = session.asked.moving
        self._over = False
        self.ended_ns = 0  # when its end was dealt with
        self._behind_cr = False
        self._stirred = threading.Event()
        self._thread = threading.Thread(target=self._send, name="input", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        if sys.platform == "linux":
            with contextlib.suppress(OSError):  # no pipe, or more than this user may have in pipes
                fcntl.fcntl(sys.stdin.fileno(), fcntl.F_SETPIPE_SZ, WAITING_BYTES)
        self._engine.observe(self)
        self._thread.start()

    def stop(self) -> None:
        """Wait for nobody any more."""
        self._over = True
        self._stirred.set()

    def happened(self, subject: Subject, event: Event) -> None:
        """Look whether it goes on."""
        self._stirred.set()

    def changed(self, subject: Subject) -> None:
        """Look whether it goes on."""
        self._stirred.set()

    def moved(
        self, conversation: Conversation, data: memoryview, at_ns: int, took_ns: int, asked: int, mover: Mover
    ) -> None:
        """Look whether it goes on."""
        self._stirred.set()

    def _peers(self) -> list[Conversation]:
        if isinstance(self._record, Conversation):
            return [self._record]
        clients = list(self._record.clients.values())
        if self._everybody and not self._record.transport.connection_oriented:  # who spoke last
            return sorted(clients, key=lambda one: one.flow.last_in_ns)[-1:]
        return clients if self._everybody else clients[:1]

    def _hearers(self) -> list[Conversation]:
        return [peer for peer in self._peers() if peer.can_send]

    def _send(self) -> None:
        under_way: deque[threading.Event] = deque()
        while self._wait_for(self._hearers) and (piece := self._read()):
            for peer in self._hearers():
                self._engine.send(peer, piece)
            under_way.append(self._dealt_with())
            if len(under_way) == UNDER_WAY and not self._wait_for(under_way.popleft().is_set):
                return
            if not self._wait_for(self._taken):
                return
        if under_way and not self._wait_for(under_way[-1].is_set):
            return
        if self._wait_for(lambda: not any(peer.outgoing.queued_bytes for peer in self._hearers())):
            self.ended_ns = now_ns()
        for peer in self._hearers() if self._moving.finish else ():
            if peer.transport.has_end_of_stream:
                self._engine.finish_sending(peer)

    def _wait_for(self, condition: Callable[[], object]) -> bool:
        """Wait until a condition holds; False where nobody waits any more."""
        while not self._over:
            if condition():
                return True
            self._stirred.wait(LOOK_S)
            self._stirred.clear()
        return False

    def _dealt_with(self) -> threading.Event:
        """Return what is set once the engine has done all that it was asked before."""
        done = threading.Event()

        def step() -> None:
            done.set()
            self._stirred.set()

        self._engine.soon(step)
        return done

    def _taken(self) -> bool:
        return not any(peer.outgoing.queued_bytes > WAITING_BYTES and peer.state.live for peer in self._peers())

    def _read(self) -> bytes:
        """Read a piece; empty at the end, and where nothing can be read."""
        size_bytes = PIECE_BYTES if self._record.transport.has_end_of_stream else DATAGRAM_BYTES
        while not self._over:
            try:
                return self._in_lines(os.read(sys.stdin.fileno(), size_bytes))
            except BlockingIOError:
                select.select([sys.stdin], [], [], LOOK_S)
            except OSError as error:
                say(f"sockscope: cannot read standard input: {reason(error)}")
                return b""
        return b""

    def _in_lines(self, piece: bytes) -> bytes:
        """Make each LF a CRLF where that is asked for; one that is there stays."""
        if not self._moving.crlf or not piece:
            return piece
        began = b"\r" * self._behind_cr
        made = _LINE_FEED.sub(b"\r\n", began + piece)[len(began) :]
        self._behind_cr = piece.endswith(b"\r")
        return made


def has_input(*, typed: bool = False) -> bool:
    """Return whether there is some, that of a terminal where it may be `typed`."""
    return sys.stdin is not None and not sys.stdin.closed and (typed or not sys.stdin.isatty())
