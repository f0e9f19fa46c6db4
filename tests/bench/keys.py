"""Keys: how long a typed character takes to the screen while a sender floods the listener."""

import random
import string
import time

from tests.bench.program import CTRL_U, Program, has
from tests.bench.receive import check_count
from tests.bench.report import Line, percentile
from tests.bench.sender import MIB, Sender, free_port

AIM_MS = 50
BATCH = 20
PAUSE_S = (0.05, 0.15)  # between two keys; at random, so as not to fall into step with the screen
_ALPHABETS = (string.ascii_lowercase[:BATCH], string.ascii_uppercase[:BATCH])


def measure(quick: bool) -> list[Line]:
    """Type into the address line above the traffic, first in peace and then in the flood."""
    batches = 2 if quick else 10
    port = free_port()
    with Program("-l", "127.0.0.1", str(port), "--history-each", "64M") as program:
        program.settle()
        row = next(y for y, text in enumerate(program.draw()) if text.startswith(f"│127.0.0.1:{port}"))
        program.press("a" + CTRL_U)
        time.sleep(0.5)  # a key that follows at once would still go to where the focus was
        quiet = _type(program, row, 2)
        with Sender(port) as sender:
            program.when(has("iB/s"), "a rate")
            flooded = _type(program, row, batches)
            sent, seconds = sender.result()
        program.when(has("closed by peer"), "closed by peer")
        check_count(program, sent)
    return [
        Line(
            f"key to screen during a flood of {sent / seconds / 1024 / MIB:.1f} GiB/s, {len(flooded)} keys",
            _written(flooded),
            f"without the flood: {_written(quiet)}",
            f"{percentile(flooded, 95) / percentile(quiet, 95):.1f}",
            f"p95 ≤ {AIM_MS} ms",
            percentile(flooded, 95) <= AIM_MS,
        )
    ]


def _type(program: Program, row: int, batches: int) -> list[float]:
    """Type characters one by one, and give the milliseconds until each stood in the field."""
    chance = random.Random(7)
    typed: list[tuple[str, float]] = []
    for batch in range(batches):
        alphabet = _ALPHABETS[batch % 2]
        for place, character in enumerate(alphabet, 1):
            typed.append((alphabet[:place], program.press(character)))
            time.sleep(chance.uniform(*PAUSE_S))
        time.sleep(0.3)
        program.press(CTRL_U)
        time.sleep(0.3)
    return [(_drawn(program, row, text) - at) * 1e3 for text, at in typed]


def _drawn(program: Program, row: int, text: str) -> float:
    return program.when(lambda rows: rows[row][1:].startswith(text), f"{text!r} in the field")


def _written(latencies: list[float]) -> str:
    p50, p95 = percentile(latencies, 50), percentile(latencies, 95)
    return f"p50 {p50:.0f}, p95 {p95:.0f}, max {max(latencies):.0f} ms"
