"""What all of one engine shares: the loop, the memory of tapes, the meter, the resolver.

The rule: used from the engine's thread alone, but for `conversation`, which only makes a record.
"""

import asyncio
import itertools
from collections.abc import Callable
from functools import partial

from sockscope.engine.connection import Connection
from sockscope.engine.holder import holder
from sockscope.engine.kernel.hangup import Hangups
from sockscope.engine.look.looker import NOTHING, Evidence, Looker, look
from sockscope.engine.look.others import sharers
from sockscope.engine.look.question import Question
from sockscope.engine.resolve.resolver import Resolver
from sockscope.engine.settings import CHUNK_BYTES, Settings
from sockscope.net.endpoint import NOWHERE, Endpoint
from sockscope.net.socket_kind import TCP, SocketKind
from sockscope.record.conversation import Conversation
from sockscope.record.fact import Call
from sockscope.record.flow import Flow, Meter
from sockscope.record.listener import Listener
from sockscope.record.milestone import FAILED
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
        self.hangups = Hangups(self.loop)
        self.looker = Looker(self.loop, self.recorder)
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

    def look(self, subject: Conversation | Listener, call: Call | None = None, evidence: Evidence = NOTHING) -> None:
        """Look at the system behind a failure: of that call, or of what is in the record as its end."""
        error = call.error if call else subject.error
        call = call or subject.facts.milestones.get(FAILED)
        if call and call.error != error:  # what ended it was no call, or one before a call that failed otherwise
            call = None
        address = _about(subject, call)
        question = Question(error, call.decided.name if call else "", address, subject.transport)
        if (question.call, error) == ("bind", "EADDRINUSE"):
            ours = holder(address, subject.transport, self.listeners, self.connections)
            evidence = Evidence((ours,) if ours else ())
        self.looker.failed(subject, question, evidence)

    def look_for_sharers(self, listener: Listener) -> None:
        """Look who else is bound to the addresses of a listener that lets others be so (SO_REUSEPORT)."""
        bound = (Question("", "bind", one.address, listener.transport) for one in listener.bound)
        self.looker.ask(listener, partial(look, [partial(sharers, question) for question in bound]))

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


def _about(subject: Conversation | Listener, call: Call | None) -> Endpoint:
    """Return what address a failure is about: what the call took, else the peer's, or the one that was tried last."""
    if taken := next((one for one in (call.decided.arguments if call else ()) if isinstance(one, Endpoint)), None):
        return taken
    if isinstance(subject, Conversation):
        attempts = subject.dialling.attempts
        return subject.endpoints.peer or (attempts[-1].address if attempts else NOWHERE)
    return NOWHERE
