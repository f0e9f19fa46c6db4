"""What is typed where a name is asked for: the name, and beside it what DNS is to be asked directly.

The rule is dig's: `@…` is a DNS server to ask (a lone @ means those of resolv.conf), the first other word is the name,
and what stands behind it are DNS types such as MX.
"""

from typing import NamedTuple

from sockscope.net.address import AddressError, check_name
from sockscope.request.dns_question import read_servers, read_types

_LONGEST = 2048
"""Characters; a name has 253 at most, and servers and types stand beside it."""


class Typed(NamedTuple):
    """A name, DNS servers without their @ (none: those of resolv.conf; None: nothing was said of it), and DNS types."""

    name: str
    servers: tuple[str, ...] | None = None
    types: tuple[str, ...] = ()

    @property
    def direct(self) -> bool:
        """Whether DNS is to be asked directly."""
        return self.servers is not None or bool(self.types)


def read(text: str) -> Typed:
    """Read what was typed. Raise ValueError."""
    words = text.split(" ")
    if len(text) > _LONGEST or not all(words):
        check_name(text[:_LONGEST])
        raise AddressError("that is too long for a name")
    servers = [word[1:] for word in words if word.startswith("@")]
    name, *types = [word for word in words if not word.startswith("@")] or [""]
    if servers and not name:
        raise AddressError("a name is needed beside the @server")
    _check_no_address(name)
    check_name(name)
    named = tuple(server for server in servers if server)
    if named and len(named) < len(servers):
        raise AddressError("a lone @ asks the servers of resolv.conf, and cannot stand beside another @server")
    read_servers(named)
    return Typed(name, named if servers else None, _types(types))


def _types(words: list[str]) -> tuple[str, ...]:
    try:
        return read_types(words, "") if words else ()
    except AddressError:
        raise AddressError(
            "a name cannot hold spaces or control characters; only @server and DNS types go behind it"
        ) from None


def _check_no_address(name: str) -> None:
    """Refuse what has more in it than a name, as other fields take it."""
    if "://" in name:
        raise AddressError("that is a URL, and only the host in it is a name")
    if name.startswith("["):
        raise AddressError("an IPv6 address goes here without brackets, and a port into the field beside it")
    if name.count(":") == 1:
        raise AddressError("a port goes into the field beside the name (service), without a colon")
