"""What the kernel tells of the queues at its end: clients that wait for accept, datagrams it had to drop.

The rule: numbers come from the kernel alone; where it does not tell, the answer is None. Nothing here raises or is
noted as a fact, since it is asked again and again while the screen is drawn.
"""

import os
import socket
import struct
import sys
from contextlib import suppress

from sockscope.engine.kernel.netlink import FAMILY, attributes, messages, request

_INTERNET = (socket.AF_INET, socket.AF_INET6)
_LISTEN = 10  # TCP_LISTEN, also of UNIX sockets

_TCP_INFO = struct.Struct("=B23xII")  # tcpi_state, tcpi_unacked, tcpi_sacked of struct tcp_info, <linux/tcp.h>

_SO_MEMINFO = 55  # <asm-generic/socket.h>
_MEMINFO = struct.Struct("=9I")
_MEMINFO_DROPS = 8  # SK_MEMINFO_DROPS, <linux/sock_diag.h>

_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_UDIAG_SHOW_RQLEN = 0x10
_UNIX_DIAG_RQLEN = 4
_ANY_COOKIE = 0xFFFFFFFF
_ANY_STATE = 0xFFFFFFFF
_ASKED = struct.Struct("=BBHIIIII")  # struct unix_diag_req: family, protocol, -, states, inode, show, cookie (two)
_TOLD = struct.Struct("=BBBBIII")  # struct unix_diag_msg: family, type, state, -, inode, cookie (two)
_RQLEN = struct.Struct("=II")  # struct unix_diag_rqlen: udiag_rqueue, udiag_wqueue
_ANSWER_BYTES = 4096


def accept_queue(sock: socket.socket) -> tuple[int, int] | None:
    """Tell how many clients wait for accept at a listening socket, and the limit. None where the system does not tell.

    Linux lets in one client more than the limit, which is what listen was asked for, capped at net.core.somaxconn.
    Sources: TCP_INFO, whose tcpi_unacked and tcpi_sacked mean this in state LISTEN (net/ipv4/tcp.c), and
    UDIAG_SHOW_RQLEN for UNIX sockets (sock_diag(7)).
    """
    if sys.platform != "linux":
        return None
    with suppress(OSError, struct.error):
        if sock.family == socket.AF_UNIX:
            return _unix_accept_queue(os.fstat(sock.fileno()).st_ino)
        if sock.family in _INTERNET and sock.type == socket.SOCK_STREAM:
            told = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size)
            state, waiting, limit = _TCP_INFO.unpack(told)
            return (waiting, limit) if state == _LISTEN else None
    return None


def dropped_datagrams(sock: socket.socket) -> int | None:
    """Tell how many datagrams the kernel dropped at a UDP socket. None where the system does not tell.

    Most are dropped because the receive buffer was full, some for a wrong checksum (SO_MEMINFO, SK_MEMINFO_DROPS).
    """
    if sys.platform != "linux" or sock.family not in _INTERNET or sock.type != socket.SOCK_DGRAM:
        return None
    with suppress(OSError, struct.error):
        told = sock.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size)
        return int(_MEMINFO.unpack(told)[_MEMINFO_DROPS])
    return None


def _unix_accept_queue(inode: int) -> tuple[int, int] | None:
    """Ask for the queue of the UNIX socket with that inode; raises OSError or struct.error for an odd answer."""
    asked = _ASKED.pack(socket.AF_UNIX, 0, 0, _ANY_STATE, inode, _UDIAG_SHOW_RQLEN, _ANY_COOKIE, _ANY_COOKIE)
    with socket.socket(FAMILY, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as asking:
        asking.setblocking(False)  # the kernel answers while it is asked
        asking.send(request(_SOCK_DIAG_BY_FAMILY, asked))
        answer = asking.recv(_ANSWER_BYTES)
    told = next((body for kind, body in messages(answer) if kind == _SOCK_DIAG_BY_FAMILY), None)
    if told is None:
        return None
    _, _, state, *_ = _TOLD.unpack_from(told)
    return _rqlen(told[_TOLD.size :]) if state == _LISTEN else None


def _rqlen(told: bytes) -> tuple[int, int] | None:
    """Find the lengths of the queue among the attributes; raises struct.error where they are cut off."""
    for kind, payload in attributes(told):
        if kind == _UNIX_DIAG_RQLEN:
            waiting, limit = _RQLEN.unpack_from(payload)
            return waiting, limit
    return None
