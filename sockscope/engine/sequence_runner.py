"""Run a sequence in a conversation: send, wait for what comes, and time it.

The rules: a wait sees what came since the latest send began, and before its time was over. A run in which something did
not come in time ends there, and the next one begins; runs begin RUN_S apart at least. Before it does, what is late is
waited for, as long again as it was waited for; what answers while something is still owed may be the late answer, so
it is not timed. Nothing is sent while the peer does not take what was sent before. An expression is looked for in a
tenth of the time at most. Whatever ends our direction, or the peer's, ends the sequence.
"""

import asyncio
from collections.abc import Callable
from functools import partial

from sockscope.engine.context import Context
from sockscope.engine.heard import Heard
from sockscope.net.clock import now_ns
from sockscope.record.conversation import Conversation, State
from sockscope.record.fact import Event
from sockscope.record.observer import Subject
from sockscope.record.sequence import End, SequenceRun, StepRun
from sockscope.record.tape_entry import Mover
from sockscope.request.sequence import Pause, Send, Sequence, Wait

RUN_S = 0.01
_PATIENCE = 10  # times as long as a look took, until the next one
_QUIET = 3  # times the wait, behind one answer: sends of which none is answered are two waits apart, and so are answers
_RECEIVING = (Mover.RECV, Mover.RECVFROM, Mover.SSL_READ)
_OPEN = (State.CONNECTED, State.OPEN)


