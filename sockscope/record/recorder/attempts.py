"""Writes how a conversation of ours comes to its socket."""

from sockscope.net.clock import now_ns
from sockscope.net.endpoint import Endpoint
from sockscope.record.conversation import Conversation
from sockscope.record.dialling import ATTEMPTS_KEPT, Attempt
from sockscope.record.fact import Call
from sockscope.record.milestone import BOUND, CLOSED, SOCKET


class AttemptRecorder:
    """The part of a recorder that is about attempts."""

    __slots__ = ()

    def tried(self, conversation: Conversation, address: Endpoint, dialled_at_ns: int) -> Attempt:
        """One more address is tried."""
        attempt = Attempt(address, now_ns(), dialled_at_ns=dialled_at_ns)
        self.add(conversation, attempt)
        return attempt

    def add(self, conversation: Conversation, attempt: Attempt) -> None:
        """Put an attempt into the record; trying again for days drops the oldest."""
        dialling = conversation.dialling
        dialling.attempts = (*dialling.attempts, attempt)[-ATTEMPTS_KEPT:]
        dialling.attempted += 1

    def called(self, attempt: Attempt, call: Call, milestone: str) -> None:
        """A call was made for it: the one that failed, or that gave it its socket or its name."""
        if call.error:
            attempt.failed = call
        elif milestone == SOCKET:
            attempt.opened = call
        elif milestone == BOUND:
            attempt.bound = call

    def made(self, attempt: Attempt, fd: int) -> None:
        """It has a descriptor."""
        attempt.fd = fd

    def connects(self, attempt: Attempt) -> None:
        """Its socket is set up: connecting begins now."""
        attempt.started_at_ns = now_ns()

    def lost(self, attempt: Attempt, error: str) -> None:
        """It failed, or was given up."""
        attempt.ended_at_ns, attempt.error, attempt.won = now_ns(), error, False

    def won(self, attempt: Attempt) -> None:
        """It is the one whose socket is used."""
        attempt.won, attempt.ended_at_ns = True, now_ns()

    def settled(self, conversation: Conversation, attempt: Attempt, local: Endpoint) -> None:
        """The socket of the one that won can be used: the others count no more."""
        conversation.facts.milestones.pop(CLOSED, None)
        if attempt.opened:
            conversation.facts.milestones[SOCKET] = attempt.opened
        conversation.fd = attempt.fd
        conversation.endpoints.local, conversation.endpoints.peer = local, attempt.address

    def again(self, conversation: Conversation, at_ns: int) -> None:
        """Say when connecting is tried again; 0 where it is not."""
        conversation.dialling.retry_at_ns = at_ns
