"""Connections and their handlers: the two sides of what happens on a socket.

A connection moves the bytes: a stream socket, a datagram socket, or one peer of a listener's datagram socket. It
tells its handler what happened; the handler decides what is done about it: nothing (a person does), answers
(a listener), or passing it on (a relay).
"""

import socket
from collections.abc import Callable
from enum import IntFlag
from pathlib import Path
from typing import Protocol

from sockscope.record.conversation import Conversation


class Pause(IntFlag):
    """Why a connection does not read for now; it reads again when no reason is left."""

    PERSON = 1
    """A person stopped reading, to see the peer stall."""

    ANSWERS = 2
    """Our answers wait: the peer does not take them."""

    PARTNER = 4
    """What is read could not be passed on: the other leg of a relay is behind."""


class Connection(Protocol):
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

    def pause_reading(self, reason: Pause) -> None:
        """Stop reading."""

    def resume_reading(self, reason: Pause) -> None:
        """Read again, where no other reason is left not to."""

    def close(self) -> None:
        """Close at once."""

    def reset(self) -> None:
        """Abort with a reset."""


class Handler(Protocol):
    """What is told of a connection's doings, in the engine's thread."""

    def unopened(self, error: str) -> None:
        """There will be no connection: it could not be opened, or (with an empty error) that was cancelled."""

    def opened(self, connection: Connection) -> None:
        """It can send and receive: connected, and TLS is done where it was asked for."""

    def received(self, connection: Connection, data: memoryview) -> None:
        """One receive brought these bytes; the view is good only during the call."""

    def drained(self, connection: Connection) -> None:
        """Everything that was queued has been taken by the kernel."""

    def peer_finished(self, connection: Connection) -> None:
        """The peer's end of stream arrived."""

    def ended(self, connection: Connection) -> None:
        """It is closed; nothing more will be told."""
