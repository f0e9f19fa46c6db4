"""Bind, listen and accept.

The rules:
- All addresses are bound or none: nothing half-open is left behind. Only an address that this system does not
  have at all (IPv6 switched off) is passed over, as long as another one works.
- An aborted connection is counted and accepting goes on. Out of descriptors or memory, accepting pauses,
  clients are unharmed, and it goes on by itself; the ones not yet accepted wait in the backlog.
"""

import asyncio
import socket
from collections.abc import Callable, Sequence
from functools import partial

from sockscope.net.address import endpoint, host_port
from sockscope.net.fact import Call, Result, error_name, make, now_ns
from sockscope.net.listener import Bound, Listener, ListenerState
from sockscope.net.lookup import Row

BACKLOG = 4096
"""What listen(2) is asked for; the kernel caps it at net.core.somaxconn."""

_AT_ONCE = 64  # accepts for each readiness, so that a storm of clients does not starve the others
_RETRY_S = 0.2
_EXHAUSTED = ("EMFILE", "ENFILE", "ENOBUFS", "ENOMEM")
_NOT_HERE = ("EADDRNOTAVAIL", "EAFNOSUPPORT")
_PORT_TRIES = 16

OnClient = Callable[[Listener, socket.socket, str, Call], None]


class Acceptor:
    """The listening sockets of one listener; used from the engine's thread alone."""

    def __init__(self, loop: asyncio.AbstractEventLoop, listener: Listener, on_client: OnClient) -> None:
        self._loop = loop
        self._listener = listener
        self._on_client = on_client
        self._sockets: list[socket.socket] = []
        self._retry: asyncio.TimerHandle | None = None

    def open(self, rows: Sequence[Row]) -> None:
        """Bind and listen on every row's address; a failure ends the listener and leaves nothing bound."""
        any_port = rows[0].port == 0
        for tries_left in reversed(range(_PORT_TRIES)):
            try:
                bound = self._open_all(rows)
                break
            except OSError as error:
                self._close_all()
                # Port 0 gave one that is free for one family and taken for the other: ask for another.
                if any_port and tries_left and error_name(error) == "EADDRINUSE":
                    continue
                self._listener.ended(ListenerState.FAILED, error_name(error))
                return
        self._listener.opened(bound)
        for opened in self._sockets:
            self._loop.add_reader(opened, self._acceptable, opened)

    def stop(self) -> None:
        """Close the listening sockets; accepted clients are not touched."""
        if self._retry:
            self._retry.cancel()
        for opened in self._sockets:
            self._loop.remove_reader(opened)
        self._close_all()
        self._listener.ended(ListenerState.STOPPED)

    def _open_all(self, rows: Sequence[Row]) -> tuple[Bound, ...]:
        bound: list[Bound] = []
        missing: OSError | None = None
        for row in rows:
            port = row.port or (int(bound[0].address.rpartition(":")[2]) if bound else 0)
            try:
                bound.append(self._open_one(row, port))
            except OSError as error:
                if error_name(error) not in _NOT_HERE:
                    raise
                missing = error
        if missing and not bound:
            raise missing
        return tuple(bound)

    def _open_one(self, row: Row, port: int) -> Bound:
        arguments = f"{row.family.name}, SOCK_STREAM"
        opened = self._make("socket", arguments, lambda: socket.socket(row.family, row.type), lambda s: str(s.fileno()))
        self._sockets.append(opened)
        opened.setblocking(False)
        fd = opened.fileno()
        for level, name in (("SOL_SOCKET", "SO_REUSEADDR"), ("IPPROTO_IPV6", "IPV6_V6ONLY")):
            if level == "SOL_SOCKET" or row.family == socket.AF_INET6:
                setting = partial(opened.setsockopt, getattr(socket, level), getattr(socket, name), 1)
                self._make("setsockopt", f"{fd}, {name}, 1", setting)
        sockaddr = (row.sockaddr[0], port, *row.sockaddr[2:])
        try:
            self._make("bind", f"{fd}, {host_port(row.host, port)}", lambda: opened.bind(sockaddr))
        except OSError:
            self._sockets.remove(opened)
            self._close(opened)
            raise
        address = self._make("getsockname", str(fd), lambda: endpoint(opened.getsockname()), str)
        self._make("listen", f"{fd}, {BACKLOG}", lambda: opened.listen(BACKLOG))
        return Bound(fd, address, BACKLOG)

    def _acceptable(self, opened: socket.socket) -> None:
        for _ in range(_AT_ONCE):
            at_ns = now_ns()
            try:
                accepted, sockaddr = opened.accept()
            except (BlockingIOError, InterruptedError):
                self._resumed()  # a descriptor was to be had, or the error would have been another
                return
            except OSError as error:
                if not self._refused(opened, error_name(error), at_ns):
                    return
                continue
            accepted.setblocking(False)
            peer = endpoint(sockaddr)
            result = f"{accepted.fileno()}, {peer}"
            call = Call("accept", str(opened.fileno()), result, "", at_ns, now_ns() - at_ns)
            self._listener.note(call)
            self._resumed()
            self._on_client(self._listener, accepted, peer, call)

    def _refused(self, opened: socket.socket, error: str, at_ns: int) -> bool:
        """Handle what accept(2) can say instead of giving a client; True to go on at once."""
        call = Call("accept", str(opened.fileno()), "", error, at_ns, now_ns() - at_ns)
        if error in _EXHAUSTED:
            self._pause(call)
            return False
        self._listener.note(call)
        if error in ("EBADF", "EINVAL", "ENOTSOCK", "EOPNOTSUPP", "EFAULT"):
            self.stop()
            self._listener.ended(ListenerState.FAILED, error)
            return False
        self._listener.aborted += 1  # ECONNABORTED, or a pending network error of the new socket (accept(2))
        return True

    def _pause(self, call: Call) -> None:
        """Stop accepting for a moment; noted once for each pause, however often it is tried again."""
        if self._listener.state is not ListenerState.PAUSED:
            self._listener.note(call)
            self._listener.state, self._listener.error = ListenerState.PAUSED, call.error
        for opened in self._sockets:
            self._loop.remove_reader(opened)
        if self._retry:
            self._retry.cancel()
        self._retry = self._loop.call_later(_RETRY_S, self._try_again)

    def _resumed(self) -> None:
        if self._listener.state is ListenerState.PAUSED:
            self._listener.state, self._listener.error = ListenerState.LISTENING, ""

    def _try_again(self) -> None:
        for opened in self._sockets:
            self._loop.add_reader(opened, self._acceptable, opened)
        for opened in self._sockets:
            self._acceptable(opened)  # also where nobody waits: what it says tells whether the pause is over

    def _close_all(self) -> None:
        while self._sockets:
            self._close(self._sockets.pop())

    def _close(self, opened: socket.socket) -> None:
        self._make("close", str(opened.fileno()), opened.close)

    def _make(
        self, name: str, arguments: str, function: Callable[[], Result], show: Callable[[Result], str] = lambda _: "0"
    ) -> Result:
        return make(self._listener.note, name, arguments, function, show)
