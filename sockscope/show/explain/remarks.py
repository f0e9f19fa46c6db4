"""What a remark means beyond what it says, and what can be done: of what is no error, and could pass for good news.

The rule: a remark is known by its kind; one that says all there is has no row.
"""

from sockscope.record.conversation import Conversation
from sockscope.show.explain.explanation import WITH_TLS, Explanation

_KNOWN = {
    "cut off": (
        "cut off",
        "Without close_notify nobody can tell an end that was meant from one that somebody on the way made.",
        "See whether what came is whole, by its own length or end; the peer's program should end TLS properly.",
        "",
    ),
    "speaks TLS": (
        "speaks TLS",
        "Both sides wait for something else.",
        "Speak TLS too.",
        WITH_TLS,
    ),
}


def explain_remark(conversation: Conversation) -> Explanation | None:
    """Explain the latest remark on a conversation; None where it says all there is."""
    remarks = conversation.facts.remarks
    if not remarks or remarks[-1].kind not in _KNOWN:
        return None
    word, meaning, advice, action = _KNOWN[remarks[-1].kind]
    return Explanation(remarks[-1].kind, word, meaning, advice, action if conversation.request else "")
