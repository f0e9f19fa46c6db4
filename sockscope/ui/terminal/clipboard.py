"""Copying: to the terminal's clipboard (OSC 52), and into a file for terminals that do not listen.

The rule: what is copied was made safe before, and OSC 52 carries it in base64, so nothing of it can act.
"""

import os
import tempfile
from pathlib import Path
from typing import Any

from textual.app import App
from textual.message import Message

from sockscope.ui.failure_words import reason


class CopyRequested(Message):
    """A text is to be put on the clipboard."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


def copy(app: App[Any], text: str) -> str:
    """Copy a text, and say in a line what was done."""
    app.copy_to_clipboard(text)
    lines = text.count("\n") + 1
    what = f"copied {lines} line{'' if lines == 1 else 's'}"
    try:
        path = _write(text)
    except OSError as error:
        return f"{what}; no file beside it: {reason(error)}"
    return f"{what}, also into {path}"


def _write(text: str) -> Path:
    """Write the file, and give its path; what can only be written in part is removed. Raise OSError."""
    path = Path(tempfile.gettempdir()) / f"sockscope-copied-{os.getuid()}.txt"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text + "\n")
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return path
