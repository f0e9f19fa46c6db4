"""A client in a process of its own that sends as fast as it can; and the way to start and to stop one.

`python -m tests.bench.sender PORT [MIB [tls]]` sends that much, or until its standard input ends; then it finishes
sending, waits for the end from the other side, and prints what it sent and how long all of it took.
"""

import contextlib
import json
import random
import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path

from tests.bench.program import ROOT
from tests.bench.report import Broken

MIB = 1024 * 1024
BLOCK = random.Random(1).randbytes(MIB)


class Sender:
    """A sender that was started; a context manager that always ends it."""

    def __init__(self, port: int, mib: int = 0, *, tls: bool = False) -> None:
        """Send `mib` MiB, or with 0 until it is stopped."""
        command = [sys.executable, "-m", "tests.bench.sender", str(port), str(mib), *(["tls"] if tls else [])]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self) -> "Sender":
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        with contextlib.suppress(ValueError):  # closed already
            self._process.communicate()

    def result(self, deadline_s: float = 60) -> tuple[int, float]:
        """Stop it if it has no end of its own, and give the bytes it sent and the seconds it took."""
        try:
            output, _ = self._process.communicate(timeout=deadline_s)
        except subprocess.TimeoutExpired:
            raise Broken(f"the receiver did not end within {deadline_s} s") from None
        if self._process.returncode:
            raise Broken("the sender failed: the receiver left before it had everything")
        told = json.loads(output)
        return int(told["sent"]), float(told["seconds"])


def free_port() -> int:
    """A port that nobody listens at now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def wait_listening(port: int, deadline_s: float = 10) -> None:
    """Wait until somebody listens there, without connecting."""
    ends = time.monotonic() + deadline_s
    while f"0100007F:{port:04X} 00000000:0000 0A" not in Path("/proc/net/tcp").read_text(encoding="ascii"):
        if time.monotonic() > ends:
            raise Broken(f"nobody listens at {port}")
        time.sleep(0.01)


def send(port: int, mib: int, *, tls: bool) -> None:
    """Send and wait for the other side's end, then print the figures."""
    stop = threading.Event()
    if not mib:
        threading.Thread(target=_wait_for_end_of_input, args=(stop,), daemon=True).start()
    sent = 0
    with _connect(port, tls) as connected:
        began_at = time.monotonic()
        while (sent < mib * MIB) if mib else not stop.is_set():
            connected.sendall(BLOCK)
            sent += MIB
        _finish(connected)
        seconds = time.monotonic() - began_at
    print(json.dumps({"sent": sent, "seconds": seconds}))


def _connect(port: int, tls: bool) -> socket.socket:
    connected = socket.create_connection(("127.0.0.1", port))
    if not tls:
        return connected
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(connected)


def _finish(connected: socket.socket) -> None:
    """Say that nothing more comes, and wait until the other side has taken all of it and says the same."""
    if isinstance(connected, ssl.SSLSocket):
        with contextlib.suppress(OSError):
            connected = connected.unwrap()
    with contextlib.suppress(OSError):
        connected.shutdown(socket.SHUT_WR)
        while connected.recv(65536):
            pass


def _wait_for_end_of_input(stop: threading.Event) -> None:
    sys.stdin.read()
    stop.set()


if __name__ == "__main__":
    send(int(sys.argv[1]), int(sys.argv[2]), tls="tls" in sys.argv)
