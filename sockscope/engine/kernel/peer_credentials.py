"""Ask who is at the other end of a UNIX stream socket (unix(7), SO_PEERCRED).

The rule: process, user and group are what the kernel says, of the time when the peer called connect, listen or
socketpair. The names are looked up now: a process that has ended has no program.
"""

import socket
import struct

from sockscope.engine.kernel.processes import program_name, user_name
from sockscope.engine.syscall import make
from sockscope.net.value import Struct, Symbol
from sockscope.record.credentials import Credentials
from sockscope.record.fact import Note

_UCRED = struct.Struct("=iII")  # struct ucred: pid_t, uid_t, gid_t


def peer_credentials(sock: socket.socket, note: Note) -> Credentials | None:
    """Tell who is at the other end; never raises.

    None where the system does not tell, nobody is connected, or the kernel gives pid 0, which stands for a process
    that cannot be seen from this PID namespace (pid_namespaces(7)); the fact shows its user all the same.
    """
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None or sock.family != socket.AF_UNIX:
        return None
    try:
        told = make(
            note,
            "getsockopt",
            sock.fileno(),
            (Symbol("SO_PEERCRED"),),
            lambda: sock.getsockopt(socket.SOL_SOCKET, option, _UCRED.size),
            lambda told: Struct(tuple(zip(("pid", "uid", "gid"), _UCRED.unpack(told), strict=True))),
        )
    except OSError:
        return None
    credentials = _credentials(told)
    return credentials if credentials.pid else None


def _credentials(told: bytes) -> Credentials:
    pid, uid, gid = _UCRED.unpack(told)
    return Credentials(pid, uid, gid, user_name(uid), program_name(pid))
