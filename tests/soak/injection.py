"""strace(1) attached to the running program, so that one of its calls fails.

The rules:
- It is attached once the first frame stands, and waited for by what the kernel says of the tracer.
- What was injected is read from its output: thread, call and time. A run where nothing was injected proves nothing.
"""

import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.soak import process
from tests.soak.faults import EVERY_THREAD, Fault

ATTACH_S = 10.0
_LINE = re.compile(r"^(?:(\d+) +)?(\d+\.\d+) (.*)$")


@dataclass(frozen=True, slots=True)
class Injected:
    """One call that failed because it was told to."""

    thread: int
    at: float  # as time.time() tells it
    call: str  # with its arguments, as strace writes them; each descriptor says what it is


class Injection:
    """A fault in a running program."""

    def __init__(self, engine: int, log: Path) -> None:
        self._engine = engine  # whose calls the log has, where it names no thread
        self._log = log

    def done(self) -> list[Injected]:
        """Give what was injected so far."""
        if not self._log.exists():
            return []
        lines = self._log.read_text(errors="replace").splitlines()
        found = [_LINE.match(line) for line in lines if "(INJECTED)" in line]
        return [Injected(int(match[1] or self._engine), float(match[2]), match[3]) for match in found if match]


@contextmanager
def injected(pid: int, engine: int, fault: Fault, log: Path) -> Iterator[Injection]:
    """Let a call of a process fail, until the process ends or this does; `engine` is its thread for sockets."""
    strace = shutil.which("strace")
    if strace is None:
        raise FileNotFoundError("strace is not installed")
    whole = fault.syscall in EVERY_THREAD
    words: tuple[str, ...] = ("-f", "-p", str(pid)) if whole else ("-p", str(engine))
    words += ("-ttt", "-yy", "-s", "64", "-o", str(log), "-e", f"trace={fault.syscall}", "-e", fault.expression)
    with subprocess.Popen(
        [strace, *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as tracer:
        try:
            ends = time.monotonic() + ATTACH_S
            while not process.traced(pid, 0 if whole else engine):
                if time.monotonic() > ends or tracer.poll() is not None:
                    raise RuntimeError(f"strace could not be attached: {tracer.stderr and tracer.stderr.read()!r}")
                time.sleep(0.005)
            yield Injection(engine, log)
        finally:
            if tracer.poll() is None:
                tracer.send_signal(signal.SIGINT)  # it detaches
