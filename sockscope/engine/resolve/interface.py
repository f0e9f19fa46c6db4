"""The addresses of this machine, as the kernel tells of them (rtnetlink(7), RTM_GETADDR and RTM_GETLINK).

The rule: what the C library goes by is told. So the address of a point-to-point interface is that of its far end, and
where no interface has an IPv6 address but ::1 glibc goes by nothing (sysdeps/unix/sysv/linux/check_pf.c).
"""

import socket
import struct
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

from sockscope.engine.kernel.netlink import DONE, DUMP, ERROR, FAMILY, attributes, messages, request
from sockscope.engine.syscall import close_socket, make
from sockscope.net.value import Symbol
from sockscope.record.fact import Note
from sockscope.record.lookup.candidate import Held
from sockscope.record.lookup.policy import Ip

_NETLINK_ROUTE = 0
_NEW_LINK, _GET_LINK, _NEW_ADDRESS, _GET_ADDRESS = 16, 18, 20, 22  # RTM_…
_ADDRESS, _LOCAL = 1, 2  # IFA_…
_DEPRECATED = 0x20 | 0x04  # IFA_F_DEPRECATED, IFA_F_OPTIMISTIC
_HOME = 0x10  # IFA_F_HOMEADDRESS
_TUNNELS = (768, 769, 776)  # ARPHRD_TUNNEL, ARPHRD_TUNNEL6, ARPHRD_SIT
_ANY = struct.pack("=B3x", socket.AF_UNSPEC)  # struct rtgenmsg
_TOLD = struct.Struct("=BBBBi")  # struct ifaddrmsg: family, prefix length, flags, scope, interface
_LINK = struct.Struct("=BxHi")  # struct ifinfomsg: family, type, interface …
_LENGTHS = {socket.AF_INET: 4, socket.AF_INET6: 16}

_ANSWER_BYTES = 65536
_ANSWERS = 256  # at most, of some hundred addresses each
_PATIENCE_S = 1.0


class Interfaces(NamedTuple):
    """The addresses of this machine; where `gap` is not empty nothing is known of them, and it says why."""

    held: tuple[Held, ...] = ()
    gap: str = ""

    def find(self, address: Ip, scope_id: int = 0) -> Held | None:
        """What is known of a source address; where several interfaces have it, that of the scope id."""
        plain = getattr(address, "ipv4_mapped", None) or address
        found = [held for held in self.held if held.address == plain]
        return next((held for held in found if held.interface == scope_id), found[0] if found else None)


def read_interfaces(note: Note) -> Interfaces:
    """Ask the kernel; it answers while it is asked."""
    if sys.platform != "linux":
        return Interfaces(gap="this system does not tell of its interfaces' addresses")
    try:
        held = read_addresses(note)
    except (OSError, struct.error, ValueError):
        return Interfaces(gap="the kernel did not tell of its interfaces' addresses")
    if not any(isinstance(one.address, IPv6Address) and not one.address.is_loopback for one in held):
        return Interfaces(gap="no interface has an IPv6 address but ::1, and so glibc does not look at interfaces")
    return Interfaces(held)


def read_addresses(note: Note) -> tuple[Held, ...]:
    """Ask the kernel for every address of this machine. Raise OSError, struct.error or ValueError."""
    with _asking(note) as ask:
        tunnels = _tunnels(ask(_GET_LINK))
        return tuple(_held(ask(_GET_ADDRESS), tunnels))


@contextmanager
def _asking(note: Note) -> Iterator[Callable[[int], Iterator[tuple[int, bytes]]]]:
    """Return what asks for all there are of a kind."""
    constants, named = (FAMILY, socket.SOCK_RAW, _NETLINK_ROUTE), ("AF_NETLINK", "SOCK_RAW", "NETLINK_ROUTE")
    asking = make(note, "socket", -1, tuple(map(Symbol, named)), lambda: socket.socket(*constants))
    fd = asking.fileno()

    def ask(kind: int) -> Iterator[tuple[int, bytes]]:
        name = {_GET_LINK: "RTM_GETLINK", _GET_ADDRESS: "RTM_GETADDR"}[kind]
        make(note, "send", fd, (Symbol(name),), lambda: asking.send(request(kind, _ANY, DUMP)))
        for _ in range(_ANSWERS):
            answer = make(note, "recv", fd, (_ANSWER_BYTES,), lambda: asking.recv(_ANSWER_BYTES), len)
            for told, body in messages(answer):
                if told == ERROR:
                    raise OSError(name)
                if told == DONE:
                    return
                yield told, body
        raise OSError(name)

    try:
        asking.settimeout(_PATIENCE_S)
        yield ask
    finally:
        close_socket(note, asking)


def _tunnels(told: Iterable[tuple[int, bytes]]) -> set[int]:
    links = [_LINK.unpack_from(body) for kind, body in told if kind == _NEW_LINK]
    return {interface for _, device, interface in links if device in _TUNNELS}


def _held(told: Iterable[tuple[int, bytes]], tunnels: set[int]) -> Iterator[Held]:
    for kind, body in told:
        if kind != _NEW_ADDRESS:
            continue
        family, prefix_bits, flags, _, interface = _TOLD.unpack_from(body)
        given = dict(attributes(body[_TOLD.size :]))
        packed = given.get(_ADDRESS, given.get(_LOCAL, b""))
        if len(packed) == _LENGTHS.get(family):
            yield Held(
                ip_address(packed),
                prefix_bits,
                interface,
                deprecated=bool(flags & _DEPRECATED),
                home=bool(flags & _HOME),
                native=interface not in tunnels,
            )
