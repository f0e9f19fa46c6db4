"""How a typed name is read: an address in one of its many notations, or a name in one of its two forms.

The rules: an IPv4 address is what inet_aton(3) makes of it, octal, hexadecimal and short forms too; a name that is not
ASCII is asked for in its A-label form, which Python writes by IDNA 2003 (RFC 3490) and, with AI_IDN, the system by
IDNA 2008 (RFC 5891). Nothing here asks anybody.
"""

import contextlib
import ipaddress
import re
import socket
import string
import struct
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from sockscope.net.idna import A_LABEL, decoded, idna_2003, idna_2008, mixed_scripts
from sockscope.net.resolv_conf import ResolvConf

LONGEST = 1024
"""Longer texts are no names, and are not looked into."""

NO_ADDRESS = "no address"
"""The label of the form that says why a text looks like an address and is none."""

_NUMBER = re.compile(r"0[xX][0-9a-fA-F]*|[0-9]+")
_PARTS = {
    1: "one number for all 32 bits",
    2: "two parts: 8 bits, and one number for the other 24",
    3: "three parts: 8 and 8 bits, and one number for the other 16",
}


class NameKind(Enum):
    """What a typed name is; the value is the word on the screen."""

    NOTHING = "no name"
    IPV4 = "an IPv4 address"
    IPV6 = "an IPv6 address"
    NAME = "a name"


class Spelling(NamedTuple):
    """One way to write the name: what that way is called, the text, and how it comes to be; `odd` is a warning."""

    label: str
    text: str
    why: str = ""
    odd: bool = False


def kind_of(name: str) -> NameKind:
    """Tell an address from a name, as getaddrinfo does before it asks anybody."""
    if not name:
        return NameKind.NOTHING
    if _ipv4(name) is not None:
        return NameKind.IPV4
    return NameKind.NAME if _ipv6(name) is None else NameKind.IPV6


