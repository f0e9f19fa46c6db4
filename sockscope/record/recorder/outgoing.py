"""Writes what is on its way out of a conversation."""

from sockscope.net.clock import now_ns
from sockscope.record.conversation import Conversation
from sockscope.record.transfer import Repeat, Transfer


class OutgoingRecorder:
    """The part of a recorder that is about what is queued, files, and payloads that are sent again and again."""

    __slots__ = ()

    def queued(self, conversation: Conversation, size_bytes: int) -> None:
        """Say how much was accepted from the user and is not yet taken by the kernel."""
        conversation.outgoing.queued_bytes = size_bytes

    def blocked(self, conversation: Conversation, at_ns: int) -> None:
        """Say since when the kernel takes nothing while more waits; 0 where nothing waits."""
        conversation.outgoing.blocked_at_ns = at_ns

    def transfers(self, conversation: Conversation, transfer: Transfer) -> None:
        """A file is to be sent, behind those that are."""
        outgoing = conversation.outgoing
        outgoing.transfers = (*(one for one in outgoing.transfers if one.live), transfer)

    def transfer_begins(self, transfer: Transfer) -> None:
        """Its turn has come."""
        transfer.started_at_ns = now_ns()

    def transferred(self, transfer: Transfer, size_bytes: int) -> None:
        """So much more of a file was taken."""
        transfer.sent_bytes += size_bytes

    def transfer_over(self, transfer: Transfer, outcome: str) -> None:
        """A file was sent, or why the rest of it was not."""
        transfer.outcome, transfer.ended_at_ns = outcome, now_ns()

    def repeats(self, conversation: Conversation, repeat: Repeat) -> None:
        """A payload is sent again and again, in place of the one before."""
        self.repeats_no_more(conversation)
        conversation.outgoing.repeat = repeat

    def repeated(self, repeat: Repeat) -> None:
        """It is sent once more."""
        repeat.sent += 1

    def repeats_no_more(self, conversation: Conversation) -> None:
        """Nothing is sent again and again any more."""
        if repeat := conversation.outgoing.repeat:
            self.repeat_over(repeat)

    def repeat_over(self, repeat: Repeat) -> None:
        """This one is not sent again, whatever else is."""
        repeat.stopped = True
