"""The columns of a live table: what each says of an item, and which of them fit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sockscope.show.layout import Parts, fit, fit_parts
from sockscope.show.sanitizer import safe

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

    most: int = 0
    """Cells that it can use at the most then, 0 for any."""

    moves: bool = False
    """Whether the text changes by itself, as time goes on or somebody looks at the item."""

    in_cells: Callable[[str, int], str] | None = None
    """How its text is brought to a width, where not by cutting its end; harmless."""

    digits: int = 0
    """Of a text that moves: how many digits stand in a row at the most; a time has more from DAYS_ALONE_NS on."""

    parts: Callable[[Item], Parts] | None = None
    """What is drawn in place of the text where one role is not enough; harmless."""


def fitted(columns: Sequence[Column[Any]], room: int) -> Fitted:
    """Choose the columns that fit into `room` cells, each with a gap behind it."""
    least = {number: column.width or column.least for number, column in enumerate(columns)}
    kept = sorted(least, key=lambda number: columns[number].rank)
    while len(kept) > 1 and sum(least[number] + 1 for number in kept) > room:
        kept.pop()
    spare = max(0, room - sum(least[number] + 1 for number in kept))
    open_ended = [number for number in sorted(kept) if not columns[number].width]
    for place, number in enumerate(sorted(open_ended, key=lambda number: columns[number].most or room)):
        share = -(-spare // (len(open_ended) - place))
        more = max(0, min(share, (columns[number].most or room) - least[number]))
        least[number] += more
        spare -= more
    return [(number, least[number]) for number in sorted(kept)]


def row(columns: Sequence[Column[Item]], shown: Fitted, item: Item) -> list[tuple[str, str]]:
    """Write the cells of an item as (text, role)."""
    cells = []
    for number, width in shown:
        column = columns[number]
        if column.parts:
            cells += [*fit_parts(column.parts(item), width), (" ", "")]
        else:
            text = safe(column.text(item))
            text = column.in_cells(text, width) if column.in_cells else fit(text, width, column.align)
            cells.append((f"{text} ", column.role(item)))
    return cells


def head(
    columns: Sequence[Column[Any]], shown: Fitted, sorted_by: int | None, descending: bool
) -> list[tuple[str, str]]:
    """Write the titles, the one that the table is sorted by with its direction."""
    cells = []
    for number, width in shown:
        mark = ("▼" if descending else "▲") if number == sorted_by else ""
        cells.append((fit(columns[number].title + mark, width, columns[number].align) + " ", "head"))
    return cells
