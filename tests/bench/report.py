"""What the benchmarks say: figures, lines of the table, and the machine."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median

HEAD = ("what", "sockscope", "beside it", "ratio", "aim", "met")


class Broken(Exception):
    """Something was lost or did not happen, so there is nothing to measure."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table; figures are written with their units."""

    what: str
    ours: str
    beside: str = "–"
    ratio: str = "–"
    aim: str = "–"
    met: bool | None = None  # None where no aim was set

    def cells(self) -> tuple[str, ...]:
        """Give the line's cells in the order of HEAD."""
        met = "–" if self.met is None else "yes" if self.met else "**no**"
        return (self.what, self.ours, self.beside, self.ratio, self.aim, met)


def spread(values: Sequence[float], unit: str = "", digits: int = 2) -> str:
    """Write the median of some values, and the least and the greatest of them."""
    least, middle, greatest = (f"{value:.{digits}f}" for value in (min(values), median(values), max(values)))
    return f"{middle}{unit} ({least}–{greatest})"


def percentile(values: Sequence[float], percent: float) -> float:
    """Give the value that so many percent of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Divide round by round, so that a machine that gets slower meanwhile does not count."""
    return [one / other for one, other in zip(ours, theirs, strict=True)]


def table(lines: Sequence[Line]) -> str:
    """Write lines as a Markdown table."""
    rows = [HEAD, tuple("---" for _ in HEAD), *(line.cells() for line in lines)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def machine() -> str:
    """Write what the figures were taken on."""
    cpu = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = next((line.partition(":")[2].strip() for line in cpu.splitlines() if line.startswith("model name")), "?")
    memory_kib = int(Path("/proc/meminfo").read_text(encoding="utf-8").split()[1])
    return (
        f"{model}, {len(os.sched_getaffinity(0))} cores, {memory_kib / 1024**2:.0f} GiB; "
        f"Linux {platform.release()}; Python {platform.python_version()}, Textual {version('textual')}; "
        f"load when it began: {os.getloadavg()[0]:.2f}"
    )
