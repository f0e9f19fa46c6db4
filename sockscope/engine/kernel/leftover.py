"""Ask what the kernel still holds of a stream socket, right before it is closed (tcp(7), ioctl(2)).

The rule: calls that found something, or failed, are noted as facts; those that found nothing left say nothing. Never
raises.
"""

import fcntl
import select
import socket
import struct
import sys
import termios

from sockscope.engine.kernel import option
from sockscope.net.clock import now_ns
from sockscope.net.error_name import error_name
from sockscope.net.value import Symbol
from sockscope.record.fact import Call, Note
from sockscope.record.leftover import Leftover

_INT = struct.Struct("@i")
_UNREAD = "bytes that nobody read: the close throws them away and is a reset"
_UNACKNOWLEDGED = "bytes that the peer's kernel has not acknowledged yet"
_END_UNREAD = "the peer's end of stream had arrived, and nobody read it"
_END = ", our end of stream counted as one"


def leftover(sock: socket.socket, note: Note, *, finished: bool) -> Leftover:
    """Tell what is unread, what is unacknowledged (of TCP on Linux), and whether the close will be a reset.

    Where we `finished`, the kernel counts our end of stream as one more that is not acknowledged.
    """
    unread_bytes = _ask(sock, note, "FIONREAD", termios.FIONREAD, _UNREAD)
    unacknowledged_bytes = None
    if sys.platform == "linux" and sock.family != socket.AF_UNIX:  # of a UNIX socket it counts the kernel's own bytes
        unacknowledged_bytes = _ask(sock, note, "SIOCOUTQ", termios.TIOCOUTQ, _UNACKNOWLEDGED + _END * finished)
        unacknowledged_bytes = unacknowledged_bytes and unacknowledged_bytes - finished
    return Leftover(unread_bytes, unacknowledged_bytes, aborted=_aborts(sock))


def unread_bytes(sock: socket.socket) -> int:
    """Return how much can be read without waiting (FIONREAD). Raise OSError."""
    return int(_INT.unpack(fcntl.ioctl(sock.fileno(), termios.FIONREAD, bytes(_INT.size)))[0])


def has_error(sock: socket.socket) -> bool:
    """Tell whether an error waits to be asked for (poll(2), POLLERR), which it goes on doing."""
    poll = select.poll()
    poll.register(sock, 0)
    return any(events & select.POLLERR for _, events in poll.poll(0))


def end_lies_unread(sock: socket.socket, note: Note) -> bool:
    """Tell whether the peer's end of stream has arrived (poll(2), POLLRDHUP); False where the system cannot tell."""
    if not hasattr(select, "POLLRDHUP"):
        return False
    at_ns, poll = now_ns(), select.poll()
    poll.register(sock, select.POLLRDHUP)
    ended = any(events & select.POLLRDHUP and not events & select.POLLERR for _, events in poll.poll(0))
    if ended:
        asked = Symbol("POLLRDHUP")
        note(Call("poll", sock.fileno(), (asked,), asked, "", at_ns, now_ns() - at_ns, _END_UNREAD))
    return ended


def _ask(sock: socket.socket, note: Note, name: str, request: int, meaning: str) -> int | None:
    at_ns = now_ns()
    try:
        (size_bytes,) = _INT.unpack(fcntl.ioctl(sock.fileno(), request, bytes(_INT.size)))
    except OSError as error:
        note(Call("ioctl", sock.fileno(), (Symbol(name),), None, error_name(error), at_ns, now_ns() - at_ns))
        return None
    if size_bytes:
        note(Call("ioctl", sock.fileno(), (Symbol(name),), size_bytes, "", at_ns, now_ns() - at_ns, meaning))
    return int(size_bytes)


def _aborts(sock: socket.socket) -> bool:
    try:
        return option.aborts(sock)
    except OSError:
        return False
