"""A sequence run in the conversation of a session (`--expect`): it decides how the run ends.

The rule: it begins once bytes can flow, with the first client of a listener. Then all is over: well where every wait
was answered in each run, else with a line that says which was not.
"""

from sockscope.record.conversation import Conversation, State
from sockscope.record.sequence import End, SequenceRun, StepState
from sockscope.report.course import Course
from sockscope.request.sequence import Sequence
from sockscope.session import Session
from sockscope.show.sanitizer import safe
from sockscope.show.sequence_words import progress

_READY = (State.CONNECTED, State.OPEN, State.PEER_FINISHED)


class Expecting:
    """Of one session."""

    def __init__(self, session: Session, course: Course, sequence: Sequence) -> None:
        self._engine, self._course, self._sequence = session.engine, course, sequence
        self._conversation: Conversation | None = None

    def mind(self) -> None:
        """Begin as soon as that is possible."""
        if self._conversation is None:
            self._conversation = next((one for one in self._course.conversations if one.state in _READY), None)
            if self._conversation:
                self._engine.run_sequence(self._conversation, self._sequence)

    @property
    def over(self) -> bool:
        """Whether it has run."""
        return self._run is not None and not self._run.live

    @property
    def _run(self) -> SequenceRun | None:
        return self._conversation.outgoing.sequence if self._conversation else None

    def complaint(self, now_ns: int) -> str:
        """Return what was not as expected, in a line; empty where all was."""
        run, conversation = self._run, self._conversation
        if run is None or conversation is None:
            return "expect: it never began, for nothing was connected"
        if run.ended_by is End.DONE and not run.lost:
            return ""
        lost = [
            f"step {place} ({what.typed}): {'nothing like that came' if step.lost else 'it was not come to'}"
            for place, (what, step) in enumerate(zip(run.sequence.steps, run.steps, strict=True), 1)
            if step.lost or step.state is StepState.LOST
        ]
        return safe(f"expect: {'; '.join(lost) or _broken_off(run) or progress(conversation, now_ns)}")


def _broken_off(run: SequenceRun) -> str:
    """Name the step that was under way when the conversation ended."""
    steps = zip(run.sequence.steps, run.steps, strict=True)
    for place, (what, step) in enumerate(steps, 1):
        if step.state in (StepState.UNDER_WAY, StepState.AHEAD):
            return f"step {place} ({what.typed}): the conversation ended before that"
    return ""
