"""One step of a rail, and the words that the rails and the details have in common."""

from dataclasses import dataclass
from enum import Enum

from sockscope.net.conversation import Conversation
from sockscope.net.explain import explain
from sockscope.net.fact import Call
from sockscope.net.listener import Listener
from sockscope.net.session import Session
from sockscope.show.safe import safe
from sockscope.show.units import plural, size


class Progress(Enum):
    """How far a step is; DOUBTFUL is done, and something about it should be known."""

    AHEAD = "ahead"
    UNDER_WAY = "under way"
    DONE = "done"
    DOUBTFUL = "doubtful"
    SKIPPED = "not needed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a rail: its name, how far it is, and what was learnt."""

    name: str
    progress: Progress
    detail: str = ""


Told = tuple[Progress, str]
"""How far a step is, and what was learnt, as it came: not made safe yet."""

AHEAD: Told = (Progress.AHEAD, "")


def joined(*parts: str) -> str:
    """Put what there is to say into one line."""
    return " · ".join(part for part in parts if part)


def failure(subject: Conversation | Listener) -> str:
    """Say why something failed: a word, and the exact reason where there is one."""
    word = explain(subject.error, local=subject.transport.local).word
    return f"{word}: {subject.reason}" if subject.reason else word


def verdict(session: Session) -> str:
    """Say whether the peer's certificate was verified, and where it was not, why."""
    if session.verified:
        return "verified"
    return f"NOT VERIFIED: {session.because}" if session.because else "no client certificate asked for"


def told_by(call: Call, detail: str) -> Told:
    """Tell what a call gave, or why it failed."""
    return (Progress.FAILED, explain(call.error).word) if call.error else (Progress.DONE, detail)


def step_of(name: str, told: Told) -> Step:
    """Make a step of what was learnt; from here on it is harmless."""
    progress, detail = told
    return Step(name, progress, safe(detail))


def flowed(subject: Conversation | Listener) -> str:
    """Say how much was sent and received, in calls or in datagrams."""
    flow = subject.flow
    if subject.transport.datagrams:
        out, back = plural(flow.calls_out, "datagram"), plural(flow.calls_in, "datagram")
        return f"→ {out}, {size(flow.bytes_out)} · ← {back}, {size(flow.bytes_in)}"
    return f"→ {size(flow.bytes_out)} in {flow.calls_out:,} · ← {size(flow.bytes_in)} in {flow.calls_in:,}"
