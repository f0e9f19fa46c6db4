"""The calls that a reader marked, to come back to."""

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Sequence

from sockscope.record.layers import Track

_TRACKS, _EACH = 64, 1000
"""How many tracks have marks at a time, and how many each; the oldest go."""


class Bookmarks:
    """Marks of entries, by their numbers on the track's tape."""

    def __init__(self) -> None:
        self._of: OrderedDict[Track, list[int]] = OrderedDict()

    def turn(self, track: Track, number: int) -> None:
        """Mark an entry, or mark it no more."""
        marked = self._of.setdefault(track, [])
        self._of.move_to_end(track)
        at = bisect_left(marked, number)
        if marked[at : at + 1] == [number]:
            del marked[at]
        else:
            marked.insert(at, number)
            del marked[:-_EACH]
        while len(self._of) > _TRACKS:
            self._of.popitem(last=False)

    def of(self, track: Track) -> Sequence[int]:
        """Return the marked entries that are kept, in order."""
        marked = self._of.get(track, [])
        return marked[bisect_left(marked, track.tape.first_entry) :]

    def has(self, track: Track, number: int) -> bool:
        """Return whether an entry is marked."""
        marked = self._of.get(track, [])
        at = bisect_left(marked, number)
        return marked[at : at + 1] == [number]
