"""Paths of UNIX sockets: who is behind one, and taking away what is ours (unix(7)).

The rule: nothing is unlinked that is not a socket of this user, without anybody behind it, and the very inode that
was looked at. The kernel keeps a bound path after its socket is closed, so a bind there says EADDRINUSE until it is
unlinked. Abstract names, written @name, are no files: they end with their socket and are never probed or removed.
"""

import errno
import os
import socket
import stat
import sys
from contextlib import suppress
from enum import Enum
from pathlib import Path

from sockscope.engine.syscall import bind_socket, close_socket, make, open_socket, own_name
from sockscope.net.endpoint import Endpoint, endpoint
from sockscope.record.fact import Note

_LIVE = (errno.EPROTOTYPE, errno.EPERM)


class PathState(Enum):
    """What is at a path; the value says it to a person, after the path."""

    FREE = "is free"
    LIVE = "is in use, somebody has a socket there"
    STALE = "was left behind, nobody has a socket there any more"
    FOREIGN = "belongs to another user"
    NO_SOCKET = "is not a socket"
    UNKNOWN = "cannot be examined"


def probe(path: str, note: Note) -> PathState:
    """Tell what is at a path, without a trace at whoever is behind it. Never raises.

    A socket of this user is connected to with a datagram socket. Where anybody has it bound, the kernel connects
    it, or says EPROTOTYPE (a stream socket, listening or not yet) or EPERM (it is connected to another); where
    nobody has, it says ECONNREFUSED. A stream socket would be accepted as a client, and would be refused by a
    server between its bind and its listen. A symbolic link is not followed.
    """
    if path[:1] in ("", "@", "\0"):
        return PathState.UNKNOWN
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return PathState.FREE
    except (OSError, ValueError):
        return PathState.UNKNOWN
    if not stat.S_ISSOCK(found.st_mode):
        return PathState.NO_SOCKET
    if found.st_uid != os.geteuid():
        return PathState.FOREIGN
    return _connect(path, note)


def _connect(path: str, note: Note) -> PathState:
    try:
        probing = open_socket(note, socket.AF_UNIX, socket.SOCK_DGRAM)  # its connect never waits
    except OSError:
        return PathState.UNKNOWN
    try:
        make(note, "connect", probing.fileno(), (endpoint(path),), lambda: probing.connect(path))
        return PathState.LIVE
    except OSError as error:
        if error.errno == errno.ECONNREFUSED:
            return PathState.STALE
        return PathState.LIVE if error.errno in _LIVE else PathState.UNKNOWN
    finally:
        with suppress(OSError):  # noted
            close_socket(note, probing)


def remove_stale(path: str, note: Note) -> bool:
    """Probe a path again and unlink it where it is still stale; True when it is gone by that. Raise OSError.

    Nothing happens where another inode took its place during the probe.
    """
    before = _identity(path, changed=True)
    if probe(path, note) is not PathState.STALE or _identity(path, changed=True) != before:
        return False
    _unlink(path, note)
    return True


class OwnPath:
    """A path that was bound just now, so that it can be removed in the end if it still is ours.

    To be made right after bind, and removed before the socket is closed: until then the kernel keeps the inode,
    so that no other file can have its number.
    """

    __slots__ = ("_identity", "path")

    def __init__(self, path: str) -> None:
        self.path = path
        self._identity = None if path.startswith(("@", "\0")) else _identity(path)

    def remove(self, note: Note) -> None:
        """Unlink the path where it still is the inode that was bound; otherwise do nothing. Never raises."""
        if self._identity is not None and _identity(self.path) == self._identity:
            with suppress(OSError):
                _unlink(self.path, note)
        self._identity = None


def _identity(path: str, *, changed: bool = False) -> tuple[int, ...] | None:
    """Return device and inode of a path itself, and when it was `changed`, since numbers of inodes are given again."""
    try:
        found = os.lstat(path)
    except (OSError, ValueError):
        return None
    return (found.st_dev, found.st_ino, *((found.st_ctime_ns,) if changed else ()))


def _unlink(path: str, note: Note) -> None:
    make(note, "unlink", -1, (Path(path),), Path(path).unlink)


def autobind(sock: socket.socket, note: Note) -> Endpoint:
    """Let the kernel choose an abstract name, such as @00001, so that others can answer (unix(7), autobind).

    Return one without a path where the system has no abstract names. Raise OSError.
    """
    if sys.platform != "linux":
        return endpoint(None)
    bind_socket(note, sock, "")
    return own_name(note, sock)


def sockaddr(path: str) -> str:
    """Return what bind and connect take for a path as people write it: @name is the abstract "\\0name"."""
    return "\0" + path[1:] if path.startswith("@") else path
