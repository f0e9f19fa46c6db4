"""Make system calls and note each as a fact, whether it succeeds or fails.

The rule: what is noted is what the call took and returned, in values; a call that failed raises as it would unnoted.
"""

import contextlib
import socket
from collections.abc import Callable
from typing import TypeVar

from sockscope.net.clock import now_ns
from sockscope.net.endpoint import NOWHERE, Endpoint, SocketAddress, endpoint
from sockscope.net.error_name import error_name
from sockscope.net.value import Symbol, Value
from sockscope.record.fact import Call, Note

Result = TypeVar("Result")


def make(
    note: Note,
    name: str,
    fd: int,
    arguments: tuple[Value, ...],
    function: Callable[[], Result],
    returned: Callable[[Result], Value] | None = None,
    meaning: str = "",
) -> Result:
    """Make a call, note it as a fact whether it succeeds or fails, and return its result. Raise OSError.

    `returned` makes a value of the result where that is none by itself: of a socket the descriptor, of None 0.
    """
    at_ns = now_ns()
    try:
        result = function()
    except OSError as error:
        note(Call(name, fd, arguments, None, error_name(error), at_ns, now_ns() - at_ns))
        raise
    took_ns = now_ns() - at_ns
    value = returned(result) if returned else _value(result)
    note(Call(name, fd, arguments, value, "", at_ns, took_ns, meaning))
    return result


def _value(result: object) -> Value:
    if isinstance(result, socket.socket):
        return result.fileno()
    return result if isinstance(result, int | str) else 0


def open_socket(note: Note, family: int, type: int, protocol: int = 0) -> socket.socket:
    """Make a socket (socket(2)), and note the call. Raise OSError."""
    named = (Symbol(socket.AddressFamily(family).name), Symbol(socket.SocketKind(type).name))
    return make(note, "socket", -1, named, lambda: socket.socket(family, type, protocol))


def close_socket(note: Note, opened: socket.socket, meaning: str = "") -> None:
    """Close a socket (close(2)), and note the call. Raise OSError, and the descriptor is gone all the same."""
    make(note, "close", opened.fileno(), (), opened.close, meaning=meaning)


def receive(note: Note, opened: socket.socket, limit: int, meaning: Callable[[bytes], str] = lambda _: "") -> bytes:
    """Receive what is there, up to `limit` bytes (recv(2)), and note the call. Raise OSError.

    `meaning` says of the bytes what they are. That there was nothing after all is no fact.
    """
    fd, at_ns = opened.fileno(), now_ns()
    try:
        data = opened.recv(limit)
    except (BlockingIOError, InterruptedError):
        raise
    except OSError as error:
        note(Call("recv", fd, (limit,), None, error_name(error), at_ns, now_ns() - at_ns))
        raise
    took_ns = now_ns() - at_ns
    note(Call("recv", fd, (limit,), len(data), "", at_ns, took_ns, meaning(data)))
    return data


def bind_socket(note: Note, opened: socket.socket, address: SocketAddress) -> None:
    """Bind a socket (bind(2)), and note the call. Raise OSError."""
    make(note, "bind", opened.fileno(), (endpoint(address),), lambda: opened.bind(address))


Names = dict[SocketAddress, Endpoint]
"""Endpoints that are shared by whoever has the same address: thousands of clients have one of a few."""

_NAMES = 64


def own_name(note: Note, opened: socket.socket, shared: Names | None = None) -> Endpoint:
    """Ask what a socket is bound to (getsockname(2)), and note the call. Raise OSError."""
    address = NOWHERE

    def told(name: SocketAddress) -> Endpoint:
        nonlocal address
        found = shared.get(name) if shared else None
        address = endpoint(name) if found is None else found
        if found is None and shared is not None and len(shared) < _NAMES:
            shared[name] = address
        return address

    make(note, "getsockname", opened.fileno(), (), opened.getsockname, told)
    return address


def look(note: Note, opened: socket.socket) -> None:
    """Ask what a socket is bound and connected to (getsockname(2), getpeername(2)), and note what comes of it."""
    with contextlib.suppress(OSError):
        own_name(note, opened)
    with contextlib.suppress(OSError):
        make(note, "getpeername", opened.fileno(), (), opened.getpeername, endpoint)


def set_option(
    note: Note, opened: socket.socket, level: str, name: str, value: int | bytes, shown: Value, meaning: str = ""
) -> None:
    """Set a socket option (setsockopt(2)), and note the call; `shown` is the value as a fact. Raise OSError."""
    numbers, fd = (getattr(socket, level), getattr(socket, name)), opened.fileno()
    make(note, "setsockopt", fd, (Symbol(name), shown), lambda: opened.setsockopt(*numbers, value), meaning=meaning)
