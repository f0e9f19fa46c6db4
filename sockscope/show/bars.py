"""Bars of eight heights, for a row of numbers in one line of text."""

from collections.abc import Iterable

BARS = "▁▂▃▄▅▆▇█"


def bar(number: float, most: float) -> str:
    """Return the bar of a number, where the highest is `most`."""
    return BARS[min(len(BARS) - 1, int(number * len(BARS) / most))] if most > 0 else BARS[0]


def bars(numbers: Iterable[float]) -> str:
    """Return a bar for each number; the greatest is the highest."""
    every = list(numbers)
    most = max(every, default=0.0)
    return "".join(bar(number, most) for number in every)
