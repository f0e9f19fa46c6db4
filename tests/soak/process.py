"""What the kernel says of a running program: its descriptors, threads, memory and sockets.

The rule: whatever the screen says is compared with what stands here, which no program can paint.
"""

import contextlib
import os
from collections import Counter
from pathlib import Path


class Gone(Exception):
    """The process has ended."""


_LISTEN, _ESTABLISHED, _CLOSE = "0A", "01", "07"
_EPOLL_WAITS = ("232", "281")  # epoll_wait, epoll_pwait (x86_64)


def descriptors(pid: int) -> Counter[str]:
    """What the descriptors of a process lead to, and how many lead there."""
    found: Counter[str] = Counter()
    try:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):  # closed meanwhile
                found[str(descriptor.readlink())] += 1
    except OSError as problem:
        raise Gone from problem
    return found


def threads(pid: int) -> int:
    """How many threads a process has."""
    return len(_tasks(pid))


def memory_mib(pid: int) -> float:
    """What a process holds in memory (proc(5), VmRSS)."""
    return int(_status(pid, pid)["VmRSS"].split()[0]) / 1024


def used_s(pid: int) -> float:
    """How long a process has run so far, all its threads together (proc(5), utime and stime)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError as problem:
        raise Gone from problem
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def engine_thread(pid: int) -> int:
    """The thread beside the first one that waits for sockets, or 0."""
    for task in _tasks(pid):
        with contextlib.suppress(OSError):
            if task != pid and Path(f"/proc/{pid}/task/{task}/syscall").read_text().split()[0] in _EPOLL_WAITS:
                return task
    return 0


def traced(pid: int, thread: int = 0) -> bool:
    """Whether a thread has a tracer, or every one (proc(5), TracerPid)."""
    tasks = [thread] if thread else _tasks(pid)
    return all(_status(pid, task)["TracerPid"] != "0" for task in tasks)


def listening_ports(pid: int) -> set[int]:
    """The TCP ports that a process listens at."""
    return {port for port, state in _sockets(pid, "tcp") if state == _LISTEN}


def ports(pid: int) -> set[int]:
    """The ports where a process can be reached over IPv4."""
    return listening_ports(pid) | datagram_ports(pid)


def established(pid: int) -> int:
    """How many TCP connections a process has."""
    return sum(state == _ESTABLISHED for _, state in _sockets(pid, "tcp"))


def datagram_ports(pid: int) -> set[int]:
    """The UDP ports that a process has bound and not connected."""
    return {port for port, state in _sockets(pid, "udp") if state == _CLOSE}


def _sockets(pid: int, kind: str) -> list[tuple[int, str]]:
    """Local port and state of each socket of a process over IPv4 (proc(5), /proc/net/tcp)."""
    held = descriptors(pid)
    try:
        rows = [line.split() for line in Path(f"/proc/{pid}/net/{kind}").read_text().splitlines()[1:]]
    except OSError as problem:
        raise Gone from problem
    return [(int(row[1].rpartition(":")[2], 16), row[3]) for row in rows if f"socket:[{row[9]}]" in held]


def _tasks(pid: int) -> list[int]:
    return [int(task.name) for task in Path(f"/proc/{pid}/task").iterdir()]


def _status(pid: int, thread: int) -> dict[str, str]:
    try:
        lines = Path(f"/proc/{pid}/task/{thread}/status").read_text().splitlines()
    except OSError:  # that thread has ended
        return {"TracerPid": "", "VmRSS": "0"}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
