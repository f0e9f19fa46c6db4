"""What keys do in the Resolve pane, on a real engine; names come from the hosts file or are numbers."""

import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from sockscope.engine.engine import Engine
from sockscope.record.conversation import State
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.state import LookupState
from sockscope.request.question import Question
from sockscope.show.lookup.pages import NAMES
from sockscope.show.sanitizer import cells
from sockscope.ui.app import SockscopeApp
from sockscope.ui.panes.lookups import Lookups
from sockscope.ui.panes.resolve import ResolvePane
from sockscope.ui.screens.sheet import Sheet
from sockscope.ui.terminal.clipboard import CopyRequested
from sockscope.ui.widgets.answer_view import AnswerView
from sockscope.ui.widgets.choice import Choice
from sockscope.ui.widgets.lookup_words import told
from sockscope.ui.widgets.page_view import PageView
from tests.ui.conftest import in_app, opened, until, words

ADDRESS = "127.0.0.1"


@asynccontextmanager
async def asked(
    engine: Engine, name: str = ADDRESS, service: str = "80", size: tuple[int, int] = (120, 36)
) -> AsyncIterator[tuple[SockscopeApp, Pilot[None], Lookup]]:
    """The application behind one lookup that was answered, the answer in the focus."""
    async with opened(engine, size) as (app, pilot):
        lookup = app.query_one(ResolvePane).resolve(name, service)
        assert lookup is not None
        await until(pilot, lambda: not lookup.state.live)
        await until(pilot, lambda: app.query_one(ResolvePane).query_one(Lookups).chosen is lookup)
        await pilot.press("escape")
        yield app, pilot, lookup


def page(app: SockscopeApp) -> str:
    """What the page in the Resolve pane says, whether in sight or not."""
    return app.query_one(ResolvePane).query_one(PageView).text()


@in_app
async def test_every_page_has_a_number_and_the_border_names_them(engine: Engine) -> None:
    async with asked(engine) as (app, pilot, _):
        assert all(f"{number} {name}" in words(app) for number, name in enumerate(NAMES, 1))
        answer = app.query_one(ResolvePane).query_one(Lookups).answer
        for number, name in enumerate(NAMES, 1):
            await pilot.press(str(number))
            assert answer.page == name
            assert answer.view.display is (name != "rows")
        await pilot.press("h")
        assert answer.page == "rows"
        await pilot.press("h")
        assert answer.page == "call"


@in_app
async def test_a_page_is_reached_by_a_click_on_its_name(engine: Engine) -> None:
    async with asked(engine) as (app, pilot, _):
        line = next(y for y, text in enumerate(words(app).split("\n")) if "3 order" in text)
        column = words(app).split("\n")[line].index("3 order")
        await pilot.click(offset=(column + 3, line))
        await until(pilot, lambda: app.query_one(ResolvePane).query_one(Lookups).answer.page == "order")


@in_app
async def test_no_page_fails_before_the_first_lookup_or_on_a_failed_one(engine: Engine) -> None:
    async with opened(engine) as (app, pilot):
        await pilot.press("escape")
        for number in range(2, len(NAMES) + 1):
            await pilot.press(str(number))
            await until(pilot, lambda: "type a name above" in page(app))
        await pilot.press(*"drwCcyYJP")
        lookup = app.query_one(ResolvePane).resolve("::1")
        assert lookup is not None
        app.query_one(ResolvePane).query_one("#family", Choice).value = "IPv4"
        await pilot.pause()
        failed = app.query_one(ResolvePane).resolve("::1")
        assert failed is not None
        await until(pilot, lambda: failed.state is LookupState.FAILED)
        for number in range(2, len(NAMES) + 1):
            await pilot.press("escape", "escape", str(number))
            await until(pilot, lambda: page(app))


@in_app
async def test_the_call_is_written_as_python_with_the_exact_tuples(engine: Engine) -> None:
    async with asked(engine) as (app, pilot, _):
        await pilot.press("2")
        await until(pilot, lambda: "socket.getaddrinfo('127.0.0.1', '80', type=socket.SOCK_STREAM" in page(app))
        assert "('127.0.0.1', 80)" in page(app)


