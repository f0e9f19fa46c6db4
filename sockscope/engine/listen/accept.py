"""Accept the clients of listening sockets.

The rules:
- An aborted connection is counted and accepting goes on. For any other error that may pass (out of descriptors, of
  memory, of what epoll may watch, or one that nobody foresaw) accepting pauses, clients are unharmed, and it goes on
  by itself; the ones not yet accepted wait in the backlog.
- Whoever switched accepting off, or takes one client at a time, sees the others wait in the kernel's queue.
"""

import asyncio
import socket
from collections.abc import Callable

from sockscope.engine.context import Context
from sockscope.engine.guard import Broke, guarded
from sockscope.net.clock import now_ns
from sockscope.net.endpoint import Endpoint, endpoint
from sockscope.net.error_name import error_name
from sockscope.net.value import Symbol
from sockscope.record.fact import Call
from sockscope.record.listener import Listener, ListenerState
from sockscope.record.milestone import ACCEPTED

_AT_ONCE = 64  # accepts for each readiness, so that a storm of clients does not starve the others
_RETRY_S = 0.2
_ABORTED = (
    "ECONNABORTED",
    "ENETDOWN",
    "EPROTO",
    "ENOPROTOOPT",
    "EHOSTDOWN",
    "ENONET",
    "EHOSTUNREACH",
    "ENETUNREACH",
    "ECONNRESET",
    "ETIMEDOUT",
)
"""The new connection is gone, or has a pending network error, which accept(2) passes on; the next may be well."""

_FATAL = ("EBADF", "EINVAL", "ENOTSOCK", "EOPNOTSUPP", "EFAULT")

OnClient = Callable[[socket.socket, Endpoint, Call], None]


class Acceptor:
    """Accepts from the listening sockets of one listener; used from the engine's thread alone."""

    def __init__(
        self,
        context: Context,
        listener: Listener,
        sockets: list[socket.socket],
        on_client: OnClient,
        broke: Broke,
    ) -> None:
        """`on_client` is given the new socket, the peer's address, and the call.

        `broke` ends the listener, after an error with which nothing can be accepted any more.
        """
        self._loop, self._recorder, self._look = context.loop, context.recorder, context.look
        self._listener = listener
        self._sockets = sockets
        self._on_client = on_client
        self._broke = broke
        self._retry: asyncio.TimerHandle | None = None
        self._aborted = 0  # in a row

    def mind(self) -> None:
        """Accept, or do not, as the listener's switches say."""
        if self._retry:
            return  # paused: when that is over, it looks here
        if not self._listener.wants_more:
            self._resumed()  # nothing is tried any more
        for opened in self._sockets:
            if not self._listener.wants_more:
                self._loop.remove_reader(opened)
            elif not self._watched(opened):
                return

    def _watched(self, opened: socket.socket) -> bool:
        """Have the loop say when somebody waits; False, and paused, where epoll may watch no more."""
        at_ns = now_ns()
        try:
            self._loop.add_reader(opened, guarded, self._broke, self._acceptable, opened)
        except OSError as error:
            added = (Symbol("EPOLL_CTL_ADD"),)
            self._pause(Call("epoll_ctl", opened.fileno(), added, None, error_name(error), at_ns, now_ns() - at_ns))
            return False
        return True

    def stop(self) -> None:
        """Accept no more; the sockets are the caller's to close, accepted clients are not touched."""
        if self._retry:
            self._retry.cancel()
        for opened in self._sockets:
            self._loop.remove_reader(opened)

    def _acceptable(self, opened: socket.socket) -> None:
        for _ in range(_AT_ONCE):
            if not self._listener.wants_more:
                self.mind()
                return
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
            peer = endpoint(sockaddr)
            given = (accepted.fileno(), peer) if peer else accepted.fileno()
            call = Call("accept", opened.fileno(), (), given, "", at_ns, now_ns() - at_ns)
            self._recorder.note(self._listener, call, ACCEPTED)
            self._resumed()
            self._on_client(accepted, peer, call)

    def _refused(self, opened: socket.socket, error: str, at_ns: int) -> bool:
        """Handle what accept(2) can say instead of giving a client; True to go on at once."""
        call = Call("accept", opened.fileno(), (), None, error, at_ns, now_ns() - at_ns)
        if error in _FATAL:
            self._recorder.note(self._listener, call)
            self._broke(error, "")
        elif error in _ABORTED and self._aborted < _AT_ONCE:
            self._recorder.note(self._listener, call)
            self._recorder.listeners.aborted(self._listener)
            self._aborted += 1
            return True
        else:
            self._pause(call)
        return False

    def _pause(self, call: Call) -> None:
        """Stop accepting for a moment; noted once for each pause, however often it is tried again."""
        if self._listener.state is not ListenerState.PAUSED:
            self._recorder.note(self._listener, call)
            self._recorder.listeners.listens(self._listener, ListenerState.PAUSED, call.error)
            self._look(self._listener, call)
        for opened in self._sockets:
            self._loop.remove_reader(opened)
        if self._retry:
            self._retry.cancel()
        self._retry = self._loop.call_later(_RETRY_S, guarded, self._broke, self._try_again)

    def _resumed(self) -> None:
        self._aborted = 0
        if self._listener.state is ListenerState.PAUSED:
            self._recorder.listeners.listens(self._listener, ListenerState.LISTENING)

    def _try_again(self) -> None:
        self._retry = None
        self.mind()
        for opened in [] if self._retry else self._sockets:
            self._acceptable(opened)  # also where nobody waits: what it says tells whether the pause is over
