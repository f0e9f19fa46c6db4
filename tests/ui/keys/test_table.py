"""The table of the keys: no two meet, and the help, the footer and the palette say what it says."""

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from textual.binding import Binding
from textual.dom import DOMNode

import sockscope.ui
from sockscope.engine.engine import Engine
from sockscope.ui.keys.key import Place
from sockscope.ui.keys.table import TABLE
from sockscope.ui.panes.registry import PANES
from sockscope.ui.screens.help import HelpScreen, keys_and_words
from sockscope.ui.widgets.key_footer import KeyFooter
from sockscope.ui.widgets.page_view import PageView
from tests.ui.conftest import in_app, opened, until, words

NEAREST = {"escape", "enter", "space", "up", "down"}
"""Keys that mean the nearest thing: out, in, and within."""

NAMED = {place.of: place for place in TABLE}


def around(place: Place) -> Iterator[list[Place]]:
    """Each way from a place to the outermost around it, the place first."""
    if not place.within:
        yield [place]
    for name in place.within:
        for rest in around(NAMED[name]):
            yield [place, *rest]


def keys_of(place: Place) -> Iterator[tuple[str, str]]:
    return ((pressed, key.action) for key in place.keys for pressed in key.keys.split(","))


@pytest.mark.parametrize("place", TABLE, ids=lambda place: place.of)
def test_no_key_does_two_things_in_one_place(place: Place) -> None:
    pressed = [one for one, _ in keys_of(place)]
    assert len(set(pressed)) == len(pressed)


@pytest.mark.parametrize("place", TABLE, ids=lambda place: place.of)
def test_no_key_means_another_thing_further_out(place: Place) -> None:
    for way in around(place):
        for number, inner in enumerate(way):
            for outer in way[number + 1 :]:
                both = dict(keys_of(inner)).keys() & dict(keys_of(outer)).keys() - NEAREST
                differ = {key for key in both if dict(keys_of(inner))[key] != dict(keys_of(outer))[key]}
                assert not differ, (inner.of, outer.of, differ)


def ours() -> dict[str, type[DOMNode]]:
    """The classes of the screen that have keys."""
    for module in pkgutil.walk_packages(sockscope.ui.__path__, "sockscope.ui."):
        importlib.import_module(module.name)
    found, left = {}, [DOMNode]
    while left:
        for one in left.pop().__subclasses__():
            left.append(one)
            if one.__module__.startswith("sockscope.ui.") and "BINDINGS" in vars(one):
                found[one.__name__] = one
    return found


def test_every_key_of_every_class_is_in_the_table_and_the_other_way_round() -> None:
    assert ours().keys() == NAMED.keys()
    for name, cls in ours().items():
        bound = [(one.key, one.action) for one in cls.BINDINGS if isinstance(one, Binding)]
        assert bound == [(key.keys, key.action) for key in NAMED[name].keys]


def test_each_action_is_there() -> None:
    for name, cls in ours().items():
        for key in NAMED[name].keys:
            action = key.action.partition("(")[0].rpartition(".")[2]
            assert hasattr(cls, f"action_{action}"), (name, key.action)


def test_the_keys_of_the_panes_are_theirs() -> None:
    told = {key.action: (key.first, key.name) for key in NAMED["SockscopeApp"].keys}
    assert [told[f"pane('{pane.NAME}')"] for pane in PANES] == [(pane.KEY, pane.TITLE) for pane in PANES]


def test_letters_are_text_in_a_field() -> None:
    fields = [place for place in TABLE if place.of.endswith("Field")]
    assert len(fields) == 3
    assert not [key for place in fields for key in place.keys for one in key.keys.split(",") if len(one) == 1]


@pytest.mark.parametrize("place", TABLE, ids=lambda place: place.of)
def test_the_help_says_every_key(place: Place) -> None:
    title, rows = keys_and_words([place], TABLE)[0]
    assert title == f"{place.title} · here"
    assert rows == [(key.pressed, key.said) for key in place.keys]
    assert [one for one, _ in keys_and_words([place], TABLE)].count(place.title) == 0


def test_in_a_field_the_help_says_first_what_works_there() -> None:
    here = [NAMED[name] for name in ("SendField", "Field", "Conversations", "SockscopeApp")]
    sections = keys_and_words(here, TABLE, in_field=True)
    titles = [title for title, _ in sections]
    assert titles[:5] == [
        "The box to send from · here",
        "Fields · here",
        "Conversations · here",
        "Everywhere · here",
        "Conversations · outside fields",
    ]
    said = dict(sections)
    assert [pressed for pressed, _ in said["Conversations · here"]] == ["Esc"]
    assert ("i Enter", "Go to the box to send from") in said["Conversations · outside fields"]
    assert "?" not in dict(said["Everywhere · here"]) and "?" in dict(said["Everywhere · outside fields"])
    assert titles.count("Conversations") == 0


def test_what_works_now_is_told_first_and_no_key_twice() -> None:
    here = [NAMED[name] for name in ("LiveTable", "Conversations", "SockscopeApp")]
    sections = keys_and_words(here, TABLE, works=lambda place, key: key.action != "find(True)")
    titles = [title for title, _ in sections]
    assert titles[:4] == ["Tables · here", "Conversations · here", "Everywhere · here", "Conversations · not now"]
    said = dict(sections)
    assert [pressed for pressed, _ in said["Conversations · not now"]] == ["n"]
    assert ("i", "Go to the box to send from") in said["Conversations · here"], "Enter opens the row"


@in_app
async def test_the_help_opens_where_one_is_and_is_searched(still_engine: Engine) -> None:
    async with opened(still_engine, (100, 30)) as (app, pilot):
        await pilot.press("f4", "escape")
        await until(pilot, lambda: "A Accept" not in words(app) and "Options" in words(app).splitlines()[-1])
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen) and "Tables · here" in words(app))
        assert words(app).index("Tables · here") < words(app).index("Conversations · here")
        await pilot.press("slash", *"half-close")
        await until(pilot, lambda: "shutdown(2)" in words(app) and "Tables" not in words(app))
        page = app.screen.query_one(PageView)
        await pilot.press("ctrl+u")
        await until(pilot, lambda: page.virtual_size.height > page.size.height > 0)
        await pilot.press("pagedown")
        await until(pilot, lambda: page.scroll_offset.y > 0)
        await pilot.press("pageup")
        await until(pilot, lambda: page.scroll_offset.y == 0)
        await pilot.press("enter", "q")
        await until(pilot, lambda: len(app.screen_stack) == 1)


@in_app
async def test_a_search_without_a_find_says_so_and_escape_leads_out_step_by_step(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        await pilot.press("escape", "question_mark")
        await until(pilot, lambda: "What is this?" in words(app) and "attempt" in words(app))
        await pilot.press("slash", *"xyzzy")
        await until(pilot, lambda: "Nothing here holds that." in words(app))
        await pilot.press("escape")
        await until(pilot, lambda: "getaddrinfo answered" in words(app))
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)


@in_app
async def test_footer_and_palette_call_keys_by_their_names_and_none_twice(still_engine: Engine) -> None:
    async with opened(still_engine, (160, 48)) as (app, pilot):
        await pilot.press("f4", "escape")
        await until(pilot, lambda: "Options" in words(app).splitlines()[-1])
        app.query_one(KeyFooter)
        titles = [command.title for command in app.get_system_commands(app.screen)]
        assert len(set(titles)) == len(titles)
        names = {key.name for place in TABLE for key in place.keys}
        assert {"Options", "Zoom", "Quit", "Address", "Help"} <= set(titles)
        assert set(titles) - names == {"Theme"}
