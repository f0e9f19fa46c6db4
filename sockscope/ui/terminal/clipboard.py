"""Copying: to the terminal's clipboard (OSC 52), and into a file for terminals that do not listen.

The rules: what is copied was made safe before, and OSC 52 carries it in base64, so nothing of it can act. Within tmux
it is said twice: to tmux itself, which keeps it where `set-clipboard` is on, and past it to the terminal around, which
gets it where `allow-passthrough` is on. What is too long for terminals goes into the file alone.
"""

import base64
import errno
import os
import stat
import tempfile
from pathlib import Path
from typing import Any

from textual.app import App
from textual.message import Message

from sockscope.ui.failure_words import reason
from sockscope.ui.terminal.textual_internals import write_to_terminal

LONGEST = 74_994
"""Bytes that OSC 52 carries: 100,000 characters in base64 is what terminals take, those that have a bound."""


class CopyRequested(Message):
    """A text is to be put on the clipboard."""

    def __init__(self, text: str, what: str = "") -> None:
        """`what` says what it is; where it does not, the lines are counted."""
        super().__init__()
        self.text = text
        self.what = what


def copy(app: App[Any], text: str, what: str = "") -> str:
    """Copy a text, and say in a line what was done."""
    lines = text.count("\n") + 1
    what = f"copied {what or f'{lines} line' + ('' if lines == 1 else 's')}"
    to_terminal = len(text.encode()) <= LONGEST
    if to_terminal:
        app.copy_to_clipboard(text)
        if within_tmux():
            write_to_terminal(app, past_tmux(text))
    else:
        what += ", too long for a terminal's clipboard"
    try:
        path = _write(text)
    except OSError as error:
        return f"{what}; no file {'beside it' if to_terminal else 'either'}: {reason(error)}"
    return f"{what}, {'also ' if to_terminal else ''}into {path}"


def within_tmux() -> bool:
    """Whether tmux lies between us and the terminal, here or where we came from by ssh."""
    return "TMUX" in os.environ or os.environ.get("TERM", "").startswith("tmux")


def past_tmux(text: str) -> str:
    """Write the text for the terminal around tmux: in its passthrough, where each ESC stands twice (tmux(1))."""
    osc_52 = f"\x1b]52;c;{base64.b64encode(text.encode()).decode('ascii')}\x07"
    return f"\x1bPtmux;{osc_52.replace(chr(27), 2 * chr(27))}\x1b\\"


def _write(text: str) -> Path:
    """Write the file, and give its path; what can only be written in part is removed. Raise OSError."""
    path = Path(tempfile.gettempdir()) / f"sockscope-copied-{os.getuid()}.txt"
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK  # nothing that waits for a reader
    descriptor = os.open(path, flags, 0o600)
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.getuid():
        os.close(descriptor)
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
    os.fchmod(descriptor, 0o600)
    os.ftruncate(descriptor, 0)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text if text.endswith("\n") else text + "\n")
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return path
