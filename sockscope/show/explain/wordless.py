"""Whether a peer that left without a word may have wanted TLS.

The rule: TLS is one cause among others and never the first that is named. It is offered only where the peer was as
quick as a server of TLS, which turns away what is no TLS as soon as it has read it.
"""

from dataclasses import replace

from sockscope.record.conversation import PEER, Conversation
from sockscope.show.explain.explanation import WITH_TLS, Explanation

_SOON_NS = 250_000_000
"""Besides the way there and back, which connecting took too, so long it may take to turn somebody away."""


def offer_tls(conversation: Conversation, base: Explanation) -> Explanation:
    """Offer TLS behind what is advised, as something that may be."""
    if not may_want_tls(conversation):
        return base
    return replace(base, advice=f"{base.advice} Only where this port may be one of TLS:", action=WITH_TLS)


def may_want_tls(conversation: Conversation) -> bool:
    """Whether a plain client of ours was left at once behind what it sent, and had heard nothing before."""
    plain = conversation.layers.wire is None and conversation.transport.has_tcp_states
    if not plain or not conversation.request or conversation.flow.bytes_in:
        return False
    took_ns = next((one.ended_at_ns - one.started_at_ns for one in conversation.dialling.attempts if one.won), 0)
    return _left_at_ns(conversation) - conversation.flow.last_out_ns <= took_ns + _SOON_NS


def _left_at_ns(conversation: Conversation) -> int:
    ends = zip(conversation.finished, conversation.finished_at_ns, strict=False)
    return next((at_ns for who, at_ns in ends if who == PEER), conversation.ended_at_ns)
