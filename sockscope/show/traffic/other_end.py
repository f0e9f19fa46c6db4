"""What can be seen beside a track: the other leg of a relay, or the other end of a connection that is ours too."""

from collections.abc import Iterable

from sockscope.record.conversation import Conversation
from sockscope.record.layers import Track
from sockscope.show.step import leg_of


def other_end(conversation: Conversation, track: Track, all_of_them: Iterable[Conversation]) -> Track | None:
    """Return the track of the other end, None where none is ours."""
    leg = leg_of(conversation, track)
    if conversation.upstream:
        return conversation if leg is conversation.upstream else conversation.upstream
    return mirror(leg, all_of_them)


def mirror(leg: Conversation, all_of_them: Iterable[Conversation]) -> Conversation | None:
    """Return the conversation that has the same two endpoints the other way round, and was there at the same time."""
    ours, theirs = leg.endpoints.local, leg.endpoints.peer
    if not ours or not theirs:
        return None
    ends = (one for one in all_of_them if one is not leg and one.transport is leg.transport)
    mirrored = [one for one in ends if (one.endpoints.local, one.endpoints.peer) == (theirs, ours)]
    together = [one for one in mirrored if _overlap(one, leg)]  # a port may be used again
    return max(together, key=lambda one: one.started_at_ns, default=None)


def _overlap(one: Conversation, other: Conversation) -> bool:
    """Return whether both were there at the same time."""
    return all(
        not first.ended_at_ns or first.ended_at_ns >= second.started_at_ns
        for first, second in ((one, other), (other, one))
    )