def literal(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address that a name is, in any way that getaddrinfo reads one, without a scope; else nothing."""
    match kind_of(name):
        case NameKind.IPV4:
            return ipaddress.IPv4Address(socket.inet_aton(name))
        case NameKind.IPV6:
            return ipaddress.IPv6Address(name.partition("%")[0])
    return None


def asked_name(name: str, *, idn: bool = False) -> str:
    """Return the name as the resolver gets it, in ASCII; what cannot be written so stays as it is."""
    if name.isascii() or len(name) > LONGEST:
        return name
    written = idna_2008(name) if idn else idna_2003(name)
    return written or name


@lru_cache(maxsize=64)
def forms(name: str, *, idn: bool = False, config: ResolvConf | None = None) -> tuple[Spelling, ...]:
    """Return every form of a name that tells something, what matters most first; `idn` says that AI_IDN is set.

    `config` is what the resolver goes by, where that is known.
    """
    if len(name) > LONGEST:
        return ()
    kind = kind_of(name)
    if kind is NameKind.IPV4:
        return tuple(_ipv4_forms(name))
    why = _not_ipv6(name) if ":" in name else _not_ipv4(name)
    first = (Spelling(NO_ADDRESS, name, why, odd=True),) if why else ()
    if kind is NameKind.IPV6:
        return (*first, *_ipv6_forms(name))
    return (*first, *_name_forms(name, idn, config)) if name else ()


# Addresses.


def _ipv4(text: str) -> bytes | None:
    """Read an address as inet_aton(3) does, but for the words that it lets stand behind a space."""
    with contextlib.suppress(OSError, ValueError):
        return None if any(map(str.isspace, text)) else socket.inet_aton(text)
    return None


def _ipv6(text: str) -> bytes | None:
    with contextlib.suppress(OSError, ValueError):
        return None if any(map(str.isspace, text)) else socket.inet_pton(socket.AF_INET6, text.partition("%")[0])
    return None


def _ipv4_forms(text: str) -> Iterator[Spelling]:
    packed = _ipv4(text) or b""
    address = ipaddress.IPv4Address(packed)
    parts = text.split(".")
    why = [_PARTS[len(parts)]] if len(parts) in _PARTS else []
    why += [reading for part in parts if (reading := _radix(part))]
    yield Spelling("canonical", str(address), "; ".join(why) or _scope_word(address))
    if any(len(part) > 1 and part[0] == "0" and part.isdigit() for part in parts):
        yield Spelling(
            "beware", text, "a leading 0 means octal here; programs that read it as decimal go elsewhere", True
        )
    (number,) = struct.unpack("!I", packed)
    yield Spelling("as a number", f"{number} = {number:#010x}", "all 32 bits as one number")
    yield Spelling("in IPv6", f"::ffff:{address}", "how an IPv6 socket sees it (RFC 4291, 2.5.5.2)")
    yield Spelling("reverse name", address.reverse_pointer, "what DNS is asked for its name (PTR)")


def _radix(part: str) -> str:
    if part[:2].lower() == "0x":
        return f"{part} is hexadecimal: {int(part, 16)}"
    if len(part) > 1 and part[0] == "0":
        return f"{part} is octal: {int(part, 8)}"
    return ""


def _ipv6_forms(text: str) -> Iterator[Spelling]:
    address = ipaddress.IPv6Address(_ipv6(text) or b"")
    scope = text.partition("%")[2]
    canonical = socket.inet_ntop(socket.AF_INET6, address.packed)
    canonical = f"{canonical}%{scope}" if scope else canonical
    shorter = "no zeros in front, the longest run of them as ::, small letters (RFC 5952)"
    yield Spelling("canonical", canonical, "as typed" if canonical == text else shorter)
    yield Spelling("in full", address.exploded, _scope_word(address.ipv4_mapped or address))
    if address.ipv4_mapped:
        yield Spelling("in IPv4", str(address.ipv4_mapped), "IPv4-mapped: connecting to it uses IPv4")
    elif address.sixtofour:
        yield Spelling("in IPv4", str(address.sixtofour), "6to4: the IPv4 address of the router is in it (RFC 3056)")
    if address.is_link_local and not scope:
        yield Spelling("beware", text, "link-local: it needs the interface behind it, as in fe80::1%eth0", True)
    yield Spelling("reverse name", address.reverse_pointer, "what DNS is asked for its name (PTR)")


def _scope_word(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """Say what an address is for (RFC 6890)."""
    words = {
        "loopback: this machine": address.is_loopback,
        "any address, to listen at": address.is_unspecified,
        "link-local: this link only": address.is_link_local,
        "multicast: a group": address.is_multicast,
        "private or reserved: not routed in the Internet": address.is_private,
    }
    return next((word for word, meant in words.items() if meant), "global")


# What only looks like an address.


def _not_ipv4(text: str) -> str:
    """Say why inet_aton(3) does not take a text whose parts are numbers; empty for any other text."""
    parts = text.split(".")
    if not any(parts) or not all(_NUMBER.fullmatch(part) for part in parts if part):
        return ""
    if not all(parts):
        return "a number is missing before a dot" if parts[-1] else "a dot at the end makes a name of it"
    if len(parts) > 4:
        return f"{len(parts)} parts: an IPv4 address has four at most"
    bits = [8] * (len(parts) - 1) + [40 - 8 * len(parts)]
    return next(filter(None, map(_not_a_part, parts, bits)), "")


def _not_a_part(part: str, bits: int) -> str:
    """Say why a number cannot stand for so many bits of an address; empty where it can."""
    if part in ("0x", "0X"):
        return f"no digit follows {part}, which means hexadecimal"
    base = 16 if part[1:2] in ("x", "X") else 8 if part[0] == "0" else 10
    if base == 8 and (digit := next((digit for digit in part if digit in "89"), "")):
        return f"{digit} is no octal digit: a leading 0 means octal"
    room = {8: "a byte", 32: "32 bits"}.get(bits, f"the {bits} bits that are left for it")
    return f"{part} does not fit into {room}" if int(part, base) >> bits else ""


def _not_ipv6(text: str) -> str:
    """Say why getaddrinfo takes no IPv6 address from a text with colons; empty where it does, or it looks like none."""
    address, percent, scope = text.partition("%")
    if packed := _ipv6(text):
        return _no_scope(packed, scope) if percent else ""
    *groups, last = address.split(":")
    strange = next((letter for letter in "".join(groups) + last.replace(".", "") if letter not in string.hexdigits), "")
    if len(groups) < 2 or (strange and "::" not in address):
        return ""
    if strange:
        return f"{strange} is no hexadecimal digit"
    if ":::" in address or address.count("::") > 1:
        return ":: stands for all the zeros left out, and may stand once only"
    if long := next((group for group in [*groups, last] if len(group) > 4 and "." not in group), ""):
        return f"{long} is too long: a group has four digits at most"
    if "." in last and not (last.count(".") == 3 and _ipv4(last)):
        return f"{last} is no IPv4 address of four parts"
    return "an IPv6 address has eight groups, or :: in place of some"


def _no_scope(packed: bytes, scope: str) -> str:
    """Say why a scope is none: a number always is one, a name where an address counts on a link only (RFC 4007, 11)."""
    if scope.isascii() and scope.isdigit():
        return "" if int(scope) < 1 << 32 else "a scope id has 32 bits"
    first, second = packed[:2]
    on_link = second & 0xC0 == 0x80 if first == 0xFE else first == 0xFF and second & 15 in (1, 2)
    if on_link:
        return "" if scope else "no interface stands behind the %"
    return "only a link-local address, such as fe80::1, takes an interface's name behind %"


# Names.


def _name_forms(name: str, idn: bool, config: ResolvConf | None) -> Iterator[Spelling]:
    if not name.isascii():
        yield from _a_labels(name, idn)
    elif any(label.startswith(A_LABEL) for label in name.lower().split(".")):
        yield _u_labels(name)
    shown = name if not name.isascii() else decoded(name)
    for label in shown.split("."):
        if mixed := mixed_scripts(label):
            yield Spelling("beware", label, f"letters of {mixed} in one word: it may imitate another name", True)
    if name.endswith("."):
        yield Spelling("absolute", name, "the dot at the end: no search domain is added")
    elif "." not in name:
        yield Spelling("relative", name, f"no dot: {_searched(config)}")


def _searched(config: ResolvConf | None) -> str:
    """Say what search domains do to a name without dots (resolver(3), res_search)."""
    if config is None:
        return "search domains, where there are any, are added to it"
    if not config.search:
        return "there are no search domains that could be added to it"
    return "search domains are added to it, " + ("but it is asked as it is first" if config.ndots == 0 else "first")


def _a_labels(name: str, idn: bool) -> Iterator[Spelling]:
    old, new = idna_2003(name), idna_2008(name)
    if old and old.lower() == new.lower():
        yield Spelling("asked as", old, "its A-label form, in IDNA 2003 and 2008 alike")
        return
    by_python = Spelling("without AI_IDN" if idn else "asked as", old, "by IDNA 2003, as Python does it", odd=idn)
    by_system = Spelling("asked as" if idn else "with AI_IDN", new, "by IDNA 2008, as the system does it", odd=not idn)
    for form in (by_system, by_python) if idn else (by_python, by_system):
        if form.text:
            yield form
        elif form.label == "asked as":
            yield Spelling("asked as", "–", f"it cannot be written {form.why.partition(',')[0]}", odd=True)
    if old and new:
        yield Spelling(
            "beware", name, "IDNA 2003 and 2008 read these letters as two names, maybe of two owners", odd=True
        )


def _u_labels(name: str) -> Spelling:
    letters = decoded(name)
    if letters == name:
        return Spelling("in letters", "–", "xn-- says that it is an A-label, but it cannot be decoded", odd=True)
    back = asked_name(letters, idn=True)
    if name.lower() not in (back.lower(), idna_2003(letters).lower()):
        return Spelling("in letters", letters, "not the way IDNA would write these letters", odd=True)
    return Spelling("in letters", letters, "the U-label form, for people; it is asked as it was typed")
