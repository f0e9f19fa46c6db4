"""What is done with what a connection brings: nothing, for a person does it, or what a listener's responder says."""

from collections.abc import Callable

from sockscope.engine.connection import Connection, Pause
from sockscope.engine.context import Context
from sockscope.engine.listen.responders.response import Recipe, Responder, Response
from sockscope.record.listener import Listener


class Person:
    """Does nothing: a person looks and decides."""

    def unopened(self, error: str) -> None:
        """Wait."""

    def opened(self, connection: Connection) -> None:
        """Wait."""

    def received(self, connection: Connection, data: memoryview) -> None:
        """Wait."""

    def drained(self, connection: Connection) -> None:
        """Wait."""

    def peer_finished(self, connection: Connection) -> None:
        """Wait."""

    def ended(self, connection: Connection) -> None:
        """Nothing is left to do."""


class Answering:
    """Answers one client of a listener, as the listener's policy says at that moment."""

    __slots__ = ("_context", "_listener", "_made_by", "_on_end", "_recipe", "_responder")

    def __init__(
        self,
        context: Context,
        listener: Listener,
        recipe: Callable[[], Recipe],
        on_end: Callable[[Connection], None],
    ) -> None:
        """`recipe` gives what the listener answers by now; `on_end` is called when the client is gone."""
        self._context = context
        self._listener = listener
        self._recipe = recipe
        self._on_end = on_end
        self._made_by: Recipe | None = None
        self._responder: Responder | None = None

    def _current(self, connection: Connection) -> Responder:
        """The responder that the listener has now; what is switched on later answers from then on."""
        recipe = self._recipe()
        if self._responder is None or recipe is not self._made_by:
            self._made_by = recipe
            self._responder = recipe(connection.conversation.transport.keeps_boundaries)
        return self._responder

    def unopened(self, error: str) -> None:
        """Never so: a client is there before it has a handler."""

    def opened(self, connection: Connection) -> None:
        """Answer the arrival."""
        self._answer(connection, self._current(connection).arrived())

    def received(self, connection: Connection, data: memoryview) -> None:
        """Answer what came; while the peer does not take our answers it is not read: nothing is lost."""
        self._answer(connection, self._current(connection).received(data))
        if connection.backlog_bytes > self._context.patience_bytes:
            connection.pause_reading(Pause.ANSWERS)

    def drained(self, connection: Connection) -> None:
        """Read again."""
        connection.resume_reading(Pause.ANSWERS)

    def peer_finished(self, connection: Connection) -> None:
        """Finish too, unless our side is to stay open to be answered by hand."""
        if not self._listener.policy.keep_half_open:
            self._context.recorder.follows(connection.conversation)
            connection.finish_sending()

    def ended(self, connection: Connection) -> None:
        """Say that the client is gone."""
        answer = self._responder.left() if self._responder else None
        self._on_end(connection)
        if answer:
            self._tell_others(connection, answer.others)

    def _answer(self, connection: Connection, answer: Response | None) -> None:
        if self._made_by and self._made_by.fault and not self._listener.answers_no_more:
            self._context.recorder.listeners.answers_no_more(self._listener, self._made_by.fault)
        if answer is None:
            return
        self._tell_others(connection, answer.others)
        if isinstance(answer.data, bytes):
            if answer.data or connection.conversation.transport.keeps_boundaries:
                connection.send(answer.data)
        else:
            connection.send_file(answer.data)
        if answer.finish and connection.conversation.transport.has_end_of_stream:
            connection.finish_sending()

    def _tell_others(self, connection: Connection, data: bytes) -> None:
        """Send something to every other client; what one of them does not take in time is refused and counted."""
        for client in self._listener.present if data else ():
            other = self._context.connections.get(client)
            if other and other is not connection and client.state.can_send:
                other.guarded(other.send, data)
