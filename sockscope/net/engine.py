"""The engine: owns the thread, the loop and every socket. Plain verbs, callable from any thread.

The rule: a verb returns at once with the record that will tell what happened; nothing is reported back in
any other way. Records are made in the caller's thread and written in the engine's alone.
"""

import asyncio
import contextlib
import itertools
import resource
import socket
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from sockscope.net.accept import Acceptor
from sockscope.net.address import Address, AddressError, check_numeric, endpoint
from sockscope.net.conversation import Conversation
from sockscope.net.dial import Dial
from sockscope.net.fact import Call, make
from sockscope.net.flow import SAMPLE_S, Flow, Meter
from sockscope.net.hangup import HangupWatch
from sockscope.net.history import History
from sockscope.net.listener import Listener, ListenerState
from sockscope.net.lookup import Lookup, Question, Row
from sockscope.net.resolve import Resolver
from sockscope.net.responder import Responder, echo, silent
from sockscope.net.settings import (
    CHUNK_BYTES,
    DIALLED_KEPT,
    LISTENERS_KEPT,
    LOOKUPS_KEPT,
    SPARKLINE_SAMPLES,
    STOP_S,
    Settings,
)
from sockscope.net.stream import Stream, say_not_sent
from sockscope.net.tape import Tape


class Engine:
    """Resolves, connects and listens in a daemon thread of its own."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.dialled: dict[int, Conversation] = {}
        self.listeners: dict[int, Listener] = {}
        self.lookups: dict[int, Lookup] = {}
        self._over = False
        self.fault = ""  # the type of the last exception that no conversation could be blamed for
        self._numbers = itertools.count(1)
        self._loop = asyncio.SelectorEventLoop()
        self._loop.set_exception_handler(self._unexpected)
        self._history = History(
            limit_bytes=self.settings.history_bytes,
            limit_each_bytes=self.settings.history_each_bytes,
            chunk_bytes=CHUNK_BYTES,
        )
        self._meter = Meter()
        self._resolver = Resolver(self._loop)
        self._hangups = HangupWatch(self._loop)
        self._streams: dict[Conversation, Stream] = {}
        self._dials: dict[Conversation, Dial] = {}
        self._acceptors: dict[Listener, Acceptor] = {}
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    # Beginning and end.

    def start(self) -> None:
        """Start the thread, with as many descriptors as the system allows (getrlimit(2))."""
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self._thread.start()

    def stop(self) -> None:
        """Close every socket and end the thread; waits STOP_S seconds at most."""
        if self._thread.is_alive():
            self._soon(self._shut_down)
            self._thread.join(STOP_S)
        elif not self._loop.is_closed():  # never started
            self._give_back()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._sample()
        try:
            self._loop.run_forever()
        finally:
            self._give_back()

    def _give_back(self) -> None:
        self._hangups.close()
        self._loop.close()

    def _shut_down(self) -> None:
        for listener in list(self._acceptors):
            self._stop_listening(listener)
        for conversation in list(self._dials) + list(self._streams):
            self._close(conversation)
        self._over = True
        self._loop.stop()

    def _sample(self) -> None:
        self._meter.sample()
        self._loop.call_later(SAMPLE_S, self._sample)

    def _unexpected(self, loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        self.note_fault(type(context.get("exception")))

    def note_fault(self, kind: type) -> None:
        """Keep the type of an exception that escaped; its text may hold a peer's bytes."""
        self.fault = kind.__name__

    def _soon(self, step: Callable[..., None], *arguments: object) -> None:
        """Run a step in the engine's thread; nothing happens once the engine has stopped."""
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._unless_over, step, *arguments)

    def _unless_over(self, step: Callable[..., None], *arguments: object) -> None:
        if not self._over:
            step(*arguments)

    # Resolve.

    def resolve(self, question: Question) -> Lookup:
        """Ask getaddrinfo; the record turns from `asking` to `answered`, `failed` or `abandoned`."""
        lookup = Lookup(next(self._numbers), question)
        self.lookups[lookup.number] = lookup
        for number in list(self.lookups)[:-LOOKUPS_KEPT]:
            self.lookups.pop(number, None)
        self._soon(self._resolver.start, lookup, lambda _: None)
        return lookup

    def abandon(self, lookup: Lookup) -> None:
        """Stop waiting for a lookup's answer."""
        self._soon(self._resolver.abandon, lookup)

    # Connect.

    def connect(
        self,
        target: Address,
        *,
        family: str = "any",
        source: Address | None = None,
        rows: Sequence[Row] = (),
    ) -> Conversation:
        """Dial an address; with `rows` exactly those, without asking the resolver. Raises AddressError."""
        _require_tcp(target)
        if source:
            check_numeric(source.host)
        conversation = self._new_conversation(str(target), None)
        self.dialled[conversation.number] = conversation
        for forgotten in _forget_ended(self.dialled, DIALLED_KEPT):
            self._soon(forgotten.tape.release)
        self._soon(self._connect, conversation, target, family, source, rows)
        return conversation

    def _connect(
        self,
        conversation: Conversation,
        target: Address,
        family: str,
        source: Address | None,
        rows: Sequence[Row],
    ) -> None:
        timeout_s = self.settings.connect_timeout_s
        dial = Dial(self._loop, conversation, source, timeout_s, self._dialled, self._dial_over)
        self._dials[conversation] = dial
        if rows:
            dial.attempt(rows)
        else:
            dial.ask(self._resolver, Question(target.host, str(target.port), family))

    def _dialled(self, conversation: Conversation, connected: socket.socket) -> None:
        self._carry(Stream(self._loop, connected, conversation, self._hangups, self._stream_ended))

    def _dial_over(self, conversation: Conversation) -> None:
        del self._dials[conversation]

    def _carry(self, stream: Stream) -> None:
        self._streams[stream.conversation] = stream
        stream.start()

    def _stream_ended(self, stream: Stream) -> None:
        del self._streams[stream.conversation]

    def _new_conversation(self, target: str, whole: Flow | None) -> Conversation:
        return Conversation(next(self._numbers), target, Tape(self._history), Flow(self._meter, whole))

    # Listen.

    def listen(
        self, target: Address, *, family: str = "any", echo: bool = False, keep_half_open: bool = False
    ) -> Listener:
        """Listen at an address: no host means loopback, `*` means all addresses. Raises AddressError."""
        _require_tcp(target)
        flow = Flow(self._meter, samples=SPARKLINE_SAMPLES)
        listener = Listener(next(self._numbers), str(target), flow)
        listener.echo, listener.keep_half_open = echo, keep_half_open
        self.listeners[listener.number] = listener
        for forgotten in _forget_ended(self.listeners, LISTENERS_KEPT):
            for client in list(forgotten.clients.values()):
                self._soon(client.tape.release)
        everywhere = target.host == "*"
        question = Question("" if everywhere else target.host, str(target.port), family, passive=everywhere)
        self._soon(self._listen, listener, question)
        return listener

    def _listen(self, listener: Listener, question: Question) -> None:
        acceptor = self._acceptors[listener] = Acceptor(self._loop, listener, self._adopt)
        self._meter.drawn.append(listener.flow)

        def answered(lookup: Lookup) -> None:
            assert lookup.call is not None
            listener.note(lookup.call)
            if not listener.state.live:
                return
            if lookup.error:
                listener.ended(ListenerState.FAILED, lookup.error)
            else:
                acceptor.open(list({row.sockaddr: row for row in lookup.rows}.values()))
            if not listener.state.live:
                self._stop_listening(listener)

        self._resolver.start(Lookup(listener.number, question), answered)

    def _adopt(self, listener: Listener, accepted: socket.socket, peer: str, call: Call) -> None:
        """Make a conversation of a client that was accepted."""
        client = self._new_conversation("", listener.flow)
        client.note(call)
        client.listener_fd = int(call.arguments)
        fd = accepted.fileno()
        try:
            local = make(client.note, "getsockname", str(fd), lambda: endpoint(accepted.getsockname()))
        except OSError:
            local = ""  # the client is gone already; the first receive will tell how
        client.connected(fd, local, peer, call.at_ns)
        listener.arrived(client)

        def ended(stream: Stream) -> None:
            self._stream_ended(stream)
            listener.left(client)

        def responder() -> Responder:
            return echo if listener.echo else silent

        def follow() -> bool:
            return not listener.keep_half_open

        self._carry(Stream(self._loop, accepted, client, self._hangups, ended, responder, follow))

    def set_answers(self, listener: Listener, *, echo: bool, keep_half_open: bool) -> None:
        """Say whether everything is sent back, and whether our side stays open when a client finished."""

        def step() -> None:
            listener.echo, listener.keep_half_open = echo, keep_half_open

        self._soon(step)

    def stop_listening(self, listener: Listener) -> None:
        """Close a listener and every client it still has."""
        self._soon(self._stop_listening, listener)

    def _stop_listening(self, listener: Listener) -> None:
        acceptor = self._acceptors.pop(listener, None)
        if acceptor and listener.state.live:
            acceptor.stop()
        for client in list(listener.clients.values()):
            self._close(client)
        if listener.flow in self._meter.drawn:
            self._meter.drawn.remove(listener.flow)

    # What can be done with a conversation.

    def send(self, conversation: Conversation, data: bytes) -> None:
        """Queue bytes to be sent."""
        self._soon(self._send, conversation, f"{len(data)} bytes", lambda stream: stream.send(data))

    def send_to_all(self, listener: Listener, data: bytes) -> None:
        """Queue bytes to be sent to each client of a listener."""

        def each() -> None:
            for client in list(listener.clients.values()):
                if client.state.can_send:
                    self._on_stream(client, lambda stream: stream.send(data))

        self._soon(each)

    def send_file(self, conversation: Conversation, path: Path) -> None:
        """Queue a file's content to be sent."""
        self._soon(self._send, conversation, str(path), lambda stream: stream.send_file(path))

    def _send(self, conversation: Conversation, what: str, step: Callable[[Stream], None]) -> None:
        if stream := self._streams.get(conversation):
            step(stream)
        else:
            say_not_sent(conversation, what, "ENOTCONN", "not sent: there is no connection")

    def finish_sending(self, conversation: Conversation) -> None:
        """Send our end of stream after everything queued; the other direction goes on."""
        self._soon(self._on_stream, conversation, Stream.finish_sending)

    def close(self, conversation: Conversation) -> None:
        """Close a conversation, or cancel its dialling."""
        self._soon(self._close, conversation)

    def reset(self, conversation: Conversation) -> None:
        """Abort a conversation with a reset."""
        self._soon(self._on_stream, conversation, Stream.reset)

    def _on_stream(self, conversation: Conversation, step: Callable[[Stream], None]) -> None:
        if stream := self._streams.get(conversation):
            step(stream)

    def _close(self, conversation: Conversation) -> None:
        if stream := self._streams.get(conversation):
            stream.close()
        elif dial := self._dials.get(conversation):
            dial.cancel()


Record = TypeVar("Record", Conversation, Listener)


def _forget_ended(records: dict[int, Record], keep: int) -> list[Record]:
    """Take out the records that have ended but for the latest `keep`; live ones are never taken."""
    ended = [record for record in list(records.values()) if not record.state.live]
    return [record for record in ended[:-keep] if records.pop(record.number, None)]


def _require_tcp(target: Address) -> None:
    if target.kind != "tcp":
        raise AddressError(f"{target.kind} sockets cannot be opened yet; TCP can")
