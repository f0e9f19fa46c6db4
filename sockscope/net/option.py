"""Socket options that a person can set, each read back (setsockopt(2)).

The rule: what is shown is what is in force. The kernel rounds, doubles and caps what it is asked for, so every value
comes from getsockopt, also right after setting.
"""

import errno
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass

from sockscope.net.fact import Note, Struct, Symbol, Value
from sockscope.net.syscall import make

_LEVELS = {"SO": "SOL_SOCKET", "TCP": "IPPROTO_TCP", "IP": "IPPROTO_IP", "IPV6": "IPPROTO_IPV6"}
_LINGER = struct.Struct("@ii")  # struct linger: l_onoff, l_linger in seconds
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

    def applies(self, family: int, type: int) -> bool:
        """Tell whether the option means something for such a socket."""
        return family in self.families and type in self.types

    def constant_for(self, family: int) -> str:
        """Give the constant's name for a socket of that family."""
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
    """Read `NAME=value` and give the option and the checked value: "on", "off" or a number. Raises OptionError.

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


def read(sock: socket.socket, note: Note, option: Option) -> str:
    """Ask the kernel what is in force: "on", "off" or a number. Raises OSError."""
    named = (Symbol(option.constant_for(sock.family)),)
    return make(note, "getsockopt", sock.fileno(), named, lambda: _get(sock, option), lambda got: _passed(option, got))


def read_all(sock: socket.socket) -> dict[str, str]:
    """Give what is in force of every option that means something for the socket; noted nowhere, never raises.

    An option that cannot be read is left out.
    """
    values: dict[str, str] = {}
    for option in OPTIONS:
        if option.applies(sock.family, sock.type):
            with suppress(OSError):
                values[option.name] = _get(sock, option)
    return values


def write(sock: socket.socket, note: Note, option: Option, value: str) -> str:
    """Set an option to a value as `parse` gave it, read it back, and give what is in force.

    Raises OSError: EINVAL where it comes too late or the kernel's own bounds are others, ENOPROTOOPT or EOPNOTSUPP
    for a socket that knows no such option, EPERM where the user may not.
    """
    arguments = (Symbol(option.constant_for(sock.family)), _passed(option, value))
    make(note, "setsockopt", sock.fileno(), arguments, lambda: _set(sock, option, value))
    return read(sock, note, option)


def _get(sock: socket.socket, option: Option) -> str:
    level, number = _numbers(option, sock.family)
    if option.kind == "linger":
        on, seconds = _LINGER.unpack(sock.getsockopt(level, number, _LINGER.size))
        return str(seconds) if on else "off"
    got = sock.getsockopt(level, number)
    return ("on" if got else "off") if option.kind == "switch" else str(got)


def _set(sock: socket.socket, option: Option, value: str) -> None:
    level, number = _numbers(option, sock.family)
    if option.kind == "linger":
        sock.setsockopt(level, number, _LINGER.pack(value != "off", 0 if value == "off" else int(value)))
    else:
        sock.setsockopt(level, number, {"on": 1, "off": 0}[value] if option.kind == "switch" else int(value))


def _numbers(option: Option, family: int) -> tuple[int, int]:
    """Give the level and the number of an option; OSError where the system has no such constant."""
    constant = option.constant_for(family)
    number = getattr(socket, constant, None)
    if number is None:
        raise OSError(errno.ENOPROTOOPT, f"this system has no {constant}")
    return getattr(socket, _LEVELS[constant.partition("_")[0]]), number


def _passed(option: Option, value: str) -> Value:
    """Return a value as the call has it: 1, 212992, {l_onoff=1, l_linger=5}."""
    if option.kind == "linger":
        return linger(None if value == "off" else int(value))
    return {"on": 1, "off": 0}[value] if option.kind == "switch" else int(value)


def linger(seconds: int | None) -> Struct:
    """Return what SO_LINGER takes and gives (socket(7)); None is off."""
    return Struct((("l_onoff", 0),) if seconds is None else (("l_onoff", 1), ("l_linger", seconds)))


def lingers(opened: socket.socket) -> bool:
    """Whether close(2) would wait until everything is sent and acknowledged (socket(7), SO_LINGER)."""
    on, seconds = _LINGER.unpack(opened.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER.size))
    return bool(on and seconds)
