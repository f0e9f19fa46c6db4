"""The rails: the steps of a client and of a server, each lit by the facts that show that it happened.

The rule: a step is done when its call returned, and it says what that call gave. A step that needs no call (a
given address needs no lookup, datagrams need no connection) says so.
"""

from collections.abc import Callable

from sockscope.net.endpoint import Endpoint
from sockscope.record.conversation import Conversation, State
from sockscope.record.fact import Call
from sockscope.record.listener import Listener, ListenerState
from sockscope.record.milestone import ACCEPTED, CLOSED, LOOKED_UP, SECURED, SOCKET
from sockscope.show.acknowledged import briefly_acknowledged
from sockscope.show.call_text import arguments, result
from sockscope.show.explain.errors import explain
from sockscope.show.losses import lost_briefly
from sockscope.show.opening import OPENING_STEPS, opening_step
from sockscope.show.stalled import STALLED_NS
from sockscope.show.step import (
    AHEAD,
    Progress,
    Step,
    Told,
    ending,
    failure,
    flowed,
    joined,
    peer_of,
    step_of,
    told_by,
    verdict,
    why_lost,
)
from sockscope.show.units import duration, flowing, plural, size, waited

__all__ = ["CLIENT_STEPS", "SERVER_STEPS", "STALLED_NS", "Progress", "Step", "client_steps", "server_steps"]

TLS_STEP = "TLS handshake"
CLIENT_STEPS = ("look up", "socket", "connect", "send/receive", "close")
SERVER_STEPS = (*OPENING_STEPS, "accept", "send/receive", "accept again")

_SECOND_NS = 1_000_000_000
_HALF_CLOSED = {
    State.PEER_FINISHED: "we can still send; perhaps it reads no more",
    State.WE_FINISHED: "the peer can still send",
}
"""What is left of a connection that one end finished; a FIN does not tell whether its sender closed altogether."""


# A client.


def client_steps(conversation: Conversation | None, now_ns: int) -> list[Step]:
    """The five steps of a client, and where TLS lies between, its handshake; all ahead without a conversation."""
    if conversation is None:
        return [Step(name, Progress.AHEAD) for name in CLIENT_STEPS]
    made = dict(zip(CLIENT_STEPS, (_look_up, _socket, _connect, _exchange, _close), strict=True))
    names = [*CLIENT_STEPS[:3], *([TLS_STEP] if conversation.layers.wire else []), *CLIENT_STEPS[3:]]
    return [step_of(name, made.get(name, _secure)(conversation, now_ns)) for name in names]


def _look_up(conversation: Conversation, now_ns: int) -> Told:
    call = conversation.facts.milestones.get(LOOKED_UP)
    if call is not None:
        return told_by(call, f"{result(call)} · {duration(call.took_ns)}", conversation.error)
    if conversation.dialling.attempts and not conversation.transport.resolves:
        abstract = conversation.dialling.attempts[0].address.is_abstract
        return Progress.SKIPPED, f"not needed: {'an abstract name' if abstract else 'a path'}"
    if conversation.dialling.attempts:
        rows = conversation.request.rows if conversation.request else ()
        why = "done before, in Resolve" if len(rows) > 1 else "the address was given"
        return Progress.SKIPPED, f"not needed: {why}"
    if conversation.state is State.CONNECTING:
        return Progress.UNDER_WAY, f"getaddrinfo: waiting {waited(now_ns - conversation.started_at_ns)}"
    return AHEAD


def _socket(conversation: Conversation, now_ns: int) -> Told:
    call = conversation.facts.milestones.get(SOCKET)
    if call is None:
        return AHEAD
    return told_by(call, f"fd {result(call)} · {arguments(call)} · {duration(call.took_ns)}")


def _connect(conversation: Conversation, now_ns: int) -> Told:
    attempts = conversation.dialling.attempts
    if conversation.dialling.retry_at_ns:
        return Progress.UNDER_WAY, _retrying(conversation, now_ns)
    if not attempts:
        return AHEAD
    tried = f"{conversation.dialling.attempted:,} tried" if conversation.dialling.attempted > 1 else ""
    if any(attempt.won for attempt in attempts):
        return _connected(conversation, tried)
    last = attempts[-1]
    if conversation.state is State.CONNECTING:
        now = why_lost(conversation, last).word if last.error else f"waiting {waited(now_ns - last.started_at_ns)}"
        return Progress.UNDER_WAY, joined(last.address, now, tried)
    blamed = (attempt for attempt in reversed(attempts) if attempt.error == conversation.error)
    last = next(blamed, last)  # the one that failed last need not be the one that began last
    word = "cancelled" if conversation.state is State.CLOSED_BY_US else failure(conversation)
    return Progress.FAILED, joined(last.address, word, tried)


