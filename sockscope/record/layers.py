"""What lies between the bytes of a conversation and its socket, and what can be looked at call by call."""

from typing import NamedTuple, Protocol

from sockscope.record.fact import Facts
from sockscope.record.tape import Tape
from sockscope.record.tls_session import TlsSession


class Track(Protocol):
    """What can be looked at call by call: a tape, and the facts that it holds the numbers of."""

    @property
    def tape(self) -> Tape:
        """The bytes and calls in order."""

    @property
    def facts(self) -> Facts:
        """The calls that moved no bytes."""

    @property
    def fd(self) -> int:
        """The descriptor that the bytes went through."""

    @property
    def unit(self) -> str:
        """What one entry is, where its boundaries mean something: "datagram", else empty."""


class Wire:
    """What goes over the wire below a layer that changes it: a tape beside the conversation's own."""

    __slots__ = ("_above", "tape")

    def __init__(self, above: Track, tape: Tape) -> None:
        self._above = above
        self.tape = tape

    @property
    def facts(self) -> Facts:
        """The conversation's."""
        return self._above.facts

    @property
    def fd(self) -> int:
        """The conversation's."""
        return self._above.fd

    @property
    def unit(self) -> str:
        """None: a stream is below."""
        return ""


class Layers(NamedTuple):
    """TLS, where it lies between; replaced whole."""

    wire: Wire | None = None  # its records
    session: TlsSession | None = None  # once its handshake is done


PLAIN = Layers()
"""Nothing lies between: most conversations share it."""
