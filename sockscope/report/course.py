"""How far what the command line asked for has come, for a front end without a screen.

The rules:
- Standard input, where it is no terminal, is sent; its end finishes sending. Without any, we finish behind the peer.
- It is over once what was asked for is: both directions of a conversation, a lookup, a listener behind its first client
  unless it is kept open (`-k`), and after the silence that `-w` names.
"""

from itertools import chain

from sockscope.net.clock import now_ns
from sockscope.record.conversation import Conversation, State
from sockscope.record.listener import Listener
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.observer import Subject
from sockscope.report.saying import say
from sockscope.report.standard_input import Input, has_input
from sockscope.session import Session


class Course:
    """Of one session."""

    def __init__(self, session: Session, *, typed: bool = False) -> None:
        """With `typed` a terminal on standard input is read too."""
        self._session, self._engine = session, session.engine
        self.records = [one.record for one in session.runs]
        self._finished: set[int] = set()  # the conversations that were finished
        self._input = self._make_input(typed)

    def _make_input(self, typed: bool) -> Input | None:
        """Return what sends standard input, where there is some and it is for a peer."""
        peers = [one for one in self.records if isinstance(one, Conversation | Listener)]
        if not peers or not self._session.asked.moving.read or not has_input(typed=typed):
            return None
        answered = isinstance(peers[0], Listener) and peers[0].policy.answered
        return None if answered else Input(self._session, peers[0], everybody=self._session.asked.keep_open)

    def begin(self) -> None:
        """Start the engine, and send standard input."""
        for one in self.records:
            if isinstance(one, Listener) and not self._session.asked.keep_open:
                self._engine.policies.take_at_most(one, 1)
                if self._input:  # its end is ours; of many clients each is finished behind it
                    self._engine.policies.keep_half_open(one)
        self._engine.start()
        if self._input:
            self._input.start()

    def mind(self) -> None:
        """Finish behind a peer that finished, where nothing is to be sent."""
        for one in self.records:
            if not isinstance(one, Conversation) or one.number in self._finished:
                continue
            if one.state is State.PEER_FINISHED and not self._input_finishes():
                self._finished.add(one.number)
                self._engine.finish_sending(one)

    def _input_finishes(self) -> bool:
        """Return whether standard input goes on, or its end has finished sending."""
        return self._input is not None and (self._session.asked.moving.finish or not self._input.ended_ns)

    def over(self, active_ns: int) -> bool:
        """Return whether all is over, or was silent for too long; bytes moved last at `active_ns`."""
        if self._engine.broken:
            return True
        quit_s, ended_ns = self._session.asked.moving.quit_s, self._input.ended_ns if self._input else 0
        if quit_s is not None and ended_ns and now_ns() - ended_ns >= quit_s * 1e9:
            return True
        silence_s = self._session.asked.silence_s
        dialling = any(isinstance(one, Conversation) and not _is_open(one) for one in self.records)
        if silence_s and not dialling and now_ns() - active_ns > silence_s * 1e9:
            return True
        return all(_ended(one, keep_open=self._session.asked.keep_open) for one in self.records)

    def status(self) -> int:
        """Return the exit status, and say on standard error what went wrong with the program itself."""
        unanswered = any(isinstance(one, Lookup) and one.state.live for one in self.records)
        if self._engine.broken:
            say(f"sockscope: cannot go on: waiting for the sockets failed ({self._engine.broken})")
        elif self._engine.fault:
            say(f"sockscope: something inside failed, and it went on: {self._engine.fault}")
        return int(self._session.failed or unanswered or bool(self._engine.broken))

    @property
    def conversations(self) -> list[Conversation]:
        """What was asked for, and the clients that came."""
        clients = (list(one.clients.values()) for one in self.records if isinstance(one, Listener))
        return [*(one for one in self.records if isinstance(one, Conversation)), *chain.from_iterable(clients)]

    def begin_to_stop(self) -> None:
        """Send nothing more, and begin to close everything."""
        if self._input:
            self._input.stop()
        self._engine.begin_to_stop()


def _is_open(conversation: Conversation) -> bool:
    return conversation.state not in (State.CONNECTING, State.SECURING)


def _ended(record: Subject, *, keep_open: bool) -> bool:
    if isinstance(record, Lookup):
        asking = record.inquiry is not None and record.inquiry.live
        return not record.state.live and not asking
    if isinstance(record, Listener) and record.state.live and not keep_open:
        clients = list(record.clients.values())
        return bool(clients) and not clients[0].state.live
    return not record.state.live and not record.looking
