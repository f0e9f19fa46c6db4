"""What is said of a byte that was followed from its send to its receive."""

from sockscope.record.conversation import Conversation
from sockscope.show.acknowledged import acknowledged
from sockscope.show.traffic.followed import Followed, Moved
from sockscope.show.units import duration, time_of_day
from sockscope.show.wall_clock import WallClock

_MILLISECONDS = 12
"""Of a time of day so many characters tell the millisecond."""


def told_followed(followed: Followed, wall: WallClock) -> list[str]:
    """Say which send took it and when; then which receive brought it, how much later, and where it waited."""
    sent, received, waited_ns = followed.sent, followed.received, followed.waited_ns
    out = f"sent by {_call(sent)} at {_at(sent.entry.at_ns, wall)}" if sent else "its send is no longer kept"
    said = [f"byte {followed.place:,}: {out}"]
    if received is None:
        queue = "in the other end's receive queue" if followed.arrived_by_ns else "in our kernel or on the way"
        return [*said, f"not received yet: it waits {queue}"]
    later = f" {duration(waited_ns)} later" if waited_ns is not None else f" at {_at(received.entry.at_ns, wall)}"
    there_ns = received.entry.at_ns - followed.arrived_by_ns if followed.arrived_by_ns else 0
    queue = f", of that at least {duration(there_ns)} in the receive queue" if there_ns else ""
    return [*said, f"received by {_call(received)}{later}{queue}"]


def told_arrival(conversation: Conversation, place: int) -> str:
    """Say of a byte that we sent, whose other end is not ours, whether the peer's kernel has it; empty if unknown."""
    told = acknowledged(conversation) if conversation.layers.wire is None else None
    if told is None:
        return ""
    known = place < told.acknowledged_bytes
    return "acknowledged by the peer's kernel" if known else "taken by our kernel, not acknowledged when last looked at"


def _call(moved: Moved) -> str:
    name = moved.entry.mover.call
    number = f"{name} #{moved.number}" if moved.number else f"a {name}"
    return f"{number} (of {moved.entry.size_bytes:,} B)"


def _at(at_ns: int, wall: WallClock) -> str:
    return time_of_day(at_ns, wall.offset_at(at_ns))[:_MILLISECONDS]
