"""What the first line of the traffic says of the conversation."""

from collections.abc import Iterator

from sockscope.net.conversation import Conversation, Track
from sockscope.net.fact import now_ns
from sockscope.show.safe import safe
from sockscope.show.steps import STALLED_NS
from sockscope.show.units import size, waited


def title_of(conversation: Conversation) -> str:
    """Say which one it is: its number, kind, peer and state."""
    kind = f"{conversation.transport.value}{' TLS' if conversation.wire else ''}"
    other = conversation.peer or conversation.target
    return f"#{conversation.number} {kind} · {safe(other)} {conversation.state.value}"


def known_of(conversation: Conversation, name: str, track: Track) -> Iterator[str]:
    """Say what there is to know of it and of the track that is shown, which has that name."""
    if len(conversation.tracks()) > 1:
        yield f"{name} (w changes)"
    if dropped := track.tape.first_offset:
        yield f"{size(dropped)} earlier, dropped"
    elif track.tape.first_record:
        yield "earlier calls dropped"
    if conversation.queued_bytes:
        yield f"{size(conversation.queued_bytes)} queued"
    if conversation.blocked_at_ns and (blocked_ns := now_ns() - conversation.blocked_at_ns) > STALLED_NS:
        yield f"stalled {waited(blocked_ns)}"
