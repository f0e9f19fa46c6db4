"""How each direction of a conversation is, and how all of it ended: by whom, how, when, with what left.

The rules: who ended it is who finished first, or who reset. What says it on the wire is named (FIN, RST, close_notify)
where there is one; a UNIX socket has neither, and of datagrams nobody is told. What was left is said by `losses`, and
only what the kernel told.
"""

from collections.abc import Iterator

from sockscope.record.conversation import PEER, US, Conversation, State
from sockscope.show.acknowledged import acknowledged
from sockscope.show.detail import Detail, where
from sockscope.show.losses import losses
from sockscope.show.step import cancelled, why
from sockscope.show.units import duration, plural, time_of_day
from sockscope.show.wall_clock import WallClock

_SECONDS = 8
"""Of a time of day so many characters tell the second."""

_TIMED_OUT = {
    "ETIMEDOUT": "our kernel gave up: what it sent, or asked, was not answered for too long",
    "EHOSTUNREACH": "our kernel gave up: there was no way to the peer any more",
}
"""Errors with which a connection ends that nobody ended."""

_THEIR_HALF = "No error: the peer sends no more, but can still read; where it does not, a send is answered by a reset."
_OUR_HALF = "No error: we send no more, but the peer may, and what it sends is still read."
"""What a connection means of which one direction is finished (RFC 9293, 3.6)."""


def directions(conversation: Conversation, wall: WallClock) -> str:
    """Say of each direction whether it is open, and where one end finished it, when; empty without a connection."""
    if not conversation.connected_at_ns or not conversation.transport.has_end_of_stream:
        return ""
    return " · ".join(f"{arrow} {_direction(conversation, who, wall)}" for arrow, who in (("→", US), ("←", PEER)))


def _direction(conversation: Conversation, who: str, wall: WallClock) -> str:
    if at_ns := _finished_at(conversation, who):
        return f"finished {_at(at_ns, wall)}"
    if conversation.state.live:
        return "open"
    broken = _broken(conversation)
    word = "broken off" if broken else "closed" if who is US else "not finished"
    return f"{word} {_at(conversation.ended_at_ns, wall)}"


def half_closed(conversation: Conversation, wall: WallClock) -> str:
    """Say that one direction is finished and the other still open, and what that means; empty where it is not so."""
    if not conversation.state.live or len(conversation.finished) != 1:
        return ""
    meant = _THEIR_HALF if PEER in conversation.finished else _OUR_HALF
    return f"half-closed: {directions(conversation, wall)}. {meant}"


def _finished_at(conversation: Conversation, who: str) -> int:
    """Return when an end finished its direction, 0 where it did not."""
    ends = zip(conversation.finished, conversation.finished_at_ns, strict=False)
    return next((at_ns for end, at_ns in ends if end == who), 0)


def _broken(conversation: Conversation) -> bool:
    return conversation.left.reset or conversation.state in (State.RESET_BY_PEER, State.FAILED)


def told_ending(conversation: Conversation, wall: WallClock) -> str:
    """Say in one sentence who ended it, how, when, after how many bytes, with what left; empty while it is live."""
    if conversation.state.live:
        return ""
    at, lasted = _at(conversation.ended_at_ns, wall), duration(conversation.ended_at_ns - conversation.started_at_ns)
    flow = conversation.flow
    moved = f": → {plural(flow.bytes_out, 'byte')}, ← {plural(flow.bytes_in, 'byte')}"
    left = "".join(f"; {words}" for _, words in losses(conversation)) or _nothing_lost(conversation)
    return f"{_how(conversation)}, at {at} after {lasted}{where(conversation.connected_at_ns, moved)}{left}"


def _nothing_lost(conversation: Conversation) -> str:
    """Say of an end in order that the kernel had nothing left, and of a peer that had said all that nothing is lost."""
    left = conversation.left
    if _broken(conversation) or (left.unread_bytes, left.unacknowledged_bytes) != (0, 0):
        return ""
    ours = where(conversation.flow.bytes_out, "the peer's kernel acknowledged all of ours")
    if PEER not in conversation.finished or (conversation.layers.session and not _said_goodbye(conversation)):
        return where(ours, f"; {ours}")
    theirs = where(conversation.flow.bytes_in, "all of theirs was read")
    told = " and ".join(words for words in (ours, theirs) if words)
    return f"; nothing lost{where(told, f': {told}')}"


def ending_details(conversation: Conversation, wall: WallClock) -> Iterator[Detail]:
    """Tell the same thing by thing, and first how each direction is."""
    yield Detail("directions", directions(conversation, wall))
    if conversation.state.live:
        return
    yield Detail("how", _how(conversation), where(_broken(conversation), "bad"))
    yield Detail("end of TLS", _end_of_tls(conversation))
    yield Detail("when", _at(conversation.ended_at_ns, wall, whole=True))
    told = acknowledged(conversation)
    if told and told.missing_bytes and told.at_ns < conversation.ended_at_ns:
        yield Detail("not known", f"whether the last {plural(told.missing_bytes, 'byte')} arrived")
    for became, lost in losses(conversation):
        yield Detail(became, lost, "bad")


def _how(conversation: Conversation) -> str:
    """Say who ended it, and by what."""
    state = conversation.state
    if cancelled(conversation):
        return "cancelled before there was a connection"
    if state is State.FAILED:
        meaning = _TIMED_OUT.get(conversation.error, "") if conversation.connected_at_ns else ""
        return f"{why(conversation).word}{where(meaning, f', {meaning}')}"
    if not conversation.transport.has_end_of_stream:
        return "we closed; nobody is told, for datagrams have no end"
    if state is State.RESET_BY_PEER:
        return f"the peer reset it{_by(conversation, 'RST')}"
    if state is State.RESET_BY_US:
        return (
            f"our reset{_by(conversation, 'RST')}"
            if conversation.left.aborted
            else f"our close was a reset{_by(conversation, 'RST')}"
        )
    return _in_order(conversation)


def _in_order(conversation: Conversation) -> str:
    """Say who finished first, and what the other end did."""
    in_tls = conversation.layers.session and _said_goodbye(conversation)
    fin = _by(conversation, "close_notify" if in_tls else "FIN")
    first, *others = conversation.finished or (US,)
    if first == PEER:
        if conversation.state is State.CLOSED_BY_PEER:
            return f"the peer finished first{fin}, and our side followed by itself"
        return f"the peer finished first{fin}, then we {'did' if others else 'closed'}"
    if others:
        return f"we finished first{fin}, then the peer did"
    finished = "finished and closed" if conversation.finished else "closed"
    return f"we {finished}{fin} while the peer had not finished"


def _by(conversation: Conversation, flag: str) -> str:
    return f" ({flag})" if conversation.transport.has_tcp_states else ""


def _end_of_tls(conversation: Conversation) -> str:
    """Say whether the peer said in TLS that it sends no more: without that, what came may be cut off."""
    if conversation.layers.session is None or _finished_at(conversation, PEER) == 0:
        return ""
    if _said_goodbye(conversation):
        return "close_notify came: the peer had said all"
    return "no close_notify came: what the peer said may be cut off"


def _said_goodbye(conversation: Conversation) -> bool:
    """Whether the peer's close_notify was read."""
    return any(call.returned == 0 and not call.error for call in conversation.facts.calls("SSL_read"))


def _at(at_ns: int, wall: WallClock, *, whole: bool = False) -> str:
    text = time_of_day(at_ns, wall.offset_at(at_ns))
    return text if whole else text[:_SECONDS]
