"""End when asked to, whatever state the terminal is in, and leave it as it was.

The rules: every signal that would end the process, but for those that tell of a broken program, ends it in the normal
way, so that Textual restores the terminal. Where that does not come to its end, because nobody reads the terminal or
it is gone, or where a thread dies that nothing goes on without, the process ends by force, after setting the terminal
back as far as it takes that within RESTORE_S. Textual writes from a thread of its own, which dies when the terminal is
gone; whoever writes next would wait for ever. Why it ends is said also where there is no memory left to say it in.
"""

import asyncio
import contextlib
import os
import select
import signal
import sys
import termios
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

from sockscope.reason import reason

GRACE_S = 1.5
RESTORE_S = 0.3
"""How long a terminal is waited for that is behind with what was drawn before."""

_RESERVE_BYTES = 1024 * 1024
"""Address space that is never touched, and given back to say why the program ends."""

_WRITER = "textual-output"
_VITAL = (_WRITER, "textual-input", "engine")
"""The threads without which nothing goes on."""

_LEFT = {
    *("SIGKILL", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGCONT"),  # nobody's, or job control's
    *("SIGCHLD", "SIGURG", "SIGWINCH", "SIGINFO"),  # end nothing
    *("SIGPIPE", "SIGXFSZ"),  # Python makes errors of them
    *("SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL"),  # would come again at once
}
ENDING_SIGNALS = tuple(number for number in signal.valid_signals() if getattr(number, "name", "") not in _LEFT)

_RESET = (
    b"\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l"  # the mouse
    b"\x1b[?2004l\x1b[?1004l\x1b[?2048l\x1b[<u"  # pastes, focus, resizes, keys
    b"\x1b[?7h\x1b[0m\x1b[?1049l\x1b[?25h"  # wrapping, colours, the other screen, the cursor
)


class Shutdown:
    """Watches for signals, for the loss of the terminal, and for threads that die."""

    def __init__(
        self, stop: Callable[[], None], note_fault: Callable[[type], None], taken: Callable[[], bool] = lambda: True
    ) -> None:
        """Made in the main thread, before the terminal is touched.

        `stop` closes what is open; `note_fault` is told what no thread caught; `taken` tells whether the terminal's
        screen is ours.
        """
        self._stop = stop
        self._note_fault = note_fault
        self._taken = taken
        self._exit: Callable[[int], None] | None = None
        self._keyboard, self._drawn_on = sys.stdin.fileno(), sys.stderr.fileno()  # Textual puts others in their place
        self._screen = os.dup(self._drawn_on)
        self._nowhere = os.open(os.devnull, os.O_WRONLY)
        self._modes = termios.tcgetattr(self._keyboard)
        self._forced: threading.Timer | None = None
        self._reserve = bytearray(_RESERVE_BYTES)
        self._speechless = [self._words(going, "there is not enough memory").encode() for going in (False, True)]
        self._forcing = False  # what fails from then on is no reason: a write that waits is broken off by setting back
        self.going = False  # whether the screen stood once
        threading.excepthook = self._thread_failed
        for number in ENDING_SIGNALS:
            signal.signal(number, self._asked)

    def watch(self, loop: asyncio.AbstractEventLoop, exit_with: Callable[[int], None]) -> None:
        """From now on a signal n calls `exit_with(128 + n)`; before, while the screen opens, it ends by force.

        ctrl+z is left to Textual, and so is going on behind it, but in turn with the rest of the loop: its handlers
        put into a queue, and would wait for themselves for ever where a signal came while the same thread did so; nor
        may one overtake the other.
        """
        self._exit = exit_with
        for number in (signal.SIGTSTP, signal.SIGCONT):
            handler = signal.getsignal(number)
            if callable(handler):
                loop.add_signal_handler(number, handler, number, None)

    def stands(self) -> None:
        """The screen was drawn: what fails from now on keeps the program from going on, not from starting."""
        self.going = True

    def over(self) -> None:
        """The normal end was reached; who cannot wait for the rest of it ends by force."""
        self._exit = None
        if self._forced:
            self._forced.cancel()

    def fail(self, error: BaseException) -> NoReturn:
        """End by force, and say why."""
        self._force(1, error)

    def line(self, why: str) -> str:
        """Return what is said of a failure."""
        return self._words(self.going, why)

    def _words(self, going: bool, why: str) -> str:
        return f"sockscope: cannot {'go on' if going else 'start'}: {why}\n"

    def _line_of(self, error: BaseException) -> bytes:
        """Return the line on an error; where nothing can be made any more, one that was made before."""
        self._reserve = bytearray()
        try:
            return self.line(reason(error)).encode()
        except Exception:
            return self._speechless[self.going]

    def _asked(self, number: int, frame: FrameType | None) -> None:
        if self._exit is None:
            self._force(128 + number)
        if self._forced is None:
            self._forced = threading.Timer(GRACE_S, self._force, (128 + number,))
            self._forced.daemon = True
            try:
                self._forced.start()
            except RuntimeError:  # no more threads: nobody would look after the normal end
                self._force(128 + number)
        self._exit(128 + number)

    def _thread_failed(self, failure: threading.ExceptHookArgs) -> None:
        self._note_fault(failure.exc_type)
        if failure.thread is not None and failure.thread.name in _VITAL and not self._forcing:
            lost = failure.thread.name == _WRITER and issubclass(failure.exc_type, OSError)
            self._force(128 + signal.SIGHUP if lost else 1, failure.exc_value or failure.exc_type())

    def _force(self, status: int, error: BaseException | None = None) -> NoReturn:
        self._forcing = True
        try:
            self._give_back(self._line_of(error) if error else b"")
            self._stop()
        finally:
            os._exit(status)

    def _give_back(self, line: bytes) -> None:
        """Set the terminal back and write a line, within RESTORE_S; what Textual still writes goes nowhere."""
        with contextlib.suppress(OSError, termios.error):
            os.dup2(self._nowhere, self._drawn_on)
            termios.tcsetattr(self._keyboard, termios.TCSANOW, self._modes)
            waits = os.get_blocking(self._screen)
            os.set_blocking(self._screen, False)
            self._write((_RESET if self._taken() else b"") + line)
            os.set_blocking(self._screen, waits)

    def _write(self, data: bytes) -> None:
        ends_at = time.monotonic() + RESTORE_S
        while data and select.select([], [self._screen], [], max(0.0, ends_at - time.monotonic()))[1]:
            with contextlib.suppress(BlockingIOError):
                data = data[os.write(self._screen, data) :]
