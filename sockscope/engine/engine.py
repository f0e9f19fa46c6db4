"""The engine: owns the thread, the loop and every socket. Plain verbs, callable from any thread.

The rule: a verb returns at once with the record that will tell what happened; nothing is reported back in
any other way. Records are made in the caller's thread and written in the engine's alone.
"""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sockscope.engine.check import check_connect, check_listen
from sockscope.engine.connection import Connection, Pause
from sockscope.engine.context import Context
from sockscope.engine.dial.outbound import Opening, Outbound
from sockscope.engine.handlers import Person
from sockscope.engine.kernel import option
from sockscope.engine.kernel.descriptor_limit import raise_limit
from sockscope.engine.kernel_watch import KernelWatch
from sockscope.engine.listen.inbound import Inbound
from sockscope.engine.listen.responders.responder import recipe
from sockscope.engine.listen.sampling import ask_ready
from sockscope.engine.loop_thread import LoopThread
from sockscope.engine.names import Names
from sockscope.engine.peers import Peers
from sockscope.engine.policies import Policies
from sockscope.engine.repeat import Payload, repeat
from sockscope.engine.sequences import Sequences
from sockscope.engine.settings import DIALLED_KEPT, LISTENERS_KEPT, SPARKLINE_SAMPLES, STOP_S, Settings
from sockscope.net import socket_option
from sockscope.record.conversation import Conversation
from sockscope.record.flow import Flow
from sockscope.record.listener import Listener
from sockscope.record.observer import Observer
from sockscope.request import Connect, Listen

if TYPE_CHECKING:
    from sockscope.request.sequence import Sequence


