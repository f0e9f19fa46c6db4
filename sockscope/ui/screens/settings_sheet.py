"""The sheets with everything that can be settled beforehand: one for resolving, one for connecting, one for listening.

The rule: an entry is a row of the table (`request.settings`); the sheet declares none of its own.
"""

from collections.abc import Callable

from sockscope.request.setting import For, Texts
from sockscope.request.settings import settings_for
from sockscope.ui.screens.sheet import Entry, Sheet

_TITLES = {For.RESOLVE: "How to resolve", For.CONNECT: "How to connect", For.LISTEN: "How to listen"}


def settings_sheet(what: For, texts: Texts, read: Callable[[Texts], object]) -> Sheet:
    """Ask how to do it; `read` tries what was settled and raises ValueError."""

    def complaint(values: dict[str, str]) -> str:
        try:
            read(values)
        except ValueError as error:
            return str(error)
        return ""

    return Sheet(_TITLES[what], entries(what, texts), complaint)


def entries(what: For, texts: Texts) -> list[Entry]:
    """Return the lines of a sheet, filled with what is settled."""
    return [
        Entry(one.name, one.label, one.help, one.choices, texts.get(one.name, one.text), one.example or one.unit)
        for one in settings_for(what)
    ]
