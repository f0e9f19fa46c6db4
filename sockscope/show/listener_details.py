"""Everything that is known of one listener, as labels and values, by the rule of `details`."""

from collections.abc import Iterable

from sockscope.record.listener import Bound, Listener, ListenerState
from sockscope.show.bars import bars
from sockscope.show.call_text import arguments
from sockscope.show.detail import Detail, section, where
from sockscope.show.details import ATTEMPTS_SHOWN, ago, failed, harmless, moved
from sockscope.show.step import joined, why_call
from sockscope.show.tls_details import certificate_details
from sockscope.show.unheard import shared
from sockscope.show.units import duration, plural, waited

FDS_SHOWN = 12

WAITED_SHOWN = 60
"""Bars of how many clients waited, the latest ones; one stands for the time between two looks (half a second)."""

_WEAK = "allowed: old versions or weak keys are taken, as was asked for; others may read and change what is said"

CALLS_SHOWN = 8
"""Of more calls of a listener that failed, the latest ones."""


def listener_details(listener: Listener, now_ns: int) -> list[Detail]:
    """Tell everything about a listener; `now_ns` is on the clock of facts."""
    shown = listener.certificate
    return harmless(
        [
            *section("listener", _listening(listener, now_ns)),
            *section("sockets", _bound(listener)),
            *section("clients", _clients(listener)),
            *section("what a select server would see", _ready(listener, now_ns)),
            *section("who waits to be accepted", _waiting(listener, now_ns)),
            *section("what they are answered", _answers(listener)),
            *section("what went wrong", failed(listener)),
            *section("calls that failed", _failed_calls(listener, now_ns)),
            *(certificate_details("certificate that clients are shown", shown) if shown else []),
        ]
    )


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
    yield Detail("began", ago(listener.started_at_ns, now_ns))
    if listener.ended_at_ns:
        lasted = duration(listener.ended_at_ns - listener.started_at_ns)
        yield Detail("ended", f"{ago(listener.ended_at_ns, now_ns)}, after {lasted}")
    yield Detail("reachable", _reachable(listener))
    yield Detail("weak TLS", where(listener.weakened, _WEAK), "bad")
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
        yield Detail(call.name, joined(f"({arguments(call)}) = {error}", ago(call.at_ns, now_ns)), "bad")


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
    yield Detail("received", moved(flow.bytes_in, flow.calls_in, noun, flow.rate_in))
    yield Detail("sent", moved(flow.bytes_out, flow.calls_out, noun, flow.rate_out))
    lost = f"{plural(listener.lost_datagrams, 'datagram')}: the kernel's buffer was full"
    yield Detail("lost", where(listener.lost_datagrams, lost), "bad")


def _ready(listener: Listener, now_ns: int) -> Iterable[Detail]:
    """Tell which descriptors select(2) or poll(2) would give back at once."""
    if (told := listener.ready) and listener.state.live:
        yield Detail("asked", f"{plural(told.asked, 'descriptor')}, {ago(told.at_ns, now_ns)}")
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
