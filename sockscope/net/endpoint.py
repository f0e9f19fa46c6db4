"""An endpoint: one side of a conversation, as the kernel names it (ip(7), ipv6(7), unix(7)).

The rule: an endpoint is made of what a socket call took or gave, and is a value from there on; its text is written
for people and never read again.
"""

import os
import socket
from dataclasses import dataclass, field

from sockscope.net.socket_kind import AF_UNIX

SocketAddress = tuple[str | int, ...] | str | bytes
"""An address as the socket calls take and give it: `(host, port)`, `(host, port, flow, scope)`, or a UNIX path."""

_MAPPED = "::ffff:"  # before an IPv4 address in an IPv6 one (RFC 4291, 2.5.5.2)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A host and a port, or the path of a UNIX socket; what has neither is false.

    `scope` is the zone of an IPv6 address (RFC 4007). An abstract name's path begins with @, any other path never
    does. `mapped` says that a dual-stack socket named an IPv4 address as ::ffff:a.b.c.d; it is the same endpoint.
    """

    family: int = 0
    host: str = ""
    port: int = 0
    scope: str = ""
    path: str = ""
    mapped: bool = field(default=False, compare=False)

    def __bool__(self) -> bool:
        return bool(self.host or self.path)

    def __str__(self) -> str:
        if not self.host:
            return self.path
        host = f"{self.host}%{self.scope}" if self.scope else self.host
        return host_port(host, self.port) + (f" ({_MAPPED})" if self.mapped else "")

    @property
    def is_local(self) -> bool:
        """Whether it is of a UNIX socket."""
        return self.family == AF_UNIX

    @property
    def family_name(self) -> str:
        """The name of its socket's family, as AF_INET; of a mapped address that is AF_INET6."""
        if self.mapped:
            return "AF_INET6"
        return socket.AddressFamily(self.family).name if self.family else ""

    @property
    def is_abstract(self) -> bool:
        """Whether it is a name that is no file (unix(7))."""
        return self.path.startswith("@")

    @property
    def is_loopback(self) -> bool:
        """Whether it never leaves this machine."""
        return self.is_local or self.host.startswith("127.") or self.host == "::1"

    @property
    def is_any(self) -> bool:
        """Whether it stands for every address of its family (INADDR_ANY, in6addr_any)."""
        return self.host in ("0.0.0.0", "::")


NOWHERE = Endpoint()
"""What has no address yet."""


def endpoint(sockaddr: SocketAddress | None) -> Endpoint:
    """Return what getsockname, accept, recvfrom or getaddrinfo gave, or bind and connect take, as an endpoint."""
    if not isinstance(sockaddr, tuple):
        return Endpoint(AF_UNIX or 0, path=written(sockaddr))
    host, port = str(sockaddr[0]), int(sockaddr[1])
    if host.startswith(_MAPPED) and "." in host:
        return Endpoint(socket.AF_INET, host.removeprefix(_MAPPED), port, mapped=True)
    if ":" not in host:
        return Endpoint(socket.AF_INET, host, port)
    host, _, scope = host.partition("%")
    if not scope and len(sockaddr) == 4 and sockaddr[3]:
        scope = str(sockaddr[3])
    return Endpoint(socket.AF_INET6, host, port, scope)


def host_port(host: str, port: int) -> str:
    """Write a host and a port as one word, IPv6 in brackets (RFC 3986, 3.2.2)."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def written(sockaddr: str | bytes | None) -> str:
    """Write the path of a UNIX socket: "/run/x.sock", "@name", or "" for an unnamed socket.

    Bytes that are no UTF-8 are written \\xNN; a path that begins with @ is written ./@name, since it is not abstract.
    """
    name = os.fsencode(sockaddr or b"")
    if name.startswith(b"\0"):
        name = b"@" + name[1:]
    elif name.startswith(b"@"):
        name = b"./" + name
    return name.decode("utf-8", "backslashreplace")
