"""Find a pattern in all tracks of many conversations, one track after the other.

The rules: each track is searched up to what it holds when its turn comes; what comes later is not looked at. Of each
track with matches there is one row: how many there are, and the first one with what surrounds it. Rows are bounded, and
those that have no room are counted. What was dropped from the history before its turn cannot be searched, which is
counted too. The matches of one track at a time are held. No conversation is kept once it was searched: a row
leads to it as long as somebody else keeps it.

One thread searches (`run`), another reads what was found so far.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple
from weakref import ref

from sockscope.net.clock import now_ns
from sockscope.record.conversation import Conversation
from sockscope.record.layers import Track
from sockscope.record.tape import Tape
from sockscope.record.tape_entry import EntryKind
from sockscope.request.pattern import Pattern
from sockscope.show.search.search import Search, Wanted
from sockscope.show.step import peer_of

MOST_ROWS = 1000
BEFORE_BYTES, BEHIND_BYTES = 24, 96
"""What is kept around a match, of the calls that it begins and ends in."""

_MATCH_PIECES = 16  # of the first match, by calls; each is cut like what stands behind it


class _Place(NamedTuple):
    """A track of a conversation: which one, and what it is called."""

    conversation: Conversation
    number: int
    name: str
    track: Track


@dataclass(frozen=True, slots=True)
class Found:
    """The matches in one track, and the first of them: where it is, and what surrounds it."""

    of: "ref[Conversation]"
    number: int
    """Of the conversation."""

    peer: str
    track_number: int
    track: str
    """What the track is called; the first is what went to and fro, the others lie beside it."""

    count: int
    more: bool
    """Whether there may be more than were counted."""

    start: int
    """Where the first match begins on the tape."""

    at_ns: int
    received: bool
    offset: int
    """Where it begins in its direction or datagram."""

    before: bytes
    match: bytes
    behind: bytes

    @property
    def conversation(self) -> Conversation | None:
        """Whose bytes they are, None where nobody keeps it any more."""
        return self.of()


class _SoFar(NamedTuple):
    """How far it came: replaced as a whole, so that a reader never sees one part without the other."""

    before_bytes: int = 0
    now: Search | None = None
    began: int = 0
    """Where the track that is being searched now begins."""

    @property
    def bytes(self) -> int:
        """How much was searched by now."""
        return self.before_bytes + (max(0, self.now.looked_at - self.began) if self.now else 0)


def _held_bytes(tape: Tape) -> int:
    """How much a tape holds, which may be dropped while it is asked."""
    return max(0, tape.total_bytes - tape.first_offset)


class SearchAll:
    """One search through many conversations."""

    def __init__(self, conversations: Iterable[Conversation], pattern: Pattern) -> None:
        self.pattern = pattern
        self.began_at_ns = now_ns()
        self.rows: list[Found] = []
        self.rows_left_out = 0
        self.matches = self.conversations_with = 0
        self.too_long = 0  # tracks in which the expression took too long
        self.searched = self.dropped_bytes = 0
        self.done = False
        self._so_far = _SoFar()
        self._conversations = deque(conversations)
        self.conversations = len(self._conversations)
        self._ahead = {  # what is to be searched of each track, as of the beginning
            (each, number): _held_bytes(track.tape)
            for each in self._conversations
            for number, (_, track) in enumerate(each.tracks())
        }
        self._total_bytes = sum(self._ahead.values())

    @property
    def bytes_so_far(self) -> int:
        """How much was searched, also of the track that is being searched now."""
        return self._so_far.bytes

    @property
    def total_bytes(self) -> int:
        """How much is searched in all: of each track what it holds when its turn comes."""
        return max(self._total_bytes, self.bytes_so_far)

    def run(self, wanted: Wanted = lambda: True) -> None:
        """Search all; once it is not wanted any more, what was not searched is left."""
        while self._conversations and wanted():
            conversation = self._conversations.popleft()
            matches = self.matches
            for number, (name, track) in enumerate(conversation.tracks()):
                self._search(_Place(conversation, number, name, track), wanted)
            self.conversations_with += self.matches > matches
            self.searched += wanted()
        self.done = self.searched == self.conversations
        self._conversations.clear()
        self._ahead.clear()

    def _search(self, place: _Place, wanted: Wanted) -> None:
        tape = place.track.tape
        self._total_bytes += _held_bytes(tape) - self._ahead.pop((place.conversation, place.number), 0)
        search = Search(place.track, self.pattern)
        self._so_far = _SoFar(self.bytes_so_far, search, tape.first_offset)
        self.dropped_bytes += tape.first_offset
        search.advance(wanted)
        self._so_far = _SoFar(self.bytes_so_far)
        self.too_long += bool(search.trouble)
        if not search.starts:
            return
        self.matches += len(search.starts)
        if len(self.rows) < MOST_ROWS:
            self.rows.append(_found(place, search))
        else:
            self.rows_left_out += 1


def _found(place: _Place, search: Search) -> Found:
    """Tell of the first match, as much as is kept of it by now."""
    conversation, number, name, track = place
    start, tape = search.starts[0], track.tape
    pieces = [(low, high) for low, high, of in islice(search.ranges, _MATCH_PIECES) if of == start]
    first, last = tape.entry_at(start), tape.entry_at(pieces[-1][1] - 1)
    begin = max(first.offset, start - BEFORE_BYTES) if first else start
    end = min(last.offset + last.size_bytes, pieces[-1][1] + BEHIND_BYTES) if last else pieces[-1][1]
    return Found(
        ref(conversation),
        conversation.number,
        peer_of(conversation),
        number,
        name,
        len(search.starts),
        more=search.more or search.behind or bool(search.trouble),
        start=start,
        at_ns=first.at_ns if first else 0,
        received=first is not None and first.kind is EntryKind.RECEIVED,
        offset=start - first.offset + (0 if track.unit else first.stream_offset) if first else start,
        before=tape.read(begin, start - begin) or b"",
        match=b"".join(tape.read(low, min(high - low, BEHIND_BYTES)) or b"" for low, high in pieces),
        behind=tape.read(pieces[-1][1], end - pieces[-1][1]) or b"",
    )
