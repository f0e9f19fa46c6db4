"""What the kernel is asked of a listener now and then: how full its queues are, and which of its sockets are ready."""

import socket
from collections.abc import Iterable
from itertools import islice

from sockscope.engine.context import Context
from sockscope.engine.kernel.queues import accept_queue, dropped_datagrams
from sockscope.engine.kernel.readiness import ready
from sockscope.net.clock import now_ns
from sockscope.record.listener import Listener
from sockscope.record.ready import READY_ASKED


def ask_queues(context: Context, listener: Listener, sockets: Iterable[socket.socket]) -> None:
    """Ask how many wait to be accepted at its sockets, or how many datagrams were dropped there."""
    if not listener.transport.connection_oriented:
        context.recorder.listeners.sampled(listener, (), sum(dropped_datagrams(one) or 0 for one in sockets))
    else:
        queues = (accept_queue(one) for one in sockets)
        context.recorder.listeners.sampled(listener, tuple(queue for queue in queues if queue), 0)


def ask_ready(context: Context, listener: Listener) -> None:
    """Ask which of its sockets are ready, as a server would that waits by select."""
    listening = [bound.fd for bound in listener.bound] if listener in context.listeners else []
    clients = [client.fd for client in listener.present if client in context.connections]
    asked = dict.fromkeys([*listening, *clients])  # a datagram listener's peers share its sockets
    context.recorder.listeners.ready(listener, ready(islice(asked, READY_ASKED), now_ns()))
