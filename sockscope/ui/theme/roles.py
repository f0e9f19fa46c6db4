"""How each role of a piece of text looks: one table for all widgets that draw lines, made from the theme.

Component classes would say the same in CSS, but Textual resolves each of them for each widget before the first
frame, a third of the start-up, and once more for each piece of each line of a frame.
"""

from collections.abc import Mapping
from typing import Any

from rich.style import Style
from textual.app import App
from textual.color import Color

READABLE = 4.5
"""The least contrast of text to its ground (WCAG 2.2, 1.4.3, AA), whatever the theme."""

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
    "selected": ("foreground", "primary-darken-2", False),
    "cursor byte": ("background", "accent", True),
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
_ON_TOP = ("match", "match here")
"""Roles that keep their ground whatever line they stand in: it is what tells them."""

_palettes: dict[str, "Palette"] = {}


class Palette:
    """The styles of one theme, made when they are first asked for."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        used = {name for colour, ground, _ in _LOOKS.values() for name in (colour, ground)}
        self._colours = {name: Color.parse(variables[name].split()[0]) for name in used if name in variables}
        ground, ink = self._colours[_GROUND], self._colours["foreground"]
        self._colours["muted"], self._colours["faint"] = ground.blend(ink, 0.65), ground.blend(ink, 0.4)
        self._like = {other: role for role, others in _SAME.items() for other in others}
        self._made: dict[tuple[str, str], Style] = {("", ""): Style.null()}

    def __call__(self, role: str, over: str = "") -> Style:
        """Return the style of a role; `over` is that of the line it stands in, whose ground most get."""
        made = self._made.get((role, over))
        if made is None:
            made = self._made[(role, over)] = self._make(role, over)
        return made

    def _make(self, role: str, over: str) -> Style:
        colour, ground, bold = _LOOKS[self._like.get(role, role) or over]
        if over and role not in _ON_TOP:
            _, ground, more = _LOOKS[over]
            bold = bold or more
        below = self._colours.get(ground, self._colours[_GROUND])
        ink = readable(self._colours.get(colour, self._colours["foreground"]), below)
        return Style(color=ink.rich_color, bgcolor=below.rich_color, bold=bold or None)


def styles(app: App[Any]) -> Palette:
    """Return the palette of the app's theme."""
    palette = _palettes.get(app.theme)
    if palette is None:
        palette = _palettes[app.theme] = Palette(app.theme_variables)
    return palette


def readable(ink: Color, ground: Color) -> Color:
    """Return the ink, as much lighter or darker as it takes to be read on a ground.

    The colours of a terminal's own palette are left alone: nobody knows what they look like.
    """
    if ink.ansi is not None or ground.ansi is not None or contrast(ink, ground) >= READABLE:
        return ink
    away = max((_BLACK, _WHITE), key=lambda end: contrast(end, ground))
    steps = (ink.blend(away, step / _STEPS) for step in range(1, _STEPS + 1))
    return next((one for one in steps if contrast(one, ground) >= READABLE), away)


def contrast(one: Color, other: Color) -> float:
    """Return the contrast of two colours, from 1 to 21 (WCAG 2.2, contrast ratio)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Color) -> float:
    channels = (channel / 255 for channel in colour.rgb)
    linear = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels)
    return sum(weight * one for weight, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


_BLACK, _WHITE, _STEPS = Color(0, 0, 0), Color(255, 255, 255), 20
