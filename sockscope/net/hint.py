"""The hints of getaddrinfo(3): the words that people choose from, and what each stands for.

The rule: a flag is here only where this system has it. AI_IDN and AI_CANONIDN are glibc's own (<netdb.h>, GNU) and
unknown to Python's socket module.
"""

import os
import socket
from typing import NamedTuple

FAMILIES = {"any": socket.AF_UNSPEC, "IPv4": socket.AF_INET, "IPv6": socket.AF_INET6}
TYPES: dict[str, int] = {"any": 0, "stream": socket.SOCK_STREAM, "datagram": socket.SOCK_DGRAM, "raw": socket.SOCK_RAW}
PROTOCOLS: dict[str, int] = {"any": 0, "TCP": socket.IPPROTO_TCP, "UDP": socket.IPPROTO_UDP}


class HintFlag(NamedTuple):
    """One AI_ flag: its name without AI_, its value, what it asks for, and how Python writes it."""

    name: str
    value: int
    meaning: str
    python: str


_MEANINGS = {
    "PASSIVE": "without a name: addresses to listen at (0.0.0.0, ::) instead of loopback",
    "CANONNAME": "also give the canonical name: where the CNAMEs lead to",
    "NUMERICHOST": "the name must be an address; no resolver is asked",
    "NUMERICSERV": "the service must be a port number; no services file is read",
    "V4MAPPED": "with family IPv6: where there is no IPv6 address give IPv4 ones as ::ffff:a.b.c.d",
    "ALL": "with V4MAPPED: give the IPv4 ones too where there are IPv6 ones",
    "ADDRCONFIG": "only families that this machine has an address of, loopback not counted",
}
_IDN_MEANINGS = {
    "IDN": (0x40, "the system writes the name in IDNA (2008, by libidn2) instead of Python (IDNA 2003)"),
    "CANONIDN": (0x80, "give the canonical name in its letters instead of xn--…"),
}


def glibc() -> bool:
    """Whether this system's C library is glibc."""
    try:
        return (os.confstr("CS_GNU_LIBC_VERSION") or "").startswith("glibc")
    except (ValueError, OSError, AttributeError):
        return False


def _flags() -> dict[str, HintFlag]:
    found = {
        name: HintFlag(name, int(getattr(socket, f"AI_{name}")), meaning, f"socket.AI_{name}")
        for name, meaning in _MEANINGS.items()
        if hasattr(socket, f"AI_{name}")
    }
    if glibc():
        found |= {name: HintFlag(name, value, meaning, hex(value)) for name, (value, meaning) in _IDN_MEANINGS.items()}
    return found


FLAGS = _flags()
"""Every AI_ flag of this system by its name, in the order in which they are shown."""
