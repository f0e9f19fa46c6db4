"""Everything that is known of one conversation or one listener, as labels and values.

The rule: what is shown elsewhere in round numbers is exact here, and what does not apply is left out. Every text is
harmless: values may come from a peer, a certificate or a file.
"""

from collections.abc import Iterable

from sockscope.net.endpoint import NOWHERE
from sockscope.record.conversation import Conversation
from sockscope.record.dialling import Attempt
from sockscope.record.listener import Bound, Listener, ListenerState
from sockscope.record.outgoing import Outgoing
from sockscope.record.process import Process
from sockscope.record.tape import Tape
from sockscope.record.transfer import Repeat, Transfer
from sockscope.show.acknowledged import exactly_acknowledged
from sockscope.show.bars import bars
from sockscope.show.call_text import arguments
from sockscope.show.detail import Detail, section, where
from sockscope.show.endings import ending_details
from sockscope.show.pauses import told_pauses
from sockscope.show.sanitizer import safe
from sockscope.show.sequence_words import sequence_details
from sockscope.show.step import ending, exactly, joined, peer_of, verdict, why, why_call, why_lost
from sockscope.show.tls_details import certificate_details, handshake_details, session_details, trust
from sockscope.show.unheard import shared, unheard
from sockscope.show.units import duration, flowing, plural, waited
from sockscope.show.wall_clock import UNSET, WallClock

__all__ = ["Detail", "details", "listener_details"]

ATTEMPTS_SHOWN = 20
"""Of more attempts, the latest ones; trying again makes ever more of them."""

FDS_SHOWN = 12

WAITED_SHOWN = 60
"""Bars of how many clients waited, the latest ones; one stands for the time between two looks (half a second)."""

CALLS_SHOWN = 8
"""Of more calls of a listener that failed, the latest ones."""


def details(conversation: Conversation, now_ns: int, wall: WallClock = UNSET) -> list[Detail]:
    """Tell everything about a conversation; `now_ns` is on the clock of facts, `wall` makes times of day."""
    session = conversation.layers.session
    return _harmless(
        [
            *section("socket", _socket(conversation, now_ns)),
            *section("traffic", _traffic(conversation, now_ns)),
            *section("what went wrong", _failed(conversation)),
            *handshake_details(conversation.findings),
            *section("directions" if conversation.state.live else "how it ended", ending_details(conversation, wall)),
            *section("attempts", _attempts(conversation, now_ns)),
            *(session_details(session, conversation.unverified) if session else []),
            *section("relay: the other leg", _other_leg(conversation.upstream)),
            *section("file", _transfer(conversation.outgoing, now_ns)),
            *section("repeated", _repeat(conversation.outgoing.repeat)),
            *section("sequence", sequence_details(conversation, now_ns)),
        ]
    )


def listener_details(listener: Listener, now_ns: int) -> list[Detail]:
    """Tell everything about a listener; `now_ns` is on the clock of facts."""
    shown = listener.certificate
    return _harmless(
        [
            *section("listener", _listening(listener, now_ns)),
            *section("sockets", _bound(listener)),
            *section("clients", _clients(listener)),
            *section("what a select server would see", _ready(listener, now_ns)),
            *section("who waits to be accepted", _waiting(listener, now_ns)),
            *section("what they are answered", _answers(listener)),
            *section("what went wrong", _failed(listener)),
            *section("calls that failed", _failed_calls(listener, now_ns)),
            *(certificate_details("certificate that clients are shown", shown) if shown else []),
        ]
    )


def _harmless(found: Iterable[Detail]) -> list[Detail]:
    return [Detail(safe(detail.label), safe(detail.value), detail.role) for detail in found]


