"""The rows of a live table: its items filtered and sorted.

The rule: that looks at all items, so it is done when items came or went, and once a second; what takes long with many
items is done less often, so that it never takes more than a tenth of the time.
"""

from collections.abc import Callable, Sequence
from typing import Generic

from sockscope.net.clock import now_ns
from sockscope.ui.widgets.column import Column, Item

RESORT_NS = 1_000_000_000
_REST = 10
"""For how many times as long as it took to sort and filter the rows are left as they are."""


class Arranged(Generic[Item]):
    """All items, and which of them are rows, in their order."""

    def __init__(self, columns: Sequence[Column[Item]]) -> None:
        self._columns = columns
        self.items: Sequence[Item] = ()
        self.rows: Sequence[Item] = ()
        self.sorted_by: int | None = None
        self.descending = False
        self.keeps: Callable[[Item], bool] | None = None
        self._came_or_went = False
        self._at_ns = self._rests_until_ns = 0

    def take(self, items: Sequence[Item]) -> bool:
        """Take the items of this tick; return whether they are to be arranged now."""
        came_or_went = len(items) != len(self.items) or items[-1:] != self.items[-1:] or items[:1] != self.items[:1]
        self.items = items
        self._came_or_went = self._came_or_went or came_or_went
        if self.sorted_by is None and self.keeps is None:
            return self._came_or_went
        due = self._came_or_went or now_ns() - self._at_ns > RESORT_NS
        return due and now_ns() >= self._rests_until_ns

    def arrange(self) -> None:
        """Filter and sort."""
        began_at_ns = now_ns()
        rows: Sequence[Item] = self.items
        if self.keeps:
            rows = list(filter(self.keeps, rows))
        if self.sorted_by is not None:
            column = self._columns[self.sorted_by]
            rows = sorted(rows, key=column.key or column.text, reverse=self.descending)
        self.rows, self._came_or_went = rows, False
        self._at_ns = now_ns()
        self._rests_until_ns = self._at_ns + _REST * (self._at_ns - began_at_ns)

    def begin(self) -> None:
        """Other items come."""
        self.items, self._rests_until_ns = (), 0

    def place_of(self, item: Item | None, near: int) -> int | None:
        """Return where an item stands, which is probably `near` there; None where it is no row."""
        if near < len(self.rows) and self.rows[near] is item:
            return near
        return next((place for place, one in enumerate(self.rows) if one is item), None)
