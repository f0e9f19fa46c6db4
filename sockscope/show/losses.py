"""What was lost at an end, or may have been: never sent, not acknowledged, not read.

The rule: only what the kernel told is said, with what it does about it by itself (tcp(7)).
"""

from collections.abc import Iterator

from sockscope.record.conversation import Conversation
from sockscope.show.units import plural, size

_RESET = "so the kernel reset the connection, and the peer's next call fails with ECONNRESET"
_ABORTED = "the close was a reset, as we asked (SO_LINGER 0): what was on its way is thrown away, in both directions"
_STILL_SENDING = "it goes on sending them, and nobody here hears whether they arrive"


def losses(conversation: Conversation) -> Iterator[tuple[str, str]]:
    """Say what did not arrive where it was to go: what became of it, and how much; of an ended conversation."""
    if conversation.state.live:
        return
    left = conversation.left
    if left.unread_bytes:
        yield "unread", f"{plural(left.unread_bytes, 'byte')} lay unread when we closed, {_RESET}"
    elif left.aborted:
        yield "reset", _ABORTED
    if left.unacknowledged_bytes:
        became = "they are thrown away" if left.reset else _STILL_SENDING
        yield (
            "unacknowledged",
            f"{plural(left.unacknowledged_bytes, 'byte')} that our kernel took were not acknowledged: {became}",
        )
    if unsent_bytes := conversation.outgoing.unsent_bytes:
        yield "never sent", f"{plural(unsent_bytes, 'byte')} never reached our kernel"


def lost_briefly(conversation: Conversation) -> str:
    """Say the same in a few words, for a rail."""
    left = conversation.left
    lost = ((left.unread_bytes, "unread"), (left.unacknowledged_bytes, "unacknowledged"))
    return " · ".join(f"{size(count)} {word}" for count, word in lost if count)
