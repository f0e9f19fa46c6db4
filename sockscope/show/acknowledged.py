"""What became of what was sent: taken by our kernel, and of that acknowledged by the peer's (tcp(7), RFC 9293, 3.4).

The rule: a send that returned says only that our kernel took the bytes. What is called acknowledged was said to be
there by the peer's kernel, at a moment that is told where it is past; it may be more by now and is never less. That
the peer's program read it, nobody says. With TLS both are counted in records, which are what TCP carries.
"""

from typing import NamedTuple

from sockscope.record.conversation import Conversation
from sockscope.show.units import plural, size, waited

OLD_NS = 2_500_000_000
"""The age from which on it is told: the kernel is looked at about once a second."""


class Acknowledged(NamedTuple):
    """Bytes of our direction, and when the peer's kernel had so many of them."""

    taken_bytes: int
    acknowledged_bytes: int
    at_ns: int

    @property
    def missing_bytes(self) -> int:
        """What our kernel took and the peer's had not said to have."""
        return self.taken_bytes - self.acknowledged_bytes


def acknowledged(conversation: Conversation) -> Acknowledged | None:
    """Return how much of what was sent is known to have arrived; None where the kernel does not tell."""
    wire = conversation.layers.wire
    taken_bytes = wire.tape.total_sent if wire else conversation.flow.bytes_out
    left_bytes = conversation.left.unacknowledged_bytes
    if left_bytes is not None and not conversation.state.live:
        return Acknowledged(taken_bytes, max(0, taken_bytes - left_bytes), conversation.ended_at_ns)
    view = conversation.kernel.latest if conversation.kernel else None
    if view is None:
        return None
    arrived_bytes = view.acknowledged_bytes(accepted=not conversation.target)
    if arrived_bytes is None:
        return None
    return Acknowledged(taken_bytes, min(taken_bytes, arrived_bytes), view.at_ns)


def unacknowledged_bytes(conversation: Conversation, now_ns: int) -> int:
    """Return what our kernel waits to hear of, by its latest word; 0 where that is old, or nothing is open."""
    view = conversation.kernel.latest if conversation.kernel else None
    fresh = view is not None and conversation.state.live and now_ns - view.at_ns < OLD_NS
    return view.unacknowledged_bytes if view and fresh else 0


def exactly_acknowledged(conversation: Conversation, now_ns: int) -> str:
    """Say in full how much of what our kernel took the peer's has; empty where nothing was sent or nobody tells."""
    told = acknowledged(conversation)
    if told is None or not told.taken_bytes:
        return ""
    of = " of TLS records" if conversation.layers.wire else ""
    if not told.missing_bytes:
        return f"all {plural(told.taken_bytes, 'byte')}{of} that our kernel took"
    taken = f"{told.acknowledged_bytes:,} of the {plural(told.taken_bytes, 'byte')}{of} that our kernel took"
    return f"{taken}{_age(told.at_ns, conversation.ended_at_ns, now_ns)}"


def _age(at_ns: int, ended_at_ns: int, now_ns: int) -> str:
    if ended_at_ns:
        return f", {waited(ended_at_ns - at_ns)} before the end" if at_ns < ended_at_ns else ""
    return f", {waited(now_ns - at_ns)} ago" if now_ns - at_ns >= OLD_NS else ""


def briefly_acknowledged(conversation: Conversation) -> str:
    """Say the same in two words, for the end of a line that tells how much was sent."""
    told = acknowledged(conversation)
    if told is None or not told.taken_bytes:
        return ""
    return f"→ {size(told.acknowledged_bytes)} acknowledged" if told.missing_bytes else "→ all acknowledged"