@in_app
async def test_the_order_is_explained_once_its_page_is_looked_at(engine: Engine) -> None:
    async with asked(engine) as (_, pilot, lookup):
        assert lookup.order is None
        await pilot.press("3")
        await until(pilot, lambda: lookup.order)


@in_app
async def test_the_sources_are_read_once_their_page_is_looked_at(engine: Engine) -> None:
    async with asked(engine, "localhost") as (app, pilot, lookup):
        assert lookup.sources is None
        await pilot.press("5")
        await until(pilot, lambda: lookup.sources)
        await until(pilot, lambda: "resolv.conf" in page(app))


@in_app
async def test_connecting_to_the_name_shows_the_race_and_each_row_its_attempt(engine: Engine) -> None:
    with socket.create_server((ADDRESS, 0)) as server:
        async with asked(engine, "localhost", str(server.getsockname()[1])) as (app, pilot, lookup):
            await pilot.press("C")
            await until(pilot, lambda: engine.dialled)
            (conversation,) = engine.dialled.values()
            await until(pilot, lambda: conversation.state is State.CONNECTED)
            assert conversation.facts.last("getaddrinfo") is None, "the rows of the lookup are what is tried"
            assert app.query_one(ResolvePane).has_focus_within
            await until(pilot, lambda: ADDRESS in page(app) and "won" in page(app) + words(app))
            await pilot.press("1")
            await until(pilot, lambda: "won" in words(app))
            assert len(conversation.dialling.attempts) <= len(lookup.rows)


@in_app
async def test_what_cannot_be_connected_to_is_said(engine: Engine) -> None:
    async with asked(engine, service="") as (app, pilot, _):
        await pilot.press("enter")
        await until(pilot, lambda: "no port" in words(app))
        await pilot.press("C")
        await until(pilot, lambda: "no port" in words(app))
        assert not engine.dialled


@in_app
async def test_a_lookup_is_watched_until_the_key_is_pressed_again(engine: Engine) -> None:
    async with asked(engine) as (app, pilot, _):
        await pilot.press("w")
        await until(pilot, lambda: engine.names.watches)
        (watch,) = engine.names.watches.values()
        await until(pilot, lambda: "median" in page(app))
        await pilot.press("w")
        await until(pilot, lambda: watch.stopped)


@in_app
async def test_the_history_is_searched(engine: Engine) -> None:
    async with asked(engine) as (app, pilot, _):
        app.query_one(ResolvePane).resolve("::1")
        app.query_one(ResolvePane).resolve("127.0.0.7")
        lookups = app.query_one(ResolvePane).query_one(Lookups)
        await until(pilot, lambda: len(lookups.table.rows) == 3)
        await pilot.press("slash")
        await pilot.press(*"0.0.7")
        await until(pilot, lambda: [k.question.name for k in lookups.table.rows] == ["127.0.0.7"])
        await pilot.press("enter")
        assert lookups.table.has_focus
        await pilot.press("escape")
        await until(pilot, lambda: len(lookups.table.rows) == 3)


