"""What this machine and this process are like: privileges, limits, memory, addresses.

The rule: what cannot be read is None.
"""

import os
import resource
import socket
from contextlib import suppress
from pathlib import Path

from sockscope.engine.kernel.processes import user_name
from sockscope.engine.look.question import Question
from sockscope.engine.resolve.interface import read_addresses
from sockscope.engine.resolve.read_sources import servers_asked
from sockscope.record.finding import (
    DatagramRoom,
    Descriptors,
    Memory,
    Nameservers,
    OwnAddress,
    OwnAddresses,
    Privileges,
)

PROC = Path("/proc")
ADDRESSES_SHOWN = 16

_IP_MTU, _IPV6_MTU = 14, 24  # <linux/in.h>, <linux/in6.h>
_MOST_BYTES = {socket.AF_INET: 65507, socket.AF_INET6: 65527}  # 65535 less the headers; of IPv6 only that of UDP
_KIB = 1024


def privileges(question: Question, proc: Path = PROC) -> Privileges:
    """Tell who we are, what we may, and from which port on anybody may bind (ip(7), proc_pid_status(5))."""
    told = _field(proc / "self" / "status", "CapEff")
    first = _number(proc / "sys/net/ipv4/ip_unprivileged_port_start")
    return Privileges(user_name(os.geteuid()), first, int(told, 16) if told else None)


def descriptors(question: Question, proc: Path = PROC) -> Descriptors:
    """Tell how many descriptors are open, and how many may be (getrlimit(2), /proc/sys/fs/file-nr)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = system_used = system_limit = None
    with suppress(OSError):
        used = len(os.listdir(proc / "self" / "fd"))  # noqa: PTH208 - one descriptor, which is free by then
    with suppress(OSError, ValueError):
        system_used, _, system_limit = map(int, (proc / "sys/fs/file-nr").read_text().split())
    return Descriptors(used, soft, hard, system_used, system_limit)


def memory(question: Question, proc: Path = PROC) -> Memory:
    """Tell what memory the machine has left, and how large a send buffer may be."""
    told = _field(proc / "meminfo", "MemAvailable").removesuffix("kB").strip()
    return Memory(int(told) * _KIB if told else None, _number(proc / "sys/net/core/wmem_max"))


def nameservers(question: Question, root: Path = Path("/")) -> Nameservers:
    """Tell which DNS servers the system's resolver goes by (resolv.conf(5), nsswitch.conf(5))."""
    return Nameservers(servers_asked(root))


def own_addresses(question: Question) -> OwnAddresses:
    """Tell the addresses of this machine. Raise OSError."""
    held = read_addresses(lambda call: None)
    first = tuple(OwnAddress(str(one.address), _name(one.interface)) for one in held[:ADDRESSES_SHOWN])
    return OwnAddresses(first, len(held))


def datagram_room(question: Question) -> DatagramRoom:
    """Tell how large a datagram to an address may be: the path's MTU is that of a socket connected there."""
    address, mtu = question.address, None
    level, option = (socket.IPPROTO_IPV6, _IPV6_MTU) if address.family == socket.AF_INET6 else (0, _IP_MTU)
    with suppress(OSError), socket.socket(address.family, socket.SOCK_DGRAM) as trying:
        trying.connect((f"{address.host}%{address.scope}" if address.scope else address.host, address.port))
        mtu = trying.getsockopt(level, option)
    return DatagramRoom(_MOST_BYTES.get(socket.AddressFamily(address.family)), mtu)


def _name(interface: int) -> str:
    with suppress(OSError):
        return socket.if_indextoname(interface)
    return str(interface)


def _number(path: Path) -> int | None:
    with suppress(OSError, ValueError):
        return int(path.read_text())
    return None


def _field(path: Path, name: str) -> str:
    """Return the value of a line `name: value`, empty where there is none."""
    with suppress(OSError):
        lines = path.read_text().splitlines()
        return next((line.partition(":")[2].strip() for line in lines if line.startswith(f"{name}:")), "")
    return ""
