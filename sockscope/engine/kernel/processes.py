"""Which processes hold a socket: those with a descriptor of its inode (proc(5), /proc/[pid]/fd).

The rules: a process that vanishes meanwhile holds nothing; one whose descriptors may not be seen (another user's) is
counted as hidden, so that "nobody" is never said of what could not be looked at. It takes milliseconds for hundreds of
processes, so it is not for the loop. Never raises.
"""

import os
import pwd
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

from sockscope.record.process import Holders, Process

PROC = Path("/proc")
COMMAND_BYTES = 4096
"""What is read of a command line; the rest is left out."""


def holders(inodes: Collection[int], proc: Path = PROC) -> dict[int, Holders]:
    """Find the processes that hold each of these sockets."""
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    found: dict[int, list[Process]] = {inode: [] for inode in inodes}
    hidden = False
    for pid in _pids(proc):
        try:
            held = {wanted[link] for link in _links(proc / str(pid) / "fd") if link in wanted}
        except PermissionError:
            hidden = True
            continue
        except OSError:  # it has ended
            continue
        for inode in held:
            found[inode].append(process(pid, proc))
    return {inode: Holders(tuple(held), hidden) for inode, held in found.items()}


def process(pid: int, proc: Path = PROC) -> Process:
    """Describe a process; of one that has ended only its number is left."""
    about = proc / str(pid)
    user = ""
    with suppress(OSError):
        user = user_name(about.stat().st_uid)
    return Process(pid, user, program_name(pid, proc), _command(about))


def user_name(uid: int) -> str:
    """Return a user's name, or the number where it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except (KeyError, OSError):
        return str(uid)


def program_name(pid: int, proc: Path = PROC) -> str:
    """Return the name of a process's program, at most 15 bytes of any kind (proc_pid_comm(5))."""
    with suppress(OSError):
        return _text((proc / str(pid) / "comm").read_bytes().removesuffix(b"\n"))
    return ""


def _pids(proc: Path) -> Iterator[int]:
    with suppress(OSError), os.scandir(proc) as entries:
        for entry in entries:
            if entry.name.isdecimal():
                yield int(entry.name)


def _links(folder: Path) -> Iterator[str]:
    """Give what each descriptor of a process leads to. Raise OSError where that may not be seen."""
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):  # closed meanwhile
                yield str(Path(entry.path).readlink())


def _command(about: Path) -> tuple[str, ...]:
    with suppress(OSError), (about / "cmdline").open("rb") as file:
        told = file.read(COMMAND_BYTES)
        return tuple(_text(word) for word in told.rstrip(b"\0").split(b"\0")) if told else ()
    return ()


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")
