"""getnameinfo(3), which lets the other threads run meanwhile.

The rule: no call of the resolver may hold up the program. Python before 3.11.4 keeps its interpreter to itself while
getnameinfo waits for servers (python/cpython#104308), so there the C library is called without Python's help.
"""

import os
import socket
import struct
import sys

HOLDS_THE_INTERPRETER = sys.version_info < (3, 11, 4) and sys.platform == "linux"

_LONGEST_NAME, _LONGEST_SERVICE = 1025, 32  # NI_MAXHOST, NI_MAXSERV of getnameinfo(3)
_EAI_SYSTEM = -11  # the reason is in errno


InternetAddress = tuple[str, int] | tuple[str, int, int, int]
"""As `socket` has it: address and port, of IPv6 also flow information and scope."""


def getnameinfo(sockaddr: InternetAddress, flags: int) -> tuple[str, str]:
    """Return the name and the service of an address in numbers and a port. Raise OSError and UnicodeDecodeError."""
    return _of_the_c_library(sockaddr, flags) if HOLDS_THE_INTERPRETER else socket.getnameinfo(sockaddr, flags)


def _of_the_c_library(sockaddr: InternetAddress, flags: int) -> tuple[str, str]:
    import ctypes

    packed = _packed(*sockaddr)
    host, service = ctypes.create_string_buffer(_LONGEST_NAME), ctypes.create_string_buffer(_LONGEST_SERVICE)
    library = ctypes.CDLL(None, use_errno=True)  # a foreign function leaves the interpreter to others
    ctypes.set_errno(0)
    code = library.getnameinfo(packed, len(packed), host, _LONGEST_NAME, service, _LONGEST_SERVICE, flags)
    if code == _EAI_SYSTEM:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    if code:
        library.gai_strerror.restype = ctypes.c_char_p
        raise socket.gaierror(code, library.gai_strerror(code).decode())
    return host.value.decode(), service.value.decode()


def _packed(host: str, port: int, flow: int = 0, scope: int = 0) -> bytes:
    """Return an address as struct sockaddr_in or sockaddr_in6 (ip(7), ipv6(7)). Raise socket.gaierror."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        number = socket.inet_pton(family, host.partition("%")[0])
    except OSError:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known") from None
    head = struct.pack("=H", family) + struct.pack("!H", port)
    if family == socket.AF_INET:
        return head + number + bytes(8)
    return head + struct.pack("!I", flow) + number + struct.pack("=I", scope)
