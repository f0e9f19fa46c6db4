"""The address line of the Resolve pane: what it says, and where the focus goes from it; names are numbers."""

import pytest
from textual.widgets import Input

from sockscope.engine.engine import Engine
from sockscope.show.sanitizer import cells
from sockscope.ui.panes.lookups import Lookups
from sockscope.ui.panes.resolve import ResolvePane
from sockscope.ui.widgets.answer_view import AnswerView
from sockscope.ui.widgets.field import Field
from tests.ui.conftest import in_app, opened, until, words


@in_app
async def test_enter_goes_to_the_answer_where_the_numbers_of_the_pages_are_keys(engine: Engine) -> None:
    async with opened(engine) as (app, pilot):
        pane = app.query_one(ResolvePane)
        await pilot.press(*"127.0.0.1", "enter", "3")
        await until(pilot, lambda: app.focused is pane.table)
        assert pane.query_one("#name", Input).value == "127.0.0.1", "a number was typed on"
        assert len(engine.names.lookups) == 1
        assert pane.query_one(AnswerView).page == "order"
        await pilot.press("a", *"::1")
        assert pane.query_one("#name", Input).value == "::1", "a goes back, and what stood there is replaced"


@in_app
@pytest.mark.parametrize("page", ["1", "3"])
async def test_enter_goes_to_what_is_shown_also_from_the_service(engine: Engine, page: str) -> None:
    async with opened(engine) as (app, pilot):
        pane = app.query_one(ResolvePane)
        await pilot.press("escape", page, "a", *"127.0.0.1", "tab", "8", "0", "enter")
        await until(pilot, lambda: engine.names.lookups)
        assert app.focused is pane.table


@in_app
async def test_a_question_to_a_server_goes_to_what_that_answers(engine: Engine) -> None:
    async with opened(engine) as (app, pilot):
        pane = app.query_one(ResolvePane)
        await pilot.press("escape", "a", *"x.test @127.0.0.1:1", "enter")
        await until(pilot, lambda: engine.names.lookups)
        assert app.focused is pane.query_one(AnswerView).view


@in_app
async def test_a_refused_question_keeps_the_field(engine: Engine) -> None:
    async with opened(engine) as (app, pilot):
        field = app.query_one(ResolvePane).query_one("#name", Input)
        await pilot.press(*"a..b", "enter", "3")
        assert app.focused is field and field.value == "a..b3"
        assert not engine.names.lookups


@in_app
@pytest.mark.parametrize("width", [60, 80, 100, 119, 120, 130, 140, 149, 150, 160, 180, 200])
async def test_what_an_empty_address_line_says_is_not_cut_at_any_width(still_engine: Engine, width: int) -> None:
    async with opened(still_engine, (width, 36)) as (app, pilot):
        for key in ("f2", "f3", "f4"):
            await pilot.press(key)
            seen = [one for one in app.query("Form Field").results(Field) if one.size.width]
            assert seen and not [one.placeholder for one in seen if cells(one.placeholder) > one.size.width]
            assert all(one.placeholder in words(app) for one in seen)


@in_app
async def test_esc_in_a_search_of_the_lookups_is_called_what_it_does(engine: Engine) -> None:
    async with opened(engine) as (app, pilot):
        await pilot.press(*"127.0.0.1", "enter")
        await until(pilot, lambda: app.query_one(ResolvePane).query_one(Lookups).chosen)
        await pilot.press("slash", *"xyzzy")
        await until(pilot, lambda: "no lookup matches: Esc in the table ends" in words(app))
        await until(pilot, lambda: "Enter Keep Esc Clear" in words(app).splitlines()[-1])
        await pilot.press("enter")
        await until(pilot, lambda: "Esc End search" in words(app).splitlines()[-1])
        await pilot.press("escape")
        await until(pilot, lambda: "Esc" not in words(app).splitlines()[-1])
