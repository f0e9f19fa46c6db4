"""What came of it in the end, in a line for each peer (`--summary`): words, or JSON.

The rule: times are from the beginning of that conversation; what did not happen is left out, in JSON it is `null`.
"""

import json
from typing import Any

from sockscope.record.conversation import Conversation
from sockscope.record.fact import Call
from sockscope.record.milestone import CONNECTED, LOOKED_UP, SECURED
from sockscope.record.observer import Observer
from sockscope.record.tape_entry import Mover
from sockscope.show.endings import told_ending
from sockscope.show.sanitizer import safe
from sockscope.show.step import peer_of
from sockscope.show.units import duration, plural
from sockscope.show.wall_clock import WallClock

_STEPS = {"looked_up": LOOKED_UP, "connected": CONNECTED, "secured": SECURED}


class FirstBytes(Observer):
    """Observes an engine, and remembers when the first byte of each conversation came."""

    def __init__(self) -> None:
        self.at_ns: dict[int, int] = {}

    def moved(
        self, conversation: Conversation, data: memoryview, at_ns: int, took_ns: int, asked: int, mover: Mover
    ) -> None:
        """Remember the first that was received."""
        if conversation.flow.bytes_in:
            self.at_ns.setdefault(conversation.number, at_ns)


def times(conversation: Conversation, first_ns: int) -> dict[str, int | None]:
    """Return when it was so far, in nanoseconds from its beginning."""
    reached = conversation.facts.milestones
    found: dict[str, int | None] = {name: _over(conversation, reached.get(step)) for name, step in _STEPS.items()}
    began_ns, flow = conversation.started_at_ns, conversation.flow
    found["first_byte"] = first_ns - began_ns if first_ns else None
    found["last_byte"] = (
        max(flow.last_in_ns, flow.last_out_ns) - began_ns if flow.last_in_ns or flow.last_out_ns else None
    )
    found["ended"] = conversation.ended_at_ns - began_ns if conversation.ended_at_ns else None
    return found


def _over(conversation: Conversation, call: Call | None) -> int | None:
    return call.at_ns + call.took_ns - conversation.started_at_ns if call else None


def in_words(conversation: Conversation, first_ns: int, wall: WallClock) -> str:
    """Write it for a person."""
    flow, reached = conversation.flow, times(conversation, first_ns)
    when = ", ".join(f"{name.replace('_', ' ')} {duration(at)}" for name, at in reached.items() if at)
    ways = (("→", flow.bytes_out, flow.calls_out), ("←", flow.bytes_in, flow.calls_in))
    moved = ", ".join(f"{arrow} {plural(size_bytes, 'byte')} in {calls:,}" for arrow, size_bytes, calls in ways)
    ended = told_ending(conversation, wall) or conversation.state.value
    return safe(f"sockscope: {peer_of(conversation)}: {moved}; {when}; {ended}")


def as_json(conversation: Conversation, first_ns: int) -> str:
    """Write it for a program: one line of ASCII."""
    flow, left = conversation.flow, conversation.left
    told: dict[str, Any] = {
        "peer": safe(peer_of(conversation)),
        "state": conversation.state.name.lower(),
        "errno": conversation.error,
        "bytes_in": flow.bytes_in,
        "bytes_out": flow.bytes_out,
        "bytes_unsent": conversation.outgoing.unsent_bytes,
        "bytes_unread": left.unread_bytes,
        "bytes_unacknowledged": left.unacknowledged_bytes,
        **{f"{name}_ns": at for name, at in times(conversation, first_ns).items()},
    }
    return json.dumps(told, separators=(",", ":"))
