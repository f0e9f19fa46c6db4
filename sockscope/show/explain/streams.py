"""What a reset and a broken pipe mean for a stream that was there (tcp(7), RFC 9293, 3.5.2).

The rule: what the peer did is told apart from what we did before; a cause that cannot be known is called usual.
"""

from dataclasses import replace

from sockscope.record.conversation import Conversation
from sockscope.show.explain.explanation import Explanation
from sockscope.show.explain.situation import Situation
from sockscope.show.explain.wordless import offer_tls
from sockscope.show.units import duration, plural

_TURNED_AWAY = "It may turn us away (a limit, a list of who may connect), or have crashed; its log may say why."
_RECENT_NS = 5_000_000_000
"""A reset so soon behind what we sent may be for that."""


def reset(situation: Situation, base: Explanation) -> Explanation:
    """Say what a reset came upon: bytes of ours that the peer may never have read, or nothing."""
    conversation = situation.conversation
    if conversation is None or situation.local:
        return base
    if not conversation.connected_at_ns:
        return _before_it_was_ours(situation, base)
    if conversation.layers.wire and not conversation.layers.session:
        return _in_handshake(base)
    sent, after_ns = conversation.flow.bytes_out, conversation.ended_at_ns - conversation.flow.last_out_ns
    if not sent and not conversation.flow.bytes_in:
        return _at_once(conversation, base)
    if sent and 0 <= after_ns < _RECENT_NS:
        meaning = (
            f"The peer reset the connection (RST) {duration(after_ns)} after we sent, usually as it closed with bytes"
            f" of ours unread; of {plural(sent, 'byte')} it may have read any number."
        )
        return _unanswered(conversation, replace(base, meaning=meaning))
    meaning = (
        "The peer reset the connection (RST), and not for anything that we had just sent: its program ended or aborted"
        f" on purpose (SO_LINGER 0), or something in between forgot a quiet connection.{_unread(conversation)}"
    )
    return replace(base, meaning=meaning)


def _unread(conversation: Conversation) -> str:
    """Say what a reset threw away at the peer's end, where it waited for us."""
    if not conversation.reading_stopped:
        return ""
    return " Reading was stopped here (p): what had come is read, but what waited in its kernel is lost, uncounted."


def _at_once(conversation: Conversation, base: Explanation) -> Explanation:
    """Of a connection on which nothing was said."""
    after = duration(conversation.ended_at_ns - conversation.connected_at_ns)
    meaning = f"The peer reset the connection (RST) {after} after it was made, before anything was said."
    return replace(base, meaning=meaning, advice=_TURNED_AWAY)


def _before_it_was_ours(situation: Situation, base: Explanation) -> Explanation:
    """Of a connect that was answered by a reset: a port where nobody listens refuses, this one had connected."""
    if not situation.tried:
        return base
    meaning = f"The connection to {situation.tried} was made, and reset by the peer (RST) before we could use it."
    return replace(base, meaning=meaning, advice=_TURNED_AWAY)


def _unanswered(conversation: Conversation, base: Explanation) -> Explanation:
    """Of a client that never got a word: nothing says that what it sent was done, nor that it was not."""
    if not conversation.request or conversation.flow.bytes_in:
        return base
    advice = "It never said a word: see its log, or ask whether it was done, before you send that again."
    return offer_tls(conversation, replace(base, advice=advice))


def _in_handshake(base: Explanation) -> Explanation:
    meaning = "The peer reset the connection (RST) within the TLS handshake, without an alert that would say why."
    return replace(base, meaning=meaning, advice="It may not speak TLS at this port, or not with us; its log may say.")


def broken_pipe(situation: Situation, base: Explanation) -> Explanation:
    """Say that it was over before we sent."""
    conversation = situation.conversation
    if conversation is None or not conversation.connected_at_ns or situation.local:
        return base
    offered = next((one for one in (situation.call.arguments if situation.call else ()) if isinstance(one, int)), 0)
    unsent = f" {plural(offered, 'byte')} that we then offered went nowhere." if offered else ""
    if situation.call and situation.call.name == "getsockopt":  # it came behind a send that was taken
        meaning = "The peer had closed altogether: what we sent last was answered with a reset (RST), and is lost."
        return replace(base, meaning=meaning, advice="Connect again; a peer that has finished perhaps reads no more.")
    meaning = (
        "The connection was over before we sent: a reset of the peer had arrived for what we sent earlier, as it comes"
        f" behind a close.{unsent}"
    )
    return replace(base, meaning=meaning, advice="What was sent just before may be lost too; connect again.")


def gone_before(situation: Situation, base: Explanation) -> Explanation:
    """Of our end of stream (shutdown(2)) that came behind a reset."""
    conversation = situation.conversation
    if conversation is None or not conversation.connected_at_ns:
        return base
    meaning = "A reset of the peer (RST) had ended the connection already when we were about to finish our side."
    return replace(base, meaning=meaning, advice="What was sent just before may be lost; its log may say why.")