def _connected(conversation: Conversation, tried: str) -> Told:
    won = next(attempt for attempt in conversation.dialling.attempts if attempt.won)
    source = f"from {conversation.endpoints.local}" if conversation.endpoints.local else ""
    if conversation.endpoints.unconnected:
        return Progress.SKIPPED, joined("not called: each sendto names the peer", won.address, source)
    words = "" if conversation.transport.connection_oriented else "nothing is sent, it only fixes the peer"
    peer = str(conversation.endpoints.credentials or "")
    return Progress.DONE, joined(won.address, duration(won.ended_at_ns - won.started_at_ns), source, peer, tried, words)


def _retrying(conversation: Conversation, now_ns: int) -> str:
    """Say what went wrong last, of a lookup or else of an address, and when it is tried again."""
    call, attempts = conversation.facts.milestones.get(LOOKED_UP), conversation.dialling.attempts
    word = explain(call.error).word if call and call.error else ""
    if attempts and not word:
        word = why_lost(conversation, attempts[-1]).word
    left_s = max(0, -((now_ns - conversation.dialling.retry_at_ns) // _SECOND_NS))
    tried = f"{conversation.dialling.attempted:,} tried" if attempts else ""
    return joined(word, tried, f"again in {left_s} s")


def _secure(conversation: Conversation, now_ns: int) -> Told:
    session, state = conversation.layers.session, conversation.state
    if session:
        call = conversation.facts.milestones.get(SECURED)
        took = duration(call.took_ns) if call else ""
        if conversation.unverified:
            return Progress.DOUBTFUL, joined(verdict(session), str(session), took)
        return Progress.DONE, joined(str(session), verdict(session), took)
    if state is State.SECURING:
        return Progress.UNDER_WAY, f"do_handshake: waiting {waited(now_ns - conversation.connected_at_ns)}"
    if state is State.CLOSED_BY_US:
        return Progress.FAILED, "cancelled"
    return Progress.FAILED, _broken(conversation)


def _exchange(conversation: Conversation, now_ns: int) -> Told:
    state = conversation.state
    if not conversation.connected_at_ns or (conversation.layers.wire and not conversation.layers.session):
        return AHEAD
    blocked_ns = now_ns - conversation.outgoing.blocked_at_ns if conversation.outgoing.blocked_at_ns else 0
    broken = state in (State.RESET_BY_PEER, State.FAILED) or bool(conversation.left.unread_bytes)
    detail = joined(
        _broken(conversation) if broken else "",
        flowed(conversation),
        "reading stopped" if conversation.reading_stopped else "",
        f"{size(conversation.outgoing.queued_bytes)} queued" if conversation.outgoing.queued_bytes else "",
        f"stalled {waited(blocked_ns)}" if blocked_ns > STALLED_NS else "",
        f"{size(conversation.outgoing.unsent_bytes)} never sent" if conversation.outgoing.unsent_bytes else "",
        briefly_acknowledged(conversation),
    )
    if broken or state.live:
        return (Progress.FAILED if broken else Progress.UNDER_WAY), detail
    moved = conversation.flow.calls_in or conversation.flow.calls_out or conversation.outgoing.unsent_bytes
    return (Progress.DONE, detail) if moved else (Progress.SKIPPED, "nothing was sent, and nothing came")


def _broken(conversation: Conversation) -> str:
    return failure(conversation) if conversation.state is State.FAILED else conversation.state.value


def _close(conversation: Conversation, now_ns: int) -> Told:
    state = conversation.state
    if state in _HALF_CLOSED:
        return Progress.UNDER_WAY, f"{state.value}: {_HALF_CLOSED[state]}"
    if state.live:
        return AHEAD
    call = conversation.facts.milestones.get(CLOSED)
    if call is None and conversation.fd < 0:
        return Progress.SKIPPED, "not called: there is no socket"
    if call is None and state in (State.RESET_BY_PEER, State.FAILED):
        return Progress.UNDER_WAY, f"close: waiting {waited(now_ns - conversation.ended_at_ns)}"  # it lingers
    if call and call.error:
        return told_by(call, "")
    lasted = duration(conversation.ended_at_ns - conversation.started_at_ns)
    untold = conversation.connected_at_ns and not conversation.transport.has_end_of_stream
    words = "the peer is not told: datagrams have no end of stream" if untold else ""
    told = f"{ending(conversation)} after {lasted}"
    if state is State.FAILED:
        told = f"closed, for it had failed after {lasted}: {failure(conversation)}"
    return Progress.DONE, joined(told, words, lost_briefly(conversation))


# A server.


def server_steps(listener: Listener | None, now_ns: int) -> list[Step]:
    """The six steps of a server; all ahead where there is no listener."""
    if listener is None:
        return [Step(name, Progress.AHEAD) for name in SERVER_STEPS]
    told = [opening_step(listener, name) for name in OPENING_STEPS]
    rest = _STREAM_SERVER if listener.transport.connection_oriented else _DATAGRAM_SERVER
    told += [step(listener, now_ns) if listener.bound else AHEAD for step in rest]
    return [step_of(name, what) for name, what in zip(SERVER_STEPS, told, strict=True)]


def _accept(listener: Listener, now_ns: int) -> Told:
    if listener.accepted:
        return Progress.DONE, f"a new socket: {_accepted(listener.facts.milestones.get(ACCEPTED))}"
    if listener.state is ListenerState.FAILED:
        return Progress.FAILED, failure(listener)
    return (Progress.UNDER_WAY, _accepting(listener, now_ns)) if listener.state.live else AHEAD


def _accepted(call: Call | None) -> str:
    match call.returned if call else None:
        case (int(fd), Endpoint() as peer):
            return f"fd {fd} for {peer}"
        case int(fd):
            return f"fd {fd}"
    return "one for each client"


def _serve(listener: Listener, now_ns: int) -> Told:
    if not listener.accepted:
        return AHEAD
    flow = listener.flow
    told = joined(flowed(listener), flowing(flow.rate_in + flow.rate_out), answering(listener))
    return (_going_on(listener) if listener.live_clients else Progress.DONE), told


def answering(listener: Listener) -> str:
    """Say what becomes of what clients send, where it is not left to a person."""
    if listener.policy.relay:
        return f"passed on to {listener.policy.relay}"
    if listener.answers_no_more:
        return f"{listener.policy.answers.kind} answers no more: {listener.answers_no_more}"
    return f"{listener.policy.answers.kind} answers" if listener.policy.answers.kind != "none" else ""


def _accept_again(listener: Listener, now_ns: int) -> Told:
    if not listener.accepted:
        return AHEAD
    told = f"{_accepting(listener, now_ns)} · {plural(listener.accepted, 'client')} so far"
    return (Progress.FAILED if listener.state is ListenerState.FAILED else _going_on(listener)), told


def _going_on(listener: Listener) -> Progress:
    return Progress.UNDER_WAY if listener.state.live else Progress.DONE


def _accepting(listener: Listener, now_ns: int) -> str:
    if listener.state is ListenerState.PAUSED:
        return f"paused: {explain(listener.error).word}"
    if listener.state is ListenerState.FAILED:
        return f"failed: {failure(listener)}"
    if not listener.state.live:
        return "stopped"
    if not listener.policy.accepting:
        return joined(f"switched off: {_queued(listener, now_ns) or 'clients wait in the queue'}", "A accepts again")
    if listener.policy.one_at_a_time and listener.live_clients:
        served = next((peer_of(one) for one in reversed(list(listener.clients.values())) if one.state.live), "")
        queued = _queued(listener, now_ns)
        ways = "M takes all, c closes the one" if queued else ""
        return joined(queued, ways, f"one at a time: {served} is served")
    return f"waiting {waited(now_ns - listener.waiting_since_ns)}"


def _queued(listener: Listener, now_ns: int) -> str:
    """Say how many wait in the queue, of which no more than the first are known by name, and the first since when."""
    known = listener.waiting
    count = max(len(known), sum(waiting for waiting, _ in listener.queues))
    if not count:
        return ""
    since = f" {waited(now_ns - known[0].since_ns)}" if known else ""
    if count == 1:
        return f"1 waits{since}"
    return f"{count:,} wait, the first{since}" if since else f"{count:,} wait"


# A server of datagrams: nobody is accepted, whoever sends is there.


def _no_accept(listener: Listener, now_ns: int) -> Told:
    return Progress.SKIPPED, "not called: recvfrom tells who sent"


def _receive(listener: Listener, now_ns: int) -> Told:
    live, lost = listener.state.live, listener.lost_datagrams
    if not listener.accepted and not live:
        return AHEAD
    told = _serve(listener, now_ns)[1]
    if live and not listener.policy.accepting:
        told = joined("switched off: datagrams wait in the kernel's buffer", told)
    told = told or f"waiting {waited(now_ns - listener.waiting_since_ns)}"
    return _going_on(listener), joined(told, f"{lost:,} lost: the kernel's buffer was full" if lost else "")


def _no_accept_again(listener: Listener, now_ns: int) -> Told:
    return Progress.SKIPPED, joined("not called: one socket for all", f"{plural(listener.accepted, 'peer')} so far")


_OfListener = Callable[[Listener, int], Told]
_STREAM_SERVER: tuple[_OfListener, ...] = (_accept, _serve, _accept_again)
_DATAGRAM_SERVER: tuple[_OfListener, ...] = (_no_accept, _receive, _no_accept_again)
