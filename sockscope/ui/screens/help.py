"""Help: the keys of each place, from where one is outwards, and the words on the screen; `/` searches it."""

import textwrap
from collections.abc import Callable, Iterable, Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from sockscope.show.glossary import COLUMNS, KERNEL, PAYLOADS, SEQUENCES, STATES, STEPS, TRAFFIC, WORDS
from sockscope.show.layout import Lines
from sockscope.show.sanitizer import cells
from sockscope.ui.keys.bindings import bindings
from sockscope.ui.keys.key import Key, Place
from sockscope.ui.screens.settled import SettledModal
from sockscope.ui.widgets.field import LONGEST
from sockscope.ui.widgets.page_view import PageView

Row = tuple[str, str]
Section = tuple[str, Sequence[Row]]
"""A title, and below it names with what each means."""

_WIDTH = 96
_MARGIN = 8
_AROUND = 2  # lines: the border
_NAMES = 20


Works = Callable[[Place, Key], bool]
"""Tells whether a key of a place does something now."""


def keys_and_words(
    here: Sequence[Place],
    others: Iterable[Place],
    *,
    in_field: bool = False,
    works: Works = lambda place, key: True,
) -> list[Section]:
    """Return what the help says: the keys of where one is first, then all others, then the words.

    Those of where one is stand in the order in which they are of use: what works now, in a field what works where none
    has the focus, and what would do nothing now. A key that means something nearer is not told again further out.
    """
    return [
        *_here(here, in_field, works),
        *(_keys(place) for place in others if place not in here),
        ("What stands before a line of traffic", list(TRAFFIC.items())),
        ("What is sent: text and hex", list(PAYLOADS.items())),
        ("A sequence, line by line", list(SEQUENCES.items())),
        ("Steps", list(STEPS.items())),
        ("States", list(STATES.items())),
        ("Columns", list(COLUMNS.items())),
        ("What the kernel tells", list(KERNEL.items())),
        ("Words", list(WORDS.items())),
    ]


def _keys(place: Place, where: str = "") -> Section:
    return place.title + where, [(key.pressed, key.said) for key in place.keys]


def _here(here: Sequence[Place], in_field: bool, works: Works) -> list[Section]:
    """Return the keys of where one is, place by place, from the innermost outwards."""
    now: list[Section] = []
    outside: list[Section] = []
    later: list[Section] = []
    taken: set[str] = set()
    for place in here:
        both = [key.parted(taken, in_field=in_field) for key in place.keys]
        reached = [key for key, _ in both if key]
        now.append(_some(place, [key for key in reached if works(place, key)], " · here"))
        later.append(_some(place, [key for key in reached if not works(place, key)], " · not now"))
        if in_field:
            outside.append(_some(place, [key for _, key in both if key], " · outside fields"))
        taken.update(pressed for key in place.keys for pressed in key.keys.split(","))
    return [section for section in (*now, *outside, *later) if section[1]]


def _some(place: Place, keys: Sequence[Key], where: str) -> Section:
    return _keys(place._replace(keys=tuple(keys)), where)


class HelpScreen(SettledModal[None]):
    """Sections to read and to search."""

    BINDINGS = bindings("HelpScreen")
    AUTO_FOCUS = "PageView"
    DEFAULT_CSS = """
    HelpScreen {
        align: center middle;
        & > Vertical {
            width: 96; /* _WIDTH */
            max-width: 100%;
            max-height: 100%;
            border: round $primary;
            border-title-color: $text-accent;
            border-subtitle-color: $text-muted;
            padding: 0 2;
            background: $surface;
        }
        & PageView { background: $background; }
        & Input { display: none; }
        &.-searching Input { display: block; }
    }
    """

    def __init__(self, title: str, sections: Sequence[Section]) -> None:
        super().__init__()
        self._title = title
        self._sections = sections

    def compose(self) -> ComposeResult:
        """What is searched for, and the sections, to be scrolled."""
        with Vertical() as box:
            box.border_title = self._title
            box.border_subtitle = "/ searches · Esc closes"
            yield Input(placeholder="a word · Esc ends the search", compact=True, max_length=LONGEST)
            yield PageView()

    def on_mount(self) -> None:
        """Show all."""
        self._show("")

    def on_resize(self, event: events.Resize) -> None:
        """Lay out anew."""
        self._show(self.query_one(Input).value)

    def action_search(self) -> None:
        """Ask for a word."""
        self.add_class("-searching")
        self.set_focus(self.query_one(Input))
        self._show(self.query_one(Input).value)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Leave only what holds it."""
        event.stop()
        self._show(event.value)
        self.query_one(PageView).scroll_home(animate=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Read what was found."""
        event.stop()
        self.set_focus(self.query_one(PageView))

    def action_page(self, pages: int) -> None:
        """Scroll by a page, also from the field where one searches."""
        page = self.query_one(PageView)
        page.scroll_relative(y=pages * page.size.height, animate=False)

    def action_leave(self) -> None:
        """End the search; without one, close."""
        if not self.has_class("-searching"):
            self.dismiss()
            return
        self.remove_class("-searching")
        self.query_one(Input).value = ""
        self.set_focus(self.query_one(PageView))

    def _show(self, typed: str) -> None:
        wanted, width = typed.strip().casefold(), min(self.app.size.width, _WIDTH) - _MARGIN
        found = [(title, _holding(wanted, title, rows)) for title, rows in self._sections]
        lines = [line for title, rows in found if rows for line in _section(title, rows, width)]
        lines = lines or [[("Nothing here holds that.", "text")]]
        self.query_one(PageView).show(lines)
        self.query_one(Vertical).styles.height = len(lines) + _AROUND + self.has_class("-searching")


def _holding(wanted: str, title: str, rows: Sequence[Row]) -> list[Row]:
    """Leave the rows that hold what is searched for; all of them where the title does."""
    if wanted in title.casefold():
        return list(rows)
    return [row for row in rows if any(wanted in text.casefold() for text in row)]


def _section(title: str, rows: Iterable[Row], width: int) -> Lines:
    """Write a title and its rows, the text beside the name wrapped under itself, and an empty line."""
    lines: Lines = [[(title, "title")]]
    for left, right in rows:
        name, *more = f"  {left:<{_NAMES - 2}}", *textwrap.wrap(right, max(width - _NAMES, 20))
        if cells(name) > _NAMES:  # it has a line of its own
            lines.append([(name, "busy")])
            name = " " * _NAMES
        for text in more or [""]:
            lines.append([(name, "busy"), (text, "text")])
            name = " " * _NAMES
    return [*lines, []]
