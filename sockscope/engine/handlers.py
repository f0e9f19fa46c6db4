"""What is done with what a carrier brings: nothing, for a person does it, or what a listener's responder says."""

from collections.abc import Callable

from sockscope.engine.connection import Carrier, Hold
from sockscope.engine.context import Ground
from sockscope.engine.listen.responders.answer import Answer, Recipe, Responder
from sockscope.record.listener import Listener


class Person:
    """Does nothing: a person looks and decides."""

    def unopened(self, error: str) -> None:
        """Wait."""

    def opened(self, carrier: Carrier) -> None:
        """Wait."""

    def received(self, carrier: Carrier, data: memoryview) -> None:
        """Wait."""

    def drained(self, carrier: Carrier) -> None:
        """Wait."""

    def peer_finished(self, carrier: Carrier) -> None:
        """Wait."""

    def ended(self, carrier: Carrier) -> None:
        """Nothing is left to do."""


class Answering:
    """Answers one client of a listener, as the listener's policy says at that moment."""

    __slots__ = ("_ground", "_listener", "_made_by", "_on_end", "_recipe", "_responder")

    def __init__(
        self,
        ground: Ground,
        listener: Listener,
        recipe: Callable[[], Recipe],
        on_end: Callable[[Carrier], None],
    ) -> None:
        """`recipe` gives what the listener answers by now; `on_end` is called when the client is gone."""
        self._ground = ground
        self._listener = listener
        self._recipe = recipe
        self._on_end = on_end
        self._made_by: Recipe | None = None
        self._responder: Responder | None = None

    def _current(self, carrier: Carrier) -> Responder:
        """The responder that the listener has now; what is switched on later answers from then on."""
        recipe = self._recipe()
        if self._responder is None or recipe is not self._made_by:
            self._made_by = recipe
            self._responder = recipe(carrier.conversation.transport.keeps_boundaries)
        return self._responder

    def unopened(self, error: str) -> None:
        """Never so: a client is there before anybody attends to it."""

    def opened(self, carrier: Carrier) -> None:
        """Answer the arrival."""
        self._answer(carrier, self._current(carrier).arrived())

    def received(self, carrier: Carrier, data: memoryview) -> None:
        """Answer what came; while the peer does not take our answers it is not read: nothing is lost."""
        self._answer(carrier, self._current(carrier).received(data))
        if carrier.backlog_bytes > self._ground.patience_bytes:
            carrier.hold(Hold.ANSWERS)

    def drained(self, carrier: Carrier) -> None:
        """Read again."""
        carrier.release(Hold.ANSWERS)

    def peer_finished(self, carrier: Carrier) -> None:
        """Finish too, unless our side is to stay open to be answered by hand."""
        if not self._listener.policy.keep_half_open:
            self._ground.recorder.follows(carrier.conversation)
            carrier.finish_sending()

    def ended(self, carrier: Carrier) -> None:
        """Say that the client is gone."""
        self._on_end(carrier)

    def _answer(self, carrier: Carrier, answer: Answer | None) -> None:
        if self._made_by and self._made_by.fault and not self._listener.answers_no_more:
            self._ground.recorder.answers_no_more(self._listener, self._made_by.fault)
        if answer is None:
            return
        if isinstance(answer.data, bytes):
            if answer.data or carrier.conversation.transport.keeps_boundaries:
                carrier.send(answer.data)
        else:
            carrier.send_file(answer.data)
        if answer.finish and carrier.conversation.transport.has_end_of_stream:
            carrier.finish_sending()
