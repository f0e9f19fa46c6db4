"""The calls that a reader marked, to come back to."""

from collections import OrderedDict
from collections.abc import Sequence

from sockscope.record.layers import Track

_TRACKS, _EACH = 64, 1000
"""How many tracks have marks at a time, and how many each; the oldest go."""


class Bookmarks:
    """Marks of entries, by their numbers on the track's tape."""

    def __init__(self) -> None:
        self._of: OrderedDict[Track, dict[int, None]] = OrderedDict()  # of each the marks, the oldest first

    def turn(self, track: Track, number: int) -> None:
        """Mark an entry, or mark it no more."""
        marked = self._of.setdefault(track, {})
        self._of.move_to_end(track)
        if number in marked:
            del marked[number]
        else:
            marked[number] = None
        if len(marked) > _EACH:
            del marked[next(iter(marked))]
        while len(self._of) > _TRACKS:
            self._of.popitem(last=False)

    def of(self, track: Track) -> Sequence[int]:
        """Return the marked entries that are kept, in order."""
        first = track.tape.first_entry
        return sorted(number for number in self._of.get(track, ()) if number >= first)

    def has(self, track: Track, number: int) -> bool:
        """Return whether an entry is marked."""
        return number in self._of.get(track, ())
