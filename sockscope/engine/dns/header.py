"""What the first bytes of a DNS message tell (RFC 1035, 4.1.1): enough to see whether it is the reply to a query.

The rule: no name is decompressed here, so that it is quick whatever came; a reply repeats the question as it was sent,
but for upper and lower case.
"""

import struct

HEADER_BYTES = 12
_REPLY, _OPCODE, _TRUNCATED, _RCODE = 0x8000, 0x7800, 0x0200, 0x000F
_OPT_BYTES = 11  # of the OPT record behind the question of ours, which has no options (RFC 6891, 6.1.2)
_TYPE_AND_CLASS_BYTES = 4

TOO_SHORT = "TOO_SHORT"
WRONG_ID = "WRONG_ID"
NOT_A_REPLY = "NOT_A_REPLY"
WRONG_QUESTION = "WRONG_QUESTION"


def stray(query: bytes, message: bytes) -> str:
    """Say why a message is not the reply to a query, by the name of the error; nothing where it is."""
    if len(message) < HEADER_BYTES:
        return TOO_SHORT
    number, flags, questions = struct.unpack_from("!HHH", message)
    if number != int.from_bytes(query[:2], "big"):
        return WRONG_ID
    if not flags & _REPLY or flags & _OPCODE:
        return NOT_A_REPLY
    if not questions and flags & _RCODE:  # a server that could not even read the question
        return ""
    ours = query[HEADER_BYTES : len(query) - _OPT_BYTES]
    theirs = message[HEADER_BYTES : HEADER_BYTES + len(ours)]
    if len(theirs) < len(ours):  # cut off: said when it is read
        return ""
    return "" if questions == 1 and _folded(ours) == _folded(theirs) else WRONG_QUESTION


def truncated(message: bytes) -> bool:
    """Whether a reply says that it was cut off to fit a datagram (TC)."""
    return bool(int.from_bytes(message[2:4], "big") & _TRUNCATED)


def _folded(question: bytes) -> bytes:
    return question[:-_TYPE_AND_CLASS_BYTES].lower() + question[-_TYPE_AND_CLASS_BYTES:]
