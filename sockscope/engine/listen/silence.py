"""Which clients of a listener were silent for too long, and are to be closed.

The rule: a client that anybody was heard of, on either leg where it is relayed, is not silent.
"""

from collections.abc import Iterator

from sockscope.net.clock import now_ns
from sockscope.record.conversation import Conversation, State
from sockscope.record.listener import Listener

_HALF_CLOSED = (State.PEER_FINISHED, State.WE_FINISHED)


def too_silent(listener: Listener, half_closed_s: float) -> Iterator[tuple[Conversation, str]]:
    """Give each client that is to be closed, and why; `half_closed_s` is how long one side alone is waited for."""
    idle_s = listener.policy.idle_s
    if idle_s:
        for client in _silent(listener, idle_s):
            yield client, f"closed: silent for {idle_s:g} s"
    if listener.policy.relay:
        for client in _silent(listener, half_closed_s):
            if any(leg.state in _HALF_CLOSED for leg in client.legs):
                yield client, f"closed: one side had finished, and the other was silent for {half_closed_s:g} s"


def _silent(listener: Listener, silent_s: float) -> list[Conversation]:
    """Return the clients of whom nothing was heard, on either leg, for so long."""
    since_ns = now_ns() - int(silent_s * 1e9)
    return [one for one in listener.present if max(leg.last_active_ns for leg in one.legs) < since_ns]
