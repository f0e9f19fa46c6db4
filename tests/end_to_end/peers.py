"""The programs and sockets at the other end, and how a person goes to a place on the screen."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tests.end_to_end.terminal import DEADLINE_S, Terminal

V4_PORT = r"127\.0\.0\.1:([1-9]\d*)(?![\d…])"
V6_PORT = r"\[::1\]:([1-9]\d*)(?![\d…])"

AT_TRAFFIC, AT_SEND_BOX = "d Details", " WRITING "
"""What the footer offers in these places and in no others."""

OPTIONS, REPEAT, SAVE, SAVED = "\x0f", "\x12", "\x13", "\x14"
"""What ctrl+o, ctrl+r, ctrl+s and ctrl+t send."""


@contextmanager
def running(*command: str, cwd: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A peer's program with pipes, in a process group of its own that is ended with the test."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0, cwd=cwd, start_new_session=True
    ) as peer:
        try:
            yield peer
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(peer.pid, signal.SIGKILL)


def stdin_of(peer: subprocess.Popen[bytes]) -> IO[bytes]:
    assert peer.stdin is not None
    return peer.stdin


def stdout_of(peer: subprocess.Popen[bytes]) -> IO[bytes]:
    assert peer.stdout is not None
    return peer.stdout


def stderr_of(peer: subprocess.Popen[bytes]) -> IO[bytes]:
    assert peer.stderr is not None
    return peer.stderr


def wait_until_said(stream: IO[bytes], words: bytes) -> bytes:
    """Read lines until one holds some words, and give it."""
    for line in stream:
        if words in line:
            return line
    raise AssertionError(f"the stream ended without {words!r}")


def socat_port(peer: subprocess.Popen[bytes]) -> int:
    """Where a `socat -dd` listens: it says so on its standard error."""
    return int(wait_until_said(stderr_of(peer), b"listening on").rpartition(b":")[2])


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port of 127.0.0.1 that nobody has, for what cannot choose one itself."""
    with socket.socket(type=kind) as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def connected_to(terminal: Terminal, pattern: str = V4_PORT) -> socket.socket:
    """A client of the listener on the screen."""
    port = int(terminal.find(pattern))
    return socket.create_connection(("::1" if pattern == V6_PORT else "127.0.0.1", port), timeout=DEADLINE_S)


def go_to_traffic(terminal: Terminal) -> None:
    """Put the focus on the traffic of the chosen conversation: click on its title, which may have moved meanwhile."""
    clicked_at = 0.0

    def there() -> bool:
        nonlocal clicked_at
        if clicked_at and AT_TRAFFIC in (screen := terminal.screen()) and AT_SEND_BOX not in screen:
            return True
        if time.monotonic() - clicked_at > 1:
            terminal.click(r" #\d+ \S")
            clicked_at = time.monotonic()
        return False

    terminal.wait(there, AT_TRAFFIC)


def go_to_send_box(terminal: Terminal) -> None:
    """Put the focus on the box to send from."""
    go_to_traffic(terminal)
    at_send_box(terminal)


def at_send_box(terminal: Terminal) -> None:
    """Begin writing, once the focus is where letters are keys: it goes there by itself when we are connected."""
    terminal.wait(lambda: any(words in terminal.screen() for words in (AT_SEND_BOX, AT_TRAFFIC)), "keys, or writing")
    if AT_SEND_BOX not in terminal.screen():
        terminal.press("i")
    terminal.wait_for(AT_SEND_BOX)


def go_to_address(terminal: Terminal, pane: str, address: str) -> None:
    """Enter an address in a pane, which is named by its key, in place of what stands there."""
    terminal.press(pane, "esc", "a")
    terminal.wait_for("Options", "Saved")
    terminal.press("end", "ctrl+u")
    terminal.wait_for("Enter connects" if pane == "f3" else "Enter listens")
    terminal.paste(address)
    terminal.wait_for(address[-12:])
    terminal.press("enter")
