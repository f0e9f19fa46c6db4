"""Open a client socket: look the name up, try each address, keep the first that connects.

Datagrams take the same way: connect(2) then only sets the address, and without it the first socket made is the one.

The rules are those of Happy Eyeballs (RFC 8305): the families take turns, beginning with that of the first row; a
next attempt starts when the last one failed or after 250 ms; the first to connect wins and the others are closed.
Every attempt is a fact. One time limit covers all of it, and after a cancel or a time-out nothing can connect.
"""

import asyncio
import contextlib
import socket
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain, zip_longest
from typing import NamedTuple

from sockscope.engine.connecting import Connecting
from sockscope.engine.context import Context
from sockscope.engine.guard import guarded
from sockscope.engine.kernel import multicast
from sockscope.engine.kernel.asked_option import write_asked
from sockscope.engine.kernel.unix_path import OwnPath, autobind, sockaddr
from sockscope.engine.syscall import bind_socket, close_socket, look, open_socket, own_name, set_option
from sockscope.net.address import AddressError
from sockscope.net.clock import now_ns
from sockscope.net.endpoint import SocketAddress
from sockscope.net.error_name import OWN_TIMEOUT, RESOLVER_TIMEOUT, error_name
from sockscope.net.row import Row
from sockscope.record.conversation import Conversation
from sockscope.record.dialling import Attempt
from sockscope.record.fact import Call
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.milestone import BOUND, CLOSED, CONNECTED, LOOKED_UP, SOCKET
from sockscope.request import Connect, Listen

STAGGER_S = 0.25


def take_turns(rows: Sequence[Row]) -> list[Row]:
    """Order rows so that the address families alternate, beginning with the first row's (RFC 8305, 4)."""
    first = [row for row in rows if row.family == rows[0].family]
    others = [row for row in rows if row.family != rows[0].family]
    return [row for row in chain.from_iterable(zip_longest(first, others)) if row is not None]


class Dialled(NamedTuple):
    """A socket that can be used, the address it was made for, and since when."""

    socket: socket.socket
    sockaddr: SocketAddress
    at_ns: int
    path: OwnPath | None = None


OnOver = Callable[[Dialled | None, str], None]
"""Takes the outcome: a socket, or an error's name, or neither where it was cancelled."""


def unix_rows(request: Connect | Listen) -> list[Row]:
    """Return the one row of a UNIX address, which no resolver is asked for; none of another address."""
    kind = request.transport
    if kind.resolves:
        return []
    if not kind.families:
        raise AddressError("this system has no UNIX sockets")
    return [Row(kind.families[0], kind.type, 0, "", sockaddr(request.target.host))]