def _ago(at_ns: int, now_ns: int) -> str:
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
    yield Detail("began", _ago(began_ns, now_ns))
    if connected_ns := conversation.connected_at_ns:
        took = where(connected_ns > began_ns, f", after {duration(connected_ns - began_ns)}")  # not of a client's
        yield Detail("connected", f"{_ago(connected_ns, now_ns)}{took}")
    if ended_ns := conversation.ended_at_ns:
        yield Detail("ended", f"{_ago(ended_ns, now_ns)}, after {duration(ended_ns - began_ns)}")
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
    yield Detail("received", _moved(flow.bytes_in, flow.calls_in, noun, flow.rate_in))
    yield Detail("sent", _moved(flow.bytes_out, flow.calls_out, noun, flow.rate_out))
    yield Detail("acknowledged", exactly_acknowledged(conversation, now_ns))
    yield Detail("pauses", told_pauses(conversation), "bad")
    if conversation.layers.wire:
        size_bytes = conversation.layers.wire.tape.total_bytes
        yield Detail("on the wire", f"{plural(size_bytes, 'byte')} of TLS records, both ways together")
    if conversation.outgoing.queued_bytes:
        blocked_ns = conversation.outgoing.blocked_at_ns
        stalled = where(blocked_ns, f", nothing taken for {waited(now_ns - blocked_ns)}")
        yield Detail("queued", f"{plural(conversation.outgoing.queued_bytes, 'byte')}{stalled}")
    yield Detail("not heard", unheard(conversation) if conversation.state.live else "")
    yield Detail("reading", where(conversation.reading_stopped, "stopped by hand: what comes waits in the kernel"))
    yield Detail("dropped", _dropped(conversation.tape, conversation.facts.dropped))


def _moved(size_bytes: int, calls: int, noun: str, bytes_per_s: float) -> str:
    return joined(f"{plural(size_bytes, 'byte')} in {plural(calls, noun)}", flowing(bytes_per_s))


def _dropped(tape: Tape, facts: int) -> str:
    """Say what is no longer in the history."""
    records = where(tape.first_entry, f"{plural(tape.first_offset, 'byte')} in {plural(tape.first_entry, 'record')}")
    other = where(facts, plural(facts, "other call"))
    gone = " and ".join(part for part in (records, other) if part)
    return where(gone, f"{gone} from the history")


def _failed(subject: Conversation | Listener) -> Iterable[Detail]:
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
        yield Detail("received", _moved(flow.bytes_in, flow.calls_in, noun, flow.rate_in))
        yield Detail("sent", _moved(flow.bytes_out, flow.calls_out, noun, flow.rate_out))
        yield from _failed(upstream)
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


# A listener.


def _asked_for(listener: Listener) -> str:
    """Write the address that was asked for, and what port 0 stands for."""
    if listener.request is None:
        return listener.target
    target = listener.request.target
    return target.brief if target.port or not target.socket_kind.has_ports else f"{target.brief} (any free port)"


def _listening(listener: Listener, now_ns: int) -> Iterable[Detail]:
    kind = listener.transport
    layer = where(listener.certificate, "TLS over ")
    yield Detail("kind", f"{layer}{kind.title} ({kind.type.name})")
    yield Detail("asked for", _asked_for(listener))
    yield Detail("state", listener.state.value, where(listener.state is ListenerState.FAILED, "bad"))
    yield Detail("began", _ago(listener.started_at_ns, now_ns))
    if listener.ended_at_ns:
        lasted = duration(listener.ended_at_ns - listener.started_at_ns)
        yield Detail("ended", f"{_ago(listener.ended_at_ns, now_ns)}, after {lasted}")
    yield Detail("reachable", _reachable(listener))
    yield Detail("left behind", listener.stale_path, "bad")
    yield Detail("shared", shared(listener), "bad")


def _reachable(listener: Listener) -> str:
    if not listener.bound or not listener.state.live:
        return ""
    return "not only from this machine" if listener.reachable_from_outside else "from this machine only"


def _bound(listener: Listener) -> Iterable[Detail]:
    for number, bound in enumerate(listener.bound):
        queue = listener.queues[number] if number < len(listener.queues) and listener.state.live else None
        yield Detail(f"fd {bound.fd}", _one_bound(listener, bound, queue))
    if listener.transport.connection_oriented and (waited_for := list(listener.waited)):
        over_time = f"{bars(waited_for[-WAITED_SHOWN:])} now {waited_for[-1]}, most {max(waited_for)}"
        yield Detail("accept queue", over_time if listener.queues else "this system does not tell how many wait")


