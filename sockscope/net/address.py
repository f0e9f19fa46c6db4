"""Addresses as people write them, checked before any socket sees them.

The rule: what `parse` lets through, the socket calls understand in the same way. `getaddrinfo` itself is
too kind for that: it takes port "70000" for 4464, and " 80" and full-width digits for numbers.
"""

import contextlib
import os
import re
import socket
from typing import NamedTuple

from sockscope.net.endpoint import host_port
from sockscope.net.socket_kind import SCHEMES, SocketKind

KINDS = tuple(SCHEMES)
"""What can be written before `://` (or `:` for UNIX sockets)."""

_USUAL = "tcp"  # what an address without a scheme is
_URLS = {"http": ("tcp", 80), "https": ("tls", 443)}
"""What is meant by a URL: the kind, and the port where it has none."""

_SCHEME = re.compile(r"(?P<kind>[a-z]+)://(?P<rest>.*)", re.DOTALL)
_UNIX = re.compile(r"(?P<kind>unix|unixgram):(//)?(?P<path>.*)", re.DOTALL)
_BRACKETED = re.compile(r"\[(?P<host>[^\[\]]*)\](?P<rest>.*)", re.DOTALL)
_SERVICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]*")
_HOST = re.compile(r"[A-Za-z0-9_.-]*")
_LARGEST_PORT = 65535
_LARGEST_PATH = 107  # bytes of sun_path, without the NUL behind it (unix(7))
_LARGEST_LABEL = 63  # RFC 1035, 2.3.4
_LARGEST_NAME = 253
_LARGEST_SCOPE = 15  # characters of an interface's name (IFNAMSIZ), or digits of its number


class AddressError(ValueError):
    """What a person typed is no address; the message is one line for that person."""


class Address(NamedTuple):
    """Where to connect to or to listen at; `host` is empty where none was given."""

    host: str
    port: int
    kind: str = _USUAL

    def __str__(self) -> str:
        if not self.socket_kind.has_ports:
            return f"{self.kind}:{'//' if self.host.startswith('//') else ''}{self.host}"
        text = host_port(self.host, self.port)
        plain = self.kind == _USUAL and not _UNIX.fullmatch(text)
        return text if plain else f"{self.kind}://{text}"

    @property
    def brief(self) -> str:
        """The shortest text that means the same to a listener: a port, where that is all there is."""
        return str(self) if self.host or self.kind != _USUAL else str(self.port)

    @property
    def socket_kind(self) -> SocketKind:
        """The kind of socket that it is an address of."""
        return SCHEMES[self.kind]

    @property
    def tls(self) -> bool:
        """Whether it asks for TLS, a layer over its socket."""
        return self.kind == "tls"


def parse(text: str, *, host_required: bool = True, kind: str = "tcp") -> Address:
    """Read `host port`, `host:port`, `[host]:port`, `kind://host:port` or `unix:path`.

    With `host_required=False` (a listener) a lone port is enough. `kind` is what an address without a scheme is.
    Raise AddressError.
    """
    if not text:
        raise AddressError("an address is needed, such as localhost:8080" if host_required else "a port is needed")
    if text != text.strip():
        raise AddressError("there is a space before or after the address")
    if unix := _UNIX.fullmatch(text):
        return _unix(unix["kind"], unix["path"])
    if not SCHEMES[kind].has_ports and not _SCHEME.fullmatch(text):
        return _unix(kind, text)
    if scheme := _SCHEME.fullmatch(text):
        kind, text = _of_scheme(scheme["kind"], scheme["rest"].rstrip("/"))
    host, port = _split(text, host_required)
    if host_required and not host:
        raise AddressError("the host is missing before the port")
    if host == "*" and host_required:
        raise AddressError("* stands for all addresses when listening; to connect, name one")
    if host != "*":
        check_name(host, empty_allowed=not host_required)
    return Address(host, parse_port(port, kind), kind)


def _of_scheme(scheme: str, text: str) -> tuple[str, str]:
    """Return the kind that stands before `://`, or is meant by a URL, and the host and the port. Raise AddressError."""
    if scheme in KINDS:
        return scheme, text
    if scheme not in _URLS:
        known = (f"{word}://" for word, one in SCHEMES.items() if one.has_ports)
        raise AddressError(
            f"{scheme}:// is not known; it may be " + ", ".join([*known, *(f"{url}://" for url in _URLS)])
        )
    kind, usual = _URLS[scheme]
    if "/" in text or "@" in text:
        raise AddressError(f"of {scheme}:// the host and the port are all that is needed: it is connected to, no more")
    behind = text.rpartition("]")[2]
    return kind, text if ":" in behind else f"{text}:{usual}"


def _unix(kind: str, path: str) -> Address:
    if not path or path == "@" or "\0" in path:
        raise AddressError("a UNIX socket needs a path, as in unix:/run/app.sock or unix:@name")
    try:
        size_bytes = len(os.fsencode(path))
    except UnicodeEncodeError:
        raise AddressError("the path holds a character that no file name can") from None
    if size_bytes > _LARGEST_PATH:
        raise AddressError(f"a UNIX socket's path can have {_LARGEST_PATH} bytes at most, and this has {size_bytes}")
    return Address(path, 0, kind)


