"""What is marked in a line of the traffic: pieces of matches, given by where they stand on the tape."""

from collections.abc import Callable, Iterable

from sockscope.record.layers import Track

Mark = tuple[int, int, str]
"""Where a piece begins and ends, and its role."""

Marks = Callable[[Track, int, int], Iterable[Mark]]
"""Gives what is to be marked of a track between two places of its tape."""


def nothing_marked(track: Track, first: int, last: int) -> Iterable[Mark]:
    """Mark nothing."""
    return ()


Flags = Callable[[Track, int], bool]
"""Tells whether an entry of a track has a mark of its own."""


def none_flagged(track: Track, number: int) -> bool:
    """Flag nothing."""
    return False
