"""The states of TCP as a small picture, the present one lit, and how it came there (RFC 9293, 3.3.2, figure 5).

The rules: the present state of a socket that is open is the kernel's own word; how it came there is what the record
knows: who asked whom, whose end of stream came when. Behind our close the kernel goes on alone, and nobody tells: then
the last that is known is lit. What is rare (both connect at once) is left out of the picture.
"""

import re

from sockscope.record.conversation import PEER, US, Conversation, State
from sockscope.show.layout import Lines, Parts

_PICTURE = """\
CLOSED ── connect: SYN → ──► SYN-SENT ── ← SYN ACK ──┐
LISTEN ── ← SYN, SYN ACK → ──► SYN-RECV ── ← ACK ────┤
                                                     ▼
   ┌──── FIN → we finish first ────────────────── ESTAB
   ▼                                                 │ ← FIN
FIN-WAIT-1 ─── ← FIN ───► CLOSING                    ▼
   │ ← ACK                   │ ← ACK            CLOSE-WAIT
   ▼                         │                       │ FIN →
FIN-WAIT-2 ─── ← FIN ──┐     │                       ▼
                       ▼     ▼                    LAST-ACK
                      TIME-WAIT ── 60 s ──┐          │ ← ACK
                                          └──► CLOSE◄┘"""

STATES = (
    "CLOSED",
    "SYN-SENT",
    "LISTEN",
    "SYN-RECV",
    "ESTAB",
    "FIN-WAIT-1",
    "FIN-WAIT-2",
    "CLOSING",
    "CLOSE-WAIT",
    "LAST-ACK",
    "TIME-WAIT",
    "CLOSE",
)
"""As ss(8) writes them; CLOSED is drawn where it begins, CLOSE where it ends."""

_A_STATE = re.compile(f"({'|'.join(sorted(STATES, key=len, reverse=True))})")

Passed = tuple[str, int]
"""A state, and when it began on the clock of facts; 0 where nobody noted that."""


def passed(conversation: Conversation) -> list[Passed]:
    """Return the states that the record and the kernel's latest word show, in order, the present one last."""
    if not conversation.target:
        found: list[Passed] = [("LISTEN", 0), ("SYN-RECV", 0)]
    else:
        tried = conversation.dialling.attempts
        found = [("CLOSED", 0), *([("SYN-SENT", tried[-1].started_at_ns)] if tried else [])]
    if conversation.connected_at_ns:
        found.append(("ESTAB", conversation.connected_at_ns))
        found += _behind(conversation)
    view = conversation.kernel.latest if conversation.kernel else None
    if conversation.state.live and view and view.state != found[-1][0]:
        found.append((view.state, view.at_ns))
    return found


def _behind(conversation: Conversation) -> list[Passed]:
    """Return what came after ESTAB."""
    ends = list(zip(conversation.finished, conversation.finished_at_ns, strict=False))
    ended_at_ns = conversation.ended_at_ns
    gone = conversation.left.reset or conversation.state in (State.RESET_BY_PEER, State.FAILED)
    if ended_at_ns and not gone and US not in conversation.finished:
        ends.append((US, ended_at_ns))  # close(2) sends it
    found: list[Passed] = []
    for who, at_ns in ends:
        found.append((_next(found, who), at_ns))
    if ended_at_ns and gone:
        found.append(("CLOSE", ended_at_ns))
    return found


def _next(found: list[Passed], who: str) -> str:
    if not found:
        return "CLOSE-WAIT" if who == PEER else "FIN-WAIT-1"
    return "TIME-WAIT" if who == PEER else "LAST-ACK"


def picture(conversation: Conversation) -> Lines:
    """Draw all states, those that it went through and the present one in roles of their own."""
    went = [state for state, _ in passed(conversation)]
    return [_lit(line, went) for line in _PICTURE.splitlines()]


def _lit(line: str, went: list[str]) -> Parts:
    parts: Parts = [("  ", "")]
    for piece in _A_STATE.split(line):
        if piece in STATES:
            parts.append((piece, "match here" if piece == went[-1] else "good" if piece in went else "text"))
        elif piece:
            parts.append((piece, "muted"))
    return parts
