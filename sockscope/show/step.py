"""One step of a rail, and the words that the rails and the details have in common."""

from enum import Enum
from typing import NamedTuple

from sockscope.net.endpoint import NOWHERE, Endpoint
from sockscope.net.error_name import HANDSHAKE_TIMEOUT
from sockscope.record.conversation import Conversation, State
from sockscope.record.dialling import Attempt
from sockscope.record.fact import Call
from sockscope.record.layers import Track
from sockscope.record.listener import Listener
from sockscope.record.milestone import BOUND, FAILED, TROUBLED
from sockscope.record.tls_session import TlsSession
from sockscope.show.explain.errors import explain
from sockscope.show.explain.explanation import Explanation
from sockscope.show.explain.here import explain_here
from sockscope.show.explain.holding import holder_briefly
from sockscope.show.explain.remarks import explain_remark
from sockscope.show.explain.situation import Situation
from sockscope.show.explain.untrusted import known_checks
from sockscope.show.sanitizer import safe
from sockscope.show.units import plural, size


class Progress(Enum):
    """How far a step is; DOUBTFUL is done, and something about it should be known."""

    AHEAD = "ahead"
    UNDER_WAY = "under way"
    DONE = "done"
    DOUBTFUL = "doubtful"
    SKIPPED = "not needed"
    FAILED = "failed"


class Step(NamedTuple):
    """One step of a rail: its name, how far it is, and what was learnt."""

    name: str
    progress: Progress
    detail: str = ""


Told = tuple[Progress, str]
"""How far a step is, and what was learnt, as it came: not made safe yet."""

AHEAD: Told = (Progress.AHEAD, "")


def joined(*parts: str | Endpoint) -> str:
    """Put what there is to say into one line."""
    return " · ".join(str(part) for part in parts if part)


def why(subject: Conversation | Listener) -> Explanation:
    """Explain why something failed, by the call that did."""
    reached = subject.facts.milestones
    return _explained(subject, subject.error, reached.get(FAILED), reached.get(BOUND))


def why_failing(subject: Conversation | Listener) -> Explanation:
    """Explain what the system was asked about last: why something failed, or what is wrong while it goes on."""
    troubled = why_troubled(subject) if isinstance(subject, Conversation) and subject.state.live else None
    return troubled or why(subject)


def advised(conversation: Conversation) -> Explanation | None:
    """Explain what is wrong with a conversation, whether that ended it or not; None where nothing is."""
    if conversation.error:
        return why(conversation)
    return why_troubled(conversation) or explain_remark(conversation)


def why_call(listener: Listener, call: Call) -> Explanation:
    """Explain why one call of a listener failed."""
    return _explained(listener, call.error, call, None)


def why_lost(conversation: Conversation, attempt: Attempt) -> Explanation:
    """Explain why one address could not be had."""
    return _explained(conversation, attempt.error, attempt.failed, attempt.bound)


def _explained(subject: Conversation | Listener, error: str, call: Call | None, bound: Call | None) -> Explanation:
    """Explain an error by the call that gave it and by what was found; findings are of the latest failure alone."""
    if call and call.error != error:  # what ended it was another one, of ours
        call = None
    latest = (FAILED, TROUBLED)
    own = not call or any(call is subject.facts.milestones.get(one) for one in latest)
    return explain_here(Situation(error, subject, call, bound, subject.findings if own else ()))


def why_troubled(conversation: Conversation) -> Explanation | None:
    """Explain the latest call that failed and after which it went on; None where nothing is wrong."""
    call = conversation.facts.milestones.get(TROUBLED)
    return _explained(conversation, call.error, call, None) if call else None


def _address(call: Call | None) -> Endpoint:
    """Return the address that a call took."""
    return next((one for one in (call.arguments if call else ()) if isinstance(one, Endpoint)), NOWHERE)


def exactly(subject: Conversation | Listener) -> str:
    """Say exactly why something failed, of a path what is there; empty where the error says it all."""
    call = subject.facts.milestones.get(FAILED)
    path = _address(call).path if call and call.name == "bind" else ""
    return f"{path} {subject.reason}" if path and subject.reason else subject.reason


def told(subject: Conversation | Listener) -> str:
    """Tell why something failed, exactly where what is known does not say it all, and what can be done."""
    explained, exact = why(subject), exactly(subject)
    particular = holder_briefly(subject.findings) or known_checks(subject.findings)
    if not exact or _names(exact, explained.name) or particular:
        return str(explained)
    return f"{explained.name}: {exact}. {explained.advice}"


def _names(reason: str, error: str) -> bool:
    """Whether a reason says no more than the name of its error does, as most of OpenSSL and our own time limit."""
    return error == HANDSHAKE_TIMEOUT or reason.casefold().replace(" ", "_") == error.casefold()


def peer_of(conversation: Conversation) -> str:
    """Say who is at the other end: an address, of a UNIX socket without one the process, or whom we asked for."""
    peer = str(conversation.endpoints.peer or conversation.endpoints.credentials or "")
    return peer or conversation.target or ("unnamed" if conversation.connected_at_ns else "")


def failure(subject: Conversation | Listener) -> str:
    """Say why something failed: a word, and the exact reason where there is one."""
    word = why(subject).word
    return f"{word}: {exactly(subject)}" if subject.reason else word


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


def verdict(session: TlsSession) -> str:
    """Say whether the peer's certificate was verified, and where it was not, why."""
    if session.verified:
        return "verified"
    return f"NOT VERIFIED: {session.because}" if session.because else "no client certificate asked for"


def told_by(call: Call, detail: str, ended_by: str = "") -> Told:
    """Tell what a call gave, or why it failed; of one that was abandoned, by which error of the whole."""
    error = ended_by or call.error if call.error == "abandoned" else call.error
    return (Progress.FAILED, explain(error).word) if error else (Progress.DONE, detail)


def step_of(name: str, told: Told) -> Step:
    """Make a step of what was learnt; from here on it is harmless."""
    progress, detail = told
    return Step(name, progress, safe(detail))


def flowed(subject: Conversation | Listener) -> str:
    """Say how much was sent and received, in calls or in datagrams."""
    flow = subject.flow
    if unit := subject.transport.unit:
        out, back = plural(flow.calls_out, unit), plural(flow.calls_in, unit)
        return f"→ {out}, {size(flow.bytes_out)} · ← {back}, {size(flow.bytes_in)}"
    return f"→ {size(flow.bytes_out)} in {flow.calls_out:,} · ← {size(flow.bytes_in)} in {flow.calls_in:,}"
