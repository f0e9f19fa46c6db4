"""What of a conversation is shown: which track, both directions or one alone, and the other end beside it."""

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


class Ways:
    """The ways of one view; they begin anew with each conversation."""

    def __init__(self, others: Callable[[], Iterator[Conversation]]) -> None:
        """`others` gives all conversations, among which the other end is looked for."""
        self._others = others
        self._conversation: Conversation | None = None
        self._place = self._way = 0
        self._beside: Track | None = None

    def show(self, conversation: Conversation | None, track: int = 0) -> None:
        """Begin with all of one of a conversation's tracks, usually its own."""
        self._conversation, self._place, self._way, self._beside = conversation, track, 0, None

    @property
    def track(self) -> tuple[str, Track]:
        """The name and the track that is shown; a track that came later does not change which one."""
        assert self._conversation is not None
        tracks = self._conversation.tracks()
        return tracks[min(self._place, len(tracks) - 1)]

    def next_track(self) -> None:
        """Show the next of its tracks."""
        assert self._conversation is not None
        self._place, self._beside = (self._place + 1) % len(self._conversation.tracks()), None

    def next_way(self) -> None:
        """Show what was received alone, what was sent alone, or both."""
        self._way, self._beside = (self._way + 1) % len(_KINDS), None

    def show_all(self) -> None:
        """Show both directions of one track."""
        self._way, self._beside = 0, None

    def beside(self) -> str:
        """Show the other end beside it, or no more; say why that cannot be."""
        assert self._conversation is not None
        if self._beside is not None:
            self._beside = None
            return ""
        self._beside, self._way = other_end(self._conversation, self.track[1], self._others()), 0
        return "" if self._beside else "nothing to stand beside it: the other end is not ours, and it is no relay"

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