class Runner:
    """Runs one sequence; used from the engine's thread alone, and an observer of what is received."""

    def __init__(self, context: Context, conversation: Conversation, sequence: Sequence) -> None:
        self._context = context
        self._recorder = context.recorder.sequences
        self._conversation = conversation
        self._heard = Heard(whole=conversation.transport.keeps_boundaries)
        steps = tuple(StepRun() for _ in sequence.steps)
        self.record = SequenceRun(sequence, now_ns(), steps)
        self._place = 0  # of the step that is under way
        self._sent_at_ns = 0  # when the latest send of this run began
        self._begun_s = 0.0  # when this run began
        self._until_ns = 0  # what came later is too late for the wait that is under way
        self._owed = 0  # answers that did not come in time and may still come
        self._lost_place = 0  # of the wait in which one did not, the latest time
        self._late_place: int | None = None  # of the wait whose answer is late and looked for, between runs
        self._timer: asyncio.TimerHandle | None = None  # for the next step, or until something is lost
        self._look_timer: asyncio.TimerHandle | None = None
        self._look_at_s = 0.0  # when an expression may be looked for again

    def begin(self) -> None:
        """Begin, and go on until all runs are done, it is stopped, or nothing can be sent any more."""
        self._recorder.begins(self._conversation, self.record)
        if self._conversation.state not in _OPEN:
            self.end(End.CONVERSATION)
            return
        self._context.recorder.observers.add(self)
        self._run()

    def end(self, end: End) -> None:
        """End, for a reason; once only."""
        for timer in (self._timer, self._look_timer):
            if timer:
                timer.cancel()
        self._context.recorder.observers.remove(self)
        if self.record.live:
            self._recorder.over(self.record, end)

    # What is done.

    def _run(self) -> None:
        """Begin the next run."""
        self._recorder.next_run(self.record)
        self._place, self._sent_at_ns, self._begun_s = 0, 0, self._context.loop.time()
        self._go_on()

    def _go_on(self) -> None:
        """Do one step after the other, until one of them takes its time."""
        while self.record.live and self._place < len(self.record.steps):
            if not self._step():
                return
            self._place += 1
        if self.record.live:
            self._run_over(answered=True)

    def _run_over(self, *, answered: bool) -> None:
        """End behind the last run, or begin the next one, once nothing of those before is on its way."""
        if self.record.run == self.record.sequence.runs:
            self.end(End.DONE)
        elif self._owed:
            self._recorder.settles(self.record, settling=True)
            self._await_late(came=answered)
        else:
            self._next_run()

    def _next_run(self) -> None:
        self._after(max(0.0, self._begun_s + RUN_S - self._context.loop.time()), self._run)

    def _await_late(self, *, came: bool) -> None:
        """Wait for a late answer, until nothing came for a while; longer where one `came`, as another may be behind."""
        what = self.record.sequence.steps[self._lost_place]
        assert isinstance(what, Wait)
        self._late_place = self._lost_place
        self._after(what.within_s * (_QUIET if came else 1), partial(self._quiet, came=came))
        self._look_soon(self._context.loop.time())

    def _quiet(self, *, came: bool) -> None:
        """Go on without what is late: where another answer came before, it will not come any more."""
        if came:
            self._owed = 0
        self._settled()

    def _settled(self) -> None:
        self._late_place = None
        self._recorder.settles(self.record, settling=False)
        self._next_run()

    def _look_late(self, place: int) -> None:
        """Look for what a late answer consists of: the wait that was lost, and those behind it up to the next send."""
        if self._find(place) is None:
            return
        steps = self.record.sequence.steps
        for behind in range(place + 1, len(steps)):
            if isinstance(steps[behind], Wait):
                self._late_place = behind
                self._look_soon(self._context.loop.time())
                return
            if isinstance(steps[behind], Send):
                break
        self._recorder.came_late(self.record, self.record.steps[self._lost_place])
        self._owed -= 1
        if self._owed:
            self._await_late(came=True)
        else:
            self._settled()

    def _after(self, time_s: float, step: Callable[[], None]) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = self._context.loop.call_later(time_s, self._guarded, step)

    def _guarded(self, step: Callable[[], None]) -> None:
        """Make a step; an exception of it ends the conversation, and with it the sequence."""
        connection = self._context.connections.get(self._conversation)
        if connection is None:
            self.end(End.CONVERSATION)
        elif self.record.live:
            connection.guarded(step)

    def _step(self) -> bool:
        """Begin a step; False where it is not done yet."""
        what, record = self.record.sequence.steps[self._place], self.record.steps[self._place]
        since_ns = self._sent_at_ns if isinstance(what, Wait) and self._sent_at_ns else now_ns()
        self._recorder.step_begins(record, since_ns)
        match what:
            case Send():
                return self._send(what)
            case Wait():
                self._until_ns = now_ns() + int(what.within_s * 1e9)
                self._after(what.within_s, self._lose)
                return self._found()
            case Pause():
                self._after(what.lasts_s, self._done)
        return False

    def _done(self) -> None:
        self._recorder.step_done(self.record.steps[self._place])
        self._place += 1
        self._go_on()

    def _send(self, what: Send) -> bool:
        """Send, once the peer took what was sent before."""
        connection = self._context.connections.get(self._conversation)
        if connection is None or self._conversation.state not in _OPEN:
            self.end(End.CONVERSATION)
            return False
        if connection.backlog_bytes:
            self._after(RUN_S, self._go_on)
            return False
        self._heard.forget()
        self._sent_at_ns = now_ns()
        connection.send(what.payload.bytes(self.record.run))
        self._recorder.step_done(self.record.steps[self._place])
        return True

    @property
    def _waiting(self) -> bool:
        steps = self.record.sequence.steps
        return self.record.live and self._place < len(steps) and isinstance(steps[self._place], Wait)

    def _lose(self) -> None:
        """What was waited for did not come in time, unless it was not looked at yet."""
        self._look_at_s = 0.0
        if self._found():
            self._place += 1
            self._go_on()
        elif self.record.live:
            self._recorder.lost(self.record, self.record.steps[self._place])
            if self._sent_at_ns:
                self._owed, self._lost_place = self._owed + 1, self._place
            self._place = len(self.record.steps)
            self._run_over(answered=False)

    def _look(self) -> None:
        """Look at what came, and go on where it is what is waited for."""
        self._look_timer = None
        if self._late_place is not None:
            self._look_late(self._late_place)
        elif self._waiting and self._found():
            self._place += 1
            self._go_on()

    def _found(self) -> bool:
        """Return whether what is waited for came."""
        found = self._find(self._place, self._until_ns)
        if found is None:
            return False
        if self._timer:
            self._timer.cancel()
        _, at_ns = found
        step, heard = self.record.steps[self._place], self._heard
        self._recorder.answered(step, at_ns, heard.answer, heard.matched, doubtful=self._owed > 0)
        return True

    def _find(self, place: int, until_ns: int | None = None) -> tuple[bytes, int] | None:
        """Return what a wait waits for and when it came, or None where it did not, or it is not yet time to look."""
        what, now_s = self.record.sequence.steps[place], self._context.loop.time()
        assert isinstance(what, Wait)
        if now_s < self._look_at_s:
            self._look_soon(self._look_at_s)
            return None
        try:
            found = self._heard.find(what.pattern, until_ns)
        except TimeoutError:
            self.end(End.EXPRESSION)
            return None
        after_s = self._context.loop.time()
        self._look_at_s = after_s + _PATIENCE * (after_s - now_s)
        return found

    def _look_soon(self, at_s: float) -> None:
        if self._look_timer is None:
            self._look_timer = self._context.loop.call_at(at_s, self._guarded, self._look)

    # What is told: an observer.

    def moved(
        self, conversation: Conversation, data: memoryview, at_ns: int, took_ns: int, asked: int, mover: Mover
    ) -> None:
        """Keep what was received, and look."""
        if conversation is self._conversation and mover in _RECEIVING:
            self._heard.hear(data, at_ns + took_ns)
            if self._waiting or self._late_place is not None:
                self._look_soon(self._context.loop.time())

    def changed(self, subject: Subject) -> None:
        """End with the conversation, or either direction of it."""
        if subject is self._conversation and self._conversation.state not in _OPEN:
            self._look_at_s = 0.0
            self._look()
            self.end(End.CONVERSATION)

    def happened(self, subject: Subject, event: Event) -> None:
        """Nothing that it waits for."""

    def found(self, subject: object) -> None:
        """Nothing that it waits for."""

    def inquired(self, lookup: object, query: object) -> None:
        """Nothing that it waits for."""
