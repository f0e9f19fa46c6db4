"""Send a payload again and again, each time made anew with its number.

The rule: the next one is due an interval after the last one was due, so the rate stays; while the peer does not
take what was sent, turns are left out rather than queued.
"""

from collections.abc import Callable

from sockscope.engine.connection import Connection
from sockscope.engine.context import Context
from sockscope.net.clock import now_ns
from sockscope.record.conversation import Conversation
from sockscope.record.transfer import LEAST_S, Repeat

Payload = Callable[[int], bytes]
"""Makes the payload of one turn, counted from 1."""


def repeat(context: Context, conversation: Conversation, payload: Payload, interval_s: float) -> None:
    """Begin at once; goes on until the record is stopped or the conversation can send no more."""
    record, recorder = Repeat(max(interval_s, LEAST_S), now_ns()), context.recorder.outgoing
    recorder.repeats(conversation, record)
    due_s = context.loop.time()

    def turn() -> None:
        nonlocal due_s
        connection = context.connections.get(conversation)
        if record.stopped or connection is None or not conversation.state.can_send:
            recorder.repeat_over(record)
            return
        connection.guarded(send, connection)
        due_s = max(due_s + record.interval_s, context.loop.time())
        context.loop.call_at(due_s, turn)

    def send(connection: Connection) -> None:
        if not connection.backlog_bytes:
            recorder.repeated(record)
            connection.send(payload(record.sent))

    turn()
