"""The socket options that a person can set, in one table, and how one is written: NAME=value (setsockopt(2))."""

import socket
from dataclasses import dataclass

_SWITCH = {"on": "on", "1": "on", "off": "off", "0": "off"}
_LARGEST = 2**31 - 1  # of an int
_MOST_DIGITS = 10

_TCP, _UDP = (socket.SOCK_STREAM,), (socket.SOCK_DGRAM,)
_IPV4, _IPV6 = (socket.AF_INET,), (socket.AF_INET6,)
_INTERNET = (*_IPV4, *_IPV6)
_ANY = (*_INTERNET, socket.AF_UNIX)


class OptionError(ValueError):
    """What a person typed is no option, or no value for it; the message is one line for that person."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option; `constant_ipv6` is its constant for IPv6 where that is another one.

    `kind` is "switch" (on, off), "number" (`least` to `most`) or "linger" (off, or a number of seconds); `unit` is
    "bytes", "seconds" or "". The option means something for sockets of these `families` and `types`.
    """

    name: str
    constant: str
    kind: str
    unit: str
    meaning: str
    families: tuple[int, ...] = _INTERNET
    types: tuple[int, ...] = (*_TCP, *_UDP)
    constant_ipv6: str = ""
    least: int = 0
    most: int = _LARGEST

    @property
    def explained(self) -> str:
        """What it does, its constant, and what it may be set to."""
        bounds = f"{self.least:,} to {self.most:,}" if self.most < _LARGEST else f"{self.least:,} or more"
        values = {"switch": "on or off", "linger": "off, or seconds"}.get(self.kind, f"{bounds} {self.unit}".rstrip())
        return f"{self.meaning} {self.constant}: {values}."

    def applies(self, family: int, type: int) -> bool:
        """Return whether the option means something for such a socket."""
        return family in self.families and type in self.types

    def constant_for(self, family: int) -> str:
        """Return the constant's name for a socket of that family."""
        return self.constant_ipv6 if self.constant_ipv6 and family == socket.AF_INET6 else self.constant


OPTIONS = (
    Option(
        "NODELAY",
        "TCP_NODELAY",
        "switch",
        "",
        "Send small pieces at once instead of waiting for more (Nagle's algorithm off).",
        types=_TCP,
    ),
    Option("KEEPALIVE", "SO_KEEPALIVE", "switch", "", "Probe a silent peer, to learn that it is gone.", types=_TCP),
    Option(
        "KEEPIDLE",
        "TCP_KEEPIDLE",
        "number",
        "seconds",
        "Silence before the first keepalive probe; KEEPALIVE must be on.",
        types=_TCP,
        least=1,
        most=32767,
    ),
    Option(
        "KEEPINTVL",
        "TCP_KEEPINTVL",
        "number",
        "seconds",
        "Time between keepalive probes.",
        types=_TCP,
        least=1,
        most=32767,
    ),
    Option(
        "KEEPCNT",
        "TCP_KEEPCNT",
        "number",
        "",
        "Keepalive probes without an answer before the connection fails with ETIMEDOUT.",
        types=_TCP,
        least=1,
        most=127,
    ),
    Option(
        "LINGER",
        "SO_LINGER",
        "linger",
        "seconds",
        "How long close waits for unsent data, even if non-blocking; 0 drops it and sends a reset.",
        types=_TCP,
    ),
    Option(
        "REUSEADDR",
        "SO_REUSEADDR",
        "switch",
        "",
        "Bind although earlier connections are in TIME_WAIT; for UDP share the port. Counts at bind.",
    ),
    Option(
        "REUSEPORT",
        "SO_REUSEPORT",
        "switch",
        "",
        "Share the port with sockets of the same user that set it too. Counts at bind.",
    ),
    Option(
        "V6ONLY",
        "IPV6_V6ONLY",
        "switch",
        "",
        "Take IPv6 only, not IPv4 as ::ffff:a.b.c.d; can be set before bind only.",
        families=_IPV6,
    ),
    Option(
        "SNDBUF",
        "SO_SNDBUF",
        "number",
        "bytes",
        "Send buffer; Linux doubles what is asked for, after capping it at net.core.wmem_max.",
        families=_ANY,
    ),
    Option(
        "RCVBUF",
        "SO_RCVBUF",
        "number",
        "bytes",
        "Receive buffer; Linux doubles what is asked for, after capping it at net.core.rmem_max.",
    ),
    Option(
        "TTL",
        "IP_TTL",
        "number",
        "",
        "Hops after which a packet is dropped (IPv6: hop limit).",
        constant_ipv6="IPV6_UNICAST_HOPS",
        least=1,
        most=255,
    ),
    Option(
        "TOS",
        "IP_TOS",
        "number",
        "",
        "The type of service: DSCP and ECN of each packet (IPv6: traffic class).",
        constant_ipv6="IPV6_TCLASS",
        most=255,
    ),
    Option(
        "BROADCAST",
        "SO_BROADCAST",
        "switch",
        "",
        "Allow sending to a broadcast address, which fails with EACCES otherwise.",
        families=_IPV4,
        types=_UDP,
    ),
    Option(
        "MULTICAST_LOOP",
        "IP_MULTICAST_LOOP",
        "switch",
        "",
        "Members of a group on this machine get what is sent to the group from here.",
        types=_UDP,
        constant_ipv6="IPV6_MULTICAST_LOOP",
    ),
    Option(
        "MULTICAST_TTL",
        "IP_MULTICAST_TTL",
        "number",
        "",
        "Hops after which a datagram to a group is dropped; 0 stays on this machine, 1 in this network.",
        types=_UDP,
        constant_ipv6="IPV6_MULTICAST_HOPS",
        most=255,
    ),
)
"""The options in the order in which they are shown."""

_BY_NAME = {name: option for option in OPTIONS for name in (option.name, option.constant, option.constant_ipv6) if name}


def parse(text: str) -> tuple[Option, str]:
    """Read `NAME=value` and give the option and the checked value: "on", "off" or a number. Raise OptionError.

    The name may also be written as its constant, such as TCP_NODELAY, and in small letters.
    """
    name, equals, value = (part.strip() for part in text.partition("="))
    if not name or not equals:
        raise OptionError("an option is written NAME=value, such as NODELAY=on")
    option = _BY_NAME.get(name.upper())
    if option is None:
        shown = name if name.isprintable() and len(name) < 40 else "that"
        raise OptionError(f"{shown} is not an option; there are " + ", ".join(known.name for known in OPTIONS))
    if not hasattr(socket, option.constant):
        raise OptionError(f"this system has no {option.constant}")
    return option, _checked(option, value.lower())


def _checked(option: Option, value: str) -> str:
    if option.kind == "switch":
        if value not in _SWITCH:
            raise OptionError(f"{option.name} is on or off")
        return _SWITCH[value]
    if option.kind == "linger" and value == "off":
        return value
    if value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS and option.least <= int(value) <= option.most:
        return str(int(value))
    what = f"{'off or ' if option.kind == 'linger' else ''}a whole number{' of ' if option.unit else ''}{option.unit}"
    raise OptionError(f"{option.name} is {what}, {option.least} to {option.most}")
