"""End when asked to, whatever state the terminal is in, and leave it as it was.

The rules: a signal ends the program in the normal way, so that Textual restores the terminal. Where that does not
come to its end, because nobody reads the terminal or it is gone, the process ends by force, after setting the
terminal back as far as it takes that without waiting. Textual writes from a thread of its own, which dies when
the terminal is gone; whoever writes next would wait for ever.
"""

import contextlib
import os
import signal
import sys
import termios
import threading
from collections.abc import Callable
from types import FrameType

GRACE_S = 1.5
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_WRITER = "textual-output"
_RESET = b"\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?2004l\x1b[?1004l\x1b[?1049l\x1b[?25h\x1b[0m"


class Ending:
    """Watches for signals and for the loss of the terminal."""

    def __init__(self, stop: Callable[[], None], note_fault: Callable[[type], None]) -> None:
        """`stop` closes what is open; `note_fault` is told of exceptions that no thread caught."""
        self._stop = stop
        self._note_fault = note_fault
        self._exit: Callable[[int], None] | None = None
        self._modes = termios.tcgetattr(sys.stdin.fileno())
        self._forced: threading.Timer | None = None
        threading.excepthook = self._thread_failed

    def watch(self, exit_with: Callable[[int], None]) -> None:
        """Call `exit_with(128 + n)` after signal n, from any thread; to be called in the main thread."""
        self._exit = exit_with
        for number in _SIGNALS:
            signal.signal(number, self._asked)

    def over(self) -> None:
        """The normal end was reached."""
        if self._forced:
            self._forced.cancel()

    def _asked(self, number: int, frame: FrameType | None) -> None:
        if self._forced is None:
            self._forced = threading.Timer(GRACE_S, self._force, (128 + number,))
            self._forced.daemon = True
            self._forced.start()
        if self._exit:
            self._exit(128 + number)

    def _thread_failed(self, failure: threading.ExceptHookArgs) -> None:
        self._note_fault(failure.exc_type)
        if failure.thread is not None and failure.thread.name == _WRITER:
            self._force(128 + signal.SIGHUP)

    def _force(self, status: int) -> None:
        self._stop()
        with contextlib.suppress(OSError, termios.error):
            termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, self._modes)
            os.set_blocking(sys.stdout.fileno(), False)
            os.write(sys.stdout.fileno(), _RESET)
        os._exit(status)
