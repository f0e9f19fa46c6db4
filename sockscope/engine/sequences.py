"""The sequences that are run, one in a conversation at a time.

The rule: used from the engine's thread alone. What runs them is imported when the first one is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sockscope.engine.context import Context
from sockscope.record.conversation import Conversation
from sockscope.record.sequence import End

if TYPE_CHECKING:
    from sockscope.engine.sequence_runner import Runner
    from sockscope.request.sequence import Sequence


class Sequences:
    """Begins and stops them."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._runners: dict[Conversation, Runner] = {}

    def run(self, conversation: Conversation, sequence: Sequence) -> None:
        """Run one in place of the one before."""
        from sockscope.engine.sequence_runner import Runner

        self.stop(conversation)
        self._runners = {of: runner for of, runner in self._runners.items() if runner.record.live}
        runner = self._runners[conversation] = Runner(self._context, conversation, sequence)
        runner.begin()

    def stop(self, conversation: Conversation) -> None:
        """Run it no further."""
        if runner := self._runners.pop(conversation, None):
            runner.end(End.STOPPED)
