"""First paint: from the start of the process until its words are on the screen, against a minimal Textual app."""

from statistics import median

from tests.bench.minimal import WORD
from tests.bench.program import Program, has
from tests.bench.report import Line, ratios, spread

AIM = 1.5


def measure(quick: bool) -> list[Line]:
    """Start both in turn; ours is painted when all three panes are there."""
    rounds = 5 if quick else 11
    ours: list[float] = []
    minimal: list[float] = []
    for turn in range(rounds + 1):
        times = _first("sockscope", "Resolve F2", "Connect F3", "Listen F4"), _first("tests.bench.minimal", WORD)
        if turn:  # the first round warms up
            ours.append(times[0])
            minimal.append(times[1])
    against = ratios(ours, minimal)
    beside = f"minimal Textual app: {spread(minimal, ' ms', 0)}"
    met = median(against) <= AIM
    return [Line("first paint", spread(ours, " ms", 0), beside, spread(against), f"≤ {AIM}", met)]


def _first(module: str, *words: str) -> float:
    with Program(module=module) as program:
        return (program.when(has(*words), f"{words}") - program.started_at) * 1e3
