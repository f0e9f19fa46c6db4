"""The programs and sockets at the other end, and how a person goes to a place on the screen."""

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tests.end_to_end.terminal import DEADLINE_S, Terminal

V4_PORT = r"127\.0\.0\.1:([1-9]\d*)(?![\d…])"
V6_PORT = r"\[::1\]:([1-9]\d*)(?![\d…])"

AT_TRAFFIC, AT_SEND_BOX = "Pause", "Finish sending"
"""What the footer offers in these places and in no others."""


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


def socat_port(peer: subprocess.Popen[bytes]) -> int:
    """Where a `socat -dd` listens: it says so on its standard error."""
    for line in stderr_of(peer):
        if b"listening on" in line:
            return int(line.rpartition(b":")[2])
    raise AssertionError("socat does not listen")


def connected_to(terminal: Terminal, pattern: str = V4_PORT) -> socket.socket:
    """A client of the listener on the screen."""
    port = int(terminal.find(pattern))
    return socket.create_connection(("::1" if pattern == V6_PORT else "127.0.0.1", port), timeout=DEADLINE_S)


def go_to_traffic(terminal: Terminal) -> None:
    """Put the focus on the traffic of the chosen conversation: click on its title."""
    terminal.click(r"#\d+ \S+:\d+ ")
    terminal.wait_for(AT_TRAFFIC)


def go_to_send_box(terminal: Terminal) -> None:
    """Put the focus on the box to send from."""
    go_to_traffic(terminal)
    terminal.press("i")
    at_send_box(terminal)


def at_send_box(terminal: Terminal) -> None:
    """Wait until the focus is on the box to send from; it goes there by itself once we are connected."""
    terminal.wait_for(AT_SEND_BOX)
