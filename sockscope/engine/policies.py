"""The part of the engine that is about how listeners treat their clients: plain verbs, callable from any thread.

The rule is the engine's: a verb returns at once. What is said holds from that moment on, also for clients that are
there already.
"""

from collections.abc import Callable
from typing import Any

from sockscope.engine.listen.inbound import Inbound
from sockscope.engine.listen.responders.responder import recipe
from sockscope.engine.listen.responders.response import Recipe
from sockscope.record.listener import Listener
from sockscope.request.answers import Answers


class Policies:
    """Puts another policy in the place of a listener's own."""

    def __init__(self, inbound: Inbound, soon: Callable[..., None]) -> None:
        """`soon` has a step done by the engine's thread."""
        self._inbound = inbound
        self._soon = soon

    def check_answers(self, answers: Answers) -> None:
        """Raise ValueError, one line for a person, for what clients cannot be answered."""
        recipe(answers)

    def set_answers(self, listener: Listener, answers: Answers, *, keep_half_open: bool) -> None:
        """Say what clients are answered from now on, and whether our side stays open when a client finished.

        Raise ValueError, one line for a person, for what cannot be answered.
        """
        made = recipe(answers)
        self._treat(listener, made, answers=answers, keep_half_open=keep_half_open)

    def set_responder(self, listener: Listener, responder: Recipe) -> None:
        """Have clients answered by a responder of one's own from now on."""
        self._treat(listener, responder)

    def set_accepting(self, listener: Listener, *, accepting: bool, one_at_a_time: bool) -> None:
        """Accept or let clients wait in the queue; all at once or one at a time."""
        self._treat(listener, accepting=accepting, one_at_a_time=one_at_a_time)

    def take_at_most(self, listener: Listener, clients: int) -> None:
        """Take so many clients in all; further ones are not accepted, and their datagrams are dropped and noted."""
        self._treat(listener, most=clients)

    def keep_half_open(self, listener: Listener) -> None:
        """Leave our side open from now on when a client finished: what answers it finishes by itself."""
        self._treat(listener, keep_half_open=True)

    def _treat(self, listener: Listener, responder: Recipe | None = None, **changed: Any) -> None:
        def step() -> None:
            self._inbound.treat(listener, listener.policy._replace(**changed), responder)

        self._soon(step)
