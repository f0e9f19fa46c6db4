"""Runs of the program without a screen, and of nc beside it, with pipes on all three standard streams."""

import fcntl
import socket
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import DEADLINE_S, wait_until
from tests.engine.loopback import (
    MIB,
    V4,
)

ROOT = Path(__file__).parents[2]
SOCKSCOPE = (sys.executable, "-m", "sockscope")

Process = subprocess.Popen[bytes]


@contextmanager
def started(*command: str, stdin: int = subprocess.PIPE) -> Iterator[Process]:
    piped = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=stdin, stdout=piped, stderr=piped) as process:
        try:
            yield process
        finally:
            process.kill()


def ended(process: Process, said: bytes = b"") -> tuple[int, bytes, bytes]:
    """Say the rest, and return the exit status, and what came on standard output and on standard error."""
    out, err = process.communicate(said, DEADLINE_S)
    return process.returncode, out, err


def say(process: Process, words: bytes) -> None:
    """Write all there is to be said, and end standard input."""
    assert process.stdin
    process.stdin.write(words)
    process.stdin.close()
    process.stdin = None


def port_of(server: socket.socket) -> str:
    return str(server.getsockname()[1])


@contextmanager
def sockscope(*words: str, stdin: int = subprocess.PIPE) -> Iterator[Process]:
    with started(*SOCKSCOPE, *words, stdin=stdin) as process:
        yield process


def listens(process: Process) -> int:
    """Wait until the port that the kernel chose is said, and return it."""
    assert process.stderr
    said = process.stderr.readline().decode()
    assert said.startswith("sockscope: listening at "), said
    return int(said.rpartition(":")[2])


NC, OURS = "nc", "sockscope"


def client(peer_program: Callable[[str], str], which: str) -> tuple[str, ...]:
    return (peer_program("nc"), "-N") if which == NC else SOCKSCOPE


def connected(port: int) -> socket.socket:
    """Connect once somebody listens."""
    found: list[socket.socket] = []

    def tried() -> bool:
        try:
            found.append(socket.create_connection((V4, port), timeout=DEADLINE_S))
        except ConnectionRefusedError:
            return False
        return True

    wait_until(tried)
    return found[0]


def send_all(peer: socket.socket, size_bytes: int) -> None:
    piece = bytes(MIB)
    for _ in range(size_bytes // MIB):
        peer.sendall(piece)
    peer.shutdown(socket.SHUT_WR)


def stalls(peer: socket.socket) -> Callable[[], bool]:
    """What to wait for until its kernel holds bytes of which none went between two looks."""
    seen = [-1]

    def looked() -> bool:
        before, seen[0] = seen[0], unsent(peer)
        return 0 < seen[0] == before

    return looked


def unsent(peer: socket.socket) -> int:
    return int(struct.unpack("i", fcntl.ioctl(peer.fileno(), termios.TIOCOUTQ, bytes(4)))[0])
