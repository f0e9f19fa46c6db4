"""Read datagram sockets: one that a conversation has to itself, and those of a listener, shared by all peers.

The rules: a listener's peer is known by the address it sends from, and its conversation begins with its first
datagram; nothing tells when it is gone. The peers are bounded (`peers` of the settings): beyond that the one silent for
the longest gives way.
"""

import contextlib
import socket
from collections import OrderedDict
from collections.abc import Callable
from functools import partial

from sockscope.engine.connection import Handler
from sockscope.engine.context import Context
from sockscope.engine.datagram.datagram import Datagrams
from sockscope.engine.datagram.post import AT_ONCE, Post
from sockscope.engine.guard import Broke, guarded
from sockscope.engine.kernel.icmp import Returned, ask_for_errors, take_error
from sockscope.engine.kernel.unix_path import OwnPath
from sockscope.engine.syscall import close_socket
from sockscope.net.clock import now_ns
from sockscope.net.endpoint import SocketAddress, endpoint
from sockscope.net.error_name import error_name
from sockscope.net.value import Symbol
from sockscope.record.conversation import Conversation
from sockscope.record.fact import Call
from sockscope.record.listener import Listener
from sockscope.record.milestone import CLOSED
from sockscope.record.recorder import Recorder
from sockscope.record.tape_entry import Mover

ERRORS = 32
"""After how many receives in a row that fail a socket is given up: no earlier datagram can have met all of them."""

# The real size of a datagram that the buffer is too small for (recv(2)); elsewhere it is cut off unseen.
_REAL_SIZE = socket.MSG_TRUNC if hasattr(socket, "MSG_TRUNC") else 0

Adopt = Callable[[Post, SocketAddress, int, Callable[[Datagrams], None]], Datagrams]
"""Makes the conversation of a new peer: where to post, its address, when it was met, what to call at its end."""


def keep(
    recorder: Recorder, conversation: Conversation, room: memoryview, size_bytes: int, asked: int, at_ns: int
) -> memoryview:
    """Put a datagram into the record, and return a view of it that is good until the next receive."""
    kept = recorder.received(conversation, room, min(size_bytes, asked), at_ns, asked, Mover.RECVFROM)
    if size_bytes > asked:
        meaning = f"cut off: the datagram had {size_bytes:,} bytes, {size_bytes - asked:,} of them are lost"
        recorder.remark(conversation, "cut off", meaning)
        given = (asked, Symbol("MSG_TRUNC"))
        recorder.note(conversation, Call("recvfrom", conversation.fd, given, size_bytes, "", at_ns, 0, meaning))
    return kept


class DatagramSocket:
    """The socket of one conversation that we opened."""

    def __init__(
        self,
        context: Context,
        opened: socket.socket,
        conversation: Conversation,
        handler: Handler,
        destination: SocketAddress | None,
        read_bytes: int,
        path: OwnPath | None = None,
    ) -> None:
        """`path` is what a UNIX socket was bound to, removed in the end."""
        self._loop, self._recorder = context.loop, context.recorder
        self._socket = opened
        self._destination = destination
        self._path = path
        self._whom = endpoint(destination)
        self._read_bytes = read_bytes
        self._errors = 0  # in a row
        self._errors_told = False  # it has an error queue
        self._post = Post(context, opened, lambda error, reason: self.connection.broke(error, reason))
        self.connection = Datagrams(context, self._post, conversation, handler, destination, self._close, self._pause)

    def start(self) -> None:
        """Begin to read; without a peer of its own the socket has to ask for the errors that datagrams meet."""
        if self._destination is not None:
            with contextlib.suppress(OSError):  # noted
                note = self._recorder.noting(self.connection.conversation)
                self._errors_told = ask_for_errors(self._socket, note)
        self.connection.start()
        self.connection.guarded(self._pause, self.connection.paused)

    def _pause(self, paused: bool) -> None:
        if paused:
            self._loop.remove_reader(self._socket)
        else:
            self._loop.add_reader(self._socket, self.connection.guarded, self._receive)

    def _receive(self) -> None:
        conversation = self.connection.conversation
        for _ in range(AT_ONCE):
            if self.connection.paused or self._socket.fileno() < 0:
                return
            room = conversation.tape.room()
            asked = min(self._read_bytes or len(room), len(room))
            at_ns = now_ns()
            try:
                size_bytes, sender = self._socket.recvfrom_into(room, asked, _REAL_SIZE)
            except (BlockingIOError, InterruptedError):
                self._errors = 0
                self._take_error()
                return
            except OSError as error:
                self.connection.refused(asked, error, at_ns, self._take_error())
                self._errors += 1
                if self._errors == ERRORS:
                    raise
                continue
            self._errors = 0
            kept = keep(self._recorder, conversation, room, size_bytes, asked, at_ns)
            if self._destination is not None and endpoint(sender) != self._whom:
                stranger = f"from {endpoint(sender) or 'a socket without a name'}, which is not whom we send to"
                call = Call("recvfrom", conversation.fd, (asked,), size_bytes, "", at_ns, 0, stranger)
                self._recorder.note(conversation, call)
            self.connection.received(kept)

    def _take_error(self) -> Returned | None:
        """Take what the error queue holds, or the loop is woken for it for ever."""
        return take_error(self._socket) if self._errors_told else None

    def _close(self, connection: Datagrams) -> None:
        with contextlib.suppress(OSError):  # what epoll still knows of the descriptor goes with it
            self._loop.remove_reader(self._socket)
        self._post.close()
        if self._path:
            self._path.remove(self._recorder.noting(connection.conversation))
        close_socket(self._recorder.noting(connection.conversation, CLOSED), self._socket, "closed")


