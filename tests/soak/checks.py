"""What has to be so however a call failed.

The rules:
- No traceback, ever, and the terminal is left as it was found.
- Every descriptor comes back once everything is closed. One for which close(2) itself was made to fail cannot: the
  injected call never reached the kernel.
- Where a person looks, the error has a name: for calls of the engine's own thread on a socket of the network that do
  something. Not for those that only ask (getsockname, getpeername, getsockopt), for taking a descriptor out of
  epoll, for EINTR, which is tried again and nothing that happens while quitting.
"""

import re
import signal
from collections import Counter

from tests.end_to_end.terminal import Terminal
from tests.soak.faults import MAY_END, Fault
from tests.soak.injection import Injected

RESTORED = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?1003l", b"\x1b[?2004l")
_TRACES = (b"Traceback", b"Exception ignored", b"Fatal Python error", b"Segmentation fault")
_ASKING = ("getsockname", "getpeername", "getsockopt", "epoll_wait")
_CONTROL = re.compile(
    rb"\x1b\[[0-9;?<>=]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][0-9A-B]|\x1b[=>78]|[\x00-\x09\x0b-\x1f]"
)
_IMPORTED = re.compile(r"\.py[c]?[.0-9]*( \(deleted\))?$")  # Python's own imports, whose close was made to fail
_UNSAID = (*_ASKING, "openat", "write")


def ended(terminal: Terminal, fault: Fault | None, status: int | None, asked_to_quit: bool) -> list[str]:
    """Judge how the program ended."""
    raw = terminal.raw()
    wrong = [f"{trace.decode()}: {_around(raw, trace)}" for trace in _TRACES if trace in raw]
    if status is None:
        return [*wrong, "it did not end"]
    if fault is None or not (fault.syscall == "write" and fault.lasting):  # nothing could be written
        wrong += _not_restored(raw)
    if terminal.modes() != terminal.modes_before:
        wrong.append("the modes of the terminal were not restored")
    said = last_words(raw)
    if not asked_to_quit and (fault is None or fault.syscall not in MAY_END):
        wrong.append(f"it ended by itself, exit {status}: {said}")
    lost = fault is not None and fault.syscall == "write" and status == 128 + signal.SIGHUP  # the terminal is gone
    if (status not in (0, 1) and not lost) or (
        status == 1 and (len(said) != 1 or not said[0].startswith("sockscope: "))
    ):
        wrong.append(f"exit {status}, and said {said}")
    return wrong


def _not_restored(raw: bytes) -> list[str]:
    missing = [sequence for sequence in RESTORED if sequence not in raw]
    wrong = [f"not restored: {missing}"] if missing else []
    if raw.rfind(b"\x1b[?1049l") < raw.rfind(b"\x1b[?1049h"):
        wrong.append("the other screen was not left")
    return wrong


def last_words(raw: bytes) -> list[str]:
    """Give the lines that stand behind the other screen, but for the keys that the terminal echoes by then."""
    lines = _plain(raw[raw.rfind(b"\x1b[?1049l") + 8 :])
    return [line for line in lines if " " in line.strip() and not line.startswith("^[")]


def _around(raw: bytes, what: bytes) -> str:
    """The last lines of what begins somewhere, where a traceback says what it was."""
    return " / ".join(_plain(raw[raw.find(what) :][:6000])[-4:])[-400:]


def _plain(raw: bytes) -> list[str]:
    return _CONTROL.sub(b"", raw.replace(b"\r\n", b"\n")).decode(errors="replace").split("\n")


def leaked(before: Counter[str], after: Counter[str], done: list[Injected]) -> list[str]:
    """Compare the descriptors."""
    left = Counter({name: count for name, count in (after - before).items() if not _IMPORTED.search(name)})
    closes = sum(one.call.startswith("close(") for one in done)
    return [f"leaked: {sorted(left)}"] if left.total() > closes else []


def must_be_said(one: Injected, engine: int) -> bool:
    """Whether a person has to be told of a call that failed."""
    if one.thread != engine:
        return False
    name = one.call.partition("(")[0]
    if name in _UNSAID or "EINTR" in one.call or "EPOLL_CTL_DEL" in one.call:
        return False
    if name == "socket":
        return "AF_INET" in one.call or "AF_UNIX" in one.call
    return "<TCP" in one.call or "<UDP" in one.call or "<socket:" in one.call
