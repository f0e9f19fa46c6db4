"""The sheets with everything that can be settled beforehand: one for resolving, one for connecting, one for listening.

The rules: an entry is a row of the table (`request.settings`); the sheet declares none of its own. They stand in
groups, and what means nothing for the kind of address, or is settled by it, is left out. Each says whether it takes
effect now or for the next one.
"""

from collections.abc import Callable

from sockscope.request.setting import For, Group, Setting, Texts
from sockscope.request.settings import settings_for
from sockscope.request.tls_settings import TLS
from sockscope.ui.screens.sheet import Entry, Sheet

_TITLES = {For.RESOLVE: "How to resolve", For.CONNECT: "How to connect", For.LISTEN: "How to listen"}


_NEXT = {For.RESOLVE: "lookup", For.CONNECT: "connection", For.LISTEN: "listener"}


def settings_sheet(what: For, texts: Texts, read: Callable[[Texts], object], kind: str = "") -> Sheet:
    """Ask how to do it with that kind of address; `read` tries what was settled and raises ValueError."""

    def complaint(values: dict[str, str]) -> str:
        try:
            read({**texts, **values})
        except ValueError as error:
            return str(error)
        return ""

    return Sheet(_TITLES[what], entries(what, texts, kind), complaint)


def entries(what: For, texts: Texts, kind: str = "") -> list[Entry]:
    """Return the lines of a sheet, group by group, filled with what is settled; without a kind all there are."""
    apply = [one for one in settings_for(what) if not kind or _applies(one, kind)]
    order = list(dict.fromkeys(one.below for one in apply))
    return [_entry(one, what, texts) for heading in order for one in apply if one.below == heading]


def _applies(one: Setting[object], kind: str) -> bool:
    return kind in one.kinds and kind not in one.settled_by and (one.group is not Group.TLS or kind in TLS.kinds)


def _entry(one: Setting[object], what: For, texts: Texts) -> Entry:
    when = f"From now on, also for the next {_NEXT[what]}." if one.at_once else f"For the next {_NEXT[what]}."
    value, hint = texts.get(one.name, one.text), one.example or one.unit
    return Entry(one.name, one.label, f"{one.help} {when}", one.choices, value, hint, one.below)
