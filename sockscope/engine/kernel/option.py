"""Socket options set and read back (setsockopt(2), getsockopt(2)).

The rule: what is shown is what is in force. The kernel rounds, doubles and caps what it is asked for, so every value
comes from getsockopt, also right after setting.
"""

import errno
import socket
import struct
from contextlib import suppress

from sockscope.engine.syscall import make
from sockscope.net.socket_option import OPTIONS, Option
from sockscope.net.value import Struct, Symbol, Value
from sockscope.record.fact import Note

_LEVELS = {"SO": "SOL_SOCKET", "TCP": "IPPROTO_TCP", "IP": "IPPROTO_IP", "IPV6": "IPPROTO_IPV6"}
_LINGER = struct.Struct("@ii")  # struct linger: l_onoff, l_linger in seconds


def read(sock: socket.socket, note: Note, option: Option) -> str:
    """Ask the kernel what is in force: "on", "off" or a number. Raise OSError."""
    named = (Symbol(option.constant_for(sock.family)),)
    return make(note, "getsockopt", sock.fileno(), named, lambda: _get(sock, option), lambda got: _passed(option, got))


def read_all(sock: socket.socket) -> dict[str, str]:
    """Return what is in force of every option that means something for the socket; noted nowhere, never raises.

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

    Raise OSError: EINVAL where it comes too late or the kernel's own bounds are others, ENOPROTOOPT or EOPNOTSUPP
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
    """Return the level and the number of an option; OSError where the system has no such constant."""
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


def aborts(opened: socket.socket) -> bool:
    """Whether close(2) would be a reset whatever is left: SO_LINGER with 0 seconds."""
    on, seconds = _LINGER.unpack(opened.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER.size))
    return bool(on and not seconds)
