"""End when asked to, whatever state the terminal is in, and leave it as it was.

The rules: a signal ends the program in the normal way, so that Textual restores the terminal. Where that does not
come to its end, because nobody reads the terminal or it is gone, the process ends by force, after setting the
terminal back as far as it takes that without waiting. Textual writes from a thread of its own, which dies when
the terminal is gone; whoever writes next would wait for ever.
"""

import asyncio
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
_RESET = (
    b"\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l"  # the mouse
    b"\x1b[?2004l\x1b[?1004l\x1b[?2048l\x1b[<u"  # pastes, focus, resizes, keys
    b"\x1b[?7h\x1b[0m\x1b[?1049l\x1b[?25h"  # wrapping, colours, the other screen, the cursor
)


class Ending:
    """Watches for signals and for the loss of the terminal."""

    def __init__(self, stop: Callable[[], None], note_fault: Callable[[type], None]) -> None:
        """Made in the main thread. `stop` closes what is open; `note_fault` is told what no thread caught."""
        self._stop = stop
        self._note_fault = note_fault
        self._exit: Callable[[int], None] | None = None
        self._keyboard, self._screen = sys.stdin.fileno(), sys.stderr.fileno()  # Textual puts others in their place
        self._modes = termios.tcgetattr(self._keyboard)
        self._forced: threading.Timer | None = None
        threading.excepthook = self._thread_failed
        for number in _SIGNALS:
            signal.signal(number, self._asked)

    def watch(self, loop: asyncio.AbstractEventLoop, exit_with: Callable[[int], None]) -> None:
        """From now on a signal n calls `exit_with(128 + n)`; before, while the screen opens, it ends by force.

        ctrl+z is left to Textual, but in turn with the rest of the loop: its handler puts into a queue, and would
        wait for itself for ever where the signal came while the same thread did so.
        """
        self._exit = exit_with
        suspend = signal.getsignal(signal.SIGTSTP)
        if callable(suspend):
            loop.add_signal_handler(signal.SIGTSTP, suspend, signal.SIGTSTP, None)

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
        else:
            self._force(128 + number)

    def _thread_failed(self, failure: threading.ExceptHookArgs) -> None:
        self._note_fault(failure.exc_type)
        if failure.thread is not None and failure.thread.name == _WRITER:
            self._force(128 + signal.SIGHUP)

    def _force(self, status: int) -> None:
        self._stop()
        with contextlib.suppress(OSError, termios.error):
            termios.tcsetattr(self._keyboard, termios.TCSANOW, self._modes)
            os.set_blocking(self._screen, False)
            os.write(self._screen, _RESET)
        os._exit(status)
