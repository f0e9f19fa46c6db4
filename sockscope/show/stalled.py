"""A send that stalls: who does not take it, since when, where the bytes are, and what can be done (tcp(7), RFC 9293).

The rule: that the peer's program does not read is said where its kernel closed its window, and called likely where the
kernel does not tell; where ours sends again in vain, it is the way or the machine, and no program is blamed.
"""

from sockscope.record.conversation import Conversation
from sockscope.show.acknowledged import acknowledged
from sockscope.show.units import plural, waited

STALLED_NS = 1_000_000_000
"""A queue is called stalled when the kernel has taken nothing for this long."""

_PROBES, _SENDS_AGAIN = "zero window probe", "retransmit"


def stalled(conversation: Conversation, now_ns: int) -> str:
    """Say what holds a send up; empty where nothing waits, or not for long."""
    outgoing = conversation.outgoing
    waits_ns = now_ns - outgoing.blocked_at_ns
    if not (conversation.state.live and outgoing.waiting_bytes and outgoing.blocked_at_ns) or waits_ns <= STALLED_NS:
        return ""
    told = acknowledged(conversation)
    arrived = f", the peer's acknowledged {told.acknowledged_bytes:,}" if told else ""
    taken_bytes = told.taken_bytes if told else conversation.flow.bytes_out
    waiting = plural(outgoing.waiting_bytes, "byte")
    return (
        f"Stalled for {waited(waits_ns)}: {_who(conversation)}. Our kernel took {plural(taken_bytes, 'byte')}{arrived};"
        f" {waiting} wait here. Wait, or see what the peer does; a close loses the {waiting}."
    )


def _who(conversation: Conversation) -> str:
    """Say who takes no more."""
    view = conversation.kernel.latest if conversation.kernel else None
    if view and view.timer == _SENDS_AGAIN and view.timer_tries:
        return "nothing is acknowledged, and our kernel sends again; the peer's machine, or the way to it, may be gone"
    if view and (view.timer == _PROBES or view.tcp.send_window_bytes == 0):
        return "the peer's program does not read: its receive buffer is full, and so is our send buffer"
    return "the peer's program seems not to read: our send buffer is full"
