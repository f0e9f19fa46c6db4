"""The real program in a pseudo-terminal, used as a person uses it: press, type, click, look at the words.

The rules:
- A thread takes what the program writes, as a terminal would; it is kept raw (`raw()`) and drawn (`screen()`).
- A test waits for words with a deadline, never for a time.
- However the test ends, the child is ended by its own id and every descriptor is closed.
"""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyte
import pytest

from sockscope.ui.terminal.letters import BURST_S
from tests.end_to_end import nursery

DEADLINE_S = 15.0
RAW_KEPT_BYTES = 16 * 1024 * 1024
PROGRAM = (sys.executable, "-m", "sockscope")
ONE_PANE = (100, 40)
"""A size where one pane is shown at a time, so that words are found in that pane or nowhere."""

# The child takes the terminal as its controlling one (for SIGWINCH and SIGHUP) and becomes the program.
_BECOME = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"

FRAME = (b"\x1b[?2026h", b"\x1b[?2026l")
"""What stands before and behind a whole picture (synchronized output)."""

_CSI = {"up": "A", "down": "B", "right": "C", "left": "D", "home": "H", "end": "F", "shift+tab": "Z", "esc": "27u"}
KEYS = {"enter": "\r", "tab": "\t"} | {name: f"\x1b[{code}" for name, code in _CSI.items()}
KEYS |= {f"shift+{name}": f"\x1b[1;2{_CSI[name]}" for name in ("up", "down", "right", "left", "home", "end")}
KEYS |= {f"f{number}": f"\x1bO{code}" for number, code in enumerate("PQRS", 1)}
KEYS["f8"] = "\x1b[19~"
KEYS |= {f"ctrl+{letter}": chr(ord(letter) & 0x1F) for letter in "adepquz"}
"""What a key sends; Esc as kitty writes it, because a lone ESC byte is a key only once nothing follows it."""


TRUE_COLOUR = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}


def _start(command: list[str], slave: int, environment: Mapping[str, str], cwd: Path | None) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-ISc", _BECOME, *command],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        cwd=cwd,
        env=environment,
        start_new_session=True,
    )


