"""The kernel's view of many: what it costs to look at 1,000 conversations that move, once a second by one dump.

`python -m tests.bench.kernel LOOK_S SECONDS` is the program that is measured: an engine without a screen, with COUNT
conversations to a listener of its own that sends everything back; each moves SAID bytes each way PERIOD_S apart. It
prints what processor time that took, and how many looks were kept of each conversation.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from statistics import median

from sockscope.engine.engine import Engine
from sockscope.engine.settings import Settings
from sockscope.net.address import Address
from sockscope.record.conversation import Conversation
from sockscope.request import Connect, Listen
from sockscope.request.answers import Answers
from tests.bench.program import ROOT
from tests.bench.report import Broken, Line, spread

COUNT = 500
"""Connections; both ends are conversations of the record, so there are twice as many of those."""

SAID = b"x" * 100
PERIOD_S = 0.5
NEVER_S = 1e6
AIM_PERCENT = 2.0


def measure(quick: bool) -> list[Line]:
    """Run it looking once a second and never, by turns; the difference is what looking takes."""
    rounds, seconds = (1, 6) if quick else (3, 15)
    looked, not_looked = [], []
    for _ in range(rounds):
        looked.append(_run(1.0, seconds))
        not_looked.append(_run(NEVER_S, seconds))
    percents = [one["percent"] - other["percent"] for one, other in zip(looked, not_looked, strict=True)]
    gaps = [one["longest_gap_s"] for one in looked]
    without = f"without looking: {spread([one['percent'] for one in not_looked], ' %')}"
    aim, met = f"< {AIM_PERCENT:.0f} % of a core", median(percents) < AIM_PERCENT
    what = f"{2 * COUNT:,} conversations that move, looked at in the kernel"
    return [
        Line(what, spread(percents, " %"), without, "–", aim, met),
        Line(f"{what}: longest time between two looks", spread(gaps, " s"), "as asked: 1 s"),
    ]


def _run(look_s: float, seconds: int) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.kernel", str(look_s), str(seconds)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60 + 2 * seconds, check=False)
    if done.returncode:
        raise Broken(done.stderr or done.stdout)
    told: dict[str, float] = json.loads(done.stdout)
    return told


def run(look_s: float, seconds: float) -> dict[str, float]:
    """Open the conversations, keep all of them moving, and tell what that took."""
    engine = Engine(Settings(look_s=look_s))
    engine.start()
    listener = engine.listen(Listen(Address("127.0.0.1", 0), answers=Answers("echo")))
    _wait(lambda: listener.bound, "listening")
    opened = [engine.connect(Connect(Address("127.0.0.1", listener.bound[0].port))) for _ in range(COUNT)]
    _wait(lambda: listener.live_clients == COUNT, "connected")
    _wait(lambda: all(one.connected_at_ns for one in opened), "connected")
    every = [*opened, *listener.clients.values()]
    _move(engine, opened, 2 * look_s if look_s < NEVER_S else 2.0)  # until looks come in their rhythm
    before_s, at = time.process_time(), time.monotonic()
    _move(engine, opened, seconds)
    percent = 100 * (time.process_time() - before_s) / (time.monotonic() - at)
    gap_s = max((_longest_gap_s(one) for one in every), default=0.0)
    engine.stop()
    return {"percent": percent, "longest_gap_s": gap_s}


def _move(engine: Engine, opened: list[Conversation], seconds: float) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        for conversation in opened:
            engine.send(conversation, SAID)
        time.sleep(PERIOD_S)


def _longest_gap_s(conversation: Conversation) -> float:
    times = [sample.at_ns for sample in conversation.kernel.samples()] if conversation.kernel else []
    return max((after - before for before, after in pairwise(times)), default=0) / 1e9


def _wait(condition: Callable[[], object], what: str) -> None:
    ends = time.monotonic() + 30
    while not condition():
        if time.monotonic() > ends:
            raise Broken(f"never {what}")
        time.sleep(0.01)


if __name__ == "__main__":
    print(json.dumps(run(float(sys.argv[1]), float(sys.argv[2]))))
