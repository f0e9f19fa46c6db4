"""Everything that is known of one conversation, as labels and values; `listener_details` are those of a listener.

The rule: what is shown elsewhere in round numbers is exact here, and what does not apply is left out. Every text is
harmless: values may come from a peer, a certificate or a file.
"""

from collections.abc import Iterable

from sockscope.net.endpoint import NOWHERE
from sockscope.record.conversation import Conversation
from sockscope.record.dialling import Attempt
from sockscope.record.listener import Listener
from sockscope.record.outgoing import Outgoing
from sockscope.record.process import Process
from sockscope.record.tape import Tape
from sockscope.record.transfer import Repeat, Transfer
from sockscope.show.acknowledged import exactly_acknowledged
from sockscope.show.detail import Detail, section, where
from sockscope.show.endings import ending_details
from sockscope.show.pauses import told_pauses
from sockscope.show.sanitizer import safe
from sockscope.show.sequence_words import sequence_details
from sockscope.show.stalled import stalled
from sockscope.show.step import ending, exactly, joined, peer_of, verdict, why, why_lost
from sockscope.show.tls_details import handshake_details, session_details, trust
from sockscope.show.unheard import unheard
from sockscope.show.units import duration, flowing, plural, waited
from sockscope.show.wall_clock import UNSET, WallClock

ATTEMPTS_SHOWN = 20
"""Of more attempts, the latest ones; trying again makes ever more of them."""


def details(conversation: Conversation, now_ns: int, wall: WallClock = UNSET) -> list[Detail]:
    """Tell everything about a conversation; `now_ns` is on the clock of facts, `wall` makes times of day."""
    session = conversation.layers.session
    return harmless(
        [
            *section("what went wrong", failed(conversation)),
            *handshake_details(conversation.findings),
            *section("socket", _socket(conversation, now_ns)),
            *section("traffic", _traffic(conversation, now_ns)),
            *section("directions" if conversation.state.live else "how it ended", ending_details(conversation, wall)),
            *section("attempts", _attempts(conversation, now_ns)),
            *(session_details(session, conversation.unverified) if session else []),
            *section("relay: the other leg", _other_leg(conversation.upstream)),
            *section("file", _transfer(conversation.outgoing, now_ns)),
            *section("repeated", _repeat(conversation.outgoing.repeat)),
            *section("sequence", sequence_details(conversation, now_ns)),
        ]
    )


def harmless(found: Iterable[Detail]) -> list[Detail]:
    """Make every text safe to be shown."""
    return [Detail(safe(detail.label), safe(detail.value), detail.role) for detail in found]


def ago(at_ns: int, now_ns: int) -> str:
    """Say how long ago something was."""
    return f"{waited(now_ns - at_ns)} ago"


# A conversation.


def _socket(conversation: Conversation, now_ns: int) -> Iterable[Detail]:
    began_ns = conversation.started_at_ns
    yield Detail("kind", _kind(conversation))
    yield Detail("descriptor", _descriptor(conversation))
    yield Detail("local address", str(conversation.endpoints.local))
    yield Detail("peer address", _peer(conversation))
    yield Detail("asked for", conversation.target)
    yield Detail("peer process", _process(conversation))
    yield Detail("its command", "; ".join(" ".join(one.command) for one in _held_by(conversation)))
    yield Detail("state", ending(conversation), where(conversation.error, "bad"))
    yield Detail("began", ago(began_ns, now_ns))
    if connected_ns := conversation.connected_at_ns:
        took = where(connected_ns > began_ns, f", after {duration(connected_ns - began_ns)}")  # not of a client's
        yield Detail("connected", f"{ago(connected_ns, now_ns)}{took}")
    if ended_ns := conversation.ended_at_ns:
        yield Detail("ended", f"{ago(ended_ns, now_ns)}, after {duration(ended_ns - began_ns)}")
    elif conversation.connected_at_ns:
        yield Detail("silent for", waited(now_ns - conversation.last_active_ns))
    if conversation.dialling.retry_at_ns:
        yield Detail("tried again in", waited(conversation.dialling.retry_at_ns - now_ns))


def _kind(conversation: Conversation) -> str:
    """Write what socket(2) was called with: family, type, protocol."""
    attempts = conversation.dialling.attempts
    tried = attempts[-1].address if attempts else NOWHERE
    address = conversation.endpoints.local or conversation.endpoints.peer or tried
    kind = conversation.transport
    family = address.family_name or (kind.families[0].name if len(kind.families) == 1 else "")
    words = [family, kind.type.name]
    layer = where(conversation.layers.wire, "TLS over ")
    return f"{layer}{conversation.transport.title} ({', '.join(word for word in words if word)})"


def _peer(conversation: Conversation) -> str:
    """Write the peer's address, of a UNIX socket without one who it is."""
    return peer_of(conversation) if conversation.connected_at_ns else str(conversation.endpoints.peer)


def _descriptor(conversation: Conversation) -> str:
    fd, listener_fd = conversation.fd, conversation.endpoints.listener_fd
    if fd < 0:
        return ""
    if fd == listener_fd:
        return f"{fd}, the listener's: all its peers share it"
    accepted = where(listener_fd >= 0, f", accepted from {listener_fd}")
    return f"{fd}{accepted}{where(not conversation.state.live, ', closed')}"


def _process(conversation: Conversation) -> str:
    who, holders = conversation.endpoints.credentials, conversation.endpoints.peer_process
    if who:
        return f"{who} (uid {who.uid}, gid {who.gid})"
    hidden = conversation.endpoints.peer.is_loopback and holders and holders.hidden
    return "; ".join(map(str, _held_by(conversation))) or where(hidden, "of another user, and may not be looked into")


