"""What everything that answers a client has in common.

The rule: a responder sees what one client sent and says what to send; it touches no socket. It never waits,
and what it keeps is bounded, whatever the client sends.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

from sockscope.engine.settings import QUEUE_BYTES

KEPT_BYTES = 64 * 1024
"""How much of what is not complete yet a responder keeps for one client."""

ANSWER_BYTES = QUEUE_BYTES // 2
"""How long an answer to one receive may grow: so much fits into the queue of a stream that is still read."""


class ResponderError(ValueError):
    """A responder cannot be made as asked; the message is one line for a person."""


class Response(NamedTuple):
    """What to send: bytes, or a path for that file's content. Empty bytes are an empty datagram, on a stream nothing.

    With `finish` our direction is finished behind it (shutdown(2), SHUT_WR). `others` goes to each other client of the
    listener, where there is something.
    """

    data: bytes | Path
    finish: bool = False
    others: bytes = b""


class Responder(Protocol):
    """Answers one client; what is not overridden answers nothing."""

    def arrived(self) -> Response | None:
        """A client came: a stream was accepted, or its first datagram came, which `received` gets next."""
        return None

    def received(self, data: memoryview) -> Response | None:
        """Take one receive's bytes; the view is good only during the call."""
        return None

    def left(self) -> Response | None:
        """The client is gone; only `others` of what is returned can still be told."""
        return None


Maker = Callable[[bool], Responder]
"""Makes the responder of one client; the argument says whether it sends datagrams."""


class Recipe(Protocol):
    """The Maker of one listener; `fault` is one line that says why it answers no more, empty while it does."""

    @property
    def fault(self) -> str:
        """Why it answers no more."""

    def __call__(self, datagrams: bool, /) -> Responder:
        """Make the responder of one client."""
