"""The tables that addresses are judged by: labels, precedences, the scopes of IPv4 (RFC 6724, 2.1 and 3; gai.conf(5)).

The rules: the tables of this system's library count, and glibc's are those of RFC 3484. Lines of one kind in
/etc/gai.conf take the place of that whole table. The longest prefix that fits decides, of equal ones the first. IPv4
stands in the tables as ::ffff:a.b.c.d.
"""

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from pathlib import Path
from typing import NamedTuple

from sockscope.net.hint import glibc

GAI_CONF = Path("/etc/gai.conf")
LINK, SITE, GLOBAL = 2, 5, 14
"""The scopes of unicast addresses, in the numbers of multicast ones (RFC 4291, 2.7)."""

Ip = IPv4Address | IPv6Address
Table = tuple[tuple[IPv6Network, int], ...]
"""Prefixes and what each stands for, the longest first."""

_REMARKS = 8
_MAPPED_BITS = 96
_LINK_LOCAL, _SITE_LOCAL = IPv6Network("fe80::/10"), IPv6Network("fec0::/10")
_LARGEST = 2**31 - 1  # INT_MAX


class Mark(NamedTuple):
    """What the tables say of one address."""

    scope: int
    label: int
    precedence: int


class PolicyTable(NamedTuple):
    """The three tables, in words where they come from, and what of the file could not be read."""

    labels: Table
    precedences: Table
    scopes: Table
    origin: str
    remarks: tuple[str, ...] = ()

    def mark(self, address: Ip) -> Mark:
        """Look an address up."""
        wide = IPv6Address(mapped(int(address))) if isinstance(address, IPv4Address) else address
        scope = _value(self.scopes, wide) if isinstance(address, IPv4Address) else _scope(wide)
        return Mark(scope, _value(self.labels, wide), _value(self.precedences, wide))


def mapped(number: int) -> int:
    """Return the IPv6 address ::ffff:a.b.c.d of an IPv4 address, both as numbers (RFC 4291, 2.5.5.2)."""
    return 0xFFFF << 32 | number


def _scope(address: IPv6Address) -> int:
    if address.is_multicast:
        return address.packed[1] & 0xF
    if address in _LINK_LOCAL or address.is_loopback:
        return LINK
    return SITE if address in _SITE_LOCAL else GLOBAL


def _value(table: Table, address: IPv6Address) -> int:
    return next(value for prefix, value in table if address in prefix)


def _table(values: dict[str, int]) -> Table:
    return _sorted([(IPv6Network(prefix), value) for prefix, value in values.items()])


def _sorted(entries: list[tuple[IPv6Network, int]]) -> Table:
    return tuple(sorted(entries, key=lambda entry: -entry[0].prefixlen))


_SCOPES = _table({"::ffff:169.254.0.0/112": LINK, "::ffff:127.0.0.0/104": LINK, "::/0": GLOBAL})

RFC_6724 = PolicyTable(
    _table(
        {
            "::1/128": 0,
            "::/0": 1,
            "::ffff:0:0/96": 4,
            "2002::/16": 2,
            "2001::/32": 5,
            "fc00::/7": 13,
            "::/96": 3,
            "fec0::/10": 11,
            "3ffe::/16": 12,
        }
    ),
    _table(
        {
            "::1/128": 50,
            "::/0": 40,
            "::ffff:0:0/96": 35,
            "2002::/16": 30,
            "2001::/32": 5,
            "fc00::/7": 3,
            "::/96": 1,
            "fec0::/10": 1,
            "3ffe::/16": 1,
        }
    ),
    _SCOPES,
    "RFC 6724's own",
)
"""The tables of RFC 6724, 2.1."""

GLIBC = PolicyTable(
    _table(
        {
            "::1/128": 0,
            "2002::/16": 2,
            "::/96": 3,
            "::ffff:0:0/96": 4,
            "fec0::/10": 5,
            "fc00::/7": 6,
            "2001::/32": 7,
            "::/0": 1,
        }
    ),
    _table({"::1/128": 50, "2002::/16": 30, "::/96": 20, "::ffff:0:0/96": 10, "::/0": 40}),
    _SCOPES,
    "built into glibc, after RFC 3484",
)
"""What glibc has without a file: RFC 3484's tables, and labels for site-local, unique local and Teredo addresses."""

SYSTEM = GLIBC if glibc() else RFC_6724
"""The tables of this system without a file."""


def parse(text: str, name: str = str(GAI_CONF)) -> PolicyTable:
    """Read what a gai.conf(5) says; a line that cannot be read becomes a remark."""
    found: dict[str, list[tuple[IPv6Network, int]]] = {"label": [], "precedence": [], "scopev4": []}
    unread = []
    for number, line in enumerate(text.split("\n"), 1):
        word, prefix, value, *_ = [*line.partition("#")[0].split(), "", "", ""]
        entry = _entry(prefix, value, word == "scopev4") if word in found else None
        if entry:
            found[word].append(entry)
        elif word not in ("", "reload"):
            unread.append(f"{name}, line {number} cannot be read: {line.strip()[:60]}")
    if len(unread) > _REMARKS:
        unread[_REMARKS:] = [f"{len(unread) - _REMARKS} more lines of {name} cannot be read"]
    return PolicyTable(
        _replaced(found["label"], 1) or GLIBC.labels,
        _replaced(found["precedence"], 40) or GLIBC.precedences,
        _replaced(found["scopev4"], GLOBAL) or GLIBC.scopes,
        _origin([word for word, entries in found.items() if entries], len(found), name),
        tuple(unread),
    )


def _origin(given: list[str], kinds: int, name: str) -> str:
    if not given:
        return f"{GLIBC.origin}; {name} changes nothing"
    rest = "" if len(given) == kinds else f", the rest {GLIBC.origin}"
    return f"{' and '.join(given)} lines of {name}{rest}"


def based_on(policy: PolicyTable, origin: str) -> PolicyTable:
    """Return the same tables, and where they come from in other words."""
    return PolicyTable(policy.labels, policy.precedences, policy.scopes, origin)


def _replaced(entries: list[tuple[IPv6Network, int]], otherwise: int) -> Table:
    """Make a table of a file's lines; what fits none of them has the value `otherwise`."""
    return _sorted([*entries, (IPv6Network("::/0"), otherwise)]) if entries else ()


def _entry(prefix: str, value: str, of_scope: bool) -> tuple[IPv6Network, int] | None:
    """Read a prefix and its value; None where one cannot be read."""
    address, slash, bits = prefix.partition("/")
    if "%" in address:
        return None
    try:
        if of_scope and ":" not in address:
            network = _network(mapped(int(IPv4Address(address))), bits if slash else "32", 32, _MAPPED_BITS)
        else:
            network = _network(int(IPv6Address(address)), bits if slash else "128", 128)
        if of_scope and (network.prefixlen < _MAPPED_BITS or network.network_address.ipv4_mapped is None):
            return None
        return network, _number(value, _LARGEST)
    except ValueError:
        return None


def _network(address: int, bits: str, most: int, before: int = 0) -> IPv6Network:
    return IPv6Network((address, before + _number(bits, most)), strict=False)


def _number(text: str, most: int) -> int:
    """Read a decimal number as strtoul(3) does, where nothing is 0. Raise ValueError."""
    if not re.fullmatch(r"\+?[0-9]{0,10}", text) or int(text or 0) > most:
        raise ValueError(text)
    return int(text or 0)
