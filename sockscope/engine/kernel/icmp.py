"""Errors that a router or the peer's machine sends back for datagrams of an unconnected socket (ip(7), IP_RECVERR).

The rule: a socket without a peer hears none of them unless it asks, and one that asked has to take them from its error
queue, or it is woken for them again and again. A system without such a queue hears nothing.
"""

import errno
import socket
import struct
import sys
from typing import NamedTuple

from sockscope.engine.syscall import make
from sockscope.net.endpoint import NOWHERE, Endpoint, SocketAddress, endpoint
from sockscope.net.value import Symbol
from sockscope.record.fact import Note

_OPTIONS = {
    socket.AF_INET: (socket.IPPROTO_IP, 11, "IP_RECVERR"),
    socket.AF_INET6: (socket.IPPROTO_IPV6, 25, "IPV6_RECVERR"),
}
"""By family: level, number and name (<linux/in.h>, <linux/in6.h>)."""

_ERROR = struct.Struct("=IBBBxII")  # struct sock_extended_err: errno, origin, type, code, info, data
_ERROR_QUEUE = 0x2000  # MSG_ERRQUEUE, which only Linux has
_ORIGIN_LOCAL = 1  # SO_EE_ORIGIN_LOCAL
_SENT_BYTES = 1  # of the datagram that met it, which comes back with it
_CONTROL_BYTES = 256


class Returned(NamedTuple):
    """What came back: the error's name, where the datagram was to go, and who says so."""

    error: str
    to: Endpoint
    by: Endpoint = NOWHERE


def ask_for_errors(sock: socket.socket, note: Note) -> bool:
    """Have errors told; whether the system does. Raise OSError."""
    if sys.platform != "linux" or sock.family not in _OPTIONS:
        return False
    level, number, name = _OPTIONS[socket.AddressFamily(sock.family)]
    make(note, "setsockopt", sock.fileno(), (Symbol(name), 1), lambda: sock.setsockopt(level, number, 1))
    return True


def take_error(sock: socket.socket) -> Returned | None:
    """Take the oldest error from the queue; None where there is none."""
    try:
        _, control, _, to = sock.recvmsg(_SENT_BYTES, _CONTROL_BYTES, _ERROR_QUEUE)
    except OSError:
        return None
    asked = [(level, number) for level, number, _ in _OPTIONS.values()]
    told = next((data for level, number, data in control if (level, number) in asked), b"")
    if len(told) < _ERROR.size:
        return Returned("", _named(to))
    code, origin, *_ = _ERROR.unpack_from(told)
    by = NOWHERE if origin == _ORIGIN_LOCAL else _offender(told[_ERROR.size :])
    return Returned(errno.errorcode.get(code, str(code)), _named(to), by)


def _named(to: SocketAddress | None) -> Endpoint:
    return endpoint(to) if to else NOWHERE


def _offender(sockaddr: bytes) -> Endpoint:
    """Read struct sockaddr_in or sockaddr_in6; a router has no port."""
    if len(sockaddr) < 8:
        return NOWHERE
    family = int.from_bytes(sockaddr[:2], sys.byteorder)
    if family == socket.AF_INET:
        return endpoint((socket.inet_ntop(family, sockaddr[4:8]), 0))
    if family == socket.AF_INET6 and len(sockaddr) >= 24:
        return endpoint((socket.inet_ntop(family, sockaddr[8:24]), 0, 0, 0))
    return NOWHERE
