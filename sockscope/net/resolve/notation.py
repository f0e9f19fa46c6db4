"""How a typed name is read: an address in one of its many notations, or a name in one of its two forms.

The rules: an IPv4 address is what inet_aton(3) makes of it, octal, hexadecimal and short forms too; a name that is not
ASCII is asked for in its A-label form, which Python writes by IDNA 2003 (RFC 3490) and, with AI_IDN, the system by
IDNA 2008 (RFC 5891). Nothing here asks anybody.
"""

import contextlib
import ctypes
import ipaddress
import socket
import struct
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

LONGEST = 1024
"""Longer texts are no names, and are not looked into."""

_A_LABEL = "xn--"
_PARTS = {
    1: "one number for all 32 bits",
    2: "two parts: 8 bits, and one number for the other 24",
    3: "three parts: 8 and 8 bits, and one number for the other 16",
}


class Kind(Enum):
    """What a typed name is; the value is the word on the screen."""

    NOTHING = "no name"
    IPV4 = "an IPv4 address"
    IPV6 = "an IPv6 address"
    NAME = "a name"


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write the name: what that way is called, the text, and how it comes to be; `odd` is a warning."""

    label: str
    text: str
    why: str = ""
    odd: bool = False


def kind_of(name: str) -> Kind:
    """Tell an address from a name, as getaddrinfo does before it asks anybody."""
    if not name:
        return Kind.NOTHING
    if _ipv4(name) is not None:
        return Kind.IPV4
    return Kind.NAME if _ipv6(name) is None else Kind.IPV6


def asked_name(name: str, *, idn: bool = False) -> str:
    """Give the name as the resolver gets it, in ASCII; what cannot be written so stays as it is."""
    if name.isascii() or len(name) > LONGEST:
        return name
    written = idna_2008(name) if idn else idna_2003(name)
    return written or name


@lru_cache(maxsize=64)
def forms(name: str, *, idn: bool = False) -> tuple[Form, ...]:
    """Give every form of a name that tells something, what matters most first; `idn` says that AI_IDN is set."""
    if len(name) > LONGEST:
        return ()
    kind = kind_of(name)
    if kind is Kind.IPV4:
        return tuple(_ipv4_forms(name))
    if kind is Kind.IPV6:
        return tuple(_ipv6_forms(name))
    return tuple(_name_forms(name, idn)) if name else ()


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


def _ipv4_forms(text: str) -> Iterator[Form]:
    packed = _ipv4(text) or b""
    address = ipaddress.IPv4Address(packed)
    parts = text.split(".")
    why = [_PARTS[len(parts)]] if len(parts) in _PARTS else []
    why += [reading for part in parts if (reading := _radix(part))]
    yield Form("canonical", str(address), "; ".join(why) or _scope_word(address))
    if any(len(part) > 1 and part[0] == "0" and part.isdigit() for part in parts):
        yield Form("beware", text, "a leading 0 means octal here; programs that read it as decimal go elsewhere", True)
    (number,) = struct.unpack("!I", packed)
    yield Form("as a number", f"{number} = {number:#010x}", "all 32 bits as one number")
    yield Form("in IPv6", f"::ffff:{address}", "how an IPv6 socket sees it (RFC 4291, 2.5.5.2)")
    yield Form("reverse name", address.reverse_pointer, "what DNS is asked for its name (PTR)")


def _radix(part: str) -> str:
    if part[:2].lower() == "0x":
        return f"{part} is hexadecimal: {int(part, 16)}"
    if len(part) > 1 and part[0] == "0":
        return f"{part} is octal: {int(part, 8)}"
    return ""


def _ipv6_forms(text: str) -> Iterator[Form]:
    address = ipaddress.IPv6Address(_ipv6(text) or b"")
    scope = text.partition("%")[2]
    canonical = socket.inet_ntop(socket.AF_INET6, address.packed)
    canonical = f"{canonical}%{scope}" if scope else canonical
    shorter = "no zeros in front, the longest run of them as ::, small letters (RFC 5952)"
    yield Form("canonical", canonical, "as typed" if canonical == text else shorter)
    yield Form("in full", address.exploded, _scope_word(address.ipv4_mapped or address))
    if address.ipv4_mapped:
        yield Form("in IPv4", str(address.ipv4_mapped), "IPv4-mapped: connecting to it uses IPv4")
    elif address.sixtofour:
        yield Form("in IPv4", str(address.sixtofour), "6to4: the IPv4 address of the router is in it (RFC 3056)")
    if address.is_link_local and not scope:
        yield Form("beware", text, "link-local: it needs the interface behind it, as in fe80::1%eth0", True)
    yield Form("reverse name", address.reverse_pointer, "what DNS is asked for its name (PTR)")


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


# Names.


def _name_forms(name: str, idn: bool) -> Iterator[Form]:
    if not name.isascii():
        yield from _a_labels(name, idn)
    elif any(label.startswith(_A_LABEL) for label in name.lower().split(".")):
        yield _u_labels(name)
    shown = name if not name.isascii() else _decoded(name)
    for label in shown.split("."):
        if mixed := _mixed(label):
            yield Form("beware", label, f"letters of {mixed} in one word: it may imitate another name", True)
    if name.endswith("."):
        yield Form("absolute", name, "the dot at the end: no search domain is added")
    elif "." not in name:
        yield Form("relative", name, "no dot: search domains are added to it first, unless ndots is 0")


def _a_labels(name: str, idn: bool) -> Iterator[Form]:
    old, new = idna_2003(name), idna_2008(name)
    if old and old.lower() == new.lower():
        yield Form("asked as", old, "its A-label form, in IDNA 2003 and 2008 alike")
        return
    by_python = Form("without AI_IDN" if idn else "asked as", old, "by IDNA 2003, as Python does it", odd=idn)
    by_system = Form("asked as" if idn else "with AI_IDN", new, "by IDNA 2008, as the system does it", odd=not idn)
    for form in (by_system, by_python) if idn else (by_python, by_system):
        if form.text:
            yield form
        elif form.label == "asked as":
            yield Form("asked as", "–", f"it cannot be written {form.why.partition(',')[0]}", odd=True)
    if old and new:
        yield Form("beware", name, "IDNA 2003 and 2008 read these letters as two names, maybe of two owners", odd=True)


def _u_labels(name: str) -> Form:
    decoded = _decoded(name)
    if decoded == name:
        return Form("in letters", "–", "xn-- says that it is an A-label, but it cannot be decoded", odd=True)
    back = asked_name(decoded, idn=True)
    if name.lower() not in (back.lower(), idna_2003(decoded).lower()):
        return Form("in letters", decoded, "not the way IDNA would write these letters", odd=True)
    return Form("in letters", decoded, "the U-label form, for people; it is asked as it was typed")


def _decoded(name: str) -> str:
    """Put the letters of A-labels back (RFC 3492); one that is none stays as it is."""
    return ".".join(_decoded_label(label) for label in name.split("."))


def _decoded_label(label: str) -> str:
    if label[:4].lower() == _A_LABEL and len(label) < 64:
        with contextlib.suppress(UnicodeError, ValueError, OverflowError):
            return label[4:].encode("ascii").decode("punycode")
    return label


def idna_2003(name: str) -> str:
    """Write a name in ASCII as Python does before it calls getaddrinfo; empty where it cannot be."""
    with contextlib.suppress(UnicodeError):
        return name.encode("idna").decode("ascii")
    return ""


def idna_2008(name: str) -> str:
    """Write a name in ASCII as glibc does with AI_IDN, by the same library; empty where it cannot be, or is absent."""
    library = _libidn2()
    with contextlib.suppress(UnicodeError):
        text = name.encode()
        if library is None or b"\0" in text:
            return ""
        written = ctypes.c_void_p()
        if library.idn2_lookup_u8(text, ctypes.byref(written), 0) == 0 and written.value:
            ascii_form = ctypes.string_at(written.value).decode("ascii")
            library.idn2_free(written)
            return ascii_form
    return ""


@lru_cache(maxsize=1)
def _libidn2() -> ctypes.CDLL | None:
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL("libidn2.so.0")
        library.idn2_lookup_u8.argtypes = (ctypes.c_char_p, ctypes.POINTER(ctypes.c_void_p), ctypes.c_int)
        library.idn2_free.argtypes = (ctypes.c_void_p,)
        library.idn2_free.restype = None
        return library
    return None


_TOGETHER = [{"CJK", "HIRAGANA", "KATAKANA", "LATIN"}, {"CJK", "HANGUL", "LATIN"}, {"CJK", "BOPOMOFO", "LATIN"}]
"""Scripts that are written together in one word (UTS 39, 5.2)."""


def _mixed(label: str) -> str:
    """Name the scripts of a word where it mixes such as are never written together, else nothing.

    The script is taken from the first word of each letter's name, which Python has; that is near enough here.
    """
    scripts = {unicodedata.name(letter, "?").split()[0].title() for letter in label if letter.isalpha()}
    fine = len(scripts) < 2 or any(scripts <= {script.title() for script in together} for together in _TOGETHER)
    return "" if fine else " and ".join(sorted(scripts))
