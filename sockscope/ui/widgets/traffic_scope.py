"""What of a conversation is shown: which track, both directions or one alone, and the other end beside it.

The rule: who wants other ends beside sees that of each conversation that has one, until it is wanted no more.
"""

from collections.abc import Callable, Iterator

from sockscope.record.conversation import Conversation
from sockscope.record.layers import Track
from sockscope.record.tape_entry import EntryKind
from sockscope.show.reading.selection import Selection
from sockscope.show.step import leg_of, peer_of
from sockscope.show.traffic.columns import LETTERS
from sockscope.show.traffic.followed import Followed, follow
from sockscope.show.traffic.followed_words import told_arrival
from sockscope.show.traffic.other_end import other_end
from sockscope.show.traffic.strand import Chosen, Strand, Whole

_KINDS = (None, EntryKind.RECEIVED, EntryKind.SENT)
_NAMES = ("", "received alone", "sent alone")


class Scope:
    """The scope of one view; but for the other end beside it, it begins anew with each conversation."""

    def __init__(self, others: Callable[[], Iterator[Conversation]]) -> None:
        """`others` gives all conversations, among which the other end is looked for."""
        self._others = others
        self._conversation: Conversation | None = None
        self._place = self._direction = 0
        self._other: Track | None = None
        self._wants_other = False

    def show(self, conversation: Conversation | None, track: int = 0) -> None:
        """Begin with all of one of a conversation's tracks, usually its own."""
        self._conversation, self._place, self._direction = conversation, track, 0
        self._find_other()

    def _find_other(self) -> None:
        of = self._conversation if self._wants_other else None
        self._other = other_end(of, self.track[1], self._others()) if of else None

    @property
    def track(self) -> tuple[str, Track]:
        """The name and the track that is shown; a track that came later does not change which one."""
        assert self._conversation is not None
        tracks = self._conversation.tracks()
        return tracks[min(self._place, len(tracks) - 1)]

    def next_track(self) -> None:
        """Show the next of its tracks."""
        assert self._conversation is not None
        self._place = (self._place + 1) % len(self._conversation.tracks())
        self._find_other()

    def next_direction(self) -> None:
        """Show what was received alone, what was sent alone, or both."""
        self._direction, self._other, self._wants_other = (self._direction + 1) % len(_KINDS), None, False

    def show_all(self) -> None:
        """Show both directions of one track."""
        self._direction, self._other = 0, None

    def turn_other_end(self) -> str:
        """Show the other end beside it, or no more; say why that cannot be."""
        assert self._conversation is not None
        self._wants_other = self._other is None
        self._find_other()
        if not self._wants_other:
            return ""
        self._direction, self._wants_other = 0, self._other is not None
        return "" if self._other else "nothing to stand beside it: the other end is not ours, and it is no relay"

    def follow(self, chosen: Selection) -> Followed | None:
        """Follow the byte of the cursor to the other end; None where that is not in the record."""
        assert self._conversation is not None
        return follow(self._conversation, chosen.track, chosen.kind, chosen.cursor, self._others)

    def arrival(self, chosen: Selection) -> str:
        """Say whether the peer's kernel has a byte that we sent; empty where that is not known."""
        if self._conversation is None or chosen.kind is not EntryKind.SENT:
            return ""
        leg = leg_of(self._conversation, chosen.track)
        return told_arrival(leg, chosen.cursor) if chosen.track is leg else ""

    def strand(self) -> Strand:
        """Return what is shown."""
        _, track = self.track
        if self._other is not None:
            return _taken(Chosen((track, self._other)))
        return _taken(Chosen((track,), _KINDS[self._direction])) if self._direction else Whole(track)

    def told(self, *, side_by_side: bool) -> str:
        """Say what is shown, where that is not all of one track; of two whether they stand `side_by_side`."""
        if self._other is None or self._conversation is None:
            return _NAMES[self._direction]
        leg = leg_of(self._conversation, self._other)
        other = leg if leg.tracks()[0][1] is self._other else self._other
        assert isinstance(other, Conversation)
        near, far = ("left", "right") if side_by_side else (LETTERS[0], LETTERS[1])
        return f"{near} #{self._conversation.number}, {far} #{other.number} {peer_of(other)}"


def _taken(strand: Chosen) -> Chosen:
    strand.take_in()
    return strand
