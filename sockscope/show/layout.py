"""Text laid out in cells: cut to a width, wrapped, set in columns.

The rule: everything given to these functions is harmless already (`show.sanitizer`), and what comes out is a list of
lines, each a list of (text, role) parts. The roles are those of `ui/theme/roles`; a line may be longer than the screen
is wide.
"""

from collections.abc import Sequence

from sockscope.show.sanitizer import cells

Parts = list[tuple[str, str]]
"""The texts of one line and their roles."""

Lines = list[Parts]

Cell = str | tuple[str, str]
"""A text, or a text and its role."""

LONGEST = 4096
"""Characters of a text that is wrapped; of more the rest is counted."""

_GAP = 2  # cells between columns
_MARKS = ".:/,"  # names, addresses and paths may be cut behind these


def fit(text: str, width: int, align: str = "left") -> str:
    """Bring a harmless text to `width` cells, cut with an ellipsis where it is longer."""
    text = text[: width + 1]  # a character takes a cell at least
    taken = cells(text)
    if taken <= width:
        gap = " " * (width - taken)
        return gap + text if align == "right" else text + gap
    while text and cells(text) > width - 1:
        text = text[:-1]
    text = text.rstrip("…")  # what was cut there already needs no second mark
    return text + "…" + " " * (width - 1 - cells(text)) if width else ""


def fit_parts(parts: Parts, width: int) -> Parts:
    """Bring harmless parts together to `width` cells, cut with an ellipsis where they are longer."""
    fitted: Parts = []
    room = width
    for number, (text, role) in enumerate(parts):
        more = any(rest for rest, _ in parts[number + 1 :])
        taken = cells(text[: room + 1])  # a character takes a cell at least
        if taken > room - more:
            return [*fitted, (fit(text + "…" * more, room), role)]
        fitted.append((text, role))
        room -= taken
    return [*fitted, (" " * room, "")]


def wrapped(text: str, room: int) -> list[str]:
    """Cut a harmless text into lines of at most `room` cells: at a space, else behind a mark, else anywhere."""
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}… ({len(text) - LONGEST:,} characters more)"
    lines: list[str] = []
    while cells(text) > room:
        fits = room if text.isascii() else next(n for n in range(room, 0, -1) if cells(text[:n]) <= room)
        space = text.rfind(" ", 1, fits + 1)
        cut = space if space > 0 else max(text.rfind(mark, 0, fits) for mark in _MARKS) + 1 or fits
        lines.append(text[:cut])
        text = text[cut:].lstrip(" ")
    return [*lines, text]


def packed(things: Sequence[str], room: int, lines: int) -> list[str]:
    """Put harmless things on lines of `room` cells, ` · ` between, none of them cut; what has no room is said by …"""
    made: list[str] = []
    for thing in things:
        if made and cells(made[-1]) + cells(thing) + 3 <= room:
            made[-1] += f" · {thing}"
        elif len(made) < lines:
            made.append(fit(thing, room).rstrip())
        else:
            made[-1] = f"{fit(made[-1], room - 2).rstrip()} …"
            break
    return made


def paragraphs(text: str, room: int, lines: int) -> list[str]:
    """Cut each line of a harmless text into lines of at most `room` cells; what does not fit whole is left out.

    There are at most so many `lines`; of a first paragraph that is longer, as many as fit.
    """
    fitting: list[str] = []
    for each in text.splitlines():
        more = wrapped(each, max(1, room))
        if fitting and len(fitting) + len(more) > lines:
            break
        fitting += more
    return fitting[: max(0, lines)]


def heading(text: str) -> Lines:
    """A title above what belongs together."""
    return [[(text, "title")]]


def prose(text: str, width: int, role: str = "text", indent: int = 2) -> Lines:
    """A paragraph."""
    return [[(" " * indent + line, role)] for line in wrapped(text, max(20, width - indent))]


def labelled(label: str, value: Cell, width: int, room: int = 16) -> Lines:
    """A label, and beside it a value in as many lines as it takes; `room` is the label's."""
    text, role = _cell(value)
    first, *others = wrapped(text, max(20, width - room - 2))
    gap = " " * (room + 2)
    return [[(f"  {fit(label, room)}", "label"), (first, role)], *([(gap, ""), (line, role)] for line in others)]


def grid(
    head: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    width: int,
    *,
    right: Sequence[int] = (),
    last: int = -1,
    gap: int = _GAP,
) -> Lines:
    """Set rows in columns, each as wide as it needs; the column `last` gives way where the sum is wider than `width`.

    `right` are the numbers of the columns that are set to the right; `gap` cells are between columns.
    """
    if not rows:
        return []
    table = [[_cell(cell) for cell in row] for row in [[(title, "label") for title in head], *rows]]
    widths = [max(cells(row[column][0]) for row in table) for column in range(len(head))]
    over = 2 + sum(widths) + gap * (len(widths) - 1) - width
    if over > 0:
        widths[last] = max(8, widths[last] - over)
    sides = ["right" if column in right else "left" for column in range(len(head))]
    return [
        [("  ", "")]
        + [
            (fit(text, room, side) + " " * gap, role)
            for (text, role), room, side in zip(row, widths, sides, strict=True)
        ]
        for row in table
    ]


def _cell(cell: Cell) -> tuple[str, str]:
    return (cell, "text") if isinstance(cell, str) else cell


def plain(lines: Lines) -> str:
    """The lines as text, to be copied."""
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines)