class Engine:
    """Resolves, connects and listens in a daemon thread of its own."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.dialled: dict[int, Conversation] = {}
        self.listeners: dict[int, Listener] = {}
        self._context = Context(self.settings, lambda kind: self._thread.note_fault(kind))
        self._thread = LoopThread(self._context.loop, self._begin, self._context.give_back)
        self.soon = self._thread.soon  # has a step done in the engine's thread, from any
        self.every = self._thread.every
        self.note_fault = self._thread.note_fault
        self._outbound = Outbound(self._context)
        self._inbound = Inbound(self._context, self._outbound)
        self._sequences = Sequences(self._context)
        self._kernel = KernelWatch(self._context)
        self._peers = Peers(self._context)
        self.names = Names(self._context, self.soon)
        self.policies = Policies(self._inbound, self.soon)

    # Beginning and end.

    def start(self) -> None:
        """Start the thread, with as many descriptors as the system allows (getrlimit(2))."""
        raise_limit()
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether the engine's thread runs."""
        return self._thread.running

    @property
    def broken(self) -> str:
        """Return the name of the error with which the loop ended for good, though nobody stopped it."""
        return self._thread.broken

    @property
    def fault(self) -> str:
        """Return the type of the last exception that no conversation could be blamed for."""
        return self._thread.fault

    def forget_fault(self) -> None:
        """It was told."""
        self._thread.fault = ""

    def begin_to_stop(self) -> None:
        """Begin to close every socket, which takes a while where there are thousands; returns at once."""
        self.soon(self._shut_down)

    def stop(self) -> None:
        """Close every socket and end the thread; waits STOP_S seconds at most."""
        self.begin_to_stop()
        self._thread.join(STOP_S)

    def _shut_down(self) -> None:
        for listener in self._inbound.listeners:
            self._inbound.stop(listener)
        for conversation in [*self._outbound.under_way, *self._context.connections]:
            self._inbound.close(conversation)
        self.names.close()
        self._thread.finish()

    def _begin(self) -> None:
        self._sample()
        self._kernel.start()

    def _sample(self) -> None:
        self._context.loop.call_later(self.settings.sample_s, self._sample)
        self._context.meter.sample()
        self._inbound.sample()

    # Observers.

    def observe(self, observer: Observer) -> None:
        """Tell an observer what goes into the records, in the engine's thread, from now on."""
        if self.running:
            self.soon(self._context.recorder.observers.add, observer)
        else:  # before anything happens
            self._context.recorder.observers.add(observer)

    def forget(self, observer: Observer) -> None:
        """Tell an observer no more."""
        self.soon(self._context.recorder.observers.remove, observer)

    # Connect.

    def connect(self, request: Connect) -> Conversation:
        """Open a client socket. Raise ValueError, one line for a person, for what cannot be asked."""
        security = check_connect(request)
        conversation = self._context.conversation(str(request.target), request.transport, request=request)
        self.dialled[conversation.number] = conversation
        for forgotten in _forget_ended(self.dialled, DIALLED_KEPT):
            self.soon(forgotten.release)
        self.soon(self._outbound.open, Opening(conversation, request, security, Person()))
        return conversation

    # Listen.

    def listen(self, request: Listen) -> Listener:
        """Listen at an address. Raise ValueError, one line for a person, for what cannot be asked."""
        safety, certificate = check_listen(request)
        made = recipe(request.answers)
        listener = Listener(
            next(self._context.numbers),
            str(request.target),
            Flow(self._context.meter, samples=SPARKLINE_SAMPLES),
            request.transport,
            request,
            certificate,
        )
        self.listeners[listener.number] = listener
        for forgotten in _forget_ended(self.listeners, LISTENERS_KEPT):
            for client in list(forgotten.clients.values()):
                self.soon(client.release)
        self.soon(self._inbound.listen, listener, request, safety, made)
        return listener

    def ask_ready(self, listener: Listener) -> None:
        """Ask the kernel which sockets of a listener are ready; the record's `ready` tells."""
        self.soon(ask_ready, self._context, listener)

    def stop_listening(self, listener: Listener) -> None:
        """Close a listener and every client it still has."""
        self.soon(self._inbound.stop, listener)

    def forget_listener(self, listener: Listener) -> None:
        """Take a listener that has ended out of the record, because another one takes its place."""
        if not listener.state.live:
            self.listeners.pop(listener.number, None)

    # What can be done with a conversation.

    def send(self, conversation: Conversation, data: bytes) -> None:
        """Queue bytes to be sent; of datagrams, one."""
        self.soon(self._send, conversation, len(data), lambda connection: connection.send(data))

    def send_to_all(self, listener: Listener, data: bytes) -> None:
        """Queue bytes to be sent to each client of a listener."""

        def each() -> None:
            for client in list(listener.clients.values()):
                if client.state.can_send:
                    self._on_connection(client, lambda connection: connection.send(data))

        self.soon(each)

    def send_file(self, conversation: Conversation, path: Path) -> None:
        """Queue a file's content to be sent."""
        self.soon(self._send, conversation, path, lambda connection: connection.send_file(path))

    def cancel_file(self, conversation: Conversation) -> None:
        """Stop sending the file that is on its way."""
        self.soon(self._on_connection, conversation, lambda connection: connection.cancel_file())

    def repeat(self, conversation: Conversation, payload: Payload, interval_s: float) -> None:
        """Send a payload every `interval_s` seconds until `stop_repeating`."""

        def step() -> None:
            repeat(self._context, conversation, payload, interval_s)

        self.soon(step)

    def stop_repeating(self, conversation: Conversation) -> None:
        """Send no more of what is repeated."""

        def step() -> None:
            self._context.recorder.outgoing.repeats_no_more(conversation)

        self.soon(step)

    def run_sequence(self, conversation: Conversation, sequence: "Sequence") -> None:
        """Run a sequence in place of the one before; the record's `outgoing.sequence` tells what comes of it."""
        self.soon(self._sequences.run, conversation, sequence)

    def stop_sequence(self, conversation: Conversation) -> None:
        """Run it no further."""
        self.soon(self._sequences.stop, conversation)

    def _send(self, conversation: Conversation, what: int | Path, step: Callable[[Connection], None]) -> None:
        if connection := self._context.connections.get(conversation):
            connection.guarded(step, connection)
        else:
            self._context.recorder.refuse(conversation, "send", (what,), "ENOTCONN", "not sent: there is no connection")

    def finish_sending(self, conversation: Conversation) -> None:
        """Send our end of stream after everything queued; the other direction goes on."""
        self.soon(self._on_connection, conversation, lambda connection: connection.finish_sending())

    def read(self, conversation: Conversation, *, reading: bool) -> None:
        """Stop reading, so that the peer is seen to stall, or read again."""

        def step(connection: Connection) -> None:
            (connection.resume_reading if reading else connection.pause_reading)(Pause.PERSON)

        self.soon(self._on_connection, conversation, step)

    def set_option(self, conversation: Conversation, text: str) -> None:
        """Set a socket option, written `NAME=value`, and read it back. Raise ValueError for what is none."""
        one, value = socket_option.parse(text)

        def step(connection: Connection) -> None:
            with contextlib.suppress(OSError):  # noted as a fact
                option.write(connection.socket, self._context.recorder.noting(conversation), one, value)
            self._context.recorder.options(conversation, option.read_all(connection.socket))

        self.soon(self._on_connection, conversation, step)

    def read_options(self, conversation: Conversation) -> None:
        """Ask the kernel which socket options are in force; the record's `options` tell."""

        def step(connection: Connection) -> None:
            self._context.recorder.options(conversation, option.read_all(connection.socket))

        self.soon(self._on_connection, conversation, step)

    def find_peer(self, conversation: Conversation) -> None:
        """Find out which process is at the other end, if that is on this machine; the record's `endpoints` tell."""
        self.soon(self._peers.find, conversation)

    def close(self, conversation: Conversation) -> None:
        """Close a conversation, or cancel its dialling."""
        self.soon(self._inbound.close, conversation)

    def reset(self, conversation: Conversation) -> None:
        """Abort a conversation with a reset."""
        self.soon(self._on_connection, conversation, lambda connection: connection.reset())

    def _on_connection(self, conversation: Conversation, step: Callable[[Connection], None]) -> None:
        if connection := self._context.connections.get(conversation):
            connection.guarded(step, connection)


Record = TypeVar("Record", Conversation, Listener)


def _forget_ended(records: dict[int, Record], keep: int) -> list[Record]:
    """Take out the records that have ended but for the latest `keep`; live ones are never taken."""
    ended = [record for record in list(records.values()) if not record.state.live]
    return [record for record in ended[:-keep] if records.pop(record.number, None)]