class Dial:
    """One conversation's way to a connected socket; used from the engine's thread alone."""

    def __init__(self, context: Context, conversation: Conversation, request: Connect, on_over: OnOver) -> None:
        """`on_over` is called once, whatever the outcome."""
        self._context = context
        self._recorder = context.recorder
        self._attempts = context.recorder.attempts
        self._loop = context.loop
        self._conversation = conversation
        self._request = request
        self._on_over = on_over
        self._lookup: Lookup | None = None
        self._rows: deque[Row] = deque()
        self._open: dict[socket.socket, Attempt] = {}
        self._tried: dict[socket.socket, SocketAddress] = {}
        self._left_out: dict[socket.socket, str] = {}  # which options do not apply to it
        self._connecting: dict[socket.socket, Connecting] = {}
        self._path: OwnPath | None = None  # that a UNIX socket was bound to
        self._last_error = ""
        self._over = False
        self._stagger: asyncio.TimerHandle | None = None
        self._began_at_ns = now_ns()
        self._deadline = self._loop.call_later(context.settings.connect_timeout_s, self._out_of_time)

    def start(self) -> None:
        """Look the name up where there is one, then try what it gave."""
        self._guarded(self._begin)

    def _begin(self) -> None:
        request = self._request
        if rows := request.rows or unix_rows(request):
            self._attempt(rows)
            return
        self._lookup = Lookup(self._conversation.number, request.question)
        self._context.resolver.start(self._lookup, self._asked)

    def _asked(self, lookup: Lookup) -> None:
        assert lookup.call is not None
        self._lookup = None
        self._recorder.note(self._conversation, lookup.call, LOOKED_UP)
        if lookup.error:
            self._give_up(lookup.error)
        else:
            self._guarded(self._attempt, lookup.rows)

    def _attempt(self, rows: Sequence[Row]) -> None:
        self._rows.extend(take_turns(rows))
        self._next()

    def _next(self) -> None:
        """Start the next attempt, and arrange for the one after it."""
        if self._stagger:
            self._stagger.cancel()
        if self._rows:
            row = self._rows.popleft()
            self._try(row, self._attempts.tried(self._conversation, row.endpoint, self._began_at_ns))
            if self._rows:  # none are left where it connected at once
                self._stagger = self._loop.call_later(STAGGER_S, self._guarded, self._next)
        elif not self._open:
            self._give_up(self._last_error)

    def cancel(self) -> None:
        """Close everything; nothing can connect any more."""
        self._stop("ECANCELED", "cancelled")
        self._on_over(None, "")

    def _try(self, row: Row, attempt: Attempt) -> None:
        try:
            trying = open_socket(partial(self._noted, attempt, SOCKET), row.family, row.type)
        except OSError as error:
            self._lost(attempt, error_name(error))
            return
        self._attempts.made(attempt, trying.fileno())
        self._open[trying] = attempt
        self._tried[trying] = row.sockaddr
        try:
            trying.setblocking(False)
            self._set(trying)
            self._bind(trying, attempt, row)
            if self._request.look_before:
                look(self._recorder.noting(self._conversation), trying)
        except OSError as error:
            self._drop(trying, error_name(error), "")
            self._lost(attempt, error_name(error))
            return
        self._attempts.connects(attempt)
        if not self._request.connected:
            self._won(trying)
            return
        note = partial(self._connects, attempt)
        self._connecting[trying] = connecting = Connecting(self._loop, note, trying, row.sockaddr)
        connecting.start(partial(self._answered, trying), self._guarded)

    def _noted(self, attempt: Attempt, milestone: str, call: Call) -> None:
        """Put a call of one attempt into the record."""
        self._attempts.called(attempt, call, milestone)
        self._recorder.note(self._conversation, call, milestone)

    def _connects(self, attempt: Attempt, call: Call) -> None:
        """Put connect(2), or the answer to it, into the record; it decides nothing while it is under way."""
        if call.failed or not call.error:
            self._noted(attempt, CONNECTED, call)
        else:
            self._recorder.note(self._conversation, call)

    def _set(self, trying: socket.socket) -> None:
        """Set the socket options that were asked for, as far as they are for such a socket."""
        self._left_out[trying] = write_asked(trying, self._recorder, self._conversation, self._request.options)
        if self._request.interface:
            multicast.send_through(trying, self._recorder.noting(self._conversation), self._request.interface)

    def _bind(self, trying: socket.socket, attempt: Attempt, row: Row) -> None:
        """Bind to the source that was asked for; a UNIX datagram socket needs one to be answered."""
        source, note = self._request.source, partial(self._noted, attempt, BOUND)
        if not self._request.transport.has_ports:
            if source:
                path = sockaddr(source.host)
                bind_socket(note, trying, path)
                self._path = OwnPath(path)
            elif not self._request.transport.connection_oriented:
                autobind(trying, self._recorder.noting(self._conversation))
        elif source:
            set_option(self._recorder.noting(self._conversation), trying, "SOL_SOCKET", "SO_REUSEADDR", 1, 1)
            bind_socket(note, trying, _local(row, source.host, source.port))

    def _answered(self, trying: socket.socket, error: str) -> None:
        del self._connecting[trying]
        if error:
            attempt = self._open[trying]
            self._drop(trying, error, "")
            self._lost(attempt, error)
        else:
            self._won(trying)

    def _won(self, connected: socket.socket) -> None:
        attempt = self._open.pop(connected)
        self._attempts.won(attempt)
        self._stop("ECANCELED", "another address was faster")
        note = self._recorder.noting(self._conversation)
        try:
            local = own_name(note, connected)
        except OSError as error:
            self._attempts.lost(attempt, error_name(error))
            self._remove_path()
            with contextlib.suppress(OSError):  # noted
                close_socket(self._recorder.noting(self._conversation, CLOSED), connected)
            self._on_over(None, error_name(error))
            return
        if left_out := self._left_out[connected]:
            self._recorder.remark(self._conversation, "not set", left_out)
        self._attempts.settled(self._conversation, attempt, local)
        self._on_over(Dialled(connected, self._tried[connected], attempt.ended_at_ns, self._path), "")

    def _lost(self, attempt: Attempt, error: str) -> None:
        """One attempt failed: the next may start at once."""
        self._attempts.lost(attempt, error)
        self._last_error = error
        self._loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        if not self._over:
            self._guarded(self._next)

    def _guarded(self, step: Callable[..., None], *arguments: object) -> None:
        """Make a step; an exception of it ends this conversation alone."""
        guarded(self._give_up, step, *arguments)

    def _out_of_time(self) -> None:
        self._give_up(RESOLVER_TIMEOUT if self._lookup else OWN_TIMEOUT)

    def _give_up(self, error: str, reason: str = "") -> bool:
        """End without a socket; False where it had ended before."""
        if self._over:
            return False
        self._stop(error, reason or "gave up waiting")
        self._on_over(None, error)
        return True

    def _stop(self, error: str, reason: str) -> None:
        """Close what is still open and start nothing more."""
        self._over = True
        self._deadline.cancel()
        if self._stagger:
            self._stagger.cancel()
        self._rows.clear()
        if self._lookup:
            self._context.resolver.abandon(self._lookup)
            at_ns, asked = self._lookup.asked_at_ns, self._lookup.question.arguments()
            call = Call("getaddrinfo", -1, asked, None, "abandoned", at_ns, now_ns() - at_ns, reason)
            self._recorder.note(self._conversation, call, LOOKED_UP)
        for trying in list(self._open):
            self._drop(trying, error, reason)

    def _drop(self, trying: socket.socket, error: str, meaning: str) -> None:
        attempt = self._open.pop(trying)
        self._attempts.lost(attempt, error)
        if connecting := self._connecting.pop(trying, None):
            connecting.give_up()
        self._remove_path()
        with contextlib.suppress(OSError):  # noted; the descriptor is gone whatever close(2) says
            close_socket(self._recorder.noting(self._conversation, CLOSED), trying, meaning)

    def _remove_path(self) -> None:
        if self._path:
            self._path.remove(self._recorder.noting(self._conversation))
            self._path = None


def _local(row: Row, host: str, port: int) -> SocketAddress:
    return (host or ("::" if row.family == socket.AF_INET6 else "0.0.0.0"), port)
