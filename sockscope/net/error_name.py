"""Errors by their names: the symbols of errno(3) and getaddrinfo(3), and our own where no code says so."""

import errno
import socket
import sys

UNDER_WAY = "EINPROGRESS"
"""What a connect says that has no answer yet: it has not failed."""

OWN_TIMEOUT = "timeout"
"""Our own patience ran out, which no errno stands for."""

RESOLVER_TIMEOUT = "lookup timeout"
"""The same while the resolver had not answered."""

HANDSHAKE_TIMEOUT = "TLS handshake timeout"
"""The same with a handshake."""

NOT_UTF8 = "name not in UTF-8"
"""An answer that Python cannot give: no code of getaddrinfo says so."""

NAYS = frozenset(("NXDOMAIN", "NODATA", "CNAME_ONLY", "REFERRAL"))
"""What is a proper answer of a DNS server and gives no records all the same."""


def error_name(error: Exception) -> str:
    """Return the symbol of an error, such as ECONNREFUSED or EAI_NONAME, or its type where it has none."""
    if isinstance(error, socket.gaierror):
        return _EAI.get(error.errno or 0, f"EAI {error.errno}")
    if not isinstance(error, OSError) or error.errno is None:
        return type(error).__name__
    return _OF_SOCKETS.get(error.errno) or errno.errorcode.get(error.errno, f"errno {error.errno}")


_OF_SOCKETS = {errno.EOPNOTSUPP: "EOPNOTSUPP"}
"""Where Linux has two names for one code, that which the pages about sockets use: Python has ENOTSUP."""


_EAI = {getattr(socket, name): name for name in dir(socket) if name.startswith("EAI_")} | (
    {-105: "EAI_IDN_ENCODE"} if sys.platform == "linux" else {}
)
"""Every code that getaddrinfo(3) and getnameinfo(3) can give, with glibc's own one that Python has no name for."""
