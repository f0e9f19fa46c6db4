"""Running what was copied as a program or as commands."""

import subprocess
import sys
from pathlib import Path

from tests.end_to_end.terminal import DEADLINE_S

PROGRAMS = {"Python": "python3", "asyncio": "python3", "C": "gcc"}
"""What a language needs; a command is its own."""


def ready(language: str, text: str, folder: Path) -> list[str]:
    """Write a copy into a folder, compile it where it is in C, and return the command that runs it."""
    source, program = folder / "copied.c", folder / "copied"
    (source if language == "C" else program).write_text(text, "ascii")
    if language == "C":
        subprocess.run(["gcc", "-Wall", "-Wextra", "-Werror", "-o", program, source], check=True, timeout=DEADLINE_S)
        return [str(program)]
    return [sys.executable if language in ("Python", "asyncio") else "bash", str(program)]


def run(language: str, text: str, folder: Path, *, fails: bool = False) -> bytes:
    """Run a copy to its end, and return what it wrote; `fails` is where it says itself that it ends with an error."""
    done = subprocess.run(
        ready(language, text, folder), capture_output=True, cwd=folder, timeout=2 * DEADLINE_S, stdin=subprocess.DEVNULL
    )
    assert (done.returncode != 0) == fails, (done.stderr, text)
    return done.stdout
