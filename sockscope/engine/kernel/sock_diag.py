"""Ask the kernel for sockets, all that there are of a kind (sock_diag(7), <linux/inet_diag.h>).

The rules: one question is one dump, read to its end; where the kernel does not answer (another system, no netlink, a
dump that another one interrupted) that is an OSError. A dump of thousands takes milliseconds, so it is not for the
loop. Whose socket it is, is told by its inode, which is that of the descriptor (fstat(2)).
"""

import errno
import os
import socket
import struct
from collections.abc import Iterator
from typing import NamedTuple

from sockscope.engine.kernel.netlink import DONE, DUMP, ERROR, FAMILY, messages, request
from sockscope.net.endpoint import NOWHERE, Endpoint, endpoint
from sockscope.record.kernel_view import PEER_FINISHED

_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_ASKED = struct.Struct("=BBBxI48x")  # struct inet_diag_req_v2: family, protocol, extensions, states, the socket
_TOLD = struct.Struct("=BBBBHH16s16sI8xIIIII")  # struct inet_diag_msg, in the order of `_SOCKET`
_ENDS = struct.Struct("=BBxxI4s32sI8s")  # the same with struct inet_diag_sockid: ports, hosts, interface, cookie
_ANY_COOKIE = b"\xff" * 8  # INET_DIAG_NOCOOKIE
SOCKET_BYTES = _TOLD.size
_INODE_AT = SOCKET_BYTES - 4
_INODE = struct.Struct("=I")
_BUFFER_BYTES = 256 * 1024
_PATIENCE_S = 1.0

TCP_STATES = (
    "",
    "ESTAB",
    "SYN-SENT",
    "SYN-RECV",
    "FIN-WAIT-1",
    "FIN-WAIT-2",
    "TIME-WAIT",
    "CLOSE",
    "CLOSE-WAIT",
    "LAST-ACK",
    "LISTEN",
    "CLOSING",
    "NEW-SYN-RECV",
)
"""By their number (<net/tcp_states.h>), as ss(8) writes them."""

EVERY_STATE = 0xFFFFFFFF


class Socket(NamedTuple):
    """A socket of any program; of one that listens the queues are how many clients wait, and the limit."""

    state: str
    timer: int
    tries: int
    local: Endpoint
    peer: Endpoint
    timer_ms: int
    receive_queue: int
    send_queue: int
    uid: int
    inode: int  # 0 where no program holds it: not yet accepted, or closed

    @property
    def unread(self) -> int:
        """Bytes that arrived and nobody read; the kernel counts the peer's end of stream as one more."""
        return max(0, self.receive_queue - (self.state in PEER_FINISHED))


def states(*names: str) -> int:
    """Return the mask that asks for sockets in these states of TCP."""
    return sum(1 << TCP_STATES.index(name) for name in names)


def sockets(protocol: int, wanted: int = EVERY_STATE) -> Iterator[Socket]:
    """Give the sockets of an IPPROTO_ number in the states of a mask, IPv4 and IPv6. Raise OSError."""
    for family in (socket.AF_INET, socket.AF_INET6):
        for told in dump(family, protocol, wanted):
            yield read(told)


def find(protocol: int, local: Endpoint, peer: Endpoint) -> Socket | None:
    """Return the one socket that has these ends, None where there is none. Raise OSError.

    Of UDP `peer` need not be its peer: it is whose datagrams it gets, connected or not.
    """
    ends = (local, peer) if protocol == socket.IPPROTO_TCP else (peer, local)  # of UDP the kernel asks so (net/ipv4)
    ports = b"".join(struct.pack("!H", end.port) for end in ends)
    hosts = b"".join(socket.inet_pton(end.family, end.host).ljust(16, b"\0") for end in ends)
    named = _ENDS.pack(local.family, protocol, EVERY_STATE, ports, hosts, _index(local.scope), _ANY_COOKIE)
    with socket.socket(FAMILY, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as asking:
        asking.settimeout(_PATIENCE_S)
        asking.send(request(_SOCK_DIAG_BY_FAMILY, named))
        for kind, body in messages(asking.recv(_BUFFER_BYTES)):
            if kind == ERROR:
                code = -struct.unpack_from("=i", body)[0]
                if code == errno.ENOENT:
                    return None
                raise OSError(code or errno.EPROTO, os.strerror(code))
            if len(body) >= SOCKET_BYTES:
                found = read(body)
                listens = protocol == socket.IPPROTO_TCP and found.peer != peer  # it would be asked first
                return found if found.local.port == local.port and not listens else None
    return None


def _index(scope: str) -> int:
    try:
        return int(scope) if scope.isdigit() else socket.if_nametoindex(scope) if scope else 0
    except OSError:  # it is gone
        return 0


def dump(family: int, protocol: int, wanted: int, extensions: int = 0) -> Iterator[bytes]:
    """Give what the kernel tells of each socket: struct inet_diag_msg, then attributes. Raise OSError.

    `extensions` are the attributes asked for, each the bit below its INET_DIAG_ number.
    """
    asked = request(_SOCK_DIAG_BY_FAMILY, _ASKED.pack(family, protocol, extensions, wanted), DUMP)
    with socket.socket(FAMILY, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as asking:
        asking.settimeout(_PATIENCE_S)
        asking.send(asked)
        while True:
            for kind, body in messages(asking.recv(_BUFFER_BYTES)):
                if kind == DONE:
                    return
                if kind == ERROR:
                    code = -struct.unpack_from("=i", body)[0]
                    raise OSError(code or errno.EPROTO, os.strerror(code))
                if len(body) >= SOCKET_BYTES:
                    yield body


def inode_of(told: bytes) -> int:
    """Return whose socket it is, without reading the rest."""
    return int(_INODE.unpack_from(told, _INODE_AT)[0])


def read(told: bytes) -> Socket:
    """Read what a dump tells of a socket."""
    family, state, timer, tries, sport, dport, source, destination, interface, *numbers = _TOLD.unpack_from(told)
    local = _end(family, socket.ntohs(sport), source, interface)
    peer = _end(family, socket.ntohs(dport), destination, interface)
    return Socket(state_name(state), timer, tries, local, peer, *numbers)


def state_name(number: int) -> str:
    """Return what ss(8) calls a state of TCP."""
    return TCP_STATES[number] if number < len(TCP_STATES) else str(number)


def _end(family: int, port: int, host: bytes, interface: int) -> Endpoint:
    """Make an endpoint; the kernel writes none as zeros. An interface is told of sockets that are bound to one."""
    if not port and not any(host):
        return NOWHERE
    if family == socket.AF_INET:
        return endpoint((socket.inet_ntop(family, host[:4]), port))
    text = socket.inet_ntop(family, host)
    scope = _name(interface) if interface and text.startswith("fe80") else ""
    return endpoint((f"{text}%{scope}" if scope else text, port, 0, 0))


def _name(interface: int) -> str:
    try:
        return socket.if_indextoname(interface)
    except OSError:
        return str(interface)
