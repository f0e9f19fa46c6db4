"""The source address that the kernel would use for a destination.

The rule: a UDP socket is connected and asked for its name (connect(2), getsockname(2)); nothing is sent by that.
"""

import socket
from ipaddress import IPv6Address, ip_address

from sockscope.engine.resolve.interface import Interfaces
from sockscope.engine.syscall import close_socket, make, open_socket
from sockscope.net.endpoint import SocketAddress, endpoint
from sockscope.net.error_name import error_name
from sockscope.record.fact import Call, Note
from sockscope.record.lookup.candidate import SourceAddress
from sockscope.record.lookup.policy import Ip


def find_source(address: Ip, scope_id: int, port: int, interfaces: Interfaces) -> SourceAddress:
    """Ask which source the kernel would use; a failure is in the `error` of what is given."""
    calls: list[Call] = []
    try:
        found, found_scope_id = _connected(address, scope_id, port, calls.append)
    except OSError as error:
        return SourceAddress(None, error_name(error), calls=tuple(calls))
    return SourceAddress(found, "", interfaces.find(found, found_scope_id), tuple(calls))


def _connected(address: Ip, scope_id: int, port: int, note: Note) -> tuple[Ip, int]:
    """Return the socket's own address and its scope id. Raise OSError."""
    wide = isinstance(address, IPv6Address)
    family = socket.AF_INET6 if wide else socket.AF_INET
    sockaddr: SocketAddress = (str(address), port, 0, scope_id) if wide else (str(address), port)
    probing = open_socket(note, family, socket.SOCK_DGRAM)
    try:
        make(note, "connect", probing.fileno(), (endpoint(sockaddr),), lambda: probing.connect(sockaddr))
        name = make(note, "getsockname", probing.fileno(), (), probing.getsockname, endpoint)
        return ip_address(str(name[0]).partition("%")[0]), int(name[3]) if len(name) == 4 else 0
    finally:
        close_socket(note, probing)
