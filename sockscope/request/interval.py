"""Times as people write them: 200ms, 2s, 1m, 1h, or a bare number of seconds; and how often a lookup is repeated."""

import re

LEAST_S, MOST_S = 0.1, 3600.0
"""How long it can be from an answer to the next lookup."""

HOW = "as 200ms, 2s, 1m, or a number of seconds"

_TIME = re.compile(r"([0-9]{1,9}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})\s?(ms|s|m|h|)")
_UNITS_S = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "": 1}


def seconds(text: str) -> float:
    """Return how many seconds a time is. Raise ValueError, one line for a person."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"a time is written {HOW}")
    return float(match[1]) * _UNITS_S[match[2]]


def check_interval(interval_s: float) -> None:
    """Refuse what is too often or too seldom. Raise ValueError, one line for a person."""
    if not LEAST_S <= interval_s <= MOST_S:
        raise ValueError(f"a lookup is repeated every {LEAST_S:g} to {MOST_S:g} seconds")


def interval(text: str) -> float:
    """Return the seconds between two lookups. Raise ValueError."""
    try:
        interval_s = seconds(text)
    except ValueError:
        interval_s = 0.0
    check_interval(interval_s)
    return interval_s
