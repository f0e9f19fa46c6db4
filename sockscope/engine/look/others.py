"""Sockets of any program, found by their address: who is in the way, who listens nearby, whose queue is full.

The rules: a socket is told of with whoever holds it, as far as that may be seen; OSError where the kernel does not tell
of sockets at all. At most SHOWN of them are told of, those that matter most first.
"""

import os
import socket
from collections.abc import Iterable
from pathlib import Path

from sockscope.engine.kernel.processes import holders, user_name
from sockscope.engine.kernel.sock_diag import Socket, sockets, states
from sockscope.engine.look.question import Question
from sockscope.net.endpoint import Endpoint
from sockscope.record.finding import InTheWay, ListenQueue, Nearby, PortRange, SeenSocket, Sharers
from sockscope.record.process import Holders

SHOWN = 8
NEAR_PORTS = 10
"""Ports so far from the one that was tried are near."""

_PORT_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_ANY = ("0.0.0.0", "::")


def in_the_way(question: Question) -> InTheWay:
    """Find what has an address that bind(2) could not have. Raise OSError."""
    found = [one for one in sockets(question.protocol) if one.local.port == question.address.port]
    met = sorted((one for one in found if _meets(one.local, question.address)), key=_listens_first)
    return InTheWay(_seen(met[:SHOWN], question))


def sharers(question: Question) -> Sharers | None:
    """Find who else is bound to the very same address. Raise OSError."""
    bound = (one for one in sockets(question.protocol) if _passive(one) and one.local == question.address)
    others = tuple(one for one in _seen(list(bound)[:SHOWN], question) if not one.ours)
    return Sharers(others) if others else None


def nearby(question: Question) -> Nearby | None:
    """Find who listens near an address of this machine; None of another machine's. Raise OSError."""
    if not is_here(question.address):
        return None
    port = question.address.port
    found = [one for one in sockets(question.protocol) if _passive(one)]
    streams = question.protocol == socket.IPPROTO_TCP  # one that is bound alone takes nobody, and may be who is meant
    open_ones = [one for one in found if not streams or one.state == "LISTEN" or one.local == question.address]
    near = [one for one in open_ones if abs(one.local.port - port) <= NEAR_PORTS]
    near.sort(key=lambda one: (abs(one.local.port - port), one.local.host))
    seen = _seen(near[:SHOWN], question)
    pids = {process.pid for one in seen for process in one.holders.processes} - {os.getpid()}
    if pids and len(seen) < SHOWN:
        rest = _seen([one for one in open_ones if one not in near], question)
        same = [one for one in rest if pids & {process.pid for process in one.holders.processes}]
        seen += tuple(same[: SHOWN - len(seen)])
    return Nearby(seen)


def listen_queue(question: Question) -> ListenQueue | None:
    """Find the listener of this machine that a connect waits for, and its queue. Raise OSError."""
    if not is_here(question.address):
        return None
    listening = (one for one in sockets(question.protocol, states("LISTEN")) if _takes(one.local, question.address))
    found = _seen(list(listening)[:1], question)
    return ListenQueue(found[0]) if found else None


def port_range(question: Question) -> PortRange:
    """Tell how many of the ports that the kernel chooses from are taken. Raise OSError."""
    first, last = map(int, _PORT_RANGE.read_text().split())
    taken = {one.local.port for one in sockets(question.protocol) if one.local.family == question.address.family}
    return PortRange(first, last, sum(first <= port <= last for port in taken))


def is_here(address: Endpoint) -> bool:
    """Whether an address belongs to this machine: it can be bound, with a port of the kernel's choice."""
    if address.is_loopback or address.is_any:
        return True
    try:
        with socket.socket(address.family, socket.SOCK_DGRAM) as trying:
            trying.bind((f"{address.host}%{address.scope}" if address.scope else address.host, 0))
    except OSError:
        return False
    return True


def _meets(one: Endpoint, other: Endpoint) -> bool:
    """Whether two addresses with the same port cannot both be bound; a socket for IPv6 may take IPv4 too."""
    if one.family == other.family:
        return one.host == other.host or _for_all(one) or _for_all(other)
    return "::" in (one.host, other.host)


def _for_all(address: Endpoint) -> bool:
    return address.host in (*_ANY, "")


def _takes(one: Endpoint, address: Endpoint) -> bool:
    return one.port == address.port and (_meets(one, address) if one.family != address.family else _same(one, address))


def _same(one: Endpoint, address: Endpoint) -> bool:
    return one.host == address.host or _for_all(one)


def _passive(one: Socket) -> bool:
    """Whether it waits for whoever comes: a listener, or a datagram socket without a peer."""
    return one.state == "LISTEN" or (one.state == "CLOSE" and not one.peer and one.local.port > 0)


def _listens_first(one: Socket) -> tuple[bool, bool]:
    return not _passive(one), one.state == "TIME-WAIT"


def _seen(found: Iterable[Socket], question: Question) -> tuple[SeenSocket, ...]:
    """Tell of sockets with whoever holds them."""
    found = list(found)
    held = holders({one.inode for one in found if one.inode}) if found else {}
    return tuple(_one(one, held.get(one.inode, Holders()), question) for one in found)


def _one(one: Socket, held: Holders, question: Question) -> SeenSocket:
    listens = one.state == "LISTEN"
    return SeenSocket(
        question.transport.title,
        one.state,
        one.local,
        one.peer,
        user_name(one.uid) if one.inode else "",
        held,
        ours=os.getpid() in (process.pid for process in held.processes),
        left_s=one.timer_ms / 1000 if one.state == "TIME-WAIT" else 0.0,
        waiting=one.receive_queue if listens else 0,
        limit=one.send_queue if listens else 0,
    )
