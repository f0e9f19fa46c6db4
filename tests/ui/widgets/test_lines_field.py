"""A field of several lines: what is drawn of it, and where the cursor goes."""

import pytest
from textual.app import App, ComposeResult

from sockscope.show.sanitizer import cells
from sockscope.ui.widgets.lines_field import LINES, MOST_BREAKS, LinesField
from tests.ui.conftest import in_app, words

WIDTH = 20


class Alone(App[None]):
    """One field."""

    def compose(self) -> ComposeResult:
        """The field."""
        yield LinesField("hint")


@in_app
@pytest.mark.parametrize(
    "text",
    [
        "short\nlines",
        "a line that is much wider than there is room for\nand\na second one that is too",
        "漢字漢字漢字漢字漢字漢字漢字\n\nb",
        "\x1b[2J\u202eabc\n\x07" + "\t" * 30,
        "\n" * 12,
    ],
)
async def test_the_cursor_is_always_in_sight_and_nothing_acts_on_the_terminal(text: str) -> None:
    async with Alone().run_test(size=(WIDTH, 24)) as pilot:
        field = pilot.app.query_one(LinesField)
        field.focus()
        field.value = text
        await pilot.pause()
        assert field.region.height == min(LINES, text.count("\n") + 1)
        for at in range(0, len(text) + 1, 3):
            field.cursor_position = at
            cursor = field.get_component_rich_style("input--cursor")
            strips = [field.render_line(y) for y in range(field.region.height)]
            assert all(strip.cell_length == WIDTH for strip in strips)
            marked = [segment.text for strip in strips for segment in strip if segment.style == cursor]
            assert len(marked) == 1
            shown = "".join(strip.text for strip in strips)
            assert shown.isprintable() and "\u202e" not in shown


@in_app
async def test_a_click_goes_to_the_character_under_it() -> None:
    async with Alone().run_test(size=(WIDTH, 24)) as pilot:
        field = pilot.app.query_one(LinesField)
        field.value = "one\n漢字x\nthree"
        await pilot.pause()
        for offset, at in (((1, 0), 1), ((9, 0), 3), ((2, 1), 5), ((3, 1), 5), ((4, 1), 6), ((0, 2), 8)):
            await pilot.click(LinesField, offset=offset)
            assert field.cursor_position == at, offset
        assert cells("漢字x") == 5 and "three" in words(pilot.app)


@in_app
async def test_home_and_end_are_of_the_line_and_a_selection_is_replaced() -> None:
    async with Alone().run_test(size=(WIDTH, 24)) as pilot:
        field = pilot.app.query_one(LinesField)
        field.focus()
        field.value = "one\ntwo\nthree"
        await pilot.press("up")
        await pilot.press("home", "a", "end", "b")
        assert field.value == "one\natwob\nthree"
        await pilot.press("shift+home", "ctrl+j")
        assert field.value == "one\n\n\nthree"
        await pilot.press("backspace", "backspace", "up", "up")
        assert field.value == "one\nthree", "at the edge there is nothing earlier"


@in_app
async def test_the_cursor_is_found_without_looking_through_all_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = 0

    def counted(text: str) -> int:
        nonlocal looked_at
        looked_at += len(text)
        return cells(text)

    def expanded(text: str, tab_size: int) -> str:
        counted(text)
        return text

    async with Alone().run_test(size=(WIDTH, 24)) as pilot:
        field = pilot.app.query_one(LinesField)
        field.focus()
        field.value = "0123456789\n" * (MOST_BREAKS - 1) + "last"
        field.cursor_position = len(field.value)
        await pilot.pause()
        monkeypatch.setattr("sockscope.ui.widgets.lines_field.cells", counted)
        monkeypatch.setattr("textual.widgets._input.expand_tabs_inline", expanded)
        await pilot.press("x")
        await pilot.pause()
        assert field.value.endswith("lastx")
        assert 0 < looked_at < 50 * WIDTH