class DatagramServer:
    """The bound sockets of one listener and the peers that were heard."""

    def __init__(
        self,
        context: Context,
        listener: Listener,
        sockets: list[socket.socket],
        read_bytes: int,
        adopt: Adopt,
        broke: Broke,
    ) -> None:
        """`broke` ends the listener, where nothing can be received any more."""
        self._broke = broke
        self._errors = 0  # in a row
        self._context = context
        self._recorder = context.recorder
        self._listener = listener
        self._sockets = sockets
        self._read_bytes = read_bytes
        self._adopt = adopt
        self._posts = {opened: Post(context, opened, broke) for opened in sockets}
        self._peers: OrderedDict[tuple[int, object], Datagrams] = OrderedDict()

    def mind(self) -> None:
        """Read, or do not, as the listener's switch says; what comes meanwhile waits, and is dropped beyond that."""
        loop = self._context.loop
        for opened in self._sockets:
            if self._listener.policy.accepting:
                guarded(self._broke, loop.add_reader, opened, guarded, self._broke, self._receive, opened)
            else:
                guarded(self._broke, loop.remove_reader, opened)

    def stop(self) -> None:
        """Forget the peers and stop reading; the sockets are the caller's to close."""
        for opened, post in self._posts.items():
            with contextlib.suppress(OSError):  # what epoll still knows of the descriptor goes with it
                self._context.loop.remove_reader(opened)
            post.close()

    def _receive(self, opened: socket.socket) -> None:
        fd, peers, history = opened.fileno(), self._peers, self._context.history
        for _ in range(AT_ONCE):
            room = history.landing.view
            asked = min(self._read_bytes or len(room), len(room))
            at_ns = now_ns()
            try:
                size_bytes, sender = opened.recvfrom_into(room, asked, _REAL_SIZE)
            except (BlockingIOError, InterruptedError):
                self._errors = 0
                return
            except OSError as error:
                call = Call("recvfrom", fd, (asked,), None, error_name(error), at_ns, now_ns() - at_ns)
                self._recorder.note(self._listener, call)
                self._errors += 1
                if self._errors == ERRORS:
                    raise
                return
            self._errors = 0
            key = (fd, sender)
            connection = peers.get(key)
            if connection is None and self._listener.has_all:
                given = (size_bytes, endpoint(sender or ""))
                dropped = Call("recvfrom", fd, (asked,), given, "", at_ns, now_ns() - at_ns, "dropped: not our peer")
                self._recorder.note(self._listener, dropped)
                continue
            if connection is None:
                connection = self._met(opened, key, sender, at_ns)
            else:
                peers.move_to_end(key)
            connection.received(keep(self._recorder, connection.conversation, room, size_bytes, asked, at_ns))

    def _met(
        self, opened: socket.socket, key: tuple[int, object], sender: SocketAddress | None, at_ns: int
    ) -> Datagrams:
        if len(self._peers) >= self._context.settings.peers:
            _, silent_longest = next(iter(self._peers.items()))
            why = f"forgotten: the listener keeps {self._context.settings.peers:,} peers apart"
            self._recorder.remark(silent_longest.conversation, "forgotten", why)
            silent_longest.close()
        connection = self._adopt(self._posts[opened], sender or "", at_ns, partial(self._gone, key))
        if connection.conversation.state.live:
            self._peers[key] = connection
        return connection

    def _gone(self, key: tuple[int, object], connection: Datagrams) -> None:
        self._peers.pop(key, None)