@in_app
async def test_a_row_the_table_the_json_and_the_call_are_copied(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[str] = []
    monkeypatch.setattr(SockscopeApp, "on_copy_requested", lambda _, event: copied.append(event.text))
    monkeypatch.setattr(SockscopeApp, "_on_copy_requested", None, raising=False)
    assert CopyRequested.handler_name == "on_copy_requested"
    async with asked(engine) as (app, pilot, lookup):
        await pilot.press("y", "Y", "J", "P")
        await until(pilot, lambda: isinstance(app.screen, Sheet) and app.focused)
        await pilot.press("ctrl+s", "2", "y")
        await until(pilot, lambda: len(copied) == 5)
    row, table, text, program, call = copied
    python = program.partition("for row in ")[2].partition(":\n")[0]
    assert row == table and ADDRESS in row.split("\t")
    assert json.loads(text)["question"]["name"] == ADDRESS
    assert python == lookup.question.python() and python.replace(" ", "") in call.replace(" ", "").replace("\n", "")
    rows = eval(python, {"socket": socket})
    assert [entry[4] for entry in rows] == [one.sockaddr for one in lookup.rows]


@in_app
async def test_a_page_is_copied_before_it_is_drawn(engine: Engine) -> None:
    async with asked(engine) as (app, _, lookup):
        answer = app.query_one(ResolvePane).query_one(AnswerView)
        python = "".join(lookup.question.python().split())
        answer.turn_to("call")
        assert python in "".join(answer.chosen_text().split())
        answer.turn_to("order")
        assert python not in "".join(answer.chosen_text().split())


@in_app
async def test_every_hint_is_a_switch_of_the_options(engine: Engine) -> None:
    async with asked(engine) as (app, pilot, _):
        await pilot.press("o")
        await until(pilot, lambda: isinstance(app.screen, Sheet))
        await until(pilot, lambda: "AI_V4MAPPED" in words(app) and "AI_ADDRCONFIG" in words(app))
        sheet = app.screen
        assert isinstance(sheet, Sheet)
        sheet.dismiss({**sheet.values(), "family": "IPv6", "V4MAPPED": "yes", "ALL": "yes"})
        await until(pilot, lambda: not isinstance(app.screen, Sheet))
        await until(pilot, lambda: "V4MAPPED yes" in words(app))
        mapped = app.query_one(ResolvePane).resolve(ADDRESS, "80")
        assert mapped is not None
        await until(pilot, lambda: not mapped.state.live)
        assert [row.host for row in mapped.rows] == [f"::ffff:{ADDRESS}"]
        assert mapped.question.arguments()[-1] == "AI_CANONNAME | AI_V4MAPPED | AI_ALL"


@in_app
async def test_the_dns_server_that_is_typed_is_asked_and_what_cannot_be_is_said(engine: Engine) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as silent:
        silent.bind((ADDRESS, 0))
        async with opened(engine) as (app, pilot):
            field = app.query_one(ResolvePane).query_one("#name", Input)
            field.value = f"{ADDRESS} @{ADDRESS}:{silent.getsockname()[1]} MX"
            await pilot.press("enter")
            assert silent.recv(4096)
            await until(pilot, lambda: "MX" in page(app))
            await pilot.press("escape", "c")
            lookup = app.query_one(ResolvePane).query_one(Lookups).chosen
            assert lookup is not None
            await until(pilot, lambda: lookup.inquiry is not None and not lookup.inquiry.live)
            app.query_one(ResolvePane).resolve(f"{ADDRESS} @nowhere.example")
            await until(pilot, lambda: "numeric" in words(app) or "address" in words(app).lower())


@in_app
@pytest.mark.parametrize("size", [(160, 48), (120, 36), (80, 24), (60, 18), (20, 6)], ids=str)
async def test_every_page_is_drawn_at_every_size(engine: Engine, size: tuple[int, int]) -> None:
    async with asked(engine, "localhost", size=size) as (app, pilot, _):
        for number in range(1, len(NAMES) + 1):
            await pilot.press(str(number))
            app.tick()
        assert app.return_code is None


@in_app
async def test_an_answer_begins_at_its_first_row_and_enter_connects_to_it(engine: Engine) -> None:
    async with asked(engine, "", "80", size=(80, 24)) as (app, pilot, lookup):
        assert len(lookup.rows) == 2
        await until(pilot, lambda: app.query_one(ResolvePane).query_one(Lookups).answer.table.chosen)
        await pilot.press("enter")
        await until(pilot, lambda: engine.dialled)
        (conversation,) = engine.dialled.values()
        assert conversation.request is not None
        assert list(conversation.request.rows) == [lookup.rows[0]]


@in_app
async def test_without_a_name_there_are_addresses_to_listen_at_or_loopback(engine: Engine) -> None:
    async with opened(engine) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: "a name is needed" in words(app))
        app.query_one(ResolvePane).settings["PASSIVE"] = "yes"
        lookup = app.query_one(ResolvePane).resolve("", "80")
        assert lookup is not None
        await until(pilot, lambda: not lookup.state.live)
        assert {row.host for row in lookup.rows} == {"0.0.0.0", "::"}


