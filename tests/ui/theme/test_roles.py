"""Whatever the theme, text can be read: WCAG 2.2, AA."""

import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from sockscope.ui.theme.roles import _LOOKS, _SAME, READABLE, Palette, contrast, readable
from sockscope.ui.theme.theme import THEME

THEMES = [*BUILTIN_THEMES.values(), THEME]
OF_THE_TERMINAL = ("ansi-dark", "ansi-light")
"""Their colours are the terminal's, and whether they can be read is for whoever set them."""

ROLES = [*_LOOKS, *(other for others in _SAME.values() for other in others)]


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_role_can_be_read_on_its_ground(theme: Theme) -> None:
    palette = Palette(theme.to_color_system().generate())
    pale = []
    for role in ROLES:
        for over in ("", "cursor", "cursor focused"):
            style = palette(role, over)
            assert style.color and style.bgcolor
            ink, ground = Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor)
            if contrast(ink, ground) < READABLE - 0.05:  # the colours are rounded to bytes
                pale.append((role, over, round(contrast(ink, ground), 2)))
    assert theme.name in OF_THE_TERMINAL or pale == []


def test_the_contrast_is_that_of_the_standard() -> None:
    black, white = Color.parse("#000"), Color.parse("#fff")
    assert contrast(black, white) == pytest.approx(21)
    assert contrast(white, white) == pytest.approx(1)
    assert contrast(Color.parse("#767676"), white) == pytest.approx(4.54, abs=0.01)


def test_what_can_be_read_stays_as_it_is_and_what_cannot_keeps_its_hue() -> None:
    ground = Color.parse("#fff")
    blue, pale = Color.parse("#0000ff"), Color.parse("#ffe0e0")
    assert readable(blue, ground) is blue
    red = readable(pale, ground)
    assert contrast(red, ground) >= READABLE and red.r > red.g == red.b
