"""How the kernel would reach an address (rtnetlink(7), RTM_GETROUTE), and whether the interface on the way is up."""

import errno
import socket
import struct
from ipaddress import ip_address
from pathlib import Path

from sockscope.engine.kernel.netlink import ERROR, FAMILY, attributes, messages, request
from sockscope.engine.look.question import Question
from sockscope.record.finding import Route

_NETLINK_ROUTE = 0
_NEW_ROUTE, _GET_ROUTE = 24, 26
_ASKED = struct.Struct("=8BI")  # struct rtmsg: family, lengths, tos, table, protocol, scope, type, flags
_DESTINATION = struct.Struct("=HH")  # struct rtattr
_RTA_DST, _RTA_OIF, _RTA_GATEWAY, _RTA_PREFSRC = 1, 4, 5, 7
_TYPE_AT = 7
_TYPES = ("", "unicast", "local", "broadcast", "anycast", "multicast", "blackhole", "unreachable", "prohibit", "throw")
_RULED_OUT = {"EHOSTUNREACH": "unreachable", "EACCES": "prohibit", "EINVAL": "blackhole"}
"""What such a route says instead of itself (ip-route(8))."""

_ANSWER_BYTES = 8192
_PATIENCE_S = 0.5
_UP = 0x1  # IFF_UP


def route(question: Question) -> Route | None:
    """Ask for the route to an address; None of an odd answer. Raise OSError."""
    address = question.address
    packed = ip_address(address.host).packed
    wanted = _ASKED.pack(address.family, 8 * len(packed), *[0] * 6, 0)
    wanted += _DESTINATION.pack(_DESTINATION.size + len(packed), _RTA_DST) + packed
    if address.scope:
        wanted += _DESTINATION.pack(8, _RTA_OIF) + struct.pack("=I", socket.if_nametoindex(address.scope))
    with socket.socket(FAMILY, socket.SOCK_RAW, _NETLINK_ROUTE) as asking:
        asking.settimeout(_PATIENCE_S)
        asking.send(request(_GET_ROUTE, wanted))
        for kind, body in messages(asking.recv(_ANSWER_BYTES)):
            if kind == ERROR:
                error = errno.errorcode.get(-struct.unpack_from("=i", body)[0], "")
                return Route(_RULED_OUT.get(error, ""), error)
            if kind == _NEW_ROUTE and len(body) >= _ASKED.size:
                return _route(body)
    return None


def _route(body: bytes) -> Route:
    told = dict(attributes(body, _ASKED.size))
    number = body[_TYPE_AT]
    name = ""
    if len(out := told.get(_RTA_OIF, b"")) == 4:
        name = socket.if_indextoname(struct.unpack("=I", out)[0])
    return Route(
        _TYPES[number] if number < len(_TYPES) else str(number),
        "",
        name,
        _written(told.get(_RTA_GATEWAY, b"")),
        _written(told.get(_RTA_PREFSRC, b"")),
        _is_up(name),
    )


def _written(packed: bytes) -> str:
    return str(ip_address(packed)) if len(packed) in (4, 16) else ""


def _is_up(interface: str) -> bool | None:
    try:
        return bool(int(Path(f"/sys/class/net/{interface}/flags").read_text(), 16) & _UP)
    except (OSError, ValueError):
        return None
