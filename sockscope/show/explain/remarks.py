"""What a remark means beyond what it says, and what can be done: of what is no error, and could pass for good news.

The rule: a remark is known by its kind; one that says all there is has no row.
"""

from sockscope.record.conversation import Conversation
from sockscope.show.explain.explanation import WITH_TLS, Explanation
from sockscope.show.explain.wordless import offer_tls

_KNOWN = {
    "cut off": (
        "cut off",
        "The end of the data is not proven: usually the peer's program closes without ending TLS, but somebody on the"
        " way may have cut it off.",
        "See whether what came is whole, by its own length or end; connect again, and compare.",
        "",
    ),
    "no word": (
        "no word",
        "It may have taken what came and be done, as some do, or not have understood it: nothing says which.",
        "See its log before you send that again.",
        "",
    ),
    "speaks TLS": (
        "speaks TLS",
        "Both sides wait for something else.",
        "Speak TLS too.",
        WITH_TLS,
    ),
}

_OF_CLIENTS = {"speaks TLS": "Listen at tls:// for it, or let the client connect without TLS."}
"""What is advised where the other side came to us."""


def explain_remark(conversation: Conversation) -> Explanation | None:
    """Explain the latest remark on a conversation; None where it says all there is."""
    remarks = conversation.facts.remarks
    if not remarks or remarks[-1].kind not in _KNOWN:
        return None
    kind = remarks[-1].kind
    word, meaning, advice, action = _KNOWN[kind]
    if conversation.request:
        known = Explanation(kind, word, meaning, advice, action)
        return offer_tls(conversation, known) if kind == "no word" else known
    return Explanation(kind, word, meaning, _OF_CLIENTS.get(kind, advice))
