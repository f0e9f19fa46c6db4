"""What of a conversation is shown: which track, both directions or one alone, and the other end beside it.

The rule: who wants other ends beside sees that of each conversation that has one, until it is wanted no more.
"""

from collections.abc import Callable, Iterator

from sockscope.record.conversation import Conversation
from sockscope.record.layers import Track
from sockscope.record.tape_entry import EntryKind
from sockscope.show.step import leg_of, peer_of
from sockscope.show.traffic.columns import LETTERS
from sockscope.show.traffic.other_end import other_end
from sockscope.show.traffic.strand import Chosen, Strand, Whole

_KINDS = (None, EntryKind.RECEIVED, EntryKind.SENT)
_NAMES = ("", "received alone", "sent alone")


class Ways:
    """The ways of one view; but for the other end beside it they begin anew with each conversation."""

    def __init__(self, others: Callable[[], Iterator[Conversation]]) -> None:
        """`others` gives all conversations, among which the other end is looked for."""
        self._others = others
        self._conversation: Conversation | None = None
        self._place = self._way = 0
        self._beside: Track | None = None
        self._wants_beside = False

    def show(self, conversation: Conversation | None, track: int = 0) -> None:
        """Begin with all of one of a conversation's tracks, usually its own."""
        self._conversation, self._place, self._way = conversation, track, 0
        self._look_beside()

    def _look_beside(self) -> None:
        of = self._conversation if self._wants_beside else None
        self._beside = other_end(of, self.track[1], self._others()) if of else None

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
        self._look_beside()

    def next_way(self) -> None:
        """Show what was received alone, what was sent alone, or both."""
        self._way, self._beside, self._wants_beside = (self._way + 1) % len(_KINDS), None, False

    def show_all(self) -> None:
        """Show both directions of one track."""
        self._way, self._beside = 0, None

    def beside(self) -> str:
        """Show the other end beside it, or no more; say why that cannot be."""
        assert self._conversation is not None
        self._wants_beside = self._beside is None
        self._look_beside()
        if not self._wants_beside:
            return ""
        self._way, self._wants_beside = 0, self._beside is not None
        return "" if self._beside else "nothing to stand beside it: the other end is not ours, and it is no relay"

    def strand(self) -> Strand:
        """Return what is shown."""
        _, track = self.track
        if self._beside is not None:
            return _taken(Chosen((track, self._beside)))
        return _taken(Chosen((track,), _KINDS[self._way])) if self._way else Whole(track)

    def told(self, *, beside: bool) -> str:
        """Say what is shown, where that is not all of one track; of two whether they stand `beside` each other."""
        if self._beside is None or self._conversation is None:
            return _NAMES[self._way]
        leg = leg_of(self._conversation, self._beside)
        other = leg if leg.tracks()[0][1] is self._beside else self._beside
        assert isinstance(other, Conversation)
        near, far = ("left", "right") if beside else (LETTERS[0], LETTERS[1])
        return f"{near} #{self._conversation.number}, {far} #{other.number} {peer_of(other)}"


def _taken(strand: Chosen) -> Chosen:
    strand.take_in()
    return strand
