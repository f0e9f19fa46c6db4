"""The rails: the steps of a client and of a server, each lit by the facts that show that it happened.

The rule: a step is done when its call returned, and it says what that call gave. A step that needs no call (a
given address needs no lookup) says so.
"""

from dataclasses import dataclass
from enum import Enum

from sockscope.net.conversation import Conversation, State
from sockscope.net.explain import explain, explain_bind
from sockscope.net.fact import Call
from sockscope.net.listener import Listener, ListenerState
from sockscope.show.safe import safe
from sockscope.show.units import duration, plural, rate, size, waited


class Progress(Enum):
    """How far a step is."""

    AHEAD = "ahead"
    UNDER_WAY = "under way"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a rail: its name, how far it is, and what was learnt."""

    name: str
    progress: Progress
    detail: str = ""


CLIENT_STEPS = ("look up", "socket", "connect", "send/receive", "close")
SERVER_STEPS = ("socket", "bind", "listen", "accept", "send/receive", "accept again")


def client_steps(conversation: Conversation | None, now_ns: int) -> list[Step]:
    """The five steps of a client; all ahead where there is no conversation."""
    if conversation is None:
        return [Step(name, Progress.AHEAD) for name in CLIENT_STEPS]
    made = (_look_up, _socket, _connect, _exchange, _close)
    return [_step(name, step(conversation, now_ns)) for name, step in zip(CLIENT_STEPS, made, strict=True)]


Told = tuple[Progress, str]


def _step(name: str, told: Told) -> Step:
    progress, detail = told
    return Step(name, progress, safe(detail))


def _look_up(conversation: Conversation, now_ns: int) -> Told:
    call = conversation.facts.last("getaddrinfo")
    if call is not None:
        return _told(call, f"{call.result} · {duration(call.took_ns)}")
    if conversation.attempts:
        return Progress.DONE, "not needed: the address was given"
    if conversation.state is State.CONNECTING:
        return Progress.UNDER_WAY, f"getaddrinfo: waiting {waited(now_ns - conversation.started_at_ns)}"
    return Progress.AHEAD, ""


def _socket(conversation: Conversation, now_ns: int) -> Told:
    calls = [call for call in conversation.facts.all() if call.name == "socket"]
    if not calls:
        return Progress.AHEAD, ""
    won = [call for call in calls if call.result == str(conversation.fd)]
    call = (won or calls)[-1]
    return _told(call, f"fd {call.result} · {call.arguments} · {duration(call.took_ns)}")


def _connect(conversation: Conversation, now_ns: int) -> Told:
    attempts = conversation.attempts
    if not attempts:
        return Progress.AHEAD, ""
    won = next((attempt for attempt in attempts if attempt.won), None)
    tried = f" · {len(attempts)} tried" if len(attempts) > 1 else ""
    if won:
        took = duration(won.ended_at_ns - won.started_at_ns)
        return Progress.DONE, f"{won.address} · {took} · from {conversation.local}{tried}"
    last = attempts[-1]
    if conversation.state is State.CONNECTING:
        return Progress.UNDER_WAY, f"{last.address} · waiting {waited(now_ns - last.started_at_ns)}{tried}"
    word = "cancelled" if conversation.state is State.CLOSED_BY_US else explain(conversation.error).word
    return Progress.FAILED, f"{last.address} · {word}{tried}"


def _exchange(conversation: Conversation, now_ns: int) -> Told:
    if not conversation.connected_at_ns:
        return Progress.AHEAD, ""
    detail = _flowed(conversation)
    if conversation.queued_bytes:
        detail += f" · {size(conversation.queued_bytes)} queued"
    if conversation.blocked_at_ns and now_ns - conversation.blocked_at_ns > STALLED_NS:
        detail += f" · stalled {waited(now_ns - conversation.blocked_at_ns)}"
    if conversation.unsent_bytes:
        detail += f" · {size(conversation.unsent_bytes)} never sent"
    return (Progress.UNDER_WAY if conversation.state.live else Progress.DONE), detail


STALLED_NS = 1_000_000_000
"""A queue is called stalled when the kernel has taken nothing for this long."""


def _flowed(subject: Conversation | Listener) -> str:
    flow = subject.flow
    return f"→ {size(flow.bytes_out)} in {flow.calls_out:,} · ← {size(flow.bytes_in)} in {flow.calls_in:,}"


def _close(conversation: Conversation, now_ns: int) -> Told:
    state = conversation.state
    if state in (State.PEER_FINISHED, State.WE_FINISHED):
        return Progress.UNDER_WAY, f"{state.value}: one direction is still open"
    if state is State.FAILED:
        return Progress.FAILED, f"failed: {explain(conversation.error).word}"
    if state.live:
        return Progress.AHEAD, ""
    lasted = duration(conversation.ended_at_ns - conversation.started_at_ns)
    return (Progress.FAILED if state is State.RESET_BY_PEER else Progress.DONE), f"{state.value} after {lasted}"


def server_steps(listener: Listener | None, now_ns: int) -> list[Step]:
    """The six steps of a server; all ahead where there is no listener."""
    if listener is None:
        return [Step(name, Progress.AHEAD) for name in SERVER_STEPS]
    told = [_opening(listener, name) for name in SERVER_STEPS[:3]]
    told += [step(listener, now_ns) for step in (_accept, _serve, _accept_again)]
    return [_step(name, what) for name, what in zip(SERVER_STEPS, told, strict=True)]


def _opening(listener: Listener, name: str) -> Told:
    """Tell of socket, bind or listen: each is called once for every address."""
    calls = [call for call in listener.facts.all() if call.name == name]
    if not listener.bound and listener.state is ListenerState.FAILED:
        return _opening_failed(listener, name, calls)
    if not listener.bound:
        return Progress.AHEAD, ""
    made = [_last_of(calls, str(bound.fd), name) for bound in listener.bound]
    if name == "socket":
        told = " and ".join(f"fd {bound.fd}" for bound in listener.bound)
    elif name == "bind":
        told = " and ".join(bound.address for bound in listener.bound)
    else:
        told = f"backlog {listener.bound[0].backlog}"
    return Progress.DONE, f"{told} · {duration(sum(call.took_ns for call in made if call))}"


def _last_of(calls: list[Call], fd: str, name: str) -> Call | None:
    """Give the last call that made or used a descriptor; earlier ones were of sockets that are closed again."""
    about = [call for call in calls if (call.result if name == "socket" else call.arguments.partition(", ")[0]) == fd]
    return about[-1] if about else None


def _opening_failed(listener: Listener, name: str, calls: list[Call]) -> Told:
    """Tell how far a listener came that could not be opened, and why it could not."""
    if not calls:
        unresolved = name == "bind" and not listener.facts.last("socket")
        return (Progress.FAILED, explain(listener.error).word) if unresolved else (Progress.AHEAD, "")
    last = calls[-1]
    about = last.arguments if name == "socket" else last.arguments.partition(", ")[2]
    if last.error:
        port = about.rpartition(":")[2]
        error = explain_bind(last.error, int(port) if port.isdecimal() and len(port) < 6 else 0)
        return Progress.FAILED, f"{about} · {error.word}"
    address = listener.facts.last("getsockname")
    told = {"socket": f"fd {last.result}", "bind": address.result if address else about, "listen": "backlog " + about}
    return Progress.DONE, f"{told[name]} · {duration(last.took_ns)}"


def _accept(listener: Listener, now_ns: int) -> Told:
    if not listener.bound:
        return Progress.AHEAD, ""
    if listener.accepted:
        calls = [call for call in listener.facts.all() if call.name == "accept" and not call.error]
        gave = f"fd {calls[-1].result.replace(', ', ' for ', 1)}" if calls else "one for each client"
        return Progress.DONE, f"a new socket: {gave}"
    if listener.state is ListenerState.FAILED:
        return Progress.FAILED, explain(listener.error).word
    return (Progress.UNDER_WAY, _accepting(listener, now_ns)) if listener.state.live else (Progress.AHEAD, "")


def _serve(listener: Listener, now_ns: int) -> Told:
    if not listener.accepted:
        return Progress.AHEAD, ""
    return _going_on(listener), f"{_flowed(listener)} · {rate(listener.flow.rate_in + listener.flow.rate_out)}"


def _accept_again(listener: Listener, now_ns: int) -> Told:
    if not listener.accepted:
        return Progress.AHEAD, ""
    told = f"{_accepting(listener, now_ns)} · {plural(listener.accepted, 'client')} so far"
    return (Progress.FAILED if listener.state is ListenerState.FAILED else _going_on(listener)), told


def _going_on(listener: Listener) -> Progress:
    return Progress.UNDER_WAY if listener.state.live else Progress.DONE


def _accepting(listener: Listener, now_ns: int) -> str:
    if listener.state is ListenerState.PAUSED:
        return f"paused: {explain(listener.error).word}"
    if listener.state is ListenerState.FAILED:
        return f"failed: {explain(listener.error).word}"
    if not listener.state.live:
        return "stopped"
    return f"waiting {waited(now_ns - listener.waiting_since_ns)}"


def _told(call: Call, detail: str) -> Told:
    return (Progress.FAILED, explain(call.error).word) if call.error else (Progress.DONE, detail)
