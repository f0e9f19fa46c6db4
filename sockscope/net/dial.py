"""Open a client socket: look the name up, try each address, keep the first that connects.

The rules are those of Happy Eyeballs (RFC 8305): the families take turns, beginning with that of the first row; a
next attempt starts when the last one failed or after 250 ms; the first to connect wins and the others are closed.
Every attempt is a fact: connect is called without blocking, so its fact lasts from the call (EINPROGRESS) to the
kernel's answer (SO_ERROR). One time limit covers all of it, and after a cancel or a time-out nothing can connect.
"""

import asyncio
import errno
import socket
from collections import deque
from collections.abc import Callable, Sequence
from itertools import chain, zip_longest

from sockscope.net.address import Address, endpoint, host_port
from sockscope.net.conversation import Attempt, Conversation
from sockscope.net.explain import OWN_TIMEOUT, RESOLVER_TIMEOUT
from sockscope.net.fact import Call, error_name, make, now_ns
from sockscope.net.lookup import Lookup, Question, Row
from sockscope.net.resolve import Resolver

STAGGER_S = 0.25
_UNDER_WAY = (errno.EINPROGRESS, errno.EWOULDBLOCK)


def take_turns(rows: Sequence[Row]) -> list[Row]:
    """Order rows so that the address families alternate, beginning with the first row's (RFC 8305, 4)."""
    first = [row for row in rows if row.family == rows[0].family]
    others = [row for row in rows if row.family != rows[0].family]
    return [row for row in chain.from_iterable(zip_longest(first, others)) if row is not None]


