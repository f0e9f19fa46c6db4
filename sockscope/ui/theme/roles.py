"""How each role of a piece of text looks: one table for all widgets that draw lines, made from the theme.

Component classes would say the same in CSS, but Textual resolves each of them for each widget before the first
frame, a third of the start-up, and once more for each piece of each line of a frame.
"""

from collections.abc import Callable, Mapping
from typing import Any

from rich.style import Style
from textual.app import App
from textual.color import Color

Styles = Callable[[str], Style]
"""Gives the style of a role."""

_GROUND = "background"
_LOOKS = {  # role: colour, ground, bold
    "rest": ("foreground", _GROUND, False),
    "text": ("foreground", _GROUND, False),
    "muted": ("muted", _GROUND, False),
    "good": ("text-success", _GROUND, False),
    "bad": ("text-error", _GROUND, False),
    "busy": ("text-warning", _GROUND, False),
    "head": ("muted", "panel", False),
    "cursor": ("", "primary-muted", False),
    "cursor focused": ("", "primary", True),
    # the rail
    "ahead": ("faint", _GROUND, False),
    "under way": ("warning", _GROUND, True),
    "done": ("success", _GROUND, False),
    "failed": ("error", _GROUND, True),
    "doubtful": ("warning", _GROUND, True),
    # traffic
    "title": ("foreground", "panel", False),
    "title focused": ("foreground", "primary", True),
    "status": ("muted", "panel", False),
    "status focused": ("foreground", "primary", False),
    "in": ("text-success", _GROUND, False),
    "out": ("text-accent", _GROUND, False),
    "error": ("text-error", _GROUND, True),
    "match": ("background", "text-warning", False),
    "match here": ("background", "text-accent", True),
    "event": ("text-warning", _GROUND, True),
    # keys and choices
    "key": ("accent", "panel", True),
    "label focused": ("text-accent", _GROUND, False),
    "value": ("text-accent", "surface-lighten-1", False),
    "value focused": ("foreground", "primary", True),
}
_SAME = {
    "muted": ("not needed", "fact", "time", "delta", "offset", "result", "note", "label", "dim"),
    "text": ("cell", "hex", "call", "detail"),
}

_tables: dict[str, Mapping[str, Style]] = {}


def styles(app: App[Any]) -> Styles:
    """Return the table of the app's theme."""
    table = _tables.get(app.theme)
    if table is None:
        table = _tables[app.theme] = _table(app.theme_variables)
    return table.__getitem__


def _table(variables: Mapping[str, str]) -> Mapping[str, Style]:
    used = {name for colour, ground, _ in _LOOKS.values() for name in (colour, ground)}
    colours = {name: Color.parse(variables[name].split()[0]) for name in used if name in variables}
    ground, ink = colours[_GROUND], colours["foreground"]
    colours["muted"], colours["faint"] = ground.blend(ink, 0.65), ground.blend(ink, 0.4)
    table = {role: _style(colours, *look) for role, look in _LOOKS.items()}
    table |= {other: table[role] for role, others in _SAME.items() for other in others}
    return table | {"": Style.null()}


def _style(colours: Mapping[str, Color], colour: str, ground: str, bold: bool) -> Style:
    ink = colours.get(colour, colours["foreground"]).rich_color if colour else None
    return Style(color=ink, bgcolor=colours.get(ground, colours[_GROUND]).rich_color, bold=bold or None)
