"""Who has which address of a name: getaddrinfo, the hosts file, and each DNS server, side by side.

The rules: a place is compared only where it could tell, that is where it was asked for that family and answered; that
an address is not in the hosts file is no difference, since most are not.
"""

import ipaddress
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from sockscope.net.error_name import NAYS
from sockscope.record.lookup.inquiry import Inquiry, Query
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.state import LookupState
from sockscope.show.explain.dns import explain_dns
from sockscope.show.explain.errors import explain
from sockscope.show.layout import Cell
from sockscope.show.sanitizer import safe

_TYPES = {"A": 4, "AAAA": 6}
_FAMILIES = {"any": frozenset((4, 6)), "IPv4": frozenset((4,)), "IPv6": frozenset((6,))}
_PORT = ":53"


class Party(NamedTuple):
    """One that may have addresses: what it says in all, what it says of each address, of which IP versions it tells."""

    title: str
    says: Cell
    cells: dict[str, str]
    versions: frozenset[int]

    def cell(self, address: str) -> Cell:
        """Say what this place says of an address: – is that it has none, ? that it cannot tell."""
        return self.cells.get(address) or ("–" if _version(address) in self.versions else "?", "muted")


class Verdict(NamedTuple):
    """One address, and what differs about it; empty where nothing does."""

    address: str
    difference: str


class Comparison(NamedTuple):
    """Everybody beside one another, and each address that anybody has, in the order in which it was met."""

    system: Party
    hosts: Party
    servers: tuple[Party, ...]
    verdicts: tuple[Verdict, ...]


def compare(lookup: Lookup, inquiry: Inquiry, *, numbered: bool = False) -> Comparison:
    """Put beside one another who has which address; several servers by their addresses, or numbered."""
    system, hosts, servers = _system(lookup), _hosts(lookup), tuple(_servers(inquiry, numbered))
    addresses = dict.fromkeys(address for party in (system, hosts, *servers) for address in party.cells)
    verdicts = tuple(Verdict(address, _difference(address, system, hosts, servers)) for address in addresses)
    return Comparison(system, hosts, servers, verdicts)


def ttl(ttl_s: int) -> str:
    """Write how long a record may be kept by caches."""
    return f"TTL {ttl_s:,} s"


def _difference(address: str, system: Party, hosts: Party, servers: tuple[Party, ...]) -> str:
    version = _version(address)
    telling = [party for party in servers if version in party.versions]
    having = [party for party in telling if address in party.cells]
    lacking = [party for party in telling if address not in party.cells]
    if address not in system.cells and version in system.versions:
        if having:
            where = "" if not lacking else " " + ", ".join(party.title for party in having)
            return f"only in DNS{where}"
        return "only in the hosts file" if address in hosts.cells else ""
    if telling and not having and address in system.cells:
        return "not in DNS, but in the hosts file" if address in hosts.cells else "not in DNS"
    if having and lacking:
        return "not in DNS " + ", ".join(party.title for party in lacking)
    return ""


def _system(lookup: Lookup) -> Party:
    if lookup.state is LookupState.ANSWERED:
        cells: dict[str, str] = {}
        for number, row in enumerate(lookup.rows, 1):
            cells.setdefault(_canonical(row.host), f"row {number}")
        versions = _FAMILIES.get(lookup.question.family, frozenset())
        mapped = frozenset((4,)) if "V4MAPPED" in lookup.question.flags else frozenset()
        return Party("getaddrinfo", str(len(cells)), cells, versions | mapped)
    if lookup.state is LookupState.FAILED:
        said = (safe(explain(lookup.error).word), "bad")
        certain = lookup.error in ("EAI_NONAME", "EAI_NODATA")
        return Party("getaddrinfo", said, {}, _FAMILIES[lookup.question.family] if certain else frozenset())
    return Party("getaddrinfo", (lookup.state.value, "busy"), {}, frozenset())


def _hosts(lookup: Lookup) -> Party:
    if lookup.sources is None:
        return Party("hosts file", ("not read", "muted"), {}, frozenset())
    cells: dict[str, str] = {}
    for line in lookup.sources.hosts:
        cells.setdefault(_canonical(line.address), f"line {line.number}")
    return Party("hosts file", str(len(cells)) if cells else ("no line", "muted"), cells, _FAMILIES["any"])


def _servers(inquiry: Inquiry, numbered: bool) -> Iterator[Party]:
    """Return a place for each server that is asked for addresses."""
    queries: dict[str, list[Query]] = {}
    for query in inquiry.queries:
        queries.setdefault(query.server, []).extend([query] if query.type in _TYPES else [])
    for number, (server, ours) in enumerate(queries.items(), 1):
        if not ours:
            continue
        short = f"#{number}" if len(queries) > 1 else "DNS"
        title = short if numbered else server.removesuffix(_PORT)
        cells: dict[str, str] = {}
        for query in ours:
            for record in query.reply.answers if query.reply and query.state is LookupState.ANSWERED else ():
                cells.setdefault(_canonical(record.data), ttl(record.ttl_s))
        answered = [query for query in ours if query.state is LookupState.ANSWERED and query.error in _TELLING]
        yield Party(title, _says(ours, cells), cells, frozenset(_TYPES[query.type] for query in answered))


_TELLING = NAYS - {"CNAME_ONLY", "REFERRAL"} | {""}


def _says(queries: list[Query], cells: dict[str, str]) -> Cell:
    """Say in a word or two what a server said in all."""
    if any(query.state.live for query in queries):
        return "asking", "busy"
    failed = [query for query in queries if query.state is LookupState.FAILED]
    if failed:
        return safe(explain_dns(failed[0].error).word), "bad"
    if cells:
        return str(len(cells))
    if any(query.state is LookupState.ABANDONED for query in queries):
        return "abandoned", "muted"
    return safe(explain_dns(queries[0].error).word), "event"


@lru_cache(maxsize=16384)
def _canonical(address: str) -> str:
    """Write an address as everybody would, without its scope; what is none stays as it is."""
    try:
        read = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    mapped = read.ipv4_mapped if isinstance(read, ipaddress.IPv6Address) else None
    return str(mapped or read)


def _version(address: str) -> int:
    return 6 if ":" in address else 4
