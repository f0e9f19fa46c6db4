"""A program in a pseudo-terminal of 140x40 whose output is always taken at once, with the moment of each piece.

The rule: while something is measured the output is only kept; it is drawn afterwards, piece by piece, so that
the drawing costs the measured program nothing and every moment is that of the arrival.
"""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pyte

from tests.bench.report import Broken

COLUMNS, LINES = 140, 40
ROOT = Path(__file__).resolve().parents[2]
CTRL_U = "\x15"
IDLE_S = 2.5
"""For so long a program takes less than a tenth of a core before its start is over (imports ahead begin at 2 s)."""

Shown = Callable[[list[str]], object]
"""Asks a question of the screen's rows."""


class Program:
    """One run of a Python module on a terminal; a context manager that always ends it."""

    def __init__(self, *arguments: str, module: str = "sockscope") -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        self._pieces: list[tuple[float, bytes]] = []
        self._drawn = 0
        self._screen = pyte.Screen(COLUMNS, LINES)
        self._rows = [" " * COLUMNS] * LINES
        self._stream = pyte.ByteStream(self._screen)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TEXTUAL")}
        environment |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        command = [sys.executable, "-m", module, *arguments]
        self.started_at = time.monotonic()
        self._process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, cwd=ROOT, env=environment, start_new_session=True
        )
        os.close(slave)
        self.pid = self._process.pid
        self._drain = threading.Thread(target=self._take, name="terminal", daemon=True)
        self._drain.start()

    def __enter__(self) -> "Program":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
        self._drain.join()
        os.close(self._master)

    def _take(self) -> None:
        while True:
            try:
                data = os.read(self._master, 65536)
            except OSError:  # EIO: nobody holds the other side any more
                return
            self._pieces.append((time.monotonic(), data))

    def end(self) -> float:
        """Ask the program to end, and give how long it took; it is killed where it does not."""
        began_at = time.monotonic()
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        return time.monotonic() - began_at

    def press(self, keys: str) -> float:
        """Type, and give the moment at which it was typed."""
        at = time.monotonic()
        os.write(self._master, keys.encode())
        return at

    def rows(self) -> list[str]:
        """The screen as far as it is drawn."""
        buffer = self._screen.buffer
        for y in self._screen.dirty:
            self._rows[y] = "".join(buffer[y][x].data for x in range(COLUMNS))
        self._screen.dirty.clear()
        return self._rows

    def draw(self) -> list[str]:
        """Draw all that has arrived, and give the screen."""
        while self._drawn < len(self._pieces):
            self._stream.feed(self._pieces[self._drawn][1])
            self._drawn += 1
        return self.rows()

    def when(self, shown: Shown, what: str, deadline_s: float = 30) -> float:
        """Draw piece by piece until the screen is so, and give the moment at which that piece arrived."""
        ends = time.monotonic() + deadline_s
        while not shown(self.rows()):
            while self._drawn == len(self._pieces):
                if time.monotonic() > ends or self._process.poll() is not None:
                    raise Broken("never on the screen: " + what + "\n" + "\n".join(self.rows()))
                time.sleep(0.005)
            self._stream.feed(self._pieces[self._drawn][1])
            self._drawn += 1
        return self._pieces[self._drawn - 1][0] if self._drawn else self.started_at

    def settle(self) -> None:
        """Wait until it listens and its start is over: what it imports ahead of need too."""
        self.when(has("listening ·"), "listening")
        taken_s = -1.0
        while self.cpu_s() - taken_s > 0.1 * IDLE_S:
            taken_s = self.cpu_s()
            time.sleep(IDLE_S)

    def cpu_s(self) -> float:
        """The processor time the program has taken, in seconds."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mib(self) -> float:
        """What the program holds in memory (RSS), in MiB."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def has(*words: str) -> Shown:
    """Ask whether all these words are on the screen."""
    return lambda rows: all(any(word in row for row in rows) for word in words)


def last_bytes(rows: list[str]) -> tuple[int, bytes]:
    """Give the offset behind the last byte of the last hex line, and that line's bytes."""
    for row in reversed(rows):
        if match := re.search(r"│ (?=[0-9a-f]{8,} )(.{57})", row):
            offset, _, digits = match[1].partition(" ")  # beyond 4 GiB the offset takes a cell of the digits
            try:
                data = bytes.fromhex(digits)
            except ValueError:  # half of it is still the line that stood there before
                return 0, b""
            return int(offset, 16) + len(data), data
    return 0, b""
