"""The pages about a lookup, in the order in which the screen numbers them; the first is the table of rows.

The rule: a page is the function `NAME_page` of the module `NAME_page` in this folder, imported when it is first looked
at.
"""

from functools import cache
from importlib import import_module
from typing import Protocol

from sockscope.show.layout import Lines
from sockscope.show.lookup.subject import Subject

ROWS = "rows"

PAGES = ("call", "order", "names", "sources", "DNS", "race", "watch")
NAMES = (ROWS, *PAGES)

OF_ORDER = frozenset({"order"})
OF_SOURCES = frozenset({"names", "sources", "DNS"})
"""The pages that tell of a lookup's `order` and `sources`, which are found out only when looked at."""


class Page(Protocol):
    """Writes a page for a width in cells."""

    def __call__(self, subject: Subject, width: int) -> Lines:
        """Return its lines."""


@cache
def page(name: str) -> Page:
    """Return what writes a page; the rows themselves are a table."""
    module = f"{name.lower()}_page"
    made: Page = getattr(import_module(f"sockscope.show.lookup.{module}"), module)
    return made
