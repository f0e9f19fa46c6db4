"""Receive: one sender at full speed into `sockscope -l`, against what writes to /dev/null."""

import os
import subprocess
import time
from pathlib import Path
from statistics import median

from tests.bench.program import Program, has, last_bytes
from tests.bench.report import Broken, Line, ratios, spread
from tests.bench.sender import BLOCK, MIB, Sender, free_port, wait_listening

PEERS = {
    "nc -l": (0.9, ("nc", "-l", "127.0.0.1", "{port}")),
    "ncat -l": (1.2, ("ncat", "-l", "127.0.0.1", "{port}")),
    "socat -u": (2.0, ("socat", "-u", "TCP-LISTEN:{port},bind=127.0.0.1", "-")),
}
WARM_UP_MIB = 512


def measure(quick: bool) -> list[Line]:
    """Compare round by round, each program started anew; the first round only warms up."""
    mib, rounds = (1024, 3) if quick else (4096, 5)
    ours: list[float] = []
    theirs: dict[str, list[float]] = {name: [] for name in PEERS}
    for turn in range(rounds + 1):
        size_mib = mib if turn else WARM_UP_MIB
        speed = _sockscope(size_mib)
        speeds = {name: _peer(command, size_mib) for name, (_, command) in PEERS.items()}
        if turn:
            ours.append(speed)
            for name, value in speeds.items():
                theirs[name].append(value)
    lines = []
    for name, (aim, _) in PEERS.items():
        against = ratios(ours, theirs[name])
        what = f"receive {mib // 1024} GiB, GiB/s, against `{name} >/dev/null`"
        met = median(against) >= aim
        lines.append(Line(what, spread(ours), spread(theirs[name]), spread(against), f"≥ {aim}", met))
    return lines


def _sockscope(mib: int) -> float:
    """Give GiB/s; the count and the last bytes are read off the screen."""
    port = free_port()
    with Program("-l", "127.0.0.1", str(port), "--history-each", "64M") as program:
        program.settle()
        with Sender(port, mib) as sender:
            sent, seconds = sender.result()
        program.when(has("closed by peer"), "closed by peer")
        check_count(program, sent)
    return sent / seconds / 1024**3


def check_count(program: Program, sent: int, deadline_s: float = 10) -> None:
    """See that the last bytes sent are the last on the screen, at the place where they belong."""
    ends = time.monotonic() + deadline_s
    while True:
        received, data = last_bytes(program.draw())
        if received == sent and BLOCK.endswith(data):
            return
        if time.monotonic() > ends:
            raise Broken(f"sockscope shows {received:,} bytes of {sent:,}, the last ones {data.hex(' ')}")
        time.sleep(0.05)


def _peer(command: tuple[str, ...], mib: int) -> float:
    """Give GiB/s; what the program wrote is asked of the kernel before its process is gone."""
    port = free_port()
    words = [word.format(port=port) for word in command]
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        wait_listening(port)
        with Sender(port, mib) as sender:
            sent, seconds = sender.result()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        counters = Path(f"/proc/{process.pid}/io").read_text(encoding="ascii")
        written = int(counters.partition("wchar:")[2].split()[0])
        if not sent <= written < sent + MIB:
            raise Broken(f"{words[0]} wrote {written:,} bytes of {sent:,}")
    finally:
        process.kill()
        process.wait()
    return sent / seconds / 1024**3
