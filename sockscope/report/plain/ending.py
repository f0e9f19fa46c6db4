"""What went wrong in a session, in a line for each peer: failures, resets, and what never arrived."""

from collections.abc import Iterable, Iterator

from sockscope.record.conversation import Conversation, State
from sockscope.record.listener import Listener, ListenerState
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.observer import Subject
from sockscope.show.losses import losses
from sockscope.show.sanitizer import safe
from sockscope.show.step import peer_of, told

_ON_ITS_WAY = "unacknowledged"
"""What `losses` calls bytes that our kernel goes on sending behind an orderly close: late, and not lost."""

_CUT_OFF = "cut off"
"""The kind of the remark on a stream of TLS that ended without close_notify."""


def complaints(records: Iterable[Subject], conversations: Iterable[Conversation]) -> Iterator[str]:
    """Give a line for each record that did not end well; none where nothing was lost."""
    for record in records:
        if isinstance(record, Listener) and record.state is ListenerState.FAILED:
            yield safe(f"{record.target}: {told(record)}")
        elif isinstance(record, Lookup) and record.error:
            yield safe(f"{record.question.name}: {record.error}")
    for conversation in conversations:
        if words := _of(conversation):
            yield safe(f"{conversation.target or peer_of(conversation)}: {words}")


def _of(conversation: Conversation) -> str:
    if conversation.state in (State.FAILED, State.RESET_BY_PEER):
        return told(conversation)
    reset = conversation.left.reset
    lost = "; ".join(words for became, words in losses(conversation) if reset or became != _ON_ITS_WAY)
    cut_off = next((one.text for one in conversation.facts.remarks if one.kind == _CUT_OFF), "")
    return "; ".join(words for words in (lost, cut_off) if words)
