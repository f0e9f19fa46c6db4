"""The steps that open a listener, of the rail of a server: socket, bind and listen.

The rule: what was done for one address and undone because of another is not shown as done.
"""

from dataclasses import replace

from sockscope.record.listener import Listener, ListenerState
from sockscope.record.milestone import BOUND, LISTENING, NAMED, SOCKET
from sockscope.show.call_text import arguments, result
from sockscope.show.explain.holding import holder_briefly
from sockscope.show.step import AHEAD, Progress, Told, failure, joined, why
from sockscope.show.units import duration

OPENING_STEPS = ("socket", "bind", "listen")
_MILESTONES = {"socket": SOCKET, "bind": BOUND, "listen": LISTENING}

_FINGERPRINT_START = 11  # characters: the first four bytes


def opening_step(listener: Listener, name: str) -> Told:
    """Tell of one of them: each is called once for every address."""
    if not listener.bound and listener.state is ListenerState.FAILED:
        return _opening_failed(listener, name)
    if not listener.bound:
        return AHEAD
    if name == "listen" and not listener.transport.connection_oriented:
        return Progress.SKIPPED, "not needed: datagrams need no connection"
    took = duration(sum(call.took_ns for bound in listener.bound for call in bound.made if call.name == name))
    if name == "listen":
        return Progress.DONE, _listening(listener, took)
    told = (f"fd {bound.fd}" if name == "socket" else str(bound.address) for bound in listener.bound)
    return Progress.DONE, f"{' and '.join(told)} · {took}"


def _listening(listener: Listener, took: str) -> str:
    """Tell how many may wait, how many do, and what certificate they will be shown."""
    queues = " and ".join(f"{waiting} of {limit}" for waiting, limit in listener.queues)
    shown = listener.certificate
    return joined(
        f"backlog {listener.bound[0].backlog}",
        f"certificate {shown.fingerprint[:_FINGERPRINT_START]}…" if shown else "",
        "WEAK TLS ALLOWED" if listener.weakened else "",
        f"queue {queues}" if queues and listener.state.live else "",
        took,
    )


def _opening_failed(listener: Listener, name: str) -> Told:
    """Tell how far a listener came that could not be opened, and why it could not."""
    reached = listener.facts.milestones
    failed = next((step for step in OPENING_STEPS if (call := reached.get(_MILESTONES[step])) and call.error), "")
    blamed = failed or "bind"
    if OPENING_STEPS.index(name) > OPENING_STEPS.index(blamed):
        return AHEAD  # what an earlier address came to was undone
    call = reached.get(_MILESTONES[name])
    if name == blamed and not failed:
        # A lookup, an option, a group: nothing else on the rail tells.
        return Progress.FAILED, joined(failure(listener), _given_back(listener))
    if call is None:
        return AHEAD
    about = arguments(replace(call, fd=-1))
    if call.error:
        holder = holder_briefly(listener.findings) or listener.reason
        return Progress.FAILED, joined(about, why(listener).word, holder, _given_back(listener))
    named = reached.get(NAMED)
    told = {"socket": f"fd {result(call)}", "bind": result(named) if named else about, "listen": f"backlog {about}"}
    return Progress.DONE, f"{told[name]} · {duration(call.took_ns)}"


def _given_back(listener: Listener) -> str:
    """Say which addresses were bound before another one could not be: all are, or none."""
    bound = " and ".join(map(str, listener.given_back))
    return f"{bound} closed again" if bound else ""
