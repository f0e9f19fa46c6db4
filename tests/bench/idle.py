"""Idle: the processor time of a listener that waits, against a minimal Textual app, in the same seconds."""

import time

from tests.bench.minimal import WORD
from tests.bench.program import Program, has
from tests.bench.report import Line

AIM_PERCENT = 2.0


def measure(quick: bool) -> list[Line]:
    """Let both wait side by side."""
    seconds = 6 if quick else 20
    with Program("-l", "127.0.0.1", "0") as ours, Program(module="tests.bench.minimal") as minimal:
        minimal.when(has(WORD), WORD)
        ours.settle()
        time.sleep(1.0)
        before = ours.cpu_s(), minimal.cpu_s(), time.monotonic()
        time.sleep(seconds)
        elapsed = time.monotonic() - before[2]
        percent = 100 * (ours.cpu_s() - before[0]) / elapsed
        least = 100 * (minimal.cpu_s() - before[1]) / elapsed
        waited = f"{seconds} s"
    beside = f"minimal Textual app: {least:.2f} %"
    aim = f"≤ {AIM_PERCENT:.0f} % of a core"
    return [Line(f"idle with a listener, {waited}", f"{percent:.2f} %", beside, "–", aim, percent <= AIM_PERCENT)]
