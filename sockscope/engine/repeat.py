"""Send a payload again and again, each time made anew with its number.

The rule: the next one is due an interval after the last one was due, so the rate stays; while the peer does not
take what was sent, turns are left out rather than queued.
"""

from collections.abc import Callable

from sockscope.engine.connection import Carrier
from sockscope.engine.context import Ground
from sockscope.record.conversation import Conversation
from sockscope.record.transfer import LEAST_S, Repeat

Payload = Callable[[int], bytes]
"""Makes the payload of one turn, counted from 1."""


def repeat(ground: Ground, conversation: Conversation, payload: Payload, interval_s: float) -> None:
    """Begin at once; goes on until the record is stopped or the conversation can send no more."""
    record = Repeat(max(interval_s, LEAST_S))
    ground.recorder.repeats(conversation, record)
    due_s = ground.loop.time()

    def turn() -> None:
        nonlocal due_s
        carrier = ground.carriers.get(conversation)
        if record.stopped or carrier is None or not conversation.state.can_send:
            record.stopped = True
            return
        carrier.guarded(send, carrier)
        due_s = max(due_s + record.interval_s, ground.loop.time())
        ground.loop.call_at(due_s, turn)

    def send(carrier: Carrier) -> None:
        if not carrier.backlog_bytes:
            record.sent += 1
            carrier.send(payload(record.sent))

    turn()