class Dial:
    """One conversation's way to a connected socket; used from the engine's thread alone."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        conversation: Conversation,
        source: Address | None,
        timeout_s: float,
        on_connected: Callable[[Conversation, socket.socket], None],
        on_over: Callable[[Conversation], None],
    ) -> None:
        """`on_over` is called once, whatever the outcome; before it `on_connected` where there is a socket."""
        self._loop = loop
        self._conversation = conversation
        self._source = source
        self._on_connected = on_connected
        self._on_over = on_over
        self._resolver: Resolver | None = None
        self._lookup: Lookup | None = None
        self._rows: deque[Row] = deque()
        self._open: dict[socket.socket, Attempt] = {}
        self._last_error = ""
        self._over = False
        self._stagger: asyncio.TimerHandle | None = None
        self._deadline = loop.call_later(timeout_s, self._out_of_time)

    def ask(self, resolver: Resolver, question: Question) -> None:
        """Look the name up, then try what it gave."""
        self._resolver = resolver
        self._lookup = Lookup(self._conversation.number, question)
        resolver.start(self._lookup, self._asked)

    def _asked(self, lookup: Lookup) -> None:
        assert lookup.call is not None
        self._lookup = None
        self._conversation.note(lookup.call)
        if lookup.error:
            self._give_up(lookup.error)
        else:
            self.attempt(lookup.rows)

    def attempt(self, rows: Sequence[Row]) -> None:
        """Try these addresses."""
        self._rows.extend(take_turns(rows))
        self._next()

    def _next(self) -> None:
        """Start the next attempt, and arrange for the one after it."""
        if self._stagger:
            self._stagger.cancel()
        if self._rows:
            row = self._rows.popleft()
            if self._rows:
                self._stagger = self._loop.call_later(STAGGER_S, self._guarded, self._next)
            attempt = Attempt(row.endpoint, now_ns())
            self._conversation.attempts.append(attempt)
            self._try(row, attempt)
        elif not self._open:
            self._give_up(self._last_error)

    def cancel(self) -> None:
        """Close everything; the conversation ends as closed by us."""
        self._stop("ECANCELED", "cancelled")
        self._conversation.closed()
        self._on_over(self._conversation)

    def _try(self, row: Row, attempt: Attempt) -> None:
        arguments = f"{row.family.name}, SOCK_STREAM"
        try:
            trying = make(
                self._conversation.note, "socket", arguments, lambda: socket.socket(row.family, row.type), _fd
            )
        except OSError as error:
            self._lost(attempt, error_name(error))
            return
        attempt.fd = trying.fileno()
        trying.setblocking(False)
        self._open[trying] = attempt
        try:
            self._bind(trying, row)
        except OSError as error:
            self._drop(trying, error_name(error), "")
            self._lost(attempt, error_name(error))
            return
        attempt.started_at_ns = now_ns()
        code = trying.connect_ex(row.sockaddr)
        if code in _UNDER_WAY:
            self._loop.add_writer(trying, self._guarded, self._connected_or_not, trying)
        else:
            self._answered(trying, code)

    def _bind(self, trying: socket.socket, row: Row) -> None:
        """Give the socket the source address and port that were asked for."""
        if self._source is None:
            return
        host = self._source.host or ("::" if row.family == socket.AF_INET6 else "0.0.0.0")
        port, fd, note = self._source.port, trying.fileno(), self._conversation.note
        reuse = (socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        make(note, "setsockopt", f"{fd}, SO_REUSEADDR, 1", lambda: trying.setsockopt(*reuse), lambda _: "0")
        make(note, "bind", f"{fd}, {host_port(host, port)}", lambda: trying.bind((host, port)), lambda _: "0")

    def _connected_or_not(self, trying: socket.socket) -> None:
        """The kernel has an answer to a connect that was under way (connect(2), EINPROGRESS)."""
        self._answered(trying, trying.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))

    def _answered(self, trying: socket.socket, code: int) -> None:
        attempt = self._open[trying]
        error = errno.errorcode.get(code, f"errno {code}") if code else ""
        at_ns = attempt.started_at_ns
        call = Call("connect", f"{attempt.fd}, {attempt.address}", "" if code else "0", error, at_ns, now_ns() - at_ns)
        self._conversation.note(call)
        if code:
            self._drop(trying, error, "")
            self._lost(attempt, error)
        else:
            self._won(trying)

    def _won(self, connected: socket.socket) -> None:
        self._loop.remove_writer(connected)
        attempt = self._open.pop(connected)
        attempt.won, attempt.ended_at_ns = True, now_ns()
        self._stop("ECANCELED", "another address was faster")
        note, fd = self._conversation.note, attempt.fd
        try:
            local = make(note, "getsockname", str(fd), lambda: endpoint(connected.getsockname()))
        except OSError as error:
            make(note, "close", str(fd), connected.close, lambda _: "0")
            self._give_up(error_name(error))
            return
        self._conversation.connected(fd, local, attempt.address, attempt.ended_at_ns)
        self._on_connected(self._conversation, connected)
        self._on_over(self._conversation)

    def _lost(self, attempt: Attempt, error: str) -> None:
        """One attempt failed: the next may start at once."""
        attempt.ended_at_ns = now_ns()
        attempt.error = self._last_error = error
        self._loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        if not self._over:
            self._guarded(self._next)

    def _guarded(self, step: Callable[..., None], *arguments: object) -> None:
        """Let an exception in here end this conversation only."""
        try:
            step(*arguments)
        except Exception as error:
            self._give_up(type(error).__name__)

    def _out_of_time(self) -> None:
        self._give_up(RESOLVER_TIMEOUT if self._lookup else OWN_TIMEOUT)

    def _give_up(self, error: str) -> None:
        self._stop(error, "gave up waiting")
        self._conversation.failed(error)
        self._on_over(self._conversation)

    def _stop(self, error: str, reason: str) -> None:
        """Close what is still open and start nothing more."""
        self._over = True
        self._deadline.cancel()
        if self._stagger:
            self._stagger.cancel()
        self._rows.clear()
        if self._lookup and self._resolver:
            self._resolver.abandon(self._lookup)
            at_ns, arguments = self._lookup.asked_at_ns, self._lookup.question.arguments()
            self._conversation.note(Call("getaddrinfo", arguments, "", "abandoned", at_ns, now_ns() - at_ns, reason))
        for trying in list(self._open):
            self._drop(trying, error, reason)

    def _drop(self, trying: socket.socket, error: str, meaning: str) -> None:
        attempt = self._open.pop(trying)
        attempt.ended_at_ns, attempt.error = now_ns(), error
        self._loop.remove_writer(trying)
        at_ns = now_ns()
        trying.close()
        self._conversation.note(Call("close", str(attempt.fd), "0", "", at_ns, now_ns() - at_ns, meaning))


def _fd(made: socket.socket) -> str:
    return str(made.fileno())
