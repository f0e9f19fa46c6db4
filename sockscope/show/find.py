"""Search the tape for bytes.

The rule: calls cut the bytes of a stream at random, so a match may begin in one call and end in a later one of
the same direction; only then is "not found" true.
"""

from sockscope.net.conversation import Conversation
from sockscope.net.tape import Kind, Record

Carried = dict[Kind, tuple[bytes, list[int]]]
"""The latest bytes of each direction that a match may begin in, and the tape offset of each of them."""


def find_next(conversation: Conversation, needle: bytes, after: int) -> int | None:
    """Give the tape offset of the first match that begins behind `after` (-1 for the very first), or None."""
    carried: Carried = {}
    first = conversation.tape.record_at(max(after, conversation.tape.first_offset))
    for record in conversation.tape.records(first.number if first else conversation.tape.first_record):
        for at in _matches(conversation, record, needle, carried):
            if at > after:
                return at
    return None


def find_previous(conversation: Conversation, needle: bytes, before: int) -> int | None:
    """Give the tape offset of the last match that begins before `before`, or None."""
    carried: Carried = {}
    found = None
    for record in conversation.tape.records(conversation.tape.first_record):
        for at in _matches(conversation, record, needle, carried):
            if at < before:
                found = at
        if record.offset >= before and all(not offsets or offsets[0] >= before for _, offsets in carried.values()):
            break
    return found


def _matches(conversation: Conversation, record: Record, needle: bytes, carried: Carried) -> list[int]:
    """Find the matches that end in this record, as tape offsets of their first bytes."""
    data = conversation.tape.read(record.offset, record.size_bytes) if record.size_bytes else None
    if not data:
        return []
    before, offsets = carried.get(record.kind, (b"", []))
    joined = before + data
    found = []
    at = joined.find(needle)
    while at >= 0:
        found.append(offsets[at] if at < len(before) else record.offset + at - len(before))
        at = joined.find(needle, at + 1)
    if keep := len(needle) - 1:
        fresh = range(record.offset + max(0, len(data) - keep), record.offset + len(data))
        carried[record.kind] = joined[-keep:], [*offsets, *fresh][-keep:]
    return found
