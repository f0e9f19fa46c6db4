"""Where the program comes from in most tests: a process that has imported it already, and forks a run of it.

The rules:
- A run is the real program from its first line on, in a session, a terminal, an environment and a folder of its own.
  Only its imports, half a second of processor each time, were made before.
- What a test does to the program before or while it imports (limits, faults, a command of its own) is for a start of
  its own: see `Terminal`.
- The nursery ends with whoever asked it for runs, and says of each run how it ended.
"""

import atexit
import contextlib
import functools
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

POSSIBLE = sys.platform == "linux"
"""Whether a process of this system may fork once it has imported so much."""

_IMPORTED = ("cli", "session", "engine.engine", "request.program_settings", "ui.run")
_LONGEST_REQUEST = 1 << 17


class Run:
    """One run of the program, as subprocess.Popen would show it."""

    def __init__(self, pid: int, ended: int) -> None:
        """`ended` is the descriptor that tells the exit status."""
        self.pid = pid
        self.returncode: int | None = None
        self._ended = ended

    def poll(self) -> int | None:
        """Return the exit status, or None while it runs."""
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end, and return the exit status. Raise subprocess.TimeoutExpired."""
        status = self._look(timeout)
        if status is None:
            raise subprocess.TimeoutExpired("sockscope", timeout or 0)
        return status

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def _look(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._ended], [], [], timeout)[0]:
            self.returncode = int(os.read(self._ended, 16))
            os.close(self._ended)
        return self.returncode


def run(arguments: Sequence[str], terminal: int, environment: Mapping[str, str], cwd: Path | None) -> Run:
    """Begin a run on a terminal, which becomes its controlling one."""
    reader, writer = os.pipe()
    request = json.dumps([arguments, dict(environment), str(cwd or Path.cwd())]).encode()
    nursery = _nursery()
    socket.send_fds(nursery, [request], [terminal, writer])
    os.close(writer)
    return Run(int(nursery.recv(16)), reader)


@functools.cache
def _nursery() -> socket.socket:
    """Start the nursery of this process."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TEXTUAL", "COLUMNS"))}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.end_to_end.nursery", str(theirs.fileno())],
        pass_fds=[theirs.fileno()],
        env=environment | {"TEXTUAL_ANIMATIONS": "none", "PYTHONPATH": str(Path(__file__).parents[2])},
        stdin=subprocess.DEVNULL,
    )
    theirs.close()

    def close() -> None:
        ours.close()
        process.wait()

    atexit.register(close)
    return ours


# In the nursery.


def _serve(asked: socket.socket) -> None:
    """Fork a run for each request, until nobody asks any more."""
    woken, wakes = socket.socketpair()
    wakes.setblocking(False)
    signal.set_wakeup_fd(wakes.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    runs: dict[int, int] = {}  # of each run the descriptor that tells its end
    while True:
        ready = select.select([asked, woken], [], [])[0]
        if woken in ready:
            woken.recv(4096)
            _tell_ended(runs)
        if asked in ready:
            request, given, _, _ = socket.recv_fds(asked, _LONGEST_REQUEST, 2)
            if not request:
                return
            terminal, ended = given
            if not (pid := os.fork()):
                _become(terminal, *json.loads(request))
            runs[pid] = ended
            os.close(terminal)
            asked.send(b"%d" % pid)


def _tell_ended(runs: dict[int, int]) -> None:
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            pid, status = ended
            with contextlib.suppress(BrokenPipeError):
                os.write(runs[pid], b"%d" % os.waitstatus_to_exitcode(status))
            os.close(runs.pop(pid))


def _become(terminal: int, arguments: list[str], environment: dict[str, str], cwd: str) -> None:
    """Be the program from here on, as if it had just been started."""
    import fcntl
    import termios

    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    for standard in range(3):
        os.dup2(terminal, standard)
    os.closerange(3, 1024)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.argv = ["sockscope", *arguments]
    sys.stdin = sys.__stdin__ = open(0)  # noqa: SIM115
    sys.stdout = sys.__stdout__ = open(1, "w", buffering=1)  # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(2, "w", buffering=1, errors="backslashreplace")  # noqa: SIM115
    from sockscope.__main__ import main

    main()


if __name__ == "__main__":
    for name in _IMPORTED:
        __import__(f"sockscope.{name}")
    _serve(socket.socket(fileno=int(sys.argv[1])))
