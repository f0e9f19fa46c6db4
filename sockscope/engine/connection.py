"""Who carries a conversation, and who attends to it: the two sides of what happens on a socket.

A carrier moves the bytes: a stream socket, a datagram socket, or one peer of a listener's datagram socket. It
tells its attendant what happened; the attendant decides what is done about it: nothing (a person does), answers
(a listener), or passing it on (a relay).
"""

import socket
from collections.abc import Callable
from enum import IntFlag
from pathlib import Path
from typing import Protocol

from sockscope.record.conversation import Conversation


class Hold(IntFlag):
    """Why a carrier does not read for now; it reads again when no reason is left."""

    PERSON = 1
    """A person stopped reading, to see the peer stall."""

    ANSWERS = 2
    """Our answers wait: the peer does not take them."""

    PARTNER = 4
    """What is read could not be passed on: the other leg of a relay is behind."""


class Carrier(Protocol):
    """What moves the bytes of one conversation; every verb is for the engine's thread."""

    conversation: Conversation

    @property
    def socket(self) -> socket.socket:
        """The socket, which a listener's datagram peers share."""

    @property
    def backlog_bytes(self) -> int:
        """How much memory waits to be sent."""

    def guarded(self, step: Callable[..., object], *arguments: object) -> None:
        """Make a step on its behalf; an exception of it ends this conversation alone."""

    def send(self, data: bytes | memoryview) -> None:
        """Send bytes, or queue what the kernel does not take; said and dropped where they do not fit."""

    def send_file(self, path: Path) -> None:
        """Send a file's content, read as it is sent."""

    def cancel_file(self) -> None:
        """Stop sending the file that is on its way."""

    def finish_sending(self) -> None:
        """Send our end of stream behind everything that is queued."""

    def hold(self, reason: Hold) -> None:
        """Stop reading."""

    def release(self, reason: Hold) -> None:
        """Read again, where no other reason is left not to."""

    def close(self) -> None:
        """Close at once."""

    def reset(self) -> None:
        """Abort with a reset."""


class Attendant(Protocol):
    """What is told of a carrier's doings, in the engine's thread."""

    def unopened(self, error: str) -> None:
        """There will be no carrier: it could not be opened, or (with an empty error) that was cancelled."""

    def opened(self, carrier: Carrier) -> None:
        """It can send and receive: connected, and TLS is done where it was asked for."""

    def received(self, carrier: Carrier, data: memoryview) -> None:
        """One receive brought these bytes; the view is good only during the call."""

    def drained(self, carrier: Carrier) -> None:
        """Everything that was queued has been taken by the kernel."""

    def peer_finished(self, carrier: Carrier) -> None:
        """The peer's end of stream arrived."""

    def ended(self, carrier: Carrier) -> None:
        """It is closed; nothing more will be told."""
