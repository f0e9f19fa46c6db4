"""How one conversation is read in a view: what of it is shown, where the reader stands, what is selected and searched.

The rules: whoever shows other entries of the same conversation stays where they are, with what they selected; a search
goes on in whatever conversation is shown next. What was or could not be done is said until the next key, or for a
while.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from sockscope.net.clock import now_ns
from sockscope.record.conversation import Conversation
from sockscope.record.layers import Track
from sockscope.request.pattern import Pattern
from sockscope.show.reading.bookmarks import Bookmarks
from sockscope.show.reading.reader import Reader
from sockscope.show.traffic.lines import Look
from sockscope.show.traffic.marks import Mark
from sockscope.show.traffic.scroller import Position
from sockscope.show.traffic.stand import Stand
from sockscope.ui.widgets.traffic_scope import Scope
from sockscope.ui.widgets.traffic_search import TrafficSearch
from sockscope.ui.widgets.traffic_words import known_of, titles_of

_NOTED_NS = 4_000_000_000

Others = Callable[[], Iterator[Conversation]]
Begin = Callable[[Callable[[], object]], object]
"""Runs something beside the loop."""


class TrafficReading:
    """The stand and the reader of the conversation that is shown, if any."""

    def __init__(
        self, others: Others, begin: Begin, sight: Callable[[], tuple[Look, int]], changed: Callable[[], None]
    ) -> None:
        """`others` gives all conversations, `sight` how lines look and how many fit; `changed` draws what changed."""
        self.conversation: Conversation | None = None
        self.stand: Stand | None = None
        self.reader: Reader | None = None
        self.bookmarks = Bookmarks()
        self.note = ""  # what a key did or could not do
        self._noted_until_ns = 0
        self.scope = Scope(others)
        self._begin, self._sight, self._changed = begin, sight, changed
        self._search = TrafficSearch(begin, changed)

    def show(self, conversation: Conversation | None) -> None:
        """Show another conversation, from its end."""
        if conversation is not self.conversation:
            self._show(conversation)

    def _show(self, conversation: Conversation | None, track: int = 0) -> None:
        self.conversation = conversation
        self.scope.show(conversation, track)
        self._show_strand()

    def _show_strand(self, *, stay: bool = False) -> None:
        """Show other entries, from their end; or `stay` where one is, with the selection, and paused where it was."""
        before, reader = (self.stand, self.reader) if stay else (None, None)
        self.stand = Stand(self.scope.strand(), *self._sight()) if self.conversation else None
        self.reader = Reader(self.stand, self.bookmarks, lambda: self._search.here) if self.stand else None
        if self.stand and self.reader and before and reader:
            self.stand.stay(before)
            self.reader.selection = reader.selection
        if self.conversation and not stay and (pattern := self._search.pattern):
            self._search.start(self.scope.track[1], pattern)
        self.say("")

    def take_in(self) -> object:
        """Take in what came; return what of it, and of what is said of it, may have changed."""
        if self.conversation is None or self.stand is None:
            return None
        if self.note and now_ns() > self._noted_until_ns:
            self.say("")
        self._search.tick()
        strand = self.stand.scroller.strand
        strand.take_in()
        return strand.total, strand.first, self.title(), self.conversation.state

    def title(self) -> tuple[Sequence[str], str]:
        """Say which conversation it is, and what there is to know of it and of how it is read."""
        if self.conversation is None or self.stand is None:
            return ("",), ""
        name, track = self.scope.track
        told = self.scope.told(side_by_side=self.stand.scroller.side_by_side)
        known = [self._search.told(), *known_of(self.conversation, name, track), told, self.stand.told()]
        return titles_of(self.conversation, track), " · ".join(filter(None, known))

    def marks(self, track: Track, first: int, last: int) -> Iterator[Mark]:
        """Give what is found or selected between two places of a track's tape."""
        yield from self._search.marks(track, first, last)
        if self.reader and self.reader.selection:
            yield from self.reader.selection.marks(track, first, last)

    # What of it is shown.

    def next_track(self) -> None:
        """Show the next track: plaintext, TLS records, the other leg of a relay."""
        if self.conversation:
            self.scope.next_track()
            self._show_strand()

    def next_direction(self) -> None:
        """Show what was received alone, then what was sent alone, then both."""
        if self.conversation:
            self.scope.next_direction()
            self._show_strand(stay=True)

    def turn_other_end(self) -> None:
        """Show the other end beside it, or no more; say where that cannot be."""
        if self.conversation:
            refused = self.scope.turn_other_end()
            if not refused:
                self._show_strand(stay=True)
            self.say(refused)

    # Moving and selecting.

    @property
    def following(self) -> bool:
        """Whether the newest is followed."""
        return self.stand is None or self.stand.following

    def move(self, step: Callable[[Stand], None]) -> None:
        """Stand elsewhere."""
        if self.stand:
            step(self.stand)
            self.say("")

    def step(self, unit: str, forward: bool) -> bool:
        """Move the cursor by a "byte" or a "line"; False where there is none to move."""
        stepped = self.reader is not None and self.reader.step(unit, forward)
        if stepped:
            self.say("")
        return stepped

    def read(self, act: Callable[[Reader], str | None]) -> None:
        """Do something with what is selected or here, and say what could not be done."""
        if self.reader:
            self.say(act(self.reader) or "")

    def say(self, note: str) -> None:
        """Say what was or could not be done, until the next key, or for a while."""
        self.note, self._noted_until_ns = note, now_ns() + _NOTED_NS
        self._changed()

    def forget_note(self) -> None:
        """Say it no more."""
        if self.note:
            self.say("")

    def end(self) -> bool:
        """Select nothing any more; False where nothing was selected."""
        selected = self.reader is not None and self.reader.selection is not None
        if self.reader:
            self.reader.selection = None
        self.say("")
        return selected

    # Searching.

    @property
    def searched(self) -> bool:
        """Whether something is searched for."""
        return self._search.pattern is not None

    @property
    def marked(self) -> bool:
        """Whether there are matches to go to."""
        return self._search.marks_any

    def search(self, pattern: Pattern, otherwise: Pattern | None = None) -> None:
        """Mark all that matches, or where nothing does `otherwise`; go to the first match from the visible lines on."""
        if self.stand:
            self._search.start(self.scope.track[1], pattern, otherwise)
            self.find(True)

    def go_to_match(self, track: int, pattern: Pattern, start: int) -> None:
        """Show one of the conversation's tracks with all matches marked, at the one that begins there."""
        self._show(self.conversation, track)
        if self.stand:
            self._search.start(self.scope.track[1], pattern)
            self.find(True, start - 1)

    def go_to_call(self, track: int, number: int) -> None:
        """Show one of the conversation's tracks at a call of it, and select what that moved."""
        self._show(self.conversation, track)
        if self.stand and self.reader:
            place = Position(self.stand.scroller.strand.place_of(self.scope.track[1], number))
            self.stand.go(place)
            self.reader.select_call(place, 0)
            self._changed()

    def find(self, forward: bool, since: int | None = None) -> None:
        """Go to the next or the previous match, from a place of the tape or from the visible lines on."""

        def from_there() -> int:
            if since is not None:
                return since
            return self.stand.scroller.offset_of(self.stand.top) - forward if self.stand else 0

        if self.searched and self.stand:
            self._begin(partial(self._search.find, forward, from_there, self._go_to_byte))

    def _go_to_byte(self, offset: int) -> None:
        """Have the line of a byte in sight; where its direction is not shown, both are again."""
        track = self.scope.track[1]
        entry = track.tape.entry_at(offset)
        if self.stand and entry and not self.stand.scroller.strand.shows(track, entry.number):
            self.scope.show_all()
            self._show_strand()
        if self.stand:
            self.stand.reach(self.stand.scroller.at_offset(offset))

    def end_search(self) -> bool:
        """Mark nothing any more; False where nothing was searched for."""
        searched = self.searched
        self._search.end()
        self._changed()
        return searched