def _failed_calls(listener: Listener, now_ns: int) -> Iterable[Detail]:
    """Tell which calls failed, the latest ones of many: also those after which it went on."""
    failed = [call for call in listener.facts.calls() if call.error]
    earlier = max(0, len(failed) - CALLS_SHOWN)
    yield Detail("earlier", where(earlier, f"{plural(earlier, 'call')}, not shown"))
    for call in failed[earlier:]:
        word = why_call(listener, call).word
        error = f"{call.error}{where(word != call.error, f', {word}')}"
        yield Detail(call.name, joined(f"({arguments(call)}) = {error}", _ago(call.at_ns, now_ns)), "bad")


def _one_bound(listener: Listener, bound: Bound, queue: tuple[int, int] | None) -> str:
    return joined(
        bound.address,
        bound.address.family_name,
        where(bound.backlog, f"backlog {bound.backlog}"),
        f"queue {queue[0]} of {queue[1]}" if queue else "",
    )


def _clients(listener: Listener) -> Iterable[Detail]:
    flow, kind = listener.flow, listener.transport
    noun, came = kind.unit or "call", "accepted" if kind.connection_oriented else "met"
    yield Detail(came, f"{listener.accepted:,}, {listener.live_clients:,} of them are there")
    yield Detail("aborted", where(listener.aborted, f"{listener.aborted:,} before they were accepted"), "bad")
    yield Detail("forgotten", where(listener.forgotten, f"{listener.forgotten:,} that have ended"))
    yield Detail("received", _moved(flow.bytes_in, flow.calls_in, noun, flow.rate_in))
    yield Detail("sent", _moved(flow.bytes_out, flow.calls_out, noun, flow.rate_out))
    lost = f"{plural(listener.lost_datagrams, 'datagram')}: the kernel's buffer was full"
    yield Detail("lost", where(listener.lost_datagrams, lost), "bad")


def _ready(listener: Listener, now_ns: int) -> Iterable[Detail]:
    """Tell which descriptors select(2) or poll(2) would give back at once."""
    if (told := listener.ready) and listener.state.live:
        yield Detail("asked", f"{plural(told.asked, 'descriptor')}, {_ago(told.at_ns, now_ns)}")
        yield Detail("to be read", _descriptors(told.readable) or "none")
        yield Detail("to be written", _descriptors(told.writable) or "none")


def _descriptors(fds: tuple[int, ...]) -> str:
    others = len(fds) - FDS_SHOWN
    more = where(others > 0, f" and {others:,} others")
    return where(fds, f"fd {', '.join(map(str, fds[:FDS_SHOWN]))}{more}")


def _waiting(listener: Listener, now_ns: int) -> Iterable[Detail]:
    """Tell who is connected as far as it can tell, and starves."""
    for one in listener.waiting[:ATTEMPTS_SHOWN]:
        sent = where(one.sent_bytes, f"has sent {plural(one.sent_bytes, 'byte')} that nobody reads")
        yield Detail(str(one.peer), joined(f"for {waited(now_ns - one.since_ns)}", sent))
    others = len(listener.waiting) - ATTEMPTS_SHOWN
    yield Detail("others", where(others > 0, f"{others:,} or more"))


def _answers(listener: Listener) -> Iterable[Detail]:
    yield Detail("passed on to", listener.policy.relay)
    yield Detail("answer", where(not listener.policy.relay, listener.policy.answers.kind))
    yield Detail("no more", listener.answers_no_more, "bad")
    if listener.transport.connection_oriented:
        taken = "one at a time" if listener.policy.one_at_a_time else "all at once"
        yield Detail("accepting", taken if listener.policy.accepting else "switched off: clients wait in the queue")
        yield Detail("at their end", "our side stays open" if listener.policy.keep_half_open else "we finish too")
    elif not listener.policy.accepting:
        yield Detail("receiving", "switched off: datagrams wait in the kernel's buffer")
    yield Detail("closed after", where(listener.policy.idle_s, f"{listener.policy.idle_s:g} s of silence"))
