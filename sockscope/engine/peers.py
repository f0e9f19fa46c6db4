"""Finds which process is at the other end of a conversation, where that is on this machine (sock_diag(7), proc(5)).

The rules: only somebody who looks at a conversation has it asked, and only the latest that was asked for waits, so that
ten thousand clients cost nothing. It is done in a thread, and takes a twentieth of the time at the most (SHARE). What
was found stays; what nobody holds yet, as before it is accepted, may be asked again.
"""

import socket
from collections.abc import Callable
from time import thread_time

from sockscope.engine.context import Context
from sockscope.engine.kernel import processes, sock_diag
from sockscope.engine.worker import Workers
from sockscope.net.endpoint import Endpoint
from sockscope.record.conversation import Conversation
from sockscope.record.process import Holders

SHARE = 0.05

Found = tuple[Holders | None, float]
"""Who holds the other end, None where nobody does yet, and how many seconds of processor that took."""


class Peers:
    """Looks for one after the other; used from the engine's thread alone."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._workers = Workers(context.loop, 1, "peers")
        self._wanted: Conversation | None = None
        self._busy = False

    def find(self, conversation: Conversation) -> None:
        """Find out who is there, unless that is known; the record's `endpoints.peer_process` tells."""
        if conversation.endpoints.peer_process is None and conversation.connected_at_ns and conversation.state.live:
            self._wanted = conversation
            self._next()

    def _next(self) -> None:
        conversation = self._wanted
        if self._busy or conversation is None:
            return
        self._wanted, self._busy = None, True

        def found(what: Found) -> None:
            holders, took_s = what
            if holders is not None:
                self._context.recorder.peer_found(conversation, holders)
            self._context.loop.call_later(took_s / SHARE, self._free)

        def failed(_: Exception) -> None:  # the system does not tell: it will not the next time
            found((Holders(), 1.0))

        self._workers.do(_look(conversation), found, on_fault=failed)

    def _free(self) -> None:
        self._busy = False
        self._next()


def _look(conversation: Conversation) -> Callable[[], Found]:
    """Return what looks for the other end, with all that it has to know; it touches no record."""
    ends, kind = conversation.endpoints, conversation.transport
    local, peer, credentials = ends.local, ends.peer, ends.credentials
    protocol = socket.IPPROTO_TCP if kind.has_tcp_states else socket.IPPROTO_UDP

    def look() -> Found:
        began_s = thread_time()
        if credentials:
            process = processes.process(credentials.pid)
            same = process.program == credentials.program  # a number may be used again
            holders: Holders | None = Holders((process,) if same else ())
        else:
            holders = _holders(protocol, local, peer) if kind.has_ports else Holders()
        return holders, thread_time() - began_s

    return look


def _holders(protocol: int, local: Endpoint, peer: Endpoint) -> Holders | None:
    """Return who holds the socket whose ends are ours the other way round; nobody where it is not on this machine."""
    told = sock_diag.find(protocol, peer, local)
    if told is None:
        return Holders()
    return processes.holders([told.inode])[told.inode] if told.inode else None
