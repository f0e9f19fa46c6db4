"""A table of live records: it pulls, and draws only the rows that are visible.

The rules:
- The items are the records themselves; a cell is what a column's function says of its item at this tick.
- The cursor stays on its item, not on a line. The table follows new items at the bottom until the reader
  moves up, and says how many came below meanwhile.
"""

from collections.abc import Callable, Sequence
from typing import Any, Generic

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from sockscope.show.layout import paragraphs
from sockscope.show.sanitizer import safe
from sockscope.ui.keys.bindings import bindings
from sockscope.ui.theme.roles import styles
from sockscope.ui.widgets.arranged import Arranged
from sockscope.ui.widgets.column import Column, Fitted, Item, fitted, head, row
from sockscope.ui.widgets.line import strip

LEAST_LINES = 2
"""The head, and a row or what is said in its place."""


class LiveTable(ScrollView, Generic[Item], can_focus=True):
    """Draws items in columns, with a cursor, following, sorting and filtering."""

    class Chosen(Message):
        """The cursor came to an item, or (None) there is none any more."""

        def __init__(self, table: "LiveTable[Any]", item: Any) -> None:
            super().__init__()
            self.table = table
            self.item = item

        @property
        def control(self) -> "LiveTable[Any]":
            """The table."""
            return self.table

    class Opened(Chosen):
        """Enter was pressed on an item, or it was clicked twice."""

    BINDINGS = bindings("LiveTable")
    DEFAULT_CSS = """
    LiveTable {
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
    }
    """

    opens = "Open"
    """What the footer calls opening a row."""

    unmatched = "nothing matches the filter"
    """What is shown where no row is kept."""

    def __init__(
        self,
        columns: Sequence[Column[Item]],
        *,
        empty: str,
        follow: bool = True,
        id: str | None = None,
    ) -> None:
        """`empty` is shown where there is nothing else, in lines that fit; without `follow` one begins at the top."""
        super().__init__(id=id)
        self._columns = columns
        self.empty = empty
        self._arranged = Arranged(columns)
        self._drawn: list[list[tuple[str, str]]] = []
        self._shown: Fitted = []
        self._follows = self.following = follow
        self.chosen: Item | None = None
        self._before: Item | None = None  # what was chosen before the rows were narrowed
        self._known = 0  # how many items there were when the newest was last followed
        self._place = 0  # where the chosen item stood when last looked
        self._fits: int | None = None  # how many lines it takes, where not all there are
        self._measure()

    def offer(self, action: str, name: str) -> str:
        """Return what to call a key now, nothing for opening where there is no row."""
        return name if action != "open" else self.opens if self.chosen is not None else ""

    # What is shown.

    def show(self, items: Sequence[Item]) -> None:
        """Take the items of this tick, and draw what has changed of the visible rows."""
        due = self._arranged.take(items)
        if not items and not due:
            return
        if self.following and self.scroll_offset.y != self.max_scroll_y:
            self.scroll_to(y=self.max_scroll_y, animate=False)  # the last layout has made room
        if due:
            self._arrange()
        self._draw()

    def fit(self, most: int | None) -> None:
        """Be as high as there are rows, up to so many lines but no fewer than LEAST_LINES; None takes all the room."""
        wanted = max(LEAST_LINES, min(len(self.rows) + 1, most)) if most is not None else None
        if wanted != self._fits:
            self._fits = wanted
            self.styles.height = wanted or "1fr"

    def narrow(self, keeps: Callable[[Item], bool] | None) -> None:
        """Show only the rows of items that are to be kept; None shows all.

        Where nothing was kept, what was chosen before the first narrowing is chosen again.
        """
        if self._arranged.keeps is None:
            self._before = self.chosen
        self._arranged.keeps = keeps
        if keeps is None and self.chosen is None and any(one is self._before for one in self.items):
            self._choose(self._before)
        self._arrange()
        self._draw()

    @property
    def items(self) -> Sequence[Item]:
        """All items, also those that are not shown."""
        return self._arranged.items

    @property
    def rows(self) -> Sequence[Item]:
        """The items as they are arranged now."""
        return self._arranged.rows

    def row_text(self, item: Item) -> str:
        """The row of an item as text, all columns, with tabs between."""
        return "\t".join(safe(column.text(item)) for column in self._columns)

    @property
    def titles(self) -> list[str]:
        """The titles of the columns there is room for."""
        return [self._columns[number].title for number, _ in self._shown]

    def chosen_text(self) -> str:
        """The chosen row as text, empty where there is none."""
        return "" if self.chosen is None else self.row_text(self.chosen)

    def _arrange(self) -> None:
        self._arranged.arrange()
        self._measure()
        if self.chosen is None or self._index() is None:
            rows = self.rows
            self._choose(rows[-1 if self.following else min(self._place, len(rows) - 1)] if rows else None)
        if self.following:
            self.scroll_to(y=self.max_scroll_y, animate=False)

    def _measure(self) -> None:
        self.virtual_size = Size(1, len(self.rows) + 1)  # no width: it is that of the widget

    def _index(self) -> int | None:
        """Where the chosen item stands."""
        place = self._arranged.place_of(self.chosen, self._place)
        self._place = self._place if place is None else place
        return place

    def _choose(self, item: Item | None) -> None:
        if item is not self.chosen:
            self.chosen = item
            self._index()
            self.post_message(self.Chosen(self, item))

    def begin(self) -> None:
        """Other items come: the cursor goes to the first of them, or follows."""
        self._arranged.begin()
        self.chosen, self._place, self.following = None, 0, self._follows
        self.scroll_to(y=0, animate=False)

    def choose(self, item: Item) -> None:
        """Put the cursor on an item."""
        self._choose(item)
        self._draw()

    def go_to(self, item: Item) -> None:
        """Put the cursor on an item and bring it in sight, to stay there."""
        self.following = False
        self._choose(item)
        if (place := self._index()) is not None:
            self._reveal(place)
        self._draw()

    # What can be done.

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        if not self.rows:
            return
        place = self._index() or 0
        place = max(0, min(len(self.rows) - 1, place + rows))
        self.following = self.following and place == len(self.rows) - 1
        self._choose(self.rows[place])
        self._reveal(place)
        self._draw()

    def action_page(self, pages: int) -> None:
        """Move the cursor by what is visible."""
        self.action_move(pages * max(1, self.size.height - 2))

    def action_edge(self, last: bool) -> None:
        """Go to the first row, or to the last one and follow from there."""
        self.action_move(len(self.rows) if last else -len(self.rows))
        self.following = last and self._follows

    def action_open(self) -> None:
        """Say that the chosen item is to be opened."""
        if self.chosen is not None:
            self.post_message(self.Opened(self, self.chosen))

    def action_sort(self) -> None:
        """Sort by the next column in sight; behind the last one, in order of arrival again."""
        after = -1 if self._arranged.sorted_by is None else self._arranged.sorted_by
        titled = (number for number, _ in self._shown if number > after and self._columns[number].title)
        self._sort_by(next(titled, None))

    def action_reverse(self) -> None:
        """Sort the other way round."""
        self._arranged.descending = not self._arranged.descending
        self._sort_by(self._arranged.sorted_by)

    def _sort_by(self, column: int | None) -> None:
        self._arranged.sorted_by = column
        self._arrange()
        self._draw(force=True)

    def _reveal(self, place: int) -> None:
        """Bring a row in sight, and one more below it: the last line may say how many more are below."""
        place = place if place < self.scroll_offset.y else min(place + 1, len(self.rows) - 1)
        visible = max(1, self.size.height - 1)
        top = self.scroll_offset.y
        if not top <= place < top + visible:
            self.scroll_to(y=place if place < top else place - visible + 1, animate=False)

    def on_click(self, event: events.Click) -> None:
        """A click on the head sorts, one on a row chooses, a second one opens."""
        if event.y == 0:
            left = 0
            for number, width in self._shown:
                if left <= event.x < left + width + 1:
                    self._arranged.descending = self._arranged.sorted_by == number and not self._arranged.descending
                    self._sort_by(number)
                left += width + 1
            return
        place = self.scroll_offset.y + event.y - 1
        if 0 <= place < len(self.rows):
            self.following = False
            self.choose(self.rows[place])
            if event.chain > 1:
                self.action_open()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Following stops when the reader scrolls up, and not when a larger table ends sooner."""
        super().watch_scroll_y(old_value, new_value)
        if new_value < min(old_value, self.max_scroll_y):
            self.following = False
        self._draw(force=True)

    def on_resize(self) -> None:
        """Lay out anew."""
        self._measure()
        if self.following:
            self.scroll_to(y=self.max_scroll_y, animate=False)
        self._draw(force=True)

    # Drawing.

    def _draw(self, force: bool = False) -> None:
        """Write the visible rows, and have them drawn where they differ from what stands there."""
        self._shown = fitted(self._columns, self.size.width, self.items)
        top = self.scroll_offset.y
        visible = self.rows[top : top + max(0, self.size.height - 1)]
        drawn = [[("head", ""), *head(self._columns, self._shown, self._arranged.sorted_by, self._arranged.descending)]]
        for item in visible:
            drawn.append([("cursor" if item is self.chosen else "", ""), *row(self._columns, self._shown, item)])
        below = len(self.rows) - top - len(visible)
        if self.following:
            self._known = len(self.items)
        if below > 0 and not self.following and drawn[1:]:
            new = min(below + 1, max(0, len(self.items) - self._known))
            drawn[-1] = [("", ""), (f"{below + 1:,} more below{f', {new:,} new' if new else ''}", "note")]
        if not self.rows:
            message = self.unmatched if self.items else self.empty
            drawn += [[("", ""), (line, "note")] for line in paragraphs(message, self.size.width, self.size.height - 1)]
        if force or drawn != self._drawn:
            self._drawn = drawn
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw the head or a visible row."""
        if y >= len(self._drawn):
            return strip([], styles(self.app), self.size.width)
        (whole, _), *parts = self._drawn[y]
        if whole == "cursor" and self.has_focus:
            whole = "cursor focused"
        return strip(parts, styles(self.app), self.size.width, whole)


def holding(wanted: str, text: Callable[[Item], str]) -> Callable[[Item], bool] | None:
    """Return what keeps the items of which a text holds what is wanted, capitals or not; None where that is nothing."""
    folded = wanted.casefold()
    return (lambda item: folded in text(item).casefold()) if folded else None
