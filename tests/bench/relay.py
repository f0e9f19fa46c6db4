"""Relay: one sender at full speed through `sockscope -l --relay` with both histories kept, against socat."""

import json
import subprocess
import sys
from statistics import median

from tests.bench.program import ROOT, Program
from tests.bench.report import Broken, Line, ratios, spread
from tests.bench.sender import BLOCK, MIB, Sender, free_port, wait_listening

AIM = 1.5
WARM_UP_MIB = 256


class Sink:
    """A receiver in a process of its own that counts, and looks at the last bytes; always ended."""

    def __init__(self) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", "tests.bench.sink", str(self.port)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
        wait_listening(self.port)

    def __enter__(self) -> "Sink":
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    def check(self, sent: int) -> None:
        """See that everything arrived, and that the last bytes are those that were sent last."""
        try:
            output, _ = self._process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            raise Broken("the sink never saw the end") from None
        told = json.loads(output)
        if told["received"] != sent or not BLOCK.endswith(bytes.fromhex(told["last"])):
            raise Broken(f"the sink received {told['received']:,} bytes of {sent:,}")


def measure(quick: bool) -> list[Line]:
    """Compare round by round; the first round only warms up."""
    mib, rounds = (512, 3) if quick else (2048, 5)
    ours: list[float] = []
    theirs: list[float] = []
    for turn in range(rounds + 1):
        size_mib = mib if turn else WARM_UP_MIB
        speeds = _sockscope(size_mib), _socat(size_mib)
        if turn:
            ours.append(speeds[0])
            theirs.append(speeds[1])
    against = ratios(ours, theirs)
    what = f"relay {mib} MiB, GiB/s, both histories kept, against `socat TCP-LISTEN TCP`"
    return [Line(what, spread(ours), spread(theirs), spread(against), f"≥ {AIM}", median(against) >= AIM)]


def _through(port: int, sink: Sink, mib: int) -> float:
    """Send through a relay and give GiB/s; the sender ends when the sink's end came back."""
    with Sender(port, mib) as sender:
        sent, seconds = sender.result()
    sink.check(sent)
    if sent != mib * MIB:
        raise Broken(f"{sent:,} bytes were sent")
    return sent / seconds / 1024**3


def _sockscope(mib: int) -> float:
    port = free_port()
    with Sink() as sink:
        words = ("-l", "127.0.0.1", str(port), "--relay", f"127.0.0.1:{sink.port}", "--history-each", "64M")
        with Program(*words) as program:
            program.settle()
            return _through(port, sink, mib)


def _socat(mib: int) -> float:
    port = free_port()
    with Sink() as sink:
        command = ("socat", f"TCP-LISTEN:{port},bind=127.0.0.1", f"TCP:127.0.0.1:{sink.port}")
        process = subprocess.Popen(command)
        try:
            wait_listening(port)
            return _through(port, sink, mib)
        finally:
            process.kill()
            process.wait()