def _split(text: str, host_required: bool) -> tuple[str, str]:
    """Cut an address without scheme into host and port, both still unchecked text."""
    if bracketed := _BRACKETED.fullmatch(text):
        host, rest = bracketed["host"], bracketed["rest"]
        if ":" not in host:
            raise AddressError("brackets are for IPv6 addresses, as in [::1]:80")
        if rest[:1] not in (":", " ") or not rest[1:]:
            raise AddressError("a port is missing after the brackets, as in [::1]:80")
        return host, rest[1:]
    if "[" in text or "]" in text:
        raise AddressError("the brackets do not match; write an IPv6 address as [::1]:80")
    if " " in text:
        host, _, port = text.partition(" ")
        if (host.count(":") == 1 and host.endswith(":")) or port.strip() != port:
            raise AddressError("there is a space too many before the port")
        return host, port
    if text.count(":") > 1:
        raise AddressError("write an IPv6 address and its port as [::1]:80, or with a space: ::1 80")
    host, colon, port = text.partition(":")
    if colon:
        return host, port
    if host_required:
        shown = text if text.isprintable() and len(text) < 40 else "the name"
        raise AddressError(f"a port is missing: write {shown}:80 or {shown} 80")
    return "", text


def parse_port(text: str, kind: str = _USUAL) -> int:
    """Read a port, 0 to 65535, or a service name of this system. Raise AddressError."""
    if text.isascii() and text.isdigit():
        digits = text.lstrip("0") or "0"
        if len(digits) <= 5 and int(digits) <= _LARGEST_PORT:
            return int(digits)
        raise AddressError(f"port {text[:12]} is out of range: ports are 0 to {_LARGEST_PORT}")
    if not _SERVICE.fullmatch(text) or text[:1].isdigit():
        raise AddressError(f"the port is not a number from 0 to {_LARGEST_PORT}")
    try:
        return socket.getservbyname(text, SCHEMES[kind].protocol or SCHEMES[_USUAL].protocol)
    except OSError:
        raise AddressError(f"{text[:40]} is neither a port number nor a service this system knows") from None


def check_service(text: str) -> None:
    """Refuse what is neither a port nor like a service name, before getaddrinfo makes of it what it likes."""
    if text and (text[:1].isdigit() or not _SERVICE.fullmatch(text)):
        parse_port(text)


def check_numeric(host: str) -> None:
    """Refuse a host that is no IPv4 or IPv6 address; empty stands for any address. Raise AddressError."""
    for family in (socket.AF_INET, socket.AF_INET6):
        with contextlib.suppress(OSError, ValueError):
            socket.inet_pton(family, host.partition("%")[0])
            return
    if host:
        raise AddressError("an address of this machine is needed, such as 127.0.0.1, not a name")


def check_name(name: str, *, empty_allowed: bool = False) -> None:
    """Refuse a host name that no resolver should be asked for (RFC 1035, 2.3.4). Raise AddressError."""
    if not name:
        if empty_allowed:
            return
        raise AddressError("a name is needed")
    if len(name) > _LARGEST_NAME + 1:  # the dot at the end does not count
        raise AddressError(f"a name can have {_LARGEST_NAME} characters at most, and this has {len(name):,}")
    if "\0" in name:
        raise AddressError("a name cannot hold a NUL byte")
    if any("\udc80" <= character <= "\udcff" for character in name):
        raise AddressError("a name cannot hold bytes that are no UTF-8")
    if any(character.isspace() or not character.isprintable() for character in name):
        raise AddressError("a name cannot hold spaces or control characters")
    if ":" in name:
        _check_ipv6(name)
        return
    try:
        written = ".".join(_encoded(label) for label in name.split("."))
    except UnicodeError:
        raise AddressError(
            "the name cannot be written in IDNA: a label is too long or a letter is not allowed"
        ) from None
    _check_labels(written)
    if written != name:
        _check_written(written)


def _check_labels(name: str) -> None:
    labels = name.removesuffix(".").split(".")
    if not all(labels):
        raise AddressError("the name has an empty label: two dots stand together, or one at the start")
    if any(len(label) > _LARGEST_LABEL for label in labels):
        raise AddressError(f"a label (the part between dots) can have {_LARGEST_LABEL} characters at most")
    if len(".".join(labels)) > _LARGEST_NAME:
        raise AddressError(f"a name can have {_LARGEST_NAME} characters at most")


def _check_written(name: str) -> None:
    """Refuse letters that IDNA turns into something else than a name (RFC 3491: a full-width 1 becomes 1, ℀ a/c)."""
    with contextlib.suppress(OSError):
        socket.inet_aton(name)
        raise AddressError(f"those are not the digits 0 to 9; type {name} if that address is meant")
    if not _HOST.fullmatch(name):
        raise AddressError(f"a letter stands for what no name can hold: IDNA would make {name} of it")


def _encoded(label: str) -> str:
    """Return a label as DNS sees it; Python's idna codec would refuse a long one in its own words."""
    if label.isascii() or len(label) > _LARGEST_LABEL:
        return label
    return label.encode("idna").decode("ascii")


def _check_ipv6(name: str) -> None:
    address, percent, scope = name.partition("%")
    try:
        socket.inet_pton(socket.AF_INET6, address)
    except OSError:
        raise AddressError("that is not an IPv6 address, and a name cannot hold a colon") from None
    if percent and not 0 < len(scope) <= _LARGEST_SCOPE:
        raise AddressError("behind % stands the interface of an IPv6 address, as in fe80::1%eth0")
