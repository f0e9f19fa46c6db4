"""The steps that open a listener, of the rail of a server: socket, bind and listen.

The rule: what was done for one address and undone because of another is not shown as done.
"""

from sockscope.net.fact import Call
from sockscope.net.listener import Listener, ListenerState
from sockscope.show.step import AHEAD, Progress, Told, failure, joined, why
from sockscope.show.units import duration

OPENING_STEPS = ("socket", "bind", "listen")

_FINGERPRINT_START = 11  # characters: the first four bytes


def opening_step(listener: Listener, name: str) -> Told:
    """Tell of one of them: each is called once for every address."""
    calls = [call for call in listener.facts.all() if call.name == name]
    if not listener.bound and listener.state is ListenerState.FAILED:
        return _opening_failed(listener, name, calls)
    if not listener.bound:
        return AHEAD
    if name == "listen" and listener.transport.datagrams:
        return Progress.SKIPPED, "not needed: datagrams need no connection"
    made = [_last_of(calls, str(bound.fd), name) for bound in listener.bound]
    took = duration(sum(call.took_ns for call in made if call))
    if name == "listen":
        return Progress.DONE, _listening(listener, took)
    told = (f"fd {bound.fd}" if name == "socket" else bound.address for bound in listener.bound)
    return Progress.DONE, f"{' and '.join(told)} · {took}"


def _last_of(calls: list[Call], fd: str, name: str) -> Call | None:
    """Give the last call that made or used a descriptor; earlier ones were of sockets that are closed again."""
    about = [call for call in calls if (call.result if name == "socket" else call.arguments.partition(", ")[0]) == fd]
    return about[-1] if about else None


def _listening(listener: Listener, took: str) -> str:
    """Tell how many may wait, how many do, and what certificate they will be shown."""
    queues = " and ".join(f"{waiting} of {limit}" for waiting, limit in listener.queues)
    shown = listener.certificate
    return joined(
        f"backlog {listener.bound[0].backlog}",
        f"certificate {shown.fingerprint[:_FINGERPRINT_START]}…" if shown else "",
        f"queue {queues}" if queues and listener.state.live else "",
        took,
    )


def _opening_failed(listener: Listener, name: str, calls: list[Call]) -> Told:
    """Tell how far a listener came that could not be opened, and why it could not."""
    failed = next((name for name in OPENING_STEPS if _ended_in_error(listener, name)), "bind")
    if OPENING_STEPS.index(name) > OPENING_STEPS.index(failed):
        return AHEAD  # what an earlier address came to was undone
    binds = [call for call in listener.facts.all() if call.name == "bind"]
    if name == failed and not _ended_in_error(listener, name):
        # A lookup, an option, a group: nothing else on the rail tells.
        return Progress.FAILED, joined(failure(listener), _given_back(listener))
    if not calls:
        return AHEAD
    last = calls[-1]
    if name == "socket" and binds and not last.error:  # others may have been made to see who holds the address
        last = _last_of(calls, binds[-1].arguments.partition(", ")[0], name) or last
    about = last.arguments if name == "socket" else last.arguments.partition(", ")[2]
    if last.error:
        reason = listener.held_by or listener.reason.removeprefix(f"{about}: ")
        return Progress.FAILED, joined(about, why(listener).word, reason, _given_back(listener))
    address = listener.facts.last("getsockname")
    told = {"socket": f"fd {last.result}", "bind": address.result if address else about, "listen": "backlog " + about}
    return Progress.DONE, f"{told[name]} · {duration(last.took_ns)}"


def _ended_in_error(listener: Listener, name: str) -> bool:
    call = listener.facts.last(name)
    return bool(call and call.error)


def _given_back(listener: Listener) -> str:
    """Say which addresses were bound before another one could not be: all are, or none."""
    calls = listener.facts.all()
    failed = max((number for number, call in enumerate(calls) if call.error), default=0)
    begun = max((number for number, call in enumerate(calls[:failed]) if call.name == "close"), default=0)
    bound = [call.result for call in calls[begun:failed] if call.name == "getsockname"]
    return f"{' and '.join(bound)} closed again" if bound else ""