@in_app
async def test_a_new_lookup_is_not_hidden_by_an_old_search(engine: Engine) -> None:
    async with asked(engine) as (app, pilot, first):
        lookups = app.query_one(ResolvePane).query_one(Lookups)
        await pilot.press("slash", *ADDRESS, "enter")
        latest = app.query_one(ResolvePane).resolve("::1")
        assert latest is not None
        await until(pilot, lambda: lookups.chosen is latest)
        await until(pilot, lambda: list(lookups.table.rows) == [first, latest])


@in_app
async def test_the_history_is_searched_by_what_was_answered_and_shows_unusual_hints(engine: Engine) -> None:
    async with asked(engine, "localhost") as (app, pilot, _):
        lookups = app.query_one(ResolvePane).query_one(Lookups)
        app.query_one(ResolvePane).query_one("#type", Choice).value = "datagram"
        await pilot.pause()
        latest = app.query_one(ResolvePane).resolve("::1")
        assert latest is not None
        await until(pilot, lambda: not latest.state.live and "datagram" in lookups.table.row_text(latest))
        await pilot.press("escape", "slash", *ADDRESS)
        await until(pilot, lambda: [found.question.name for found in lookups.table.rows] == ["localhost"])


@in_app
async def test_what_waits_in_the_queue_says_why(engine: Engine) -> None:
    engine.names.slots.limit = 0
    async with opened(engine) as (app, pilot):
        assert app.query_one(ResolvePane).resolve("localhost")
        await until(pilot, lambda: "queued: 0 lookups are in flight, of at most 0" in words(app))
        await pilot.press("escape", "c")
        await until(pilot, lambda: "abandoned" in words(app))


@in_app
async def test_names_of_addresses_are_asked_for_by_a_key(engine: Engine) -> None:
    async with asked(engine) as (app, pilot, lookup):
        await pilot.press("r")
        await until(pilot, lambda: lookup.reverse and not lookup.reverse.waiting)
        await until(pilot, lambda: "names of the addresses" in page(app).lower())


@in_app
async def test_keys_that_come_in_one_burst_are_dealt_with_in_their_order(engine: Engine) -> None:
    async with opened(engine) as (app, pilot):
        field = app.query_one(ResolvePane).query_one("#name", Input)
        for key in ("1", "2", "7", ".", "1", "enter", "escape", "3", "a", "9"):
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda: len(engine.names.lookups) == 1 and field.has_focus)
        (lookup,) = engine.names.lookups.values()
        assert lookup.question.name == "127.1"
        await until(pilot, lambda: app.query_one(ResolvePane).query_one(Lookups).answer.page == "order")
        await until(pilot, lambda: "9" in field.value and "3" not in field.value)


def test_a_call_too_long_for_a_line_is_cut_and_what_came_of_it_is_not() -> None:
    lookup = Lookup(1, Question("a-rather-long-name.example.com", "80"))
    lookup.state = LookupState.ABANDONED
    call, outcome = told(lookup, 31).split("\n")
    assert call.startswith('getaddrinfo("a-rather-long') and call.endswith("…") and cells(call) <= 31
    assert outcome == "· abandoned"


@pytest.mark.parametrize(("number", "name"), enumerate(NAMES, 1))
@in_app
async def test_beside_the_main_pane_every_page_has_a_place_on_the_border_and_a_click_shows_it(
    engine: Engine, number: int, name: str
) -> None:
    async with asked(engine, "localhost") as (app, pilot, _):
        resolve = app.query_one(ResolvePane)
        assert " 1 rows  2 call  3 order " in words(app)
        await pilot.press("5" if number == 1 else "1", "f4")
        await until(pilot, lambda: resolve.size.width < 40)
        border = words(app).splitlines()[resolve.region.bottom - 1][resolve.region.x :]
        assert "…" not in border and all(str(one) in border for one in range(1, len(NAMES) + 1))
        await pilot.click(offset=(resolve.region.x + border.index(str(number)), resolve.region.bottom - 1))
        await until(pilot, lambda: resolve.has_class("-current"))
        assert resolve.query_one(AnswerView).page == name
