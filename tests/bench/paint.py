"""First paint: from the start of the process until its words are on the screen, against a minimal Textual app.

Two moments: the first frame, and when the content of all panes that are seen stands in it. Both programs are compiled
first, for an installed program is.
"""

import compileall
from statistics import median

from tests.bench.minimal import WORD
from tests.bench.program import ROOT, Program, has
from tests.bench.report import Line, ratios, spread

AIM, AIM_CONTENT = 1.5, 1.8

FRAME = ("Resolve F2", "Connect F3", "Listen F4")
CONTENT = ("getaddrinfo(name, service, family, type)", "no connection yet", "not listening", "no lookup yet", "F1 Help")


def measure(quick: bool) -> list[Line]:
    """Start both in turn; the first round warms up."""
    for folder in ("sockscope", "tests/bench"):
        compileall.compile_dir(ROOT / folder, quiet=1)
    rounds = 5 if quick else 11
    ours, minimal = [], []
    for turn in range(rounds + 1):
        times = _moments("sockscope", FRAME, CONTENT), _moments("tests.bench.minimal", (WORD,))
        if turn:
            ours.append(times[0])
            minimal.append(times[1][0])
    beside = f"minimal Textual app: {spread(minimal, ' ms', 0)}"
    return [
        _line("first paint", [first for first, _ in ours], minimal, beside, AIM),
        _line("content of all panes", [content for _, content in ours], minimal, beside, AIM_CONTENT),
    ]


def _line(what: str, ours: list[float], minimal: list[float], beside: str, aim: float) -> Line:
    against = ratios(ours, minimal)
    return Line(what, spread(ours, " ms", 0), beside, spread(against), f"≤ {aim}", median(against) <= aim)


def _moments(module: str, *stands: tuple[str, ...]) -> list[float]:
    with Program(module=module) as program:
        return [(program.when(has(*words), f"{words}") - program.started_at) * 1e3 for words in stands]