class Terminal:
    """One run of the program, begun by the nursery where it is the usual one; a context manager that always ends it."""

    def __init__(
        self,
        *arguments: str,
        size: tuple[int, int] = (120, 36),
        cwd: Path | None = None,
        program: tuple[str, ...] = PROGRAM,
        kind: Mapping[str, str] = TRUE_COLOUR,
    ) -> None:
        """`size` is columns and lines; files that the program writes go to `cwd`; `kind` is what it says it is."""
        self._master, slave = pty.openpty()
        termios.tcsetwinsize(self._master, size[::-1])
        self.modes_before = self.modes()
        self._raw, self._undrawn, self._lock = bytearray(), bytearray(), threading.Lock()
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)
        self._rows: list[str] = []
        self._text = ""
        strange = ("TEXTUAL", "COLUMNS", "LINES")  # what the tests' own terminal is like is not the program's business
        environment = {name: value for name, value in os.environ.items() if not name.startswith(strange)}
        environment = {name: value for name, value in environment.items() if name not in ("COLORTERM", "NO_COLOR")}
        environment |= {"TEXTUAL_ANIMATIONS": "none", **kind}
        environment |= {"TMPDIR": str(cwd)} if cwd else {}
        usual = nursery.POSSIBLE and program == PROGRAM and kind == TRUE_COLOUR
        self.process: subprocess.Popen[bytes] | nursery.Run = (
            nursery.run(arguments, slave, environment, cwd)
            if usual
            else _start([*program, *arguments], slave, environment, cwd)
        )
        os.close(slave)
        self._open, self._takes, self._taken_at = True, threading.Event(), 0.0
        self._takes.set()
        self._taker = threading.Thread(target=self._take, name="terminal", daemon=True)
        self._taker.start()

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        if self.alive():
            self.process.kill()
        self.process.wait()
        self.hang_up()

    def _take(self) -> None:
        while self._open:
            self._takes.wait()
            if select.select([self._master], [], [], 0.05)[0]:
                try:
                    data = os.read(self._master, 65536)
                except OSError:  # EIO: nobody holds the other side any more
                    return
                if b"\x1b[?2026$p" in data:  # asked whether we know where a frame begins and ends: we do
                    self.type("\x1b[?2026;2$y")
                with self._lock:
                    self._taken_at = time.monotonic()
                    self._raw += data
                    self._undrawn += data
                    del self._raw[:-RAW_KEPT_BYTES]

    # What a person does.

    def press(self, *keys: str) -> None:
        """Press keys by their names in KEYS; any other text is typed as it is."""
        self.type("".join(KEYS.get(key, key) for key in keys))

    def press_alone(self, letter: str) -> None:
        """Press a letter that is no part of a burst, whatever was typed just before: what ends things asks for that."""
        time.sleep(2 * BURST_S)
        self.press(letter)

    def type(self, text: str | bytes) -> None:
        """Type a text, or whatever bytes a terminal could send."""
        left = text.encode() if isinstance(text, str) else text
        while left:
            left = left[os.write(self._master, left[:1024]) :]

    def paste(self, text: str) -> None:
        """Paste a text, in the brackets that tell pasting from typing."""
        self.type(f"\x1b[200~{text}\x1b[201~")

    def click(self, pattern: str) -> None:
        """Click on the first place where a pattern is on the screen, once it is there."""
        self.find(f"({pattern})")
        rows = self.screen().split("\n")
        y, found = next((y, found) for y, row in enumerate(rows, 1) if (found := re.search(pattern, row)))
        self.type(f"\x1b[<0;{found.start() + 1};{y}M\x1b[<0;{found.start() + 1};{y}m")

    def resize(self, columns: int, lines: int) -> None:
        """Make the window another size."""
        self.screen()
        with self._lock:
            self._screen.resize(lines, columns)
        termios.tcsetwinsize(self._master, (lines, columns))

    @contextmanager
    def stalled(self) -> Iterator[None]:
        """Take nothing meanwhile, as a stuck ssh does."""
        self._takes.clear()
        try:
            yield
        finally:
            self._takes.set()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program."""
        self.process.send_signal(number)

    def hang_up(self) -> None:
        """Close the terminal."""
        if self._open:
            self._open = False
            self._takes.set()
            self._taker.join()
            os.close(self._master)

    def vanished(self) -> list[str]:
        """The characters that have the colour of their ground."""
        self.screen()
        cells = (cell for row in self._screen.buffer.values() for cell in row.values())
        return [cell.data for cell in cells if cell.data.strip() and cell.fg == cell.bg]

    # What a person sees.

    def raw(self) -> bytes:
        """What the program wrote, the last RAW_KEPT_BYTES of it."""
        with self._lock:
            return bytes(self._raw)

    def screen(self) -> str:
        """The screen as it is now, its lines joined; never half of a frame."""
        with self._lock:
            begun, ended = self._undrawn.rfind(FRAME[0]), self._undrawn.rfind(FRAME[1])
            quiet = begun <= ended and time.monotonic() - self._taken_at > 0.1
            whole = len(self._undrawn) if quiet else ended
            if whole > 0:
                self._stream.feed(bytes(self._undrawn[:whole]))
                del self._undrawn[:whole]
                self._read_rows()
            return self._text

    def _read_rows(self) -> None:
        """Read the rows anew that were drawn in since they were read last."""
        lines = self._screen.lines
        if len(self._rows) != lines:
            self._rows = [self._row(y) for y in range(lines)]
        for y in self._screen.dirty & set(range(lines)):  # after a resize there may be others
            self._rows[y] = self._row(y)
        self._screen.dirty.clear()
        self._text = "\n".join(self._rows)

    def _row(self, y: int) -> str:
        cells = self._screen.buffer[y]  # the second cell of a wide character is empty
        return "".join(cells[x].data for x in range(self._screen.columns)).rstrip()

    def wait(self, condition: Callable[[], Any], what: str, deadline_s: float = DEADLINE_S) -> Any:
        """Wait until something is so, and give it; fail where the deadline or the program's end comes first."""
        ends = time.monotonic() + deadline_s
        while not (found := condition()):
            over = not self.alive() and time.monotonic() - self._taken_at > 1
            if over or time.monotonic() > ends:
                status = self.process.poll()
                pytest.fail(f"not so within {deadline_s} s: {what}; exit status {status}, screen:\n{self.screen()}")
            time.sleep(0.03)
        return found

    def wait_for(self, *words: str, deadline_s: float = DEADLINE_S) -> None:
        """Wait until all these words are on the screen together."""
        self.wait(lambda: all(word in screen for screen in [self.screen()] for word in words), str(words), deadline_s)

    def wait_gone(self, words: str) -> None:
        """Wait until these words are on the screen no more."""
        self.wait(lambda: words not in self.screen(), f"gone: {words}")

    def wait_quiet(self) -> None:
        """Wait until nothing has changed for a moment: where nothing lives on the screen, all keys are dealt with."""
        began_at = time.monotonic()
        self.wait(lambda: time.monotonic() - max(self._taken_at, began_at) > 0.15, "quiet")

    def find(self, pattern: str) -> str:
        """Wait until a pattern is on the screen, and give its first group."""
        return str(self.wait(lambda: re.search(pattern, self.screen()), pattern)[1])

    def alive(self) -> bool:
        """Whether the program runs."""
        return self.process.poll() is None

    def wait_exit(self, deadline_s: float = DEADLINE_S) -> int:
        """Wait for the program's end and the last of what it wrote, and give its exit status."""
        self.wait(lambda: not self.alive(), "the program has ended", deadline_s)
        if self._takes.is_set():
            self._taker.join(deadline_s)
        return int(self.process.wait())

    def modes(self) -> list[Any]:
        """The modes of the terminal now (termios(3))."""
        return termios.tcgetattr(self._master)
