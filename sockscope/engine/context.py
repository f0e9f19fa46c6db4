"""What all of one engine shares: the loop, the memory of tapes, the meter, the resolver.

The rule: used from the engine's thread alone, but for `conversation`, which only makes a record.
"""

import asyncio
import itertools
from collections.abc import Callable

from sockscope.engine.connection import Connection
from sockscope.engine.holder import holder
from sockscope.engine.kernel.hangup import HangupWatch
from sockscope.engine.resolve.resolver import Resolver
from sockscope.engine.settings import CHUNK_BYTES, Settings
from sockscope.net.endpoint import Endpoint
from sockscope.net.socket_kind import TCP, SocketKind
from sockscope.record.conversation import Conversation
from sockscope.record.flow import Flow, Meter
from sockscope.record.listener import Listener
from sockscope.record.recorder import Recorder
from sockscope.record.tape import Tape
from sockscope.record.tape_memory import TapeMemory
from sockscope.request import Connect

LEAST_PATIENCE_BYTES = 64 * 1024


class Context:
    """One of each, shared by all that an engine does; `connections` are the sockets that carry a conversation."""

    def __init__(self, settings: Settings, on_fault: Callable[[type], None] = lambda kind: None) -> None:
        """`on_fault` is told the type of an exception that an observer of the record raised."""
        self.settings = settings
        self.loop = asyncio.SelectorEventLoop()
        self.numbers = itertools.count(1)
        self.history = TapeMemory(
            limit_bytes=settings.history_bytes,
            limit_each_bytes=settings.history_each_bytes,
            chunk_bytes=CHUNK_BYTES,
        )
        self.meter = Meter()
        self.recorder = Recorder(on_fault, self.settings.ended_kept)
        self.resolver = Resolver(self.loop, self.recorder.lookups)
        self.hangups = HangupWatch(self.loop)
        self.connections: dict[Conversation, Connection] = {}
        self.listeners: list[Listener] = []  # those that are not stopped
        self.waiting_bytes = 0  # what is queued to be sent by all streams

    def conversation(
        self,
        target: str,
        transport: SocketKind = TCP,
        whole: Flow | None = None,
        request: Connect | None = None,
    ) -> Conversation:
        """Make the record of a new conversation; `whole` counts what it counts too."""
        flow = Flow(self.meter, whole)
        return Conversation(next(self.numbers), target, Tape(self.history), flow, transport, request)

    def holder(self, subject: Conversation | Listener, error: str) -> str:
        """Name what of ours has the address that a bind just failed to get, else nothing."""
        call = subject.facts.last("bind")
        if error != "EADDRINUSE" or call is None or not call.error:
            return ""
        (address,) = call.arguments
        assert isinstance(address, Endpoint)
        return holder(address, subject.transport, self.listeners, self.connections)

    @property
    def patience_bytes(self) -> int:
        """How much may wait for one peer before we read no more of what makes us send.

        An eighth of what is still free: the more wait already, the less each may, and the sum stays bounded.
        """
        free_bytes = self.settings.queues_bytes - self.waiting_bytes
        return max(LEAST_PATIENCE_BYTES, min(self.settings.queue_bytes // 2, free_bytes // 8))

    def give_back(self) -> None:
        """Close what holds descriptors, at the very end."""
        self.hangups.close()
        self.loop.close()
