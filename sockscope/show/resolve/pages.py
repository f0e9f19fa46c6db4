"""The pages about a lookup, in the order in which the screen numbers them; the first is the table of rows."""

from collections.abc import Callable

from sockscope.show.layout import Lines
from sockscope.show.resolve.call_page import call_page
from sockscope.show.resolve.dns_page import dns_page
from sockscope.show.resolve.names_page import names_page
from sockscope.show.resolve.order_page import order_page
from sockscope.show.resolve.race_page import race_page
from sockscope.show.resolve.sources_page import sources_page
from sockscope.show.resolve.subject import Subject
from sockscope.show.resolve.watch_page import watch_page

ROWS = "rows"

PAGES: dict[str, Callable[[Subject, int], Lines]] = {
    "call": call_page,
    "order": order_page,
    "names": names_page,
    "sources": sources_page,
    "DNS": dns_page,
    "race": race_page,
    "watch": watch_page,
}
"""What writes each page for a width in cells; the rows themselves are a table."""

NAMES = (ROWS, *PAGES)

OF_ORDER = frozenset({"order"})
OF_SOURCES = frozenset({"names", "sources", "DNS"})
"""The pages that tell of a lookup's `order` and `sources`, which are found out only when looked at."""