def _held_by(conversation: Conversation) -> tuple[Process, ...]:
    """Return the processes that have the peer's socket."""
    holders = conversation.endpoints.peer_process
    return holders.processes if holders else ()


def _traffic(conversation: Conversation, now_ns: int) -> Iterable[Detail]:
    flow, noun = conversation.flow, conversation.transport.unit or "call"
    yield Detail("received", moved(flow.bytes_in, flow.calls_in, noun, flow.rate_in))
    yield Detail("sent", moved(flow.bytes_out, flow.calls_out, noun, flow.rate_out))
    yield Detail("acknowledged", exactly_acknowledged(conversation, now_ns))
    yield Detail("pauses", told_pauses(conversation), "bad")
    if conversation.layers.wire:
        size_bytes = conversation.layers.wire.tape.total_bytes
        yield Detail("on the wire", f"{plural(size_bytes, 'byte')} of TLS records, both ways together")
    if conversation.outgoing.queued_bytes:
        blocked_ns = conversation.outgoing.blocked_at_ns
        taken = where(blocked_ns, f", nothing taken for {waited(now_ns - blocked_ns)}")
        yield Detail("queued", f"{plural(conversation.outgoing.queued_bytes, 'byte')}{taken}")
    yield Detail("stalled", stalled(conversation, now_ns), "bad")
    yield Detail("not heard", unheard(conversation) if conversation.state.live else "")
    yield Detail("reading", where(conversation.reading_stopped, "stopped by hand: what comes waits in the kernel"))
    yield Detail("dropped", _dropped(conversation.tape, conversation.facts.dropped))


def moved(size_bytes: int, calls: int, noun: str, bytes_per_s: float) -> str:
    """Say how much went in how many calls, and how fast it goes by now."""
    return joined(f"{plural(size_bytes, 'byte')} in {plural(calls, noun)}", flowing(bytes_per_s))


def _dropped(tape: Tape, facts: int) -> str:
    """Say what is no longer in the history."""
    records = where(tape.first_entry, f"{plural(tape.first_offset, 'byte')} in {plural(tape.first_entry, 'record')}")
    other = where(facts, plural(facts, "other call"))
    gone = " and ".join(part for part in (records, other) if part)
    return where(gone, f"{gone} from the history")


def failed(subject: Conversation | Listener) -> Iterable[Detail]:
    """Tell what is the matter with it, in words and with the exact reason."""
    if isinstance(subject, Conversation):
        yield Detail("remark", subject.facts.said, "bad")
    if subject.error:
        explanation = why(subject)
        yield Detail("error", joined(subject.error, where(explanation.word != subject.error, explanation.word)), "bad")
        yield Detail("exactly", exactly(subject), "bad")
        yield Detail("which means", explanation.meaning)
        yield Detail("try", explanation.advice)


def _attempts(conversation: Conversation, now_ns: int) -> Iterable[Detail]:
    shown = conversation.dialling.attempts[-ATTEMPTS_SHOWN:]
    earlier = max(0, conversation.dialling.attempted - len(shown))
    yield Detail("earlier", where(earlier, f"{plural(earlier, 'attempt')}, not shown"))
    for number, attempt in enumerate(shown, earlier + 1):
        took = _took(attempt, now_ns)
        outcome, role = _outcome(conversation, attempt)
        yield Detail(
            f"{number}", joined(attempt.address, where(attempt.fd >= 0, f"fd {attempt.fd}"), outcome, took), role
        )


def _took(what: Attempt | Transfer, now_ns: int) -> str:
    """Say how long it took, or takes so far; the clock of the screen may be behind its beginning."""
    return duration(what.ended_at_ns - what.started_at_ns) if what.ended_at_ns else waited(now_ns - what.started_at_ns)


def _outcome(conversation: Conversation, attempt: Attempt) -> tuple[str, str]:
    if attempt.won:
        return "connected", "good"
    if not attempt.error:
        return "no answer yet", ""
    word = why_lost(conversation, attempt).word
    return f"{attempt.error}{where(word != attempt.error, f': {word}')}", "bad"


def _other_leg(upstream: Conversation | None) -> Iterable[Detail]:
    if upstream:
        noun = upstream.transport.unit or "call"
        flow = upstream.flow
        yield Detail("target", upstream.target)
        yield Detail("kind", _kind(upstream))
        yield Detail("descriptor", _descriptor(upstream))
        yield Detail("local address", str(upstream.endpoints.local))
        yield Detail("peer address", _peer(upstream))
        yield Detail("state", ending(upstream), where(upstream.error, "bad"))
        yield Detail("finished", ", then ".join(upstream.finished))
        yield Detail("received", moved(flow.bytes_in, flow.calls_in, noun, flow.rate_in))
        yield Detail("sent", moved(flow.bytes_out, flow.calls_out, noun, flow.rate_out))
        yield from failed(upstream)
        if session := upstream.layers.session:
            yield Detail("TLS", joined(str(session), verdict(session)), trust(session))


def _transfer(outgoing: Outgoing, now_ns: int) -> Iterable[Detail]:
    if transfer := outgoing.transfer:
        took = _took(transfer, now_ns)
        yield Detail("name", transfer.name)
        yield Detail("sent", f"{transfer.sent_bytes:,} of {plural(transfer.total_bytes, 'byte')} in {took}")
        yield Detail("outcome", transfer.outcome or "still going on", where(transfer.outcome == "sent", "good"))
        if outgoing.waiting_files:
            yield Detail("behind it", f"{plural(outgoing.waiting_files, 'file')} to be sent")


def _repeat(repeat: Repeat | None) -> Iterable[Detail]:
    if repeat:
        going = "stopped" if repeat.stopped else "still going on"
        yield Detail("payload", f"sent {plural(repeat.sent, 'time')}, every {repeat.interval_s:g} s, {going}")
