"""Writes what comes of a sequence that is run in a conversation."""

from sockscope.net.clock import now_ns
from sockscope.record.conversation import Conversation
from sockscope.record.sequence import ANSWER_BYTES, End, SequenceRun, StepRun, StepState


class SequenceRecorder:
    """The part of a recorder that is about sequences."""

    __slots__ = ()

    def begins(self, conversation: Conversation, run: SequenceRun) -> None:
        """A sequence is run, in place of the one before."""
        conversation.outgoing.sequence = run

    def next_run(self, run: SequenceRun) -> None:
        """All steps are ahead, once more."""
        run.run += 1
        for step in run.steps:
            step.state = StepState.AHEAD

    def step_begins(self, step: StepRun, since_ns: int) -> None:
        """Its turn has come; `since_ns` is from when its time counts."""
        step.since_ns, step.state = since_ns, StepState.UNDER_WAY

    def step_done(self, step: StepRun) -> None:
        """It is done, without anything to be timed."""
        step.state = StepState.DONE

    def answered(
        self, step: StepRun, at_ns: int, answer: bytes, matched: tuple[int, int] = (0, 0), *, doubtful: bool = False
    ) -> None:
        """What was waited for was complete at that time; `matched` is where it is in the answer.

        Not timed is what was there before its time counts, and what is `doubtful`: it may answer an earlier run.
        """
        if doubtful or at_ns < step.since_ns:
            step.untimed += 1
        else:
            step.times.took(at_ns - step.since_ns)
        step.matched = matched
        step.answer, step.state = answer[:ANSWER_BYTES], StepState.DONE

    def lost(self, run: SequenceRun, step: StepRun) -> None:
        """What was waited for did not come in time, and this run is over."""
        step.lost += 1
        run.lost += 1
        step.state = StepState.LOST

    def settles(self, run: SequenceRun, *, settling: bool) -> None:
        """Between runs, a late answer is waited for, or not any more."""
        run.settling = settling

    def came_late(self, run: SequenceRun, step: StepRun) -> None:
        """What was lost came after all, before the next run."""
        step.late += 1
        run.late += 1

    def over(self, run: SequenceRun, end: End) -> None:
        """It is over, for that reason."""
        run.settling = False
        run.ended_at_ns, run.ended_by = now_ns(), end
