"""What is at the path of a UNIX socket, or keeps us from it (unix(7), path_resolution(7)).

The rule: nothing is opened or connected to; whether anybody has a socket there is told by the kernel's own list
(/proc/net/unix), which names each by the path that it was bound to.
"""

import os
import stat
from pathlib import Path

from sockscope.engine.kernel.processes import holders, user_name
from sockscope.engine.look.question import Question
from sockscope.record.finding import PathSeen
from sockscope.record.process import Holders

UNIX_SOCKETS = Path("/proc/net/unix")
_TYPE, _INODE, _PATH = 4, 6, 7  # the columns
_TYPES = (
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISDIR, "directory"),
    (stat.S_ISREG, "file"),
    (stat.S_ISLNK, "link"),
)


def path_seen(question: Question) -> PathSeen | None:
    """Look at a path: itself, or else the first part that is missing or may not be passed; None of other addresses."""
    path, us = question.address.path, user_name(os.geteuid())
    if not path:
        return None
    if question.address.is_abstract:
        return PathSeen(path, "", user=us, holders=_holders(path, question.transport.type))
    for part in reversed(Path(path).parents):
        if stops := _stops(part, us):
            return stops
    return _seen(Path(path), us, last=True)


def _stops(folder: Path, us: str) -> PathSeen | None:
    """Describe a folder where it is missing, none, or may not be searched; else None."""
    try:
        is_folder = folder.is_dir()
    except PermissionError:
        return None  # a folder before it was told of
    if is_folder and os.access(folder, os.X_OK):
        return None
    return _seen(folder, us, last=False)


def _seen(at: Path, us: str, *, last: bool) -> PathSeen:
    try:
        found = at.lstat()
    except OSError:
        return PathSeen(str(at), "", user=us, last=last)
    type = next((name for of_type, name in _TYPES if of_type(found.st_mode)), "other")
    held = _holders(str(at)) if type == "socket" else None
    return PathSeen(str(at), type, user_name(found.st_uid), stat.S_IMODE(found.st_mode), us, last, held)


def _holders(path: str, type: int = 0) -> Holders | None:
    """Find who has a socket bound to a path, or of that type to a name; None where the kernel does not tell."""
    try:
        lines = UNIX_SOCKETS.read_bytes().splitlines()
    except OSError:
        return None
    wanted = os.fsencode(path)
    rows = (line.split(maxsplit=_PATH) for line in lines[1:])
    named = [row for row in rows if len(row) > _PATH and row[_PATH] == wanted]
    inodes = [int(row[_INODE]) for row in named if type in (0, int(row[_TYPE], 16))]
    held = holders(inodes).values()
    processes = {process.pid: process for one in held for process in one.processes}
    return Holders(tuple(processes.values()), any(one.hidden for one in held))
