"""What resolv.conf(5) tells the resolver, read as glibc reads it (resolv/res_init.c), whatever the file holds.

The rules: a keyword counts only at the start of a line; of `search` and `domain` the last one wins; of the servers the
first MAX_SERVERS are asked; the environment (LOCALDOMAIN, RES_OPTIONS) has the last word.
"""

import contextlib
import re
import socket
from collections.abc import Mapping
from typing import NamedTuple

MAX_SERVERS = 3
"""How many servers are asked; the others are never used (MAXNS in <resolv.h>)."""

SERVERS_KEPT = 16
DOMAINS_KEPT = 32
OPTIONS_KEPT = 32
"""How many of each are kept in the record; a file may hold any number."""

_LARGEST = {"ndots": 15, "timeout": 30, "attempts": 5}
_USUAL = {"ndots": 1, "timeout": 5, "attempts": 2}
_NUMBERS = {
    "ndots": "a name with {} or more dots is asked as it is before the search domains",
    "timeout": "seconds until the next server is asked: {}",
    "attempts": "rounds through all servers: {}",
}
_SWITCHES = {
    "rotate": "lookups take turns with the servers instead of all starting with the first",
    "no-check-names": "names with odd characters are let through (no longer used)",
    "no_check_names": "names with odd characters are let through (no longer used)",
    "edns0": "answers over UDP may be larger than 512 bytes (EDNS0, RFC 6891)",
    "single-request-reopen": "A and AAAA are asked from a socket each, where a server confuses them",
    "single-request": "A and AAAA are asked one after the other instead of together",
    "no-tld-query": "a name without dots is never asked as it is",
    "no_tld_query": "a name without dots is never asked as it is",
    "no-reload": "programs that run do not see a change of resolv.conf",
    "use-vc": "TCP instead of UDP",
    "trust-ad": "a server's word that it verified the answer (AD, DNSSEC) is passed on",
    "no-aaaa": "IPv6 addresses (AAAA) are never asked for",
    "inet6": "AAAA before A (no longer used)",
    "debug": "the resolver prints what it does, where it was built so",
}
_NUMBER = re.compile(r"\s*[+-]?\d{1,9}")


class ResolverOption(NamedTuple):
    """One of the `options`, as written, and what it does; an unknown one does nothing, and its meaning is empty."""

    text: str
    meaning: str


class ResolvConf(NamedTuple):
    """What the file and the environment say; what they leave out has the value that glibc takes."""

    nameservers: tuple[str, ...] = ("127.0.0.1",)
    servers_given: bool = False  # else that server is what libc takes
    search: tuple[str, ...] = ()
    search_from: str = ""  # search, domain, LOCALDOMAIN, or the host name
    options: tuple[ResolverOption, ...] = ()
    ndots: int = _USUAL["ndots"]
    timeout_s: int = _USUAL["timeout"]
    attempts: int = _USUAL["attempts"]
    sortlist: str = ""
    tld_query: bool = True  # whether a name without dots may be asked as it is

    @property
    def asked(self) -> tuple[str, ...]:
        """The servers that are really asked."""
        return self.nameservers[:MAX_SERVERS]

    @property
    def silence_s(self) -> int:
        """How long one name takes when no server says anything (resolv/res_send.c, get_timeout)."""
        count = len(self.asked)
        waits = [(self.timeout_s << place) // (count if place else 1) for place in range(count)]
        return self.attempts * sum(max(1, wait) for wait in waits)


def read_resolv_conf(text: str, environment: Mapping[str, str], host_name: str = "") -> ResolvConf:
    """Read the text of a resolv.conf; the host name's own domain is searched where nothing else is said."""
    servers: list[str] = []
    search: tuple[str, ...] = ()
    search_from = sortlist = ""
    options: list[str] = []
    for line in text.split("\n"):
        keyword, _, rest = line.replace("\t", " ").partition(" ")
        words = rest.split()
        if not words:
            continue
        if keyword == "nameserver" and _is_address(server := re.split(r"[;#]", words[0])[0]):
            servers.append(server)
        elif keyword in ("search", "domain"):
            search, search_from = tuple(words if keyword == "search" else words[:1]), keyword
        elif keyword == "options":
            options += words
        elif keyword == "sortlist":
            sortlist = " ".join(words)
    options += environment.get("RES_OPTIONS", "").split()
    if "LOCALDOMAIN" in environment:
        search, search_from = tuple(environment["LOCALDOMAIN"].split()), "LOCALDOMAIN"
    elif not search and (own := host_name.partition(".")[2]):
        search, search_from = (own,), "the host name"
    return ResolvConf(
        nameservers=tuple(servers[:SERVERS_KEPT]) or ("127.0.0.1",),
        servers_given=bool(servers),
        search=search[:DOMAINS_KEPT],
        search_from=search_from,
        options=tuple(_option(text) for text in options[-OPTIONS_KEPT:]),
        ndots=_value(options, "ndots"),
        timeout_s=_value(options, "timeout"),
        attempts=_value(options, "attempts"),
        sortlist=sortlist,
        tld_query=not any(option.startswith(("no-tld-query", "no_tld_query")) for option in options),
    )


def names_tried(name: str, config: ResolvConf) -> tuple[str, ...]:
    """Return the names that DNS is asked for, in order, until one has an answer (resolver(3), res_search)."""
    if not name:
        return ()
    bare = name.removesuffix(".")
    if bare != name:
        return (bare,)
    early = name.count(".") >= config.ndots
    found = [f"{name}.{domain.removeprefix('.')}".rstrip(".") for domain in config.search]
    tried = [*([name] if early else []), *found]
    at_last = "." in name or not found or config.tld_query
    return tuple(tried if name in tried or not at_last else [*tried, name])


def _is_address(text: str) -> bool:
    with contextlib.suppress(OSError, ValueError):
        socket.inet_aton(text)
        return True
    with contextlib.suppress(OSError, ValueError):
        socket.inet_pton(socket.AF_INET6, text.partition("%")[0])
        return True
    return False


def _number(text: str, name: str) -> int:
    """Read a number as atoi(3) does: what is none is 0."""
    number = _NUMBER.match(text.partition(":")[2])
    return max(0, min(int(number[0]) if number else 0, _LARGEST[name]))


def _value(options: list[str], name: str) -> int:
    given = [_number(option, name) for option in options if option.startswith(f"{name}:")]
    return given[-1] if given else _USUAL[name]


def _option(text: str) -> ResolverOption:
    for name, meaning in _NUMBERS.items():
        if text.startswith(f"{name}:"):
            return ResolverOption(text, meaning.format(_number(text, name)))
    return ResolverOption(text, next((meaning for name, meaning in _SWITCHES.items() if text.startswith(name)), ""))
