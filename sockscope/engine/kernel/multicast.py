"""Multicast groups: what people write, joining one, and the interface to send through (ip(7), ipv6(7)).

The rule: what `parse_group` lets through is a multicast address and an interface that this machine has. An
interface may be written as its name, its index or one of its addresses; from there on it goes by its name.
"""

import errno
import fcntl
import os
import socket
import struct
import sys
from array import array
from collections.abc import Sequence
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from sockscope.engine.syscall import make, set_option
from sockscope.net.value import Struct, Symbol
from sockscope.record.fact import Note

_MREQN = struct.Struct("@4s4si")  # struct ip_mreqn: group, address (left open), index of the interface
_MREQ6 = struct.Struct("@16sI")  # struct ipv6_mreq: group, index of the interface
_ANY = bytes(4)

_SIOCGIFCONF = 0x8912  # <linux/sockios.h>
_IFCONF = struct.Struct("@iP")  # struct ifconf: size of the room in bytes, where it is
_IFREQ = struct.Struct("@16s4x4s8x8x" if struct.calcsize("@P") == 8 else "@16s4x4s8x")  # label, sockaddr_in
_MOST_ADDRESSES = 1024
_IF_INET6 = Path("/proc/net/if_inet6")


class GroupError(ValueError):
    """What a person typed is no multicast group; the message is one line for that person."""


def parse_group(text: str) -> tuple[str, str]:
    """Read `group` or `group%interface` and give both, the interface by its name or "". Raise GroupError."""
    group, percent, interface = text.partition("%")
    if not group:
        raise GroupError("a multicast group is needed, such as 239.1.2.3 or ff02::1%eth0")
    try:
        address = ip_address(group)
    except ValueError:
        raise GroupError("that is no IPv4 or IPv6 address; a multicast group is one, such as 239.1.2.3") from None
    if not address.is_multicast:
        raise GroupError(f"{address} is no multicast group; those are 224.0.0.0 to 239.255.255.255 and ff00::/8")
    if percent and not interface:
        raise GroupError("an interface is missing after %, as in 239.1.2.3%eth0")
    return str(address), interface_name(interface) if interface else ""


def interface_name(text: str) -> str:
    """Return the name of the interface that has this name, index or address. Raise GroupError."""
    interfaces = socket.if_nameindex()
    known = _by_address()
    known |= {str(index): name for index, name in interfaces}
    known |= {name: name for _, name in interfaces}
    with suppress(ValueError):
        text = str(ip_address(text))  # one way to write an IPv6 address
    if text not in known:
        shown = f"{text} here" if text.isprintable() and len(text) < 40 else "like that here"
        raise GroupError(f"there is no interface {shown}; there are " + ", ".join(name for _, name in interfaces))
    return known[text]


def hears(host: str, group: str, *, dual: bool = False) -> bool:
    """Return whether a socket bound to this host can get what is sent to a group.

    A socket gets what is sent to the address it is bound to: what goes to a group only where that is any address or
    the group itself (ip(7)). With `dual` a socket bound to :: takes IPv4 too.
    """
    try:
        bound = ip_address(host.partition("%")[0])
    except ValueError:  # a path
        return False
    wanted = ip_address(group.partition("%")[0])
    if bound.version != wanted.version:
        return dual and bound.is_unspecified and wanted.version == 4
    return bound.is_unspecified or bound == wanted


def check_heard(group: str, hosts: Sequence[str], *, dual: bool = False) -> None:
    """Refuse a group that no socket bound to one of these hosts would hear of. Raise GroupError."""
    if not any(hears(host, group, dual=dual) for host in hosts):
        version = ip_address(group.partition("%")[0]).version
        raise GroupError(f"to hear {group}, listen at * with IPv{version}: other addresses get nothing sent to a group")


def join(sock: socket.socket, note: Note, group: str, interface: str) -> None:
    """Make a datagram socket a member of a group, on an interface or, with "", where the kernel chooses.

    Both as `parse_group` gave them. Raise OSError: ENODEV for an interface that is gone or none that fits,
    EADDRINUSE for a group joined before. The membership ends with the socket.
    """
    index = _index(note, interface)
    address = ip_address(group)
    if isinstance(address, IPv4Address):
        level, name = "IPPROTO_IP", "IP_ADD_MEMBERSHIP"
        value = _MREQN.pack(address.packed, _ANY, index)
    else:
        level, name = "IPPROTO_IPV6", "IPV6_JOIN_GROUP"
        value = _MREQ6.pack(address.packed, index)
    shown = Struct((("multiaddr", Symbol(group)), *((("interface", Symbol(interface)),) if interface else ())))
    set_option(note, sock, level, name, value, shown)


def send_through(sock: socket.socket, note: Note, interface: str) -> None:
    """Send multicast datagrams of a socket through an interface, by its name. Raise OSError."""
    index = _index(note, interface)
    if sock.family == socket.AF_INET6:
        level, name = "IPPROTO_IPV6", "IPV6_MULTICAST_IF"
        value = struct.pack("@I", index)
    else:
        level, name = "IPPROTO_IP", "IP_MULTICAST_IF"
        value = _MREQN.pack(_ANY, _ANY, index)
    set_option(note, sock, level, name, value, Symbol(interface))


def _index(note: Note, interface: str) -> int:
    """Return an interface's index, 0 for none. Raise OSError."""

    def ask() -> int:
        try:
            return socket.if_nametoindex(interface)
        except OSError as error:  # Python leaves the errno out
            raise OSError(error.errno or errno.ENODEV, f"there is no interface {interface}") from None

    return make(note, "if_nametoindex", -1, (interface,), ask) if interface else 0


def _by_address() -> dict[str, str]:
    """Return the interface of every address of this machine, as far as the system tells."""
    found: dict[str, str] = {}
    if sys.platform != "linux":
        return found
    with suppress(OSError):
        found |= _by_ipv4()
    with suppress(OSError):
        for line in _IF_INET6.read_text().splitlines():  # address, index, prefix length, scope, flags, name
            address, *_, name = line.split()
            found[str(IPv6Address(bytes.fromhex(address)))] = name
    return found


def _by_ipv4() -> dict[str, str]:
    """Ask for all IPv4 addresses (netdevice(7), SIOCGIFCONF); a label such as eth0:1 begins with the name."""
    room = array("B", bytes(_IFREQ.size * _MOST_ADDRESSES))
    where, size_bytes = room.buffer_info()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        told = fcntl.ioctl(asking, _SIOCGIFCONF, _IFCONF.pack(size_bytes, where))
    filled_bytes, _ = _IFCONF.unpack(told)
    return {
        str(IPv4Address(address)): os.fsdecode(label.rstrip(b"\0")).partition(":")[0]
        for label, address in _IFREQ.iter_unpack(room[:filled_bytes])
    }
