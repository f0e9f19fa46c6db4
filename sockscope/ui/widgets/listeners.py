"""What is said of listeners: their table, where there are several, and what should be known of one."""

from sockscope.record.listener import Listener, ListenerState
from sockscope.show.sanitizer import safe
from sockscope.show.step import told, why
from sockscope.show.steps import answering
from sockscope.show.unheard import shared
from sockscope.show.units import brief_count, flowing, plural, rate
from sockscope.ui.widgets.column import Column
from sockscope.ui.widgets.live_table import LiveTable
from sockscope.ui.widgets.way_on import said

_STATE_ROLES = {
    ListenerState.OPENING: "busy",
    ListenerState.LISTENING: "good",
    ListenerState.PAUSED: "busy",
    ListenerState.FAILED: "bad",
}


def listeners_table() -> LiveTable[Listener]:
    """Make the table."""
    columns: list[Column[Listener]] = [
        Column("fd", 5, _descriptors, "right", rank=3),
        Column("listener", 0, _address, rank=1),
        Column("state", 10, lambda one: one.state.value, rank=2, role=lambda one: _STATE_ROLES.get(one.state, "dim")),
        Column("clients", 7, lambda one: f"{one.live_clients:,}", "right", rank=4, key=lambda one: one.live_clients),
        Column("queue", 11, _queue, "right", rank=5),
        Column("answers", 8, lambda one: "relay" if one.policy.relay else one.policy.answers.kind, rank=6),
        Column("rate", 11, lambda one: rate(one.flow.rate_in + one.flow.rate_out, 11), "right", rank=7),
    ]
    return LiveTable(columns, empty="not listening", id="listeners")


def places(listener: Listener) -> str:
    """Where it listens; until it does, what was asked for."""
    return ", ".join(str(bound.address) for bound in listener.bound) or str(listener.target)


def listening(listener: Listener) -> str:
    """In what state it is, with how many clients, where it listens, what moves, and what becomes of what they send."""
    kind = f"{listener.transport.title}{' TLS' if listener.certificate else ''}"
    flow, words = listener.flow, [listener.state.value, plural(listener.live_clients, "client")]
    words.append(f"{kind} {places(listener)}")
    words.append(flowing(flow.rate_in + flow.rate_out) if listener.state.live else "")
    words.append(answering(listener))
    words.append(f"{listener.aborted:,} aborted" if listener.aborted else "")
    words.append(f"{listener.forgotten:,} ended, forgotten" if listener.forgotten else "")
    return safe(" · ".join(word for word in words if word))


def _descriptors(listener: Listener) -> str:
    return str(listener.bound[0].fd) if listener.bound else "–"


def _address(listener: Listener) -> str:
    """The kind and the address, of several sockets the first one's."""
    address = listener.bound[0].address if listener.bound else listener.target
    return f"{listener.transport.title}{' TLS' if listener.certificate else ''} {address}"


def _queue(listener: Listener) -> str:
    """How many wait to be accepted, and how many may."""
    if not listener.queues:
        return ""
    waiting, limit = (sum(numbers) for numbers in zip(*listener.queues, strict=True))
    return f"{brief_count(waiting)}/{brief_count(limit)}"


def known_of(listener: Listener | None, *, typing: bool = False) -> tuple[str, bool]:
    """What went wrong with a listener, or (with True) what should be known of it."""
    if listener is None:
        return "", False
    if listener.state is ListenerState.FAILED:
        return said(told(listener), why(listener).action, typing=typing), False
    if listener.state is ListenerState.PAUSED:
        return f"accepting is paused; {why(listener)}", True
    if known := listener.answers_no_more or listener.facts.said:
        return known, True
    if told_of := shared(listener):
        return told_of, True
    if listener.state.live and listener.reachable_from_outside:
        who = "connect" if listener.transport.connection_oriented else "send to it"
        return f"Not only this machine: whoever can reach it can {who}.", True
    return "", False


def lesson(listener: Listener) -> str:
    """What can be done while nobody has come yet."""
    bound = [one.address for one in listener.bound]
    if not bound or not listener.transport.has_ports:
        return "Nobody has come yet: clients appear here as they arrive, with what they send, call by call."
    at = bound[-1]
    program = "nc" if listener.transport.connection_oriented else "nc -u"
    return f"Nobody has come yet. From another terminal: {program} {at.host} {at.port}"
