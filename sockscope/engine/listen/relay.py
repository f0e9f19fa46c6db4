"""Pass on what one side sends to the other, both ways: a client of ours, and the target that we opened for it.

The rules:
- What cannot be passed on is not read: the one who is slow holds up the other, and nobody's memory (backpressure).
- An end of stream is passed on behind everything that came before it; a reset is passed on as a reset; any other
  end of one side closes the other, whether that is open, shakes hands or is still dialled.
- Datagrams that come while the target is not open yet wait, bounded; a stream is simply not read until then.
"""

from collections.abc import Callable
from typing import NamedTuple

from sockscope.engine.connection import Connection, Pause
from sockscope.record.conversation import Conversation, State
from sockscope.record.recorder import Recorder

HIGH_BYTES = 1024 * 1024
"""From this much waiting on one side the other is not read."""

EARLY_BYTES = 256 * 1024
"""How much memory the datagrams may take that wait for the target to be opened."""

_EARLY_COST = 256  # what one of them takes besides its bytes


class RelayHooks(NamedTuple):
    """What a relay asks of whoever runs it.

    `close` closes a leg's conversation or gives up opening it, `over` is called once when both legs are over,
    `goes_round` tells how what is passed on to a target that was opened comes back (empty: it does not), and
    `patience_bytes` how much may wait.
    """

    close: Callable[[Conversation], None]
    over: Callable[[], None]
    goes_round: Callable[[Conversation], str]
    patience_bytes: Callable[[], int]


class Leg:
    """Handles one side of a relay, and passes on to the other."""

    __slots__ = (
        "_connection",
        "_conversation",
        "_early",
        "_early_bytes",
        "_finished",
        "_hooks",
        "_other",
        "_over",
        "_recorder",
        "_who",
    )

    def __init__(self, who: str, recorder: Recorder, conversation: Conversation, hooks: RelayHooks) -> None:
        """`who` is at this side, in words."""
        self._who = who
        self._recorder = recorder
        self._conversation = conversation
        self._hooks = hooks
        self._other: Leg = self
        self._connection: Connection | None = None  # once it is open
        self._early: list[bytes] = []  # datagrams that came before the other side was open
        self._early_bytes = 0
        self._finished = self._over = False  # the peer's end of stream came; this side is closed

    def join(self, other: "Leg") -> None:
        """Make two legs one relay."""
        self._other, other._other = other, self

    def unopened(self, error: str) -> None:
        """It could not be opened: say so at the other side, and close that."""
        self._end(
            f"the {self._who} could not be reached: {error}" if error else f"reaching the {self._who} was cancelled"
        )

    def opened(self, connection: Connection) -> None:
        """Read once both sides are open; what came early goes first."""
        self._connection = connection
        other = self._other
        if connection.conversation.target and (why := self._hooks.goes_round(connection.conversation)):
            self._recorder.remark(other._conversation, "closed", why)
            self._hooks.close(other._conversation)
            return
        if other._connection is None:
            if connection.conversation.transport.connection_oriented:
                connection.pause_reading(Pause.PARTNER)
            return
        for data in other._early:
            connection.send(data)
        other._early.clear()
        other._connection.resume_reading(Pause.PARTNER)

    def received(self, connection: Connection, data: memoryview) -> None:
        """Pass it on; do not read more while the other side is behind."""
        other = self._other._connection
        if other is None:
            self._keep(connection, bytes(data))
            return
        other.send(data)
        if other.backlog_bytes > min(HIGH_BYTES, self._hooks.patience_bytes()):
            connection.pause_reading(Pause.PARTNER)

    def _keep(self, connection: Connection, data: bytes) -> None:
        cost_bytes = len(data) + _EARLY_COST
        if self._early_bytes + cost_bytes > EARLY_BYTES:
            why = "datagrams that came before the target was open were dropped"
            self._recorder.remark(connection.conversation, "dropped", why)
            return
        self._early.append(data)
        self._early_bytes += cost_bytes

    def drained(self, connection: Connection) -> None:
        """This side has taken everything: the other is read again."""
        if other := self._other._connection:
            other.resume_reading(Pause.PARTNER)

    def peer_finished(self, connection: Connection) -> None:
        """Pass the end of stream on."""
        self._finished = True
        self._recorder.follows(connection.conversation)
        if other := self._other._connection:
            other.finish_sending()

    def ended(self, connection: Connection) -> None:
        """Let the other side end as this one did; where both directions had finished, it ends by itself."""
        broken = self._conversation.state in (State.RESET_BY_PEER, State.FAILED)
        if broken:
            self._end(self._broken(), reset=self._connection is not None)
        else:
            self._end("", orderly=self._finished and self._other._finished)

    def _broken(self) -> str:
        """Say how this side broke, for the other side to show."""
        error = self._conversation.error if self._conversation.state is State.FAILED else ""
        if self._connection is None:
            return f"the TLS handshake with the {self._who} failed: {error or 'reset by peer'}"
        return (
            f"the connection with the {self._who} failed: {error}" if error else f"the {self._who} reset its connection"
        )

    def _end(self, why: str, *, reset: bool = False, orderly: bool = False) -> None:
        """Close the other side too, and say why; the one that ends last tells that it is over."""
        self._over = True
        other = self._other
        if why and not other._over:
            self._recorder.remark(other._conversation, "closed", why)
        if other._over:
            self._hooks.over()
        elif reset and other._connection:
            other._connection.reset()
        elif not orderly:
            self._hooks.close(other._conversation)


def relay(recorder: Recorder, near: Conversation, far: Conversation, hooks: RelayHooks) -> tuple[Leg, Leg]:
    """Make the two legs of a relay, towards the client and towards the target."""
    client, target = Leg("client", recorder, near, hooks), Leg("target", recorder, far, hooks)
    client.join(target)
    return client, target
