"""What is asked of DNS servers, checked before anything is sent: the servers, the types, the name.

The rule: a server is an address, for a name would have to be looked up first; the name asked is absolute, as no server
knows of a search list.
"""

import ipaddress
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from sockscope.net.address import AddressError, check_name, parse_port
from sockscope.net.endpoint import SocketAddress, host_port
from sockscope.net.notation import asked_name, literal
from sockscope.request.question import Question

DNS_PORT = 53
MOST = 16
"""How many servers, and how many types, one inquiry can have."""

USUAL = ("A", "AAAA")
KNOWN = frozenset((*USUAL, "ANY", "CAA", "CNAME", "HTTPS", "MX", "NS", "PTR", "SOA", "SRV", "TXT"))


@dataclass(frozen=True, slots=True)
class Server:
    """Where a DNS server is; `text` is its address and port as one word."""

    text: str
    family: socket.AddressFamily
    sockaddr: SocketAddress


def read_server(text: str) -> Server:
    """Read `address`, `address:port` or `[address]:port`, with or without an @ before it. Raise AddressError."""
    word = text.strip().removeprefix("@")
    host, port = _split(word)
    number = parse_port(port, "udp") if port else DNS_PORT
    if not number:
        raise AddressError("port 0 cannot be asked: DNS servers have 53")
    address, percent, zone = host.partition("%")
    try:
        version = ipaddress.ip_address(address).version
    except ValueError:
        shown = f"{word[:40]!a} is no address; " if word else ""
        raise AddressError(f"{shown}a DNS server is given as its address, such as 127.0.0.1 or [::1]:53") from None
    if version == 4 and not percent:
        return Server(host_port(host, number), socket.AF_INET, (host, number))
    if version == 6:
        scope = _scope(zone) if percent else 0
        return Server(host_port(host, number), socket.AF_INET6, (address, number, 0, scope))
    raise AddressError("an IPv4 address has no scope")


def read_servers(texts: Sequence[str]) -> tuple[Server, ...]:
    """Read the servers that a person typed, each once. Raise AddressError."""
    servers = tuple({server.text: server for server in map(read_server, texts)}.values())
    if len(servers) > MOST:
        raise AddressError(f"{MOST} servers can be asked at once, and not {len(servers)}")
    return servers


def _split(word: str) -> tuple[str, str]:
    if word.startswith("["):
        host, bracket, rest = word[1:].partition("]")
        if not bracket or (rest and not (rest.startswith(":") and rest[1:])):
            raise AddressError("the brackets do not match; write a DNS server as [::1]:53")
        return host, rest[1:]
    if word.count(":") == 1:
        host, _, port = word.partition(":")
        if not port:
            raise AddressError("the port is missing behind the colon")
        return host, port
    return word, ""


def _scope(zone: str) -> int:
    """Return the number of a scope id that is one, or an interface's name (RFC 4007, 11)."""
    if zone.isascii() and zone.isdigit() and len(zone) < 10:
        return int(zone)
    with suppress(OSError, ValueError):
        return socket.if_nametoindex(zone)
    raise AddressError("there is no network interface of the name behind the %")


def read_types(words: Sequence[str], name: str) -> tuple[str, ...]:
    """Read the types to ask for; where none is given A and AAAA. Raise AddressError.

    For an address there is no address to ask for, so that its name is asked for instead (PTR).
    """
    types = tuple(dict.fromkeys(_type(word) for word in words)) or USUAL
    if literal(name) is not None:
        types = tuple(dict.fromkeys("PTR" if type in USUAL else type for type in types))
    if len(types) > MOST:
        raise AddressError(f"{MOST} types can be asked for at once, and not {len(types)}")
    return types


def _type(word: str) -> str:
    word = word.strip().upper()
    if word in KNOWN:
        return word
    import dns.rdatatype  # takes 10 ms, and is seldom needed

    try:
        number = dns.rdatatype.from_text(word)
    except (ValueError, dns.rdatatype.UnknownRdatatype):
        raise AddressError(f"{word[:20]!a} is no type of DNS records; there are A, AAAA, MX, TXT and more") from None
    if not number or (dns.rdatatype.is_metatype(number) and number != dns.rdatatype.ANY):
        raise AddressError(f"{word[:20]} cannot be asked for: it is no type of a record")
    return dns.rdatatype.to_text(number)


def read_name(question: Question, types: Sequence[str]) -> str:
    """Return the absolute name to ask for, in A-labels as getaddrinfo's resolver gets it. Raise AddressError.

    Where a PTR is asked for, an address becomes its reverse name (RFC 1035, 3.5; RFC 3596, 2.5).
    """
    address = literal(question.name)
    if address is not None and "PTR" in types:
        return f"{address.reverse_pointer}."
    if ":" in question.name:
        raise AddressError("only the type PTR can be asked for of an address")
    if question.name == ".":
        return "."
    check_name(question.name)
    name = asked_name(question.name, idn="IDN" in question.flags)
    if not name.isascii():
        raise AddressError("the name cannot be written in IDNA")
    check_name(name)  # it may have become longer
    return name.rstrip(".") + "."
