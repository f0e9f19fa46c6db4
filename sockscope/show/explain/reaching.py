"""Why an address could not be reached: refused, silent, no route (connect(2), ip(7)), or not allowed."""

from collections.abc import Sequence
from dataclasses import replace

from sockscope.net.endpoint import NOWHERE
from sockscope.net.notation import literal
from sockscope.record.conversation import Conversation
from sockscope.record.finding import (
    ListenQueue,
    Nearby,
    OwnAddresses,
    Privileges,
    Route,
    SeenSocket,
)
from sockscope.request import Connect
from sockscope.show.explain.explanation import OTHER_FAMILY, Explanation
from sockscope.show.explain.people import place, who
from sockscope.show.explain.situation import Situation
from sockscope.show.units import plural

_NEAR_SHOWN = 4
_LOOPBACKS = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Where a socket for all addresses can be reached from here."""

_NO_WAY = {
    "unreachable": "a route says that it is unreachable",
    "prohibit": "a route forbids it",
    "blackhole": "a route throws away whatever goes there",
}


def refused(situation: Situation, base: Explanation) -> Explanation:
    """List who listens near an address of this machine."""
    near = situation.found(Nearby)
    if near is None:
        return _other_family(situation, base)
    where = situation.tried
    if here := next((one for one in near.sockets if one.local == where), None):
        return _by_now(situation, base, here)
    meaning = f"Nobody on this machine listens at {where}."
    if not near.sockets:
        return replace(base, meaning=f"{meaning} Nobody does on a port near it either.")
    same = [one for one in near.sockets if one.local.port == where.port]
    meaning = f"{meaning} {_nearby(same, near.sockets)}"
    if same:
        advice = f"Use the address {same[0].local.host}, or have the server listen at {where.host} too."
        return _other_family(situation, replace(base, meaning=meaning, advice=advice), same)
    return replace(base, meaning=meaning)


def _by_now(situation: Situation, base: Explanation, here: SeenSocket) -> Explanation:
    """Somebody has the very address: of streams bound alone, or since then."""
    where = situation.tried
    if situation.subject.transport.connection_oriented and here.state == "CLOSE":
        meaning = f"{where} is bound ({who(here)}), and nobody listens there."
        return replace(base, meaning=meaning, advice="Wait until it listens, or see in its log why it does not.")
    return replace(base, meaning=f"Nobody had {where} then, but by now {who(here)} has it.", advice="Try again.")


def _nearby(same: list[SeenSocket], every: tuple[SeenSocket, ...]) -> str:
    if same:
        return f"The same port is open at {'; '.join(place(one) for one in same[:_NEAR_SHOWN])}."
    more = f" and {len(every) - _NEAR_SHOWN} more" if len(every) > _NEAR_SHOWN else ""
    return f"Near it there are {'; '.join(place(one) for one in every[:_NEAR_SHOWN])}{more}."


def _other_family(situation: Situation, base: Explanation, same: Sequence[SeenSocket] = ()) -> Explanation:
    """Offer the other family where somebody is there with the same port, or where one family alone was asked for."""
    elsewhere = any(one.local.family != situation.tried.family for one in same)
    asked = situation.conversation.request if situation.conversation else None
    return replace(base, action=OTHER_FAMILY) if asked and (elsewhere or only_one_family(asked)) else base


def elsewhere(conversation: Conversation) -> str:
    """Return the address of the other family at which somebody of this machine has the port, empty where nobody has."""
    attempts = conversation.dialling.attempts
    near = next((one for one in conversation.findings if isinstance(one, Nearby)), None)
    if near is None or not attempts:
        return ""
    tried = attempts[-1].address
    same = (one.local for one in near.sockets if one.local.port == tried.port and one.local.family != tried.family)
    found = next(same, NOWHERE)
    return _LOOPBACKS.get(found.host, found.host)


def only_one_family(asked: Connect) -> bool:
    """Whether a name was asked for, and the addresses of one family alone."""
    return asked.transport.resolves and not asked.rows and asked.family != "any" and literal(asked.target.host) is None


def silent(situation: Situation, base: Explanation) -> Explanation:
    """Tell a full queue of a listener on this machine from a silent network."""
    if situation.conversation and situation.conversation.connected_at_ns:
        return _gone_silent(situation, base)
    if waits := situation.found(ListenQueue):
        return _listener_busy(situation, base, waits)
    if (way := situation.found(Route)) and way.type == "unicast":
        through = f" through {way.interface}" if way.interface else ""
        by = f" by way of {way.gateway}" if way.gateway else ", straight, without a gateway"
        down = f", but {way.interface} is down" if way.up is False else ""
        meaning = f"{base.meaning} Packets to {situation.tried.host} leave{through}{by}{down}."
        return replace(base, meaning=meaning)
    return base


def _gone_silent(situation: Situation, base: Explanation) -> Explanation:
    meaning = f"What was sent to {situation.tried} was not acknowledged until the kernel gave up."
    advice = "The peer may be off or cut off from the network: see whether anything else there answers."
    return replace(base, meaning=meaning, advice=advice)


def _listener_busy(situation: Situation, base: Explanation, waits: ListenQueue) -> Explanation:
    seen = waits.socket
    if not waits.full:
        queue = f"{plural(seen.waiting, 'client')} in a queue for {seen.limit}"
        meaning = f"{base.meaning} {seen.local} does listen here ({who(seen)}), and now has {queue}."
        return replace(base, meaning=meaning, advice="Try again.")
    waiting = f"{plural(seen.waiting, 'client')} wait{'s' if seen.waiting == 1 else ''}"
    queue = f"{waiting}, and a backlog of {seen.limit} lets one more wait than that"
    meaning = f"The queue of {seen.local} is full ({queue}), so the kernel drops who comes: {who(seen)} accepts nobody."
    ours = "F4 goes to our listener, where A lets it accept; or raise its backlog."
    advice = ours if seen.ours else "See why it accepts nobody."
    return replace(base, word="queue full", meaning=meaning, advice=advice)


def unreachable(situation: Situation, base: Explanation) -> Explanation:
    """Say what the kernel knows of a way there."""
    way, where = situation.found(Route), situation.tried.host
    if situation.error == "EINVAL":
        return _without_scope(situation, base)
    if way is None:
        return _other_family(situation, base)
    if way.type in _NO_WAY:
        meaning = f"This machine's routing table rules {where} out: {_NO_WAY[way.type]}."
    elif way.error:
        meaning = f"This machine has no route to {where} ({way.error}).{_has(situation)}"
    else:
        through = f" through {way.interface}{' (down)' if way.up is False else ''}" if way.interface else ""
        by = f" by way of {way.gateway}" if way.gateway else ""
        says = "nobody answers there for the address (ARP, neighbour discovery), or a router says so"
        meaning = f"There is a route to {where}{through}{by}, but {says}."
    if _has(situation):
        return replace(base, meaning=meaning, advice="Bring a network up; ip address and ip route show what there is.")
    return _other_family(situation, replace(base, meaning=meaning))


def _has(situation: Situation) -> str:
    """Say what networks it is in, where that is none but its own."""
    own = situation.found(OwnAddresses)
    if own is None or own.count > len(own.addresses):
        return ""
    outside = [one for one in own.addresses if not one.address.startswith(("127.", "::1"))]
    return "" if outside else " It has no address but those of loopback: no network is up."


def _without_scope(situation: Situation, base: Explanation) -> Explanation:
    where, own = situation.tried, situation.found(OwnAddresses)
    if not where.host.startswith("fe80") or where.scope:
        return base
    links = dict.fromkeys(one.interface for one in own.addresses if one.address.startswith("fe80")) if own else {}
    several = f" ({', '.join(links)})" if links else ""
    return replace(
        base,
        meaning=f"{where.host} is link-local, so every interface may have it, and none was named.",
        advice=f"Write the interface behind it{several}: {where.host}%{next(iter(links), 'eth0')}.",
    )


def not_allowed(situation: Situation, base: Explanation) -> Explanation:
    """Tell a broadcast address without the option from a rule of this machine."""
    way, may, where = situation.found(Route), situation.found(Privileges), situation.tried
    if way and way.type == "broadcast":
        return replace(
            base,
            meaning=f"{where.host} is a broadcast address, and our socket has not set BROADCAST.",
            advice="To send there, set the option BROADCAST=on (o, or -b on the command line).",
        )
    if way and way.type == "prohibit":
        return replace(base, meaning=f"A route of this machine forbids {where.host} (prohibit).")
    user = f" as {may.user}" if may else ""
    meaning = f"A rule of this machine (its firewall, or a security module) forbids {where or 'this'} to us{user}."
    return replace(base, meaning=meaning, advice="Look at the rules: nft list ruleset, iptables -L, ausearch.")
