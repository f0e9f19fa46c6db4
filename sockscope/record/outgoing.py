"""What is on its way out of a conversation and not yet taken by the kernel, or never was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sockscope.record.transfer import Repeat, Transfer

if TYPE_CHECKING:
    from sockscope.record.sequence import SequenceRun


@dataclass(slots=True)
class Outgoing:
    """The queue before the kernel's, and what puts bytes into it by itself."""

    queued_bytes: int = 0  # accepted from the user, not yet taken by the kernel
    unsent_bytes: int = 0  # still queued when the conversation ended
    blocked_at_ns: int = 0  # when the kernel last took something while more waits; 0 where nothing waits
    transfers: tuple[Transfer, ...] = ()  # the files that are not sent yet in their order, or the last one
    repeat: Repeat | None = None  # the latest payload sent again and again
    sequence: SequenceRun | None = None  # the latest sequence that is run, or was

    @property
    def transfer(self) -> Transfer | None:
        """The file that is being sent, or where none is, the latest."""
        return next((transfer for transfer in self.transfers if transfer.live), next(reversed(self.transfers), None))

    @property
    def waiting_bytes(self) -> int:
        """What was asked to be sent and the kernel has not taken: of the queue, and of files."""
        files = (max(0, one.total_bytes - one.sent_bytes) for one in self.transfers if one.live)
        return self.queued_bytes + sum(files)

    @property
    def waiting_files(self) -> int:
        """How many files wait behind the one that is being sent."""
        return max(0, sum(transfer.live for transfer in self.transfers) - 1)
