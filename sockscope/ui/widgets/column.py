"""The columns of a live table: what each says of an item, and which of them fit.

The rule: a wider table shows every column of a narrower one, wherever it stands. So columns get narrower before one is
left out, and those to spare, which are left out before that, are not let in by what the others save.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sockscope.show.layout import Parts, fit, fit_parts
from sockscope.show.sanitizer import cells, safe

Item = TypeVar("Item")

Fitted = list[tuple[int, int]]
"""The columns that fit, in their order: the number of each and its width in cells."""


@dataclass(frozen=True, slots=True)
class Column(Generic[Item]):
    """One column: its title, its width in cells (0 shares what is left), and what it says of an item.

    `rank` orders the columns by importance: where not all fit, the highest ranks go first. `role` gives the
    style of a cell, `key` what to sort by where the text is not it.
    """

    title: str
    width: int
    text: Callable[[Item], str]
    align: str = "left"
    rank: int = 0
    role: Callable[[Item], str] = lambda item: "cell"
    key: Callable[[Item], Any] | None = None
    least: int = 16
    """Cells that it needs where its width is what is left."""

    tight: int = 0
    """Cells that it needs where there are few, 0 for as many as ever."""

    spare: bool = False
    """Whether it is left out before another gets narrower; its rank is behind those of all others."""

    needs: Callable[[Sequence[Item]], int] | None = None
    """How many cells the texts of some items take, where that can be told; what it does not need is left to others."""

    most: int = 0
    """Cells that it can use at the most then, 0 for any."""

    moves: bool = False
    """Whether the text changes by itself, as time goes on or somebody looks at the item."""

    in_cells: Callable[[Item, int], str] | None = None
    """What it says in so many cells, where that is not its text cut at its end."""

    digits: int = 0
    """Of a text that moves: how many digits stand in a row at the most; a time has more from DAYS_ALONE_NS on."""

    parts: Callable[[Item], Parts] | None = None
    """What is drawn in place of the text where one role is not enough; harmless."""


def fitted(columns: Sequence[Column[Item]], room: int, items: Sequence[Item] = ()) -> Fitted:
    """Choose the columns that fit into `room` cells, each with a gap behind it, and share the room among them."""
    wanted = [_wanted(column) for column in columns]
    widths = {number: _least(column, items) for number, column in enumerate(columns)}
    kept = sorted(widths, key=lambda number: columns[number].rank)
    while len(kept) > 1:
        needed = wanted if columns[kept[-1]].spare else widths
        if sum(needed[number] + 1 for number in kept) <= room:
            break
        kept.pop()
    spare = max(0, room - sum(widths[number] + 1 for number in kept))
    for number in kept:
        more = 0 if columns[number].needs else min(spare, wanted[number] - widths[number])
        widths[number] += more
        spare -= more
    open_ended = [number for number in sorted(kept) if not columns[number].width]
    for place, number in enumerate(sorted(open_ended, key=lambda number: columns[number].most or room)):
        share = -(-spare // (len(open_ended) - place))
        more = max(0, min(share, (columns[number].most or room) - widths[number]))
        widths[number] += more
        spare -= more
    return [(number, widths[number]) for number in sorted(kept)]


def _wanted(column: Column[Any]) -> int:
    return column.width or column.least


def _least(column: Column[Item], items: Sequence[Item]) -> int:
    """Cells without which it is left out."""
    if column.needs and items:
        return min(_wanted(column), max(cells(column.title) + 1, column.needs(items)))
    return column.tight or _wanted(column)


def row(columns: Sequence[Column[Item]], shown: Fitted, item: Item) -> list[tuple[str, str]]:
    """Write the cells of an item as (text, role)."""
    written: list[tuple[str, str]] = []
    for number, width in shown:
        column = columns[number]
        if column.parts:
            written += [*fit_parts(column.parts(item), width), (" ", "")]
        else:
            text = safe(column.in_cells(item, width) if column.in_cells else column.text(item))
            written.append((f"{fit(text, width, column.align)} ", column.role(item)))
    return written


def head(
    columns: Sequence[Column[Any]], shown: Fitted, sorted_by: int | None, descending: bool
) -> list[tuple[str, str]]:
    """Write the titles, the one that the table is sorted by with its direction."""
    written = []
    for number, width in shown:
        mark = ("▼" if descending else "▲") if number == sorted_by else ""
        written.append((fit(columns[number].title + mark, width, columns[number].align) + " ", "head"))
    return written
