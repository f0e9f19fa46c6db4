"""Open the sockets of a listener: make, set, bind, and listen where there are connections.

The rules:
- All addresses are bound or none: nothing half-open is left behind. Only an address that this system does not
  have at all (IPv6 switched off) is passed over, as long as another one works.
- A UNIX socket's path that somebody left behind is removed only when that was asked for, and only after a probe;
  our own path is removed at the end, if it still is ours.
"""

import contextlib
import socket
from collections.abc import Callable, Sequence
from typing import NamedTuple

from sockscope.engine.kernel import multicast
from sockscope.engine.kernel.asked_option import write_asked
from sockscope.engine.kernel.unix_path import OwnPath, PathState, probe, remove_stale
from sockscope.engine.syscall import bind_socket, close_socket, make, open_socket, own_name, set_option
from sockscope.net import socket_option
from sockscope.net.endpoint import SocketAddress
from sockscope.net.error_name import error_name
from sockscope.net.row import Row
from sockscope.net.value import Symbol
from sockscope.record.fact import Call
from sockscope.record.listener import Bound, Listener
from sockscope.record.milestone import BOUND, LISTENING, NAMED, SOCKET
from sockscope.record.recorder import Recorder
from sockscope.request import Listen

RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024
"""What datagram sockets ask for (SO_RCVBUF), so that little is lost while a frame is drawn; the kernel caps it."""

_NOT_HERE = ("EADDRNOTAVAIL", "EAFNOSUPPORT")
_PORT_TRIES = 16


class _Opened(NamedTuple):
    socket: socket.socket
    path: OwnPath | None


class _Made:
    """The calls that open one socket, each a milestone of its listener."""

    def __init__(self, recorder: Recorder, listener: Listener) -> None:
        self._recorder = recorder
        self._listener = listener
        self.calls: list[Call] = []

    def note(self, milestone: str) -> Callable[[Call], None]:
        """Return what puts a call into the record."""

        def note(call: Call) -> None:
            self._recorder.note(self._listener, call, milestone)
            if not call.error:
                self.calls.append(call)

        return note


