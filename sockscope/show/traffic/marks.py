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


Flags = Callable[[Track, int], str]
"""Gives the sign that stands behind the arrow of an entry of a track, one cell."""

HERE = "▸"
_SIGNS = {(False, False): " ", (False, True): HERE, (True, False): "◆", (True, True): "◈"}


def none_flagged(track: Track, number: int) -> str:
    """Flag nothing."""
    return flag(marked=False, here=False)


def flag(*, marked: bool, here: bool) -> str:
    """Return the sign of a call that is marked, that is here, both or neither."""
    return _SIGNS[marked, here]
