"""Why an address could not be had, and who has it (bind(2), EADDRINUSE, EADDRNOTAVAIL, EACCES)."""

from collections.abc import Iterable
from dataclasses import replace

from sockscope.net.value import Symbol
from sockscope.record.finding import (
    NET_BIND_SERVICE,
    Finding,
    InTheWay,
    OwnAddresses,
    OwnHolder,
    PathSeen,
    PortRange,
    Privileges,
    SeenSocket,
)
from sockscope.record.listener import Listener
from sockscope.show.explain.explanation import FREE_PORT, GO_TO_HOLDER, REMOVE_PATH, Explanation
from sockscope.show.explain.people import briefly, holders_words, who
from sockscope.show.explain.situation import Situation
from sockscope.show.units import duration, plural

_SHOWN = 6
_SAFE_PORTS = "15000 to 30000"

_WAIT = (
    "Wait until then, or choose another port. REUSEADDR, which we set, helps on Linux only where the socket before had "
    "set it too."
)

_LEAVE_ON = (
    "Wait until then, or choose another port. With REUSEADDR, which was switched off, a listener has it at once, where "
    "the socket before had set it too."
)


def in_use(situation: Situation, base: Explanation) -> Explanation:
    """Name whoever has the address."""
    if ours := situation.found(OwnHolder):
        return _by_us(situation, base, ours)
    if situation.local:
        return _path_in_use(situation, base)
    if not situation.address.port:
        return none_free(situation, base)
    if not (met := situation.found(InTheWay)) or not met.sockets:
        return _offer_port(situation, base)
    first = met.sockets[0]
    if all(one.state == "TIME-WAIT" for one in met.sockets):
        return _in_time_wait(situation, base, met.sockets)
    another = "" if first.local == situation.address else f", which takes {situation.address} too,"
    more = f" So have {plural(len(met.sockets) - 1, 'other socket')}." if len(met.sockets) > 1 else ""
    meaning = f"{first.local} ({first.protocol}, {_state(first)}){another} is held by {who(first)}.{more}"
    advice = "Choose another port, or close that first." if first.ours else "Choose another port, or stop that program."
    advice = f"{advice} {_beside(first)}"
    return _offer_port(situation, replace(base, meaning=meaning, advice=advice))


def _beside(first: SeenSocket) -> str:
    """Say what could have the same port all the same (ip(7), socket(7))."""
    elsewhere = "" if first.local.is_any else "at another address, "
    ways = f"{elsewhere}by another protocol (UDP beside TCP), or where both set REUSEPORT"
    return f"The same port is still to be had {ways}."


def _state(seen: SeenSocket) -> str:
    """Say what a socket does; of datagrams CLOSE means no more than that it has no peer."""
    return {"LISTEN": "listening", "CLOSE": "bound", "ESTAB": f"connected to {seen.peer}"}.get(seen.state, seen.state)


def holder_briefly(findings: Iterable[Finding]) -> str:
    """Say in a few words who has an address that could not be had, nothing where that is not known."""
    for one in findings:
        if isinstance(one, OwnHolder):
            return _own(one)
        if isinstance(one, InTheWay) and one.sockets and one.sockets[0].state != "TIME-WAIT":
            return briefly(one.sockets[0])
    return ""


def _own(ours: OwnHolder) -> str:
    return f"its listener {ours.local}" if ours.listens else f"its conversation from {ours.local} to {ours.peer}"


def _by_us(situation: Situation, base: Explanation, ours: OwnHolder) -> Explanation:
    advice = f"Choose another {'path' if situation.local else 'port'}, or close that first."
    meaning = f"This program itself has it: {_own(ours)}."
    return replace(base, word="in use by us", meaning=meaning, advice=advice, action=GO_TO_HOLDER)


def _in_time_wait(situation: Situation, base: Explanation, waiting: tuple[SeenSocket, ...]) -> Explanation:
    longest_s = max(one.left_s for one in waiting)
    left = f", for {duration(int(longest_s * 1e9))} more" if longest_s else ""
    meaning = (
        f"Nobody has a socket at {situation.address} any more, but {plural(len(waiting), 'connection')} from there"
        f" rest{'s' if len(waiting) == 1 else ''} in TIME_WAIT{left}."
    )
    advice = _WAIT if _reuses(situation) else _LEAVE_ON
    return _offer_port(situation, replace(base, meaning=meaning, advice=advice))


def _reuses(situation: Situation) -> bool:
    """Whether SO_REUSEADDR stood when bind was called: what was set last holds."""
    calls = situation.subject.facts.calls("setsockopt")
    return next(
        (call.arguments[-1] != 0 for call in reversed(calls) if Symbol("SO_REUSEADDR") in call.arguments), False
    )


def _offer_port(situation: Situation, base: Explanation) -> Explanation:
    return replace(base, action=FREE_PORT) if isinstance(situation.subject, Listener) else base


def none_free(situation: Situation, base: Explanation) -> Explanation:
    """Say how many of the ports that the kernel chooses from are taken."""
    if not (ports := situation.found(PortRange)) or ports.used is None:
        return base
    meaning = (
        f"{base.meaning} The kernel chooses from {ports.first} to {ports.last} (ip_local_port_range), and"
        f" {ports.used:,} of these {ports.count:,} are taken."
    )
    return replace(base, meaning=meaning)


def not_ours(situation: Situation, base: Explanation) -> Explanation:
    """Say which addresses this machine has."""
    if not (own := situation.found(OwnAddresses)) or not own.addresses:
        return base
    shown = ", ".join(f"{one.address} ({one.interface})" for one in own.addresses[:_SHOWN])
    more = f" and {own.count - _SHOWN} more" if own.count > _SHOWN else ""
    return replace(
        base,
        meaning=f"No interface of this machine has the address {situation.address.host}.",
        advice=f"Use one that it has: {shown}{more}.",
    )


def may_not_bind(situation: Situation, base: Explanation) -> Explanation:
    """Say from which port on anybody may bind, and what we lack for one below."""
    port, may = situation.address.port, situation.found(Privileges)
    if may is None or may.first_port is None or not 0 < port < may.first_port:
        return base
    lacks = ", which lacks the capability CAP_NET_BIND_SERVICE" if may.has(NET_BIND_SERVICE) is False else ""
    meaning = (
        f"Ports below {may.first_port} (ip_unprivileged_port_start) are reserved for privileged programs;"
        f" this one runs as {may.user}{lacks}."
    )
    advice = f"Choose a port from {_SAFE_PORTS}, or give the program that capability."
    return _offer_port(situation, replace(base, meaning=meaning, advice=advice))


def _path_in_use(situation: Situation, base: Explanation) -> Explanation:
    seen = situation.found(PathSeen)
    if isinstance(situation.subject, Listener) and situation.subject.stale_path:
        meaning = f"{situation.subject.stale_path} was left behind: nobody has a socket there any more."
        return replace(base, meaning=meaning, advice="Remove it, or choose another path.", action=REMOVE_PATH)
    if seen is None:
        return base
    if holder := holders_words(seen.holders) if seen.holders else "":
        what = "the name" if situation.address.is_abstract else "the path"
        return replace(base, meaning=f"A socket has {what} {seen.at} already: {holder}.")
    if seen.type and seen.type != "socket":
        meaning = f"At {seen.at} is a {seen.type} of {seen.owner}, no socket."
        return replace(base, meaning=meaning, advice="Choose another path.")
    return base
