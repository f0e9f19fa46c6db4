"""What the kernel says of TCP sockets, as views, by one dump for all of them (<linux/tcp.h>, struct tcp_info).

The rule: what a kernel of another version tells is read as far as it goes; the rest is None. The struct only ever grew
at its end.
"""

import socket
import struct
from collections.abc import Callable, Container, Sequence
from functools import lru_cache

from sockscope.engine.kernel.netlink import Layout
from sockscope.engine.kernel.sock_diag import SOCKET_BYTES, dump, inode_of, state_name, states
from sockscope.net.clock import now_ns
from sockscope.record.kernel_view import KernelView, TcpInfo

_INFO, _CONGESTION, _MEMORY = 2, 4, 7  # INET_DIAG_INFO, INET_DIAG_CONG, INET_DIAG_SKMEMINFO
_EXTENSIONS = 1 << (_INFO - 1) | 1 << (_CONGESTION - 1) | 1 << (_MEMORY - 1)
_LIVE = states(
    "ESTAB", "SYN-SENT", "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE", "CLOSE-WAIT", "LAST-ACK", "CLOSING"
)
_TIMERS = ("", "retransmit", "keepalive", "TIME-WAIT", "zero window probe")  # idiag_timer, as ss(8) has them

_HEAD = struct.Struct("=xBBB48xIII")  # state, timer, retransmits; expires, the queues of struct inet_diag_msg
_MEMORIES = struct.Struct("=4xI4xI16xI")  # SK_MEMINFO_RCVBUF, SK_MEMINFO_SNDBUF, SK_MEMINFO_DROPS
_TCP_INFO = struct.Struct("=5xBBxI4x3I4xI24xI4x4I16xI16x2Q4I8x4Q8x2Q12x2I")  # tcpi_options to tcpi_rcv_wnd
_ENDS = (
    6,
    7,
    12,
    20,
    24,
    28,
    36,
    64,
    72,
    76,
    80,
    84,
    104,
    128,
    136,
    140,
    144,
    148,
    152,
    168,
    176,
    184,
    192,
    208,
    216,
    232,
    236,
)
"""Where each value of `_TCP_INFO` ends in the struct: a kernel that tells less does not know it."""

_NOT_YET = ((8, 0), (10, 0x7FFFFFFF), (18, 0xFFFFFFFF))
"""What tcpi_rtt, tcpi_snd_ssthresh (TCP_INFINITE_SSTHRESH) and tcpi_min_rtt are as long as nothing is known."""


def views(inodes: Container[int], waits: Callable[[bytes], object] | None = None) -> list[tuple[int, KernelView]]:
    """Look at the TCP sockets with these inodes, all at once. Raise OSError where the kernel does not tell.

    `waits` is given what is told of each connected socket that no program holds: it waits to be accepted.
    """
    found = []
    for family in (socket.AF_INET, socket.AF_INET6):
        at_ns, layout = now_ns(), Layout(_INFO, _CONGESTION, _MEMORY)
        for told in dump(family, socket.IPPROTO_TCP, _LIVE, _EXTENSIONS):
            inode = inode_of(told)
            if inode in inodes:
                found.append((inode, _view(told, at_ns, layout)))
            elif not inode and waits:
                waits(told)
    return found


def _view(told: bytes, at_ns: int, layout: Layout) -> KernelView:
    info, congestion, memory = layout.payloads(told, SOCKET_BYTES)
    state, timer, tries, expires_ms, receive_queue, send_queue = _HEAD.unpack_from(told)
    receive_buffer, send_buffer, dropped = (
        _MEMORIES.unpack_from(memory) if len(memory) >= _MEMORIES.size else (None, None, None)
    )
    return KernelView(
        at_ns,
        state_name(state),
        receive_queue,
        send_queue,
        _TIMERS[timer] if timer < len(_TIMERS) else str(timer),
        expires_ms,
        tries,
        _text(congestion),
        receive_buffer,
        send_buffer,
        dropped,
        TcpInfo._make(_numbers(info)),
    )


def _numbers(info: bytes) -> Sequence[int | None]:
    if len(info) < _TCP_INFO.size:
        known = sum(end <= len(info) for end in _ENDS)
        padded = _TCP_INFO.unpack(info.ljust(_TCP_INFO.size, b"\0"))
        return [number if at < known else None for at, number in enumerate(padded)]
    numbers = list(_TCP_INFO.unpack_from(info))
    for at, nothing in _NOT_YET:
        if numbers[at] == nothing:
            numbers[at] = None
    return numbers


@lru_cache(maxsize=64)
def _text(name: bytes) -> str:
    return name.rstrip(b"\0").decode("ascii", "backslashreplace")
