"""One step of a rail, and the words that the rails and the details have in common."""

from dataclasses import dataclass
from enum import Enum

from sockscope.net.conversation import Attempt, Conversation, State, Track
from sockscope.net.explain import Explanation, explain, explain_bind, explain_connect
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


def why(subject: Conversation | Listener) -> Explanation:
    """Explain why something failed, by the call that did."""
    calls = [call for call in subject.facts.all() if call.error == subject.error]
    return _explained(subject, subject.error, calls)


def why_lost(conversation: Conversation, attempt: Attempt) -> Explanation:
    """Explain why one address could not be had."""
    of_it = f"{attempt.fd}, "
    calls = [call for call in conversation.facts.all() if call.error == attempt.error]
    return _explained(conversation, attempt.error, [call for call in calls if call.arguments.startswith(of_it)])


def _explained(subject: Conversation | Listener, error: str, calls: list[Call]) -> Explanation:
    """Explain an error by the latest of the calls that gave it: the same one means other things of other calls."""
    call = calls[-1] if calls else None
    fd, _, address = call.arguments.partition(", ") if call else ("", "", "")
    local, abstract = subject.transport.local, address.startswith("@")
    if call and call.name == "bind":
        port = address.rpartition(":")[2]
        number = int(port) if port.isdecimal() and len(port) < 6 else 0
        return explain_bind(error, number, local=local, abstract=abstract, holder=subject.held_by)
    if call and call.name == "connect":
        bound = any(one.name == "bind" and one.arguments.startswith(f"{fd}, ") for one in subject.facts.all())
        return explain_connect(error, local=local, abstract=abstract, bound=bound)
    return explain(error, local=local, abstract=abstract)


def failure(subject: Conversation | Listener) -> str:
    """Say why something failed: a word, and the exact reason where there is one."""
    word = why(subject).word
    return f"{word}: {subject.reason}" if subject.reason else word


def ending(conversation: Conversation) -> str:
    """Say in what state it is; of a stream whose peer finished first, also who closed it."""
    if conversation.state is State.PEER_THEN_US:
        return "the peer finished first, then we closed"
    return "cancelled" if cancelled(conversation) else conversation.state.value


def leg_of(conversation: Conversation, track: Track) -> Conversation:
    """Return whose bytes are on a track: the conversation's, or of a relay the other leg's."""
    upstream = conversation.upstream
    return upstream if upstream and any(track is other for _, other in upstream.tracks()) else conversation


def cancelled(conversation: Conversation) -> bool:
    """Whether it was given up before there was a connection that could be closed."""
    return conversation.state is State.CLOSED_BY_US and not conversation.connected_at_ns


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