class Binder:
    """The sockets of one listener; used from the engine's thread alone."""

    def __init__(self, recorder: Recorder, listener: Listener, request: Listen) -> None:
        self._recorder = recorder
        self._listener = listener
        self._request = request
        self._opened: list[_Opened] = []

    @property
    def sockets(self) -> list[socket.socket]:
        """The sockets that are open."""
        return [opened.socket for opened in self._opened]

    def open(self, rows: Sequence[Row]) -> tuple[Bound, ...]:
        """Bind every row's address; a failure leaves nothing bound. Raise OSError, OptionError, GroupError."""
        any_port = self._request.transport.has_ports and rows[0].port == 0
        for group in self._request.groups:
            self._check_heard(group, [row.host for row in rows])
        for tries_left in reversed(range(_PORT_TRIES)):
            try:
                return self._open_all(rows)
            except OSError as error:
                self.close()
                # Port 0 gave one that is free for one family and taken for the other: ask for another.
                if not (any_port and tries_left and error_name(error) == "EADDRINUSE"):
                    raise
            except ValueError:
                self.close()
                raise
        raise AssertionError("the last try returned or raised")

    def _check_heard(self, group: str, hosts: Sequence[str]) -> None:
        """Refuse a group that would not be heard where a name has led. Raise GroupError."""
        try:
            multicast.check_heard(group, hosts, dual=self._request.family == "dual")
        except multicast.GroupError as error:
            self._recorder.refuse(self._listener, "join", (Symbol(group),), "EINVAL", str(error))
            raise

    def close(self) -> None:
        """Close the sockets, and remove the paths that are ours."""
        while self._opened:
            opened = self._opened.pop()
            if opened.path:  # first: while the socket is open nothing else can have its inode
                opened.path.remove(self._recorder.noting(self._listener))
            self._close(opened.socket)

    def _close(self, opened: socket.socket) -> None:
        with contextlib.suppress(OSError):  # noted; the descriptor is gone whatever close(2) says
            close_socket(self._recorder.noting(self._listener), opened)

    def _open_all(self, rows: Sequence[Row]) -> tuple[Bound, ...]:
        bound: list[Bound] = []
        missing: OSError | None = None
        self._recorder.listeners.begins_anew(self._listener)
        for row in rows:
            try:
                bound.append(self._open_one(row, row.port or (bound[0].port if bound else 0)))
            except OSError as error:
                if error_name(error) not in _NOT_HERE:
                    self._recorder.listeners.gave_back(self._listener, [one.address for one in bound])
                    raise
                missing = error
        if missing and not bound:
            raise missing
        return tuple(bound)

    def _open_one(self, row: Row, port: int) -> Bound:
        request, made = self._request, _Made(self._recorder, self._listener)
        opened = open_socket(made.note(SOCKET), row.family, row.type)
        try:
            opened.setblocking(False)
            self._set(opened, row)
            path = self._bind(opened, made, row, port)
        except Exception:
            self._close(opened)
            raise
        self._opened.append(_Opened(opened, path))
        fd = opened.fileno()
        address = own_name(made.note(NAMED), opened)
        if request.transport.connection_oriented:
            make(made.note(LISTENING), "listen", fd, (request.backlog,), lambda: opened.listen(request.backlog))
        for group in request.groups:
            if multicast.hears(row.host, group, dual=request.family == "dual"):
                multicast.join(opened, self._recorder.noting(self._listener), *multicast.parse_group(group))
        return Bound(fd, address, request.backlog if request.transport.connection_oriented else 0, tuple(made.calls))

    def _set(self, opened: socket.socket, row: Row) -> None:
        """Set what must stand before bind(2): what a server usually does, then what was asked for."""
        request, kind = self._request, self._request.transport
        asked = [socket_option.parse(text)[0].name for text in request.options]
        if kind.has_ports and (kind.connection_oriented or request.groups):
            self._switch(opened, "SOL_SOCKET", "SO_REUSEADDR", 1)
        if row.family == socket.AF_INET6:
            self._switch(opened, "IPPROTO_IPV6", "IPV6_V6ONLY", 0 if request.family == "dual" else 1)
        if not kind.connection_oriented and "RCVBUF" not in asked:
            self._switch(opened, "SOL_SOCKET", "SO_RCVBUF", RECEIVE_BUFFER_BYTES)
        if left_out := write_asked(opened, self._recorder, self._listener, request.options):
            self._recorder.remark(self._listener, "not set", left_out)

    def _switch(self, opened: socket.socket, level: str, name: str, value: int) -> None:
        set_option(self._recorder.noting(self._listener), opened, level, name, value, value)

    def _bind(self, opened: socket.socket, made: "_Made", row: Row, port: int) -> OwnPath | None:
        sockaddr: SocketAddress = row.sockaddr
        if isinstance(sockaddr, tuple):
            sockaddr = (sockaddr[0], port, *sockaddr[2:])
        try:
            bind_socket(made.note(BOUND), opened, sockaddr)
        except OSError as error:
            if not isinstance(sockaddr, str) or error_name(error) != "EADDRINUSE" or not self._make_way(sockaddr):
                raise
            bind_socket(made.note(BOUND), opened, sockaddr)
        return OwnPath(sockaddr) if isinstance(sockaddr, str) else None

    def _make_way(self, path: str) -> bool:
        """Look who holds the path; True when it was left behind and has been removed, as was asked for."""
        listener = self._listener
        if path.startswith("\0"):
            return False
        if self._request.remove_stale and remove_stale(path, self._recorder.noting(listener)):
            return True
        state = probe(path, self._recorder.noting(listener))
        self._recorder.listeners.in_the_way(listener, state.value, path if state is PathState.STALE else "")
        return False
