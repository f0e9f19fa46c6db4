"""How often a lookup is repeated while it is watched."""

LEAST_S, MOST_S = 0.1, 3600.0
"""How long it can be from an answer to the next lookup."""


def check_interval(interval_s: float) -> None:
    """Refuse what is too often or too seldom. Raise ValueError, one line for a person."""
    if not LEAST_S <= interval_s <= MOST_S:
        raise ValueError(f"a lookup is repeated every {LEAST_S:g} to {MOST_S:g} seconds")


def interval(text: str) -> float:
    """Return the seconds between two lookups. Raise ValueError."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    check_interval(seconds)
    return seconds
