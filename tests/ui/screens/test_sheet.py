"""The two modal screens: the sheet of entries and the list to pick from, pushed on the real application."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import pytest
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input

from sockscope.engine.engine import Engine
from sockscope.request.setting import For
from sockscope.request.settings import settings_for, usual
from sockscope.ui.app import SockscopeApp
from sockscope.ui.screens.picker import Pick, Picker
from sockscope.ui.screens.settings_sheet import settings_sheet
from sockscope.ui.screens.sheet import Entry, Sheet
from sockscope.ui.widgets.choice import Choice
from tests.ui.conftest import in_app, opened, until, words

ENTRIES = (
    Entry("name", "name", "[b]what[/b] it is called", hint="a [red]hint[/]"),
    Entry("mode", "as", "how it is read", values=("text", "hex"), value="hex"),
    Entry("about", "about", "one line", value="[bold]kept[/bold]"),
)
MANY = tuple(
    Entry(f"key {n}", f"label {n}", f"about entry {n}", values=("on", "off") if n % 5 == 2 else (), value=f"v{n}")
    for n in range(18)
)
PICKS = tuple(Pick(f"name {n:02}", f"detail {n * n}", n) for n in range(60))

Result = TypeVar("Result")


@dataclass
class Shown:
    app: SockscopeApp
    pilot: Pilot[None]
    given: list[object] = field(default_factory=list)

    async def gave(self) -> object:
        await until(self.pilot, lambda: self.given)
        return self.given.pop()

    def focused_value(self) -> str:
        assert isinstance(self.app.focused, Input | Choice)
        return self.app.focused.value


@asynccontextmanager
async def shown(engine: Engine, screen: Screen[Result], size: tuple[int, int] = (120, 36)) -> AsyncIterator[Shown]:
    async with opened(engine, size) as (app, pilot):
        result = Shown(app, pilot)
        app.push_screen(screen, result.given.append)
        await until(pilot, lambda: app.screen is screen and app.focused)
        yield result


def complain(values: dict[str, str]) -> str:
    return "" if values["name"] else "a [b]name[/b] is needed"


# The sheet.


@in_app
async def test_a_sheet_gives_what_was_entered(still_engine: Engine) -> None:
    async with shown(still_engine, Sheet("Save", ENTRIES, complain)) as sheet:
        await sheet.pilot.press("a", "b", "tab", "space", "ctrl+s")
        assert await sheet.gave() == {"name": "ab", "mode": "text", "about": "[bold]kept[/bold]"}


@in_app
async def test_enter_goes_on_and_behind_the_last_field_it_is_done(still_engine: Engine) -> None:
    entries = (ENTRIES[0], ENTRIES[2])
    async with shown(still_engine, Sheet("Save", entries)) as sheet:
        await sheet.pilot.press("x", "enter")
        await until(sheet.pilot, lambda: sheet.focused_value() == "[bold]kept[/bold]")
        assert not sheet.given
        await sheet.pilot.press("enter")
        assert await sheet.gave() == {"name": "x", "about": "[bold]kept[/bold]"}


@in_app
async def test_arrows_and_tab_move_between_the_entries(still_engine: Engine) -> None:
    async with shown(still_engine, Sheet("Many", MANY[:4])) as sheet:
        for key, expected in (("down", "v1"), ("down", "on"), ("tab", "v3"), ("up", "on"), ("shift+tab", "v1")):
            await sheet.pilot.press(key)
            assert sheet.focused_value() == expected


@in_app
async def test_pages_of_entries_are_gone_through(still_engine: Engine) -> None:
    async with shown(still_engine, Sheet("Many", MANY), (80, 16)) as sheet:
        visible = 16 - 2 - 1 - 2 - 1 - 1  # border, complaint, about, buttons; one stays in sight
        await sheet.pilot.press("pagedown")
        first = sheet.focused_value()
        assert first in {f"v{n}" for n in range(visible - 1, visible + 2)}
        await until(sheet.pilot, lambda: f"about entry {first[1:]}" in words(sheet.app))
        await sheet.pilot.press("pagedown", "pagedown", "pagedown")
        assert sheet.focused_value() == "on"
        await until(sheet.pilot, lambda: "about entry 17" in words(sheet.app) and "label 17" in words(sheet.app))
        await sheet.pilot.press("pageup", "pageup", "pageup")
        assert sheet.focused_value() == "v0"
        await sheet.pilot.press("up", "pagedown", "pageup")
        await until(sheet.pilot, lambda: isinstance(sheet.app.focused, Input | Choice))


@in_app
async def test_escape_and_cancel_leave_a_sheet_with_nothing(still_engine: Engine) -> None:
    leaves: tuple[Callable[[Pilot[None]], Awaitable[object]], ...] = (
        lambda pilot: pilot.press("escape"),
        lambda pilot: pilot.click("#cancel"),
    )
    for leave in leaves:
        async with shown(still_engine, Sheet("Save", ENTRIES)) as sheet:
            await sheet.pilot.press("x")
            await leave(sheet.pilot)
            assert await sheet.gave() is None


@in_app
async def test_a_complaint_is_said_and_nothing_is_lost(still_engine: Engine) -> None:
    async with shown(still_engine, Sheet("Save", ENTRIES, complain, done="Keep")) as sheet:
        await sheet.pilot.press("tab", "space")
        await sheet.pilot.click("#done")
        await until(sheet.pilot, lambda: "a [b]name[/b] is needed" in words(sheet.app))
        assert not sheet.given
        await sheet.pilot.press("tab", "tab")
        sheet.app.screen.query(Input).first().value = "x"
        await until(sheet.pilot, lambda: "is needed" not in words(sheet.app))
        await sheet.pilot.click("#done")
        assert await sheet.gave() == {"name": "x", "mode": "text", "about": "[bold]kept[/bold]"}


@in_app
async def test_a_choice_too_ends_a_complaint(still_engine: Engine) -> None:
    check: Callable[[dict[str, str]], str] = lambda values: "no hex here" if values["mode"] == "hex" else ""  # noqa: E731
    async with shown(still_engine, Sheet("Save", ENTRIES, check)) as sheet:
        await sheet.pilot.press("down", "ctrl+s")
        await until(sheet.pilot, lambda: "no hex here" in words(sheet.app))
        await sheet.pilot.press("space")
        await until(sheet.pilot, lambda: "no hex here" not in words(sheet.app))


@in_app
async def test_foreign_text_in_a_sheet_is_no_markup_and_harmless(still_engine: Engine) -> None:
    entries = (*ENTRIES, Entry("odd", "o[u]d\x1bd", "about \x1b[31m", value="\x1b]0;x\x07"))
    async with shown(still_engine, Sheet("T[i]tle\x1b", entries)) as sheet:
        text = words(sheet.app)
        for expected in ("T[i]tle␛", "a [red]hint[/]", "[bold]kept[/bold]", "[b]what[/b] it is called", "o[u]d␛d"):
            assert expected in text
        await sheet.pilot.press("up", "up", "up")
        await until(sheet.pilot, lambda: "about ␛[31m" in words(sheet.app))
        await sheet.pilot.press("ctrl+s")
        given = await sheet.gave()
        assert isinstance(given, dict) and given["odd"] == "\x1b]0;x\x07"


@in_app
async def test_a_choice_says_its_values_and_enter_does_what_the_sheet_is_for(still_engine: Engine) -> None:
    async with shown(still_engine, Sheet("Save", ENTRIES, done="Keep")) as sheet:
        assert "space next value" not in words(sheet.app)
        await sheet.pilot.press("tab")
        await until(sheet.pilot, lambda: "Enter: Keep · space next value: text hex" in words(sheet.app))
        await sheet.pilot.press("space", "enter")
        assert await sheet.gave() == {"name": "", "mode": "text", "about": "[bold]kept[/bold]"}


@in_app
@pytest.mark.parametrize(
    ("size", "told"),
    [
        ((160, 48), " Enter: Copy · space: selection, this call, all received, all sent "),
        ((100, 30), " Enter: Copy · space: selection, this call, all received, all sent "),
        ((80, 24), " Enter: Copy · space: selection, this call, all received, all sent "),
        ((60, 24), " space: selection, this call, all received, all sent "),
    ],
)
async def test_each_value_of_a_choice_is_read_where_there_is_little_room(
    still_engine: Engine, size: tuple[int, int], told: str
) -> None:
    values = ("selection", "this call", "all received", "all sent")
    async with shown(still_engine, Sheet("Copy", [Entry("what", "what", "", values)], done="Copy"), size) as sheet:
        await until(sheet.pilot, lambda: told in words(sheet.app))
        await sheet.pilot.resize_terminal(60, 24)
        await until(sheet.pilot, lambda: " space: selection, this call, all received, all sent " in words(sheet.app))


@in_app
async def test_a_value_that_cannot_be_chosen_gives_way_to_the_first(still_engine: Engine) -> None:
    async with shown(still_engine, Sheet("Save", [Entry("a", "a", "", ("x", "y"), "gone")])) as sheet:
        assert sheet.focused_value() == "x"
        await sheet.pilot.press("right", "ctrl+s")
        assert await sheet.gave() == {"a": "y"}


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (60, 15)], ids=lambda size: f"{size[0]}x{size[1]}")
@in_app
async def test_the_entry_with_the_focus_is_always_in_sight(still_engine: Engine, size: tuple[int, int]) -> None:
    async with shown(still_engine, Sheet("Many", MANY, lambda values: "nothing will do"), size) as sheet:
        app = sheet.app

        def in_sight(label: str, about: str) -> bool:
            lines = [line.strip("│ ▁▂▃▄▅▆▇█") for line in words(app).splitlines()]
            text = "\n".join(lines)
            return any(f"{label} " in line for line in lines) and about in text and "Done (ctrl+s)" in text

        walked = range(17, 5, -1) if size == (60, 15) else range(17, 15, -1)
        await sheet.pilot.press("up", "up")
        for n in walked:
            await sheet.pilot.press("up")
            await until(sheet.pilot, lambda n=n: in_sight(f"label {n}", f"about entry {n}"))
            if n == 17:
                await sheet.pilot.press("ctrl+s")
                await until(sheet.pilot, lambda: "nothing will do" in words(app))
                await until(sheet.pilot, lambda: in_sight("label 17", "about entry 17"))


@in_app
async def test_a_smaller_terminal_keeps_the_focus_in_sight(still_engine: Engine) -> None:
    async with shown(still_engine, Sheet("Many", MANY)) as sheet:
        await sheet.pilot.press("up", "up", "up")
        await sheet.pilot.resize_terminal(60, 15)
        await until(sheet.pilot, lambda: "label 17" in words(sheet.app) and "label 2 " not in words(sheet.app))
        assert "about entry 17" in words(sheet.app) and "Cancel (Esc)" in words(sheet.app)


# The list to pick from.


@in_app
async def test_enter_picks_the_first_row_where_nothing_was_moved(still_engine: Engine) -> None:
    async with shown(still_engine, Picker("Pick", PICKS)) as picker:
        assert "name 00" in words(picker.app)
        await picker.pilot.press("enter")
        assert await picker.gave() == 0


@in_app
async def test_the_keys_that_move_go_to_the_list(still_engine: Engine) -> None:
    async with shown(still_engine, Picker("Pick", PICKS), (80, 24)) as picker:
        await picker.pilot.press("down", "down", "down", "up", "enter")
        assert await picker.gave() == 2
        picker.app.push_screen(Picker("Pick", PICKS), picker.given.append)
        await until(picker.pilot, lambda: isinstance(picker.app.screen, Picker) and "name 00" in words(picker.app))
        await picker.pilot.press("pagedown", "pagedown", "pageup", "enter")
        assert await picker.gave() == 24 - 2 - 1 - 2


@in_app
async def test_the_row_that_enter_picks_is_always_in_sight(still_engine: Engine) -> None:
    async with shown(still_engine, Picker("Pick", PICKS, remove=lambda _: "not this one"), (80, 24)) as picker:
        for key, place in (("pagedown", 19), ("down", 20), ("pageup", 1), ("pagedown", 20), ("pagedown", 39)):
            await picker.pilot.press(key)
            await until(picker.pilot, lambda place=place: f"name {place:02}" in words(picker.app))
        await picker.pilot.resize_terminal(60, 15)
        await until(picker.pilot, lambda: "name 23" not in words(picker.app) and "name 39" in words(picker.app))
        await picker.pilot.press("delete")
        await until(picker.pilot, lambda: "name 39" in words(picker.app) and "not this one" in words(picker.app))


@in_app
async def test_typing_filters_both_columns_whatever_the_case(still_engine: Engine) -> None:
    picks = (Pick("Alpha", "one", "a"), Pick("beta", "STRASSE", "b"), Pick("gamma", "three", "c"))
    async with shown(still_engine, Picker("Pick", picks)) as picker:
        await picker.pilot.press("down", "down", *"Aß")
        await until(picker.pilot, lambda: "Alpha" not in words(picker.app) and "gamma" not in words(picker.app))
        await picker.pilot.press("enter")
        assert await picker.gave() == "b"


@in_app
async def test_a_filter_chooses_its_first_match(still_engine: Engine) -> None:
    async with shown(still_engine, Picker("Pick", PICKS)) as picker:
        await picker.pilot.press("down", *"e 3")
        await until(picker.pilot, lambda: "name 00" not in words(picker.app))
        await picker.pilot.press("enter")
        assert await picker.gave() == 30


@in_app
async def test_where_nothing_matches_enter_picks_nothing(still_engine: Engine) -> None:
    async with shown(still_engine, Picker("Pick", PICKS)) as picker:
        await picker.pilot.press("q", "q", "enter")
        await until(picker.pilot, lambda: "nothing matches" in words(picker.app))
        assert isinstance(picker.app.screen, Picker)
        await picker.pilot.press("escape")
        assert await picker.gave() is None


@in_app
async def test_an_empty_list_says_so(still_engine: Engine) -> None:
    async with shown(still_engine, Picker("Pick", (), empty="nothing was saved yet", remove=lambda _: "")) as picker:
        assert "nothing was saved yet" in words(picker.app)
        await picker.pilot.press("enter", "delete", "down", "escape")
        assert await picker.gave() is None


@in_app
async def test_delete_removes_the_chosen_row_and_says_so(still_engine: Engine) -> None:
    removed: list[object] = []
    refusals = iter(("", "it is [b]built in"))

    def remove(value: object) -> str:
        removed.append(value)
        return next(refusals)

    async with shown(still_engine, Picker("Pick", PICKS[:3], remove=remove)) as picker:
        await picker.pilot.press("down", "delete")
        await until(picker.pilot, lambda: "removed: name 01" in words(picker.app))
        await until(picker.pilot, lambda: "detail 1 " not in words(picker.app))
        await picker.pilot.press("delete")
        await until(picker.pilot, lambda: "it is [b]built in" in words(picker.app))
        assert removed == [1, 2] and "name 02" in words(picker.app)
        await picker.pilot.press("up")
        await until(picker.pilot, lambda: "built in" not in words(picker.app))
        await picker.pilot.press("enter")
        assert await picker.gave() == 0


@in_app
async def test_what_was_removed_is_brought_back_to_where_it_stood(still_engine: Engine) -> None:
    done: list[str] = []
    picker = Picker(
        "Pick",
        PICKS[:3],
        remove=lambda value: done.append(f"-{value}") or "",
        restore=lambda value: done.append(f"+{value}") or "",
    )
    async with shown(still_engine, picker) as opened:
        await opened.pilot.press("down", "delete", "delete")
        await until(opened.pilot, lambda: "removed: name 02 · ctrl+z brings it back" in words(opened.app))
        await opened.pilot.press("ctrl+z", "ctrl+z", "ctrl+z")
        await until(opened.pilot, lambda: "brought back: name 01" in words(opened.app))
        assert done == ["-1", "-2", "+2", "+1"]
        await opened.pilot.press("down", "enter")
        assert await opened.gave() == 2, "the one behind it"


@in_app
async def test_delete_inside_the_filter_deletes_a_character_only(still_engine: Engine) -> None:
    removed: list[object] = []
    async with shown(still_engine, Picker("Pick", PICKS, remove=lambda value: str(removed.append(value)))) as picker:
        await picker.pilot.press("n", "x", "left", "delete")
        assert picker.focused_value() == "n" and not removed


@in_app
async def test_without_remove_delete_does_nothing(still_engine: Engine) -> None:
    async with shown(still_engine, Picker("Pick", PICKS[:2])) as picker:
        assert "Del removes" not in words(picker.app)
        await picker.pilot.press("delete", "enter")
        assert await picker.gave() == 0


@in_app
async def test_a_click_chooses_and_two_pick(still_engine: Engine) -> None:
    async with shown(still_engine, Picker("Pick", PICKS)) as picker:
        await picker.pilot.click("_Rows", offset=(3, 4))
        assert isinstance(picker.app.focused, Input)
        await picker.pilot.press("enter")
        assert await picker.gave() == 3
        picker.app.push_screen(Picker("Pick", PICKS), picker.given.append)
        await until(picker.pilot, lambda: isinstance(picker.app.screen, Picker) and "name 00" in words(picker.app))
        await picker.pilot.click("_Rows", offset=(3, 5), times=2)
        assert await picker.gave() == 4


@in_app
async def test_foreign_text_in_a_list_is_no_markup_and_harmless(still_engine: Engine) -> None:
    async with shown(still_engine, Picker("[b]Pick\x1b", (Pick("[red]n\x1b", "d[/]\u202e", 0),))) as picker:
        text = words(picker.app)
        assert "[b]Pick␛" in text and "[red]n␛" in text and "d[/]\\u{202e}" in text


@in_app
async def test_keys_in_one_burst_leave_a_sheet_once_and_the_panes_never(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        app.push_screen(Picker("Pick", [Pick("one", "", 1)]))
        await until(pilot, lambda: isinstance(app.screen, Picker))
        sheet = app.screen
        for _ in range(3):
            sheet.dismiss(None)
        await until(pilot, lambda: app.screen is app.screen_stack[0])
        assert len(app.screen_stack) == 1
        assert app.return_code is None


@in_app
async def test_every_label_of_a_setting_is_whole(engine: Engine) -> None:
    async with opened(engine, size=(80, 60)) as (app, pilot):
        for what in (For.RESOLVE, For.CONNECT, For.LISTEN):
            await app.push_screen(settings_sheet(what, usual(what), lambda texts: None))
            labels = [setting.label for setting in settings_for(what)]
            await until(pilot, lambda labels=labels: all(f" {label} " in words(app) for label in labels))
            app.pop_screen()
            await pilot.pause()
