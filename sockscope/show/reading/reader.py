"""Reading with keys and the mouse: a cursor in the bytes, what is selected, marks, and where one goes from them.

The rules: what is here is in sight: the call of the cursor, else of the match that was gone to, else the newest while
they are followed, else the first. A selection that was scrolled away is not extended: the next one begins at what is
here. However much there is, a step looks at no more than LOOKED_AT calls or lines.
"""

from collections.abc import Callable

from sockscope.record.layers import Track
from sockscope.record.tape_entry import EntryKind
from sockscope.show.reading import selection as of
from sockscope.show.reading.bookmarks import Bookmarks
from sockscope.show.reading.jump import JumpError, Offset, Wanted, entry_at_time, offset_on_tape, offset_within
from sockscope.show.reading.selection import Selection
from sockscope.show.traffic.scroller import Position
from sockscope.show.traffic.stand import Stand
from sockscope.show.traffic.strand import Shown
from sockscope.show.units import plural, time_of_day
from sockscope.show.wall_clock import WallClock

LOOKED_AT = 20_000
_LINES = 300
_FAR = 1 << 20  # a cell behind the end of any line


class Reader:
    """Moves in one stand."""

    def __init__(self, stand: Stand, bookmarks: Bookmarks, found: Callable[[], int | None] = lambda: None) -> None:
        """`found` gives where on the tape of the first track the match begins that was gone to."""
        self.stand = stand
        self._found = found
        self._selection: Selection | None = None
        self._bookmarks = bookmarks

    @property
    def selection(self) -> Selection | None:
        """What is selected."""
        return self._selection

    @selection.setter
    def selection(self, selection: Selection | None) -> None:
        """Select something else, which holds the lines where they are; nothing lets them go."""
        self._selection = selection
        if selection:
            self.stand.hold()
        else:
            self.stand.let_go()

    def here(self) -> Shown | None:
        """Return the call that is meant where nothing else is said."""
        stand, strand = self.stand, self.stand.scroller.strand
        in_sight = self._in_sight()
        if (chosen := self._of_cursor()) and chosen.number in in_sight:
            return chosen
        if (match := self._match()) and match[0].number in in_sight:
            return match[0]
        shown = (strand.at(number) for number in (reversed(in_sight) if stand.following else in_sight))
        return next((one for one in shown if one and one.entry.size_bytes), None)

    def _in_sight(self) -> range:
        """Return the numbers of the calls in sight."""
        stand, scroller = self.stand, self.stand.scroller
        return range(stand.top.entry, scroller.last_entry(scroller.move(stand.top, stand.height - 1)) + 1)

    def _of_cursor(self) -> Shown | None:
        """Return the call that the cursor is in, where that is kept and shown."""
        strand, chosen = self.stand.scroller.strand, self.selection
        entry = chosen.track.tape.entry_in(chosen.kind, chosen.cursor) if chosen else None
        if chosen is None or entry is None or not strand.shows(chosen.track, entry.number):
            return None
        return strand.at(strand.place_of(chosen.track, entry.number))

    def _match(self) -> tuple[Shown, int] | None:
        """Return the call of the match that was gone to, and where the match begins on the tape."""
        strand, offset = self.stand.scroller.strand, self._found()
        entry = None if offset is None else strand.tracks[0].tape.entry_at(offset)
        shown = strand.at(strand.place_of(strand.tracks[0], entry.number)) if entry else None
        return (shown, offset) if shown and offset is not None and shown.entry == entry else None

    # Selecting.

    def select(self) -> None:
        """Select the call that is here, then all of its direction, then nothing."""
        here = self.here()
        call = of.call(here.track, here.entry) if here else None
        whole = of.direction(here.track, here.entry.kind) if here else None
        ways = [call, *([whole] if whole != call else [])]
        now = self.selection
        same = [one and now and (one.first, one.end) == (now.first, now.end) for one in ways]
        self.selection = call if True not in same else [*ways, None][same.index(True) + 1]

    def drag_from(self, place: Position, cell: int) -> None:
        """Select the byte that a cell of a line shows, or what a line's call moved; the lines stay where they are."""
        found = self.stand.scroller.byte_at(place, cell)
        if found:
            self.selection = self._at(*found)
        else:
            self.select_call(place, cell)

    def select_call(self, place: Position, cell: int) -> None:
        """Select what the call moved that a cell of a line belongs to."""
        shown = self.stand.scroller.call_at(place, cell)
        self.selection = of.call(shown.track, shown.entry) if shown else None

    def extend_to(self, place: Position, cell: int) -> None:
        """Move the cursor to the byte that a cell of a line shows, if that is of the same direction."""
        found = self.stand.scroller.byte_at(place, cell)
        there = self._at(*found) if found else None
        if self.selection and there and (there.track, there.kind) == (self.selection.track, self.selection.kind):
            self.selection = self.selection.to(there.cursor)

    def extend(self, unit: str, forward: bool) -> None:
        """Move the cursor by a "byte", a "line", a "page", or to the "edge" of its line; the first key only sets it."""
        chosen = self._of_cursor()
        if self.selection is None or chosen is None or chosen.number not in self._in_sight():
            self._begin()
        elif unit == "byte":
            self.selection = self.selection.to(self.selection.cursor + (1 if forward else -1))
        elif (offset := self.selection.cursor_offset) is not None:
            place = self.stand.scroller.at_offset(offset, self.selection.track)
            if unit == "edge":
                before = self.selection.cursor
                self.extend_to(place, _FAR if forward else 0)
                if forward:  # the cursor may be within the last character, of which the first byte is found
                    self.selection = self.selection.to(max(before, self.selection.cursor))
            else:
                self._extend_lines(place, offset, forward, max(1, self.stand.height - 1) if unit == "page" else 1)
        self.show_cursor()

    def step(self, unit: str, forward: bool) -> bool:
        """Move the cursor by a "byte" or a "line" and select nothing else; False where there is none to move.

        Where none is in sight, a byte sets it, and a line does nothing.
        """
        if self.selection and self.sees_cursor:
            self.selection = self.selection.alone()
            self.extend(unit, forward)
            self.selection = self.selection.alone()
        elif unit == "byte":
            self._begin()
            self.show_cursor()
        else:
            return False
        return True

    def _begin(self) -> None:
        """Set the cursor: at the match that was gone to, else at the first byte of the call that is here."""
        self.selection = None
        here, match = self.here(), self._match()
        if here and match and here.number == match[0].number:
            self.selection = self._at(here.track, match[1])
        elif here:
            at = here.entry.stream_offset
            self.selection = Selection(here.track, here.entry.kind, at, at)

    def _extend_lines(self, place: Position, offset: int, forward: bool, lines: int) -> None:
        """Move the cursor by lines; where none of its direction comes soon, by a byte from the edge of its own."""
        assert self.selection
        scroller, step, before = self.stand.scroller, 1 if forward else -1, self.selection.cursor
        cell = scroller.cell_of(place, offset, self.selection.track)
        far = scroller.move(place, step * lines)
        for towards in (step, -step):  # from there on, then back to where it was
            at = far
            for _ in range(_LINES):
                if at == place:
                    break
                self.extend_to(at, cell)
                if self.selection.cursor != before:
                    return
                at, last = scroller.move(at, towards), at
                if at == last:
                    break
        self.extend_to(scroller.at_offset(offset, self.selection.track), _FAR if forward else 0)
        self.selection = self.selection.to(self.selection.cursor + step)

    def _at(self, track: Track, offset: int) -> Selection | None:
        entry = track.tape.entry_at(offset)
        if entry is None:
            return None
        at = entry.stream_offset + offset - entry.offset
        return Selection(track, entry.kind, at, at)

    def _cursor_place(self) -> Position | None:
        offset = self.selection.cursor_offset if self.selection else None
        if self.selection is None or offset is None:
            return None
        return self.stand.scroller.at_offset(offset, self.selection.track)

    @property
    def sees_cursor(self) -> bool:
        """Whether the line of the cursor is in sight."""
        place = self._cursor_place()
        return place is not None and self.stand.shows(place)

    def show_cursor(self) -> None:
        """Go no further than it takes to have the cursor in sight."""
        if place := self._cursor_place():
            self.stand.show(place)

    def _reach_cursor(self) -> None:
        """Go to the cursor, with the head of its call, unless it is in sight."""
        if (place := self._cursor_place()) and not self.sees_cursor:
            self.stand.reach(place)

    # Going elsewhere.

    def turn(self, forward: bool) -> str:
        """Go to where the next run of calls of one direction begins, or the one before does; say why not."""
        here, strand = self.here(), self.stand.scroller.strand
        if here is None:
            return "nothing is here"
        begins: Shown | None = None
        numbers = range(here.number + 1, strand.total) if forward else range(here.number - 1, strand.first - 1, -1)
        for number in numbers[:LOOKED_AT]:
            one = strand.at(number)
            if one is None or not one.entry.size_bytes:
                continue
            if forward and _near_speaks(one) is not _near_speaks(here):
                return self.go(one.number)
            if not forward and begins and _near_speaks(one) is not _near_speaks(begins):
                return self.go(begins.number)
            begins = one
        if begins and not forward and len(numbers) <= LOOKED_AT:
            return self.go(begins.number)
        within = f"within {LOOKED_AT:,} calls" if len(numbers) > LOOKED_AT else "from here on" if forward else "before"
        return f"no change of direction {within}"

    def jump(self, wanted: Wanted, wall: WallClock) -> None:
        """Go to a byte, which is selected then, or to a call by its time. Raise JumpError."""
        here, strand = self.here(), self.stand.scroller.strand
        track = here.track if here else strand.tracks[0]
        if isinstance(wanted, Offset):
            usual = here.entry.kind if here else EntryKind.RECEIVED
            kind = usual if wanted.kind is None else wanted.kind
            at = offset_within(track.unit, here.entry if here else None, wanted) if track.unit else wanted.at
            entry = track.tape.entry_at(offset_on_tape(track, kind, at))
            if entry and not strand.shows(track, entry.number):
                raise JumpError("that is not shown now: < shows both directions again")
            self.selection = Selection(track, kind, at, at)
            self._reach_cursor()
        else:
            self.go(strand.place_of(track, entry_at_time(track, wanted, wall)))

    def mark(self) -> str:
        """Mark the call that is here, or mark it no more; say which."""
        here = self.here()
        if here is None:
            return "nothing is here to mark"
        self._bookmarks.turn(here.track, here.entry.number)
        entry, wall = here.entry, self.stand.scroller.look.wall
        what = "marked" if self._bookmarks.has(here.track, entry.number) else "marked no more"
        arrow = "←" if entry.kind is EntryKind.RECEIVED else "→"
        at = time_of_day(entry.at_ns, wall.offset_at(entry.at_ns))
        return f"{what}: {arrow} {at} {plural(entry.size_bytes, 'byte')}"

    def next_mark(self) -> str:
        """Go to the next call that is marked, behind the last to the first; say why not."""
        strand, here = self.stand.scroller.strand, self.here()
        marked = [(track, number) for track in strand.tracks for number in self._bookmarks.of(track)]
        places = sorted(strand.place_of(track, number) for track, number in marked if strand.shows(track, number))
        if not places:
            return "no call that is shown is marked: m marks one"
        behind = here.number if here else -1
        return self.go(next((place for place in places if place > behind), places[0]))

    def go(self, number: int) -> str:
        """Go to a call, and have nothing selected."""
        shown = self.stand.scroller.strand.at(number)
        self.selection = None
        self.stand.go(Position(number))
        if shown and self.stand.top.entry != number:  # the end is in sight, and the call not the first there
            self.selection = of.call(shown.track, shown.entry)
        return ""


def _near_speaks(shown: Shown) -> bool:
    """Return whether bytes come from the near end: what one track sent, or received of the other beside it."""
    return (shown.entry.kind is EntryKind.SENT) is (shown.column == 0)
