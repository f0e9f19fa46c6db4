"""UDP: the highest rate at which no datagram is lost, against `socat -u UDP-RECV`, step by step in the same run."""

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.program import ROOT, Program
from tests.bench.report import Broken, Line

RATES = (5_000, 10_000, 20_000, 30_000, 40_000, 60_000, 80_000, 100_000, 130_000, 160_000, 200_000)
SIZE_BYTES = 100
_RECEIVED = re.compile(r"← ([\d,]+) datagrams")

Receive = Callable[[int, float], tuple[int, int]]
"""Starts a receiver, sends at a rate for so many seconds, and gives how many were sent and received."""


def measure(quick: bool) -> list[Line]:
    """Raise the rate until each of the two loses something, twice."""
    seconds = 1.0 if quick else 3.0
    ours = _highest(_sockscope, seconds)
    theirs = _highest(_socat, seconds)
    what = f"UDP datagrams of {SIZE_BYTES} bytes a second without loss, {seconds:.0f} s, against `socat -u UDP-RECV`"
    ratio = ours / theirs if theirs else 0.0
    return [Line(what, f"{ours:,}", f"{theirs:,}", f"{ratio:.2f}", "≥ 1", ours >= theirs)]


def _highest(receive: Receive, seconds: float) -> int:
    best = failures = 0
    for rate in RATES:
        sent, received = receive(rate, seconds)
        if sent < rate * seconds * 0.95:  # the sender is no faster
            break
        if received == sent:
            best, failures = rate, 0
            continue
        failures += 1
        if failures == 2:
            break
    return best


def _send(port: int, rate: int, seconds: float) -> int:
    """Send at a steady rate from a process of its own, and give how many were sent."""
    command = [sys.executable, "-m", "tests.bench.datagram_sender", str(port), str(rate), str(seconds)]
    output = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, timeout=60).stdout
    return int(json.loads(output)["sent"])


def _sockscope(rate: int, seconds: float) -> tuple[int, int]:
    port = _free_port()
    with Program("-u", "-l", "127.0.0.1", str(port)) as program:
        program.settle()
        sent = _send(port, rate, seconds)
        time.sleep(1.0)
        return sent, int(_found(program, _RECEIVED).replace(",", ""))


def _found(program: Program, pattern: re.Pattern[str]) -> str:
    for row in program.draw():
        if match := pattern.search(row):
            return match[1]
    raise Broken(f"not on the screen: {pattern.pattern}\n" + "\n".join(program.rows()))


def _socat(rate: int, seconds: float) -> tuple[int, int]:
    """Count what socat wrote: each datagram is written once."""
    port = _free_port()
    command = ("socat", "-u", f"UDP-RECV:{port},bind=127.0.0.1", "-")
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        _wait_bound(port)
        sent = _send(port, rate, seconds)
        time.sleep(1.0)
        counters = Path(f"/proc/{process.pid}/io").read_text(encoding="ascii")
        return sent, int(counters.partition("wchar:")[2].split()[0]) // SIZE_BYTES
    finally:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_bound(port: int, deadline_s: float = 10) -> None:
    ends = time.monotonic() + deadline_s
    while f"0100007F:{port:04X} " not in Path("/proc/net/udp").read_text(encoding="ascii"):
        if time.monotonic() > ends:
            raise Broken(f"nobody is bound to {port}")
        time.sleep(0.01)
