"""What is typed where a name is asked for: the name, and beside it what DNS is to be asked directly.

The rule is dig's: `@…` is a DNS server to ask (a lone @ means those of resolv.conf), the first other word is the name,
and what stands behind it are DNS types such as MX.
"""

from dataclasses import dataclass

from sockscope.net.address import AddressError, check_name
from sockscope.net.dns.question import KNOWN, read_servers

_LONGEST = 2048
"""Characters; a name has 253 at most, and servers and types stand beside it."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A name, DNS servers without their @, DNS types, and whether DNS is to be asked directly at all."""

    name: str
    servers: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    direct: bool = False


def read(text: str) -> Typed:
    """Read what was typed. Raises ValueError."""
    words = text.split(" ")
    if len(text) > _LONGEST or not all(words):
        check_name(text[:_LONGEST])
        raise AddressError("that is too long for a name")
    servers = [word[1:] for word in words if word.startswith("@")]
    name, *types = [word for word in words if not word.startswith("@")] or [""]
    if servers and not name:
        raise AddressError("a name is needed beside the @server")
    if any(word.upper() not in KNOWN for word in types):
        raise AddressError("a name cannot hold spaces or control characters; only @server and DNS types go behind it")
    check_name(name)
    named = tuple(server for server in servers if server)
    read_servers(named)
    return Typed(name, named, tuple(word.upper() for word in types), bool(servers or types))
