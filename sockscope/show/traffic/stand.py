"""Where a reader stands in what is shown: which line is the first in sight, and whether the newest are followed.

The rules: following stops on the way up and begins again at the end; a selection holds it up, and where that ends
without a step elsewhere it goes on; while it is paused nothing new is shown; and the lines in sight stay the same lines
while more comes. What is gone to is shown with the head of its call, where one screen holds both. The head of a call
that was scrolled away covers the first line in sight, but for the newest, where another call begins below it.
"""

from sockscope.show.traffic.lines import Line, Look
from sockscope.show.traffic.scroller import Position, Scroller
from sockscope.show.traffic.strand import Shown, Strand

_LEAST_COVERED = 3  # lines of which the first may be covered


class Stand:
    """A place in the lines of a strand, and the height in lines of what is in sight."""

    def __init__(self, strand: Strand, look: Look, height: int) -> None:
        self.scroller = Scroller(strand, look)
        self.height = height
        self.top = Position(0)
        self.following = True
        self._held = False  # whether it would be followed, but for what is selected

    def lines(self) -> list[Line]:
        """Return the lines in sight, the newest where they are followed."""
        self.settle()
        lines = self.scroller.window(self.top, self.height)
        return [*self.scroller.window(Position(self.top.entry), 1), *lines[1:]] if self.covered else lines

    def settle(self) -> None:
        """Be at the newest where they are followed, and elsewhere at what is still kept."""
        self.top = self.last_top() if self.following else self.scroller.clamp(self.top)

    @property
    def covered(self) -> bool:
        """Whether the head of its call stands in place of the first line in sight."""
        if self.height < _LEAST_COVERED or self.top == Position(self.top.entry):
            return False
        if not (self.following or self._held):
            return True
        scroller = self.scroller
        below = range(
            scroller.last_entry(self.top) + 1, scroller.last_entry(scroller.move(self.top, self.height - 1)) + 1
        )
        return not any((one := scroller.strand.at(number)) and one.entry.size_bytes for number in below)

    @property
    def _first(self) -> Position:
        """The first line that is in sight itself."""
        return self.scroller.move(self.top, 1) if self.covered else self.top

    def last_top(self) -> Position:
        """Return where one stands when the last line is in sight."""
        last = self.scroller.last()
        return self.scroller.move(last, 1 - self.height) if self.height > 1 else last

    def at_row(self, row: int) -> Position | None:
        """Return the place of a line in sight, counted from the first; None where there is none."""
        if row == 0 and self.covered:
            return Position(self.top.entry)
        place = self.scroller.move(self.top, row) if row else self.top
        return place if row == 0 or self.scroller.move(place, -row) == self.top else None

    def move(self, lines: int) -> None:
        """Move by lines."""
        self.go(self.scroller.move(self.top, lines), follow=True)

    def go(self, place: Position, *, follow: bool = False) -> None:
        """Go to a place; with `follow` being at the end is following."""
        last = self.last_top()
        self.top = min(self.scroller.clamp(place), last)
        self.following, self._held = follow and self.top >= last, False

    def reach(self, place: Position) -> None:
        """Go to where a line is shown with the head of its call, or where that is too far with some lines above it."""
        head = Position(self.scroller.clamp(place).entry)
        near = head >= self.scroller.move(place, -(2 * self.height // 3))
        self.go(head if near else self.scroller.move(place, -(self.height // 3)))

    def shows(self, place: Position) -> bool:
        """Return whether a line is in sight."""
        return self._first <= place <= self.scroller.move(self.top, max(0, self.height - 1))

    def show(self, place: Position) -> None:
        """Go no further than it takes to have a line in sight; what was held up stays so."""
        held = self._held
        if place < self._first:
            room_for_head = self.height >= _LEAST_COVERED and place != Position(place.entry)
            self.go(self.scroller.move(place, -1) if room_for_head else place)
        elif place > (bottom := self.scroller.move(self.top, self.height - 1)):
            above = self.scroller.move(place, 1 - self.height) if self.height > 1 else place
            self.go(above if place > bottom else self.top)
        self._held = held

    def follow(self) -> None:
        """Follow the newest of what is taken in."""
        self.following, self._held = True, False

    def hold(self) -> None:
        """Have the lines stay where they are, until they are let go."""
        self.following, self._held = False, self._held or self.following

    def let_go(self) -> None:
        """Follow again, if nothing but holding kept from it."""
        self.following, self._held = self.following or self._held, False

    def edge(self, *, newest: bool) -> None:
        """Go to the oldest line that is kept, or to the newest and follow."""
        self.following, self._held = newest, False
        if newest:
            self.scroller.end = None
        else:
            self.top = self.scroller.first()

    def turn_following(self) -> None:
        """Follow the newest, or stay here."""
        if self.following:
            self.following = False
        else:
            self.edge(newest=True)

    def pause(self) -> None:
        """Take in nothing of what comes, or go on."""
        self.scroller.end = self.scroller.strand.total if self.scroller.end is None else None

    def stay(self, before: "Stand") -> None:
        """Stand where one stood in a strand of the same track, and paused where that was."""
        strand, old = self.scroller.strand, before.scroller.strand
        if before.scroller.end is not None:
            last = old.at(before.scroller.end - 1)
            self.scroller.end = strand.total if last is None else _behind(strand, last)
        top = old.at(before.top.entry)
        if top and not before.following and any(top.track is track for track in strand.tracks):
            self.go(Position(strand.place_of(top.track, top.entry.number)))
            self._held = before._held

    def look_anew(self, look: Look) -> None:
        """Lay the lines out otherwise; the call that was first in sight stays."""
        if look != self.scroller.look:
            self.scroller = Scroller(self.scroller.strand, look, self.scroller.end)
            self.top = Position(self.top.entry)

    def told(self) -> str:
        """Say what of it is not in sight."""
        scroller = self.scroller
        if scroller.end is not None:
            return f"paused, {scroller.strand.total - scroller.end:,} new"
        if self.following:
            return ""
        below = scroller.below(self.top, self.height)
        return f"{below:,} below" if below else "not following"


def _behind(strand: Strand, last: Shown) -> int:
    """Return the number of the first entry of a strand that came behind one of another strand."""
    if all(last.track is not track for track in strand.tracks):
        return strand.total
    number = strand.place_of(last.track, last.entry.number + 1)
    found = strand.at(number)
    later = found and (found.track is not last.track or found.entry.number > last.entry.number)
    return number if later else strand.total
