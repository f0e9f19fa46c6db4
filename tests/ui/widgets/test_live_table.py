"""The table of conversations: what it says of them, what is new, and which columns fit."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot

from sockscope.engine.engine import Engine
from sockscope.record.conversation import Conversation
from sockscope.show.sanitizer import cells
from sockscope.show.wall_clock import UNSET
from sockscope.ui.app import SockscopeApp
from sockscope.ui.panes.conversations import Conversations
from sockscope.ui.panes.listen import ListenPane
from sockscope.ui.widgets.column import Column, fitted
from sockscope.ui.widgets.conversation_words import columns as conversation_columns
from sockscope.ui.widgets.listeners import listeners_table
from sockscope.ui.widgets.live_table import LiveTable
from tests.facts import RECORDER
from tests.ui import canned
from tests.ui.conftest import in_app, opened, until, words

AT_ONCE = 40
"""Clients, more than there are lines for."""


def columns(*widths: int) -> list[Column[Any]]:
    return [Column(str(rank), width, str, rank=rank) for rank, width in enumerate(widths)]


@pytest.mark.parametrize(
    ("widths", "room", "shown"),
    [
        ((7, 0, 8), 40, [(0, 7), (1, 22), (2, 8)]),
        ((7, 0, 0), 41, [(0, 7), (1, 32)]),
        ((7, 0, 0), 42, [(0, 7), (1, 16), (2, 16)]),
        ((7, 0, 0), 50, [(0, 7), (1, 20), (2, 20)]),
        ((7, 0, 0), 51, [(0, 7), (1, 21), (2, 20)]),
        ((7, 0, 8), 20, [(0, 7)]),
        ((7,), 3, [(0, 7)]),
    ],
)
def test_what_is_left_is_shared_by_those_that_can_use_it(
    widths: Sequence[int], room: int, shown: list[tuple[int, int]]
) -> None:
    assert fitted(columns(*widths), room) == shown


def test_what_a_column_cannot_use_is_left_to_the_others() -> None:
    bounded = [Column("a", 0, str, most=20), Column("b", 0, str), Column("c", 0, str)]
    assert fitted(bounded, 53) == [(0, 17), (1, 17), (2, 16)]
    assert fitted(bounded, 103) == [(0, 20), (1, 40), (2, 40)]
    assert fitted([Column("a", 0, str, most=20), Column("b", 4, str)], 103) == [(0, 20), (1, 4)]


def test_columns_get_narrower_before_one_is_left_out_but_for_those_to_spare() -> None:
    narrowing = [
        Column("a", 8, str, tight=4),
        Column("b", 8, str, tight=4, rank=1),
        Column("c", 4, str, rank=2, spare=True),
    ]
    assert fitted(narrowing, 23) == [(0, 8), (1, 8), (2, 4)]
    assert fitted(narrowing, 22) == [(0, 8), (1, 8)]
    assert fitted(narrowing, 15) == [(0, 8), (1, 5)]
    assert fitted(narrowing, 9) == [(0, 8)]


def test_a_number_takes_the_cells_that_the_last_one_needs() -> None:
    numbered: list[Column[str]] = [Column("#", 6, str, needs=lambda items: len(items[-1])), Column("b", 0, str)]
    assert fitted(numbered, 40, ["1", "123"]) == [(0, 3), (1, 35)]
    assert fitted(numbered, 40, ["1234567"]) == [(0, 6), (1, 32)]
    assert fitted(numbered, 40) == [(0, 6), (1, 32)]


def table(app: SockscopeApp) -> Conversations:
    return app.query_one(ListenPane).query_one(Conversations)


async def with_clients(engine: Engine, app: SockscopeApp, pilot: Pilot[None], count: int) -> list[Conversation]:
    clients = [canned.client(100 + number, peer=f"127.0.0.1:{50_000 + number}") for number in range(count)]
    engine.listeners[1] = canned.listener(*clients)
    await pilot.press("f4", "escape")
    await until(pilot, lambda: table(app).chosen is clients[-1])
    return clients


def arrive(engine: Engine, number: int) -> Conversation:
    late = canned.client(number, peer=f"127.0.0.1:{50_000 + number}")
    RECORDER.listeners.arrived(engine.listeners[1], late)
    return late


@in_app
async def test_the_newest_is_followed_until_the_reader_moves_and_then_counted(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        await with_clients(still_engine, app, pilot, AT_ONCE)
        arrive(still_engine, 200)
        await until(pilot, lambda: "127.0.0.1:50200 " in words(app))
        await pilot.press("home")
        await until(pilot, lambda: "more below" in words(app) and "more below," not in words(app))
        arrive(still_engine, 201)
        arrive(still_engine, 202)
        await until(pilot, lambda: "more below, 2 new" in words(app))
        await pilot.press("G")
        await until(pilot, lambda: "more below" not in words(app))
        arrive(still_engine, 203)
        await until(pilot, lambda: "127.0.0.1:50203 " in words(app))


@in_app
async def test_what_nobody_looked_at_is_marked_until_it_is_looked_at(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        first, second = await with_clients(still_engine, app, pilot, 2)

        def marked(client: Conversation) -> bool:
            rows = [line for line in words(app).splitlines() if f"{client.endpoints.peer} " in line]
            row = next(line for line in rows if "GET" in line)
            return "•" in row

        await until(pilot, lambda: marked(first) and not marked(second))
        await pilot.press("k")
        await until(pilot, lambda: not marked(first))
        canned.receive(second, b"more", -10)
        await until(pilot, lambda: marked(second) and not marked(first))


@in_app
async def test_the_row_says_what_was_asked_and_what_was_answered(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        (client,) = await with_clients(still_engine, app, pilot, 1)
        client.head.peer_began = True
        client.head.received, client.head.sent = b"POST /second?x=1 HTTP/1.1\r\n", b"HTTP/1.1 200 OK\r\n"
        await until(pilot, lambda: "POST /second?x=1 → 200 OK" in words(app))
        await pilot.press("slash", *"second")
        await until(pilot, lambda: [*table(app).table.rows] == [client])
        await pilot.press(*"xx")
        await until(pilot, lambda: not table(app).table.rows)


@in_app
async def test_a_click_on_the_head_sorts_by_the_preview(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        clients = await with_clients(still_engine, app, pilot, 3)
        for client, line in zip(clients, (b"charlie\n", b"alpha\n", b"bravo\n"), strict=True):
            client.head.received, client.head.sent = line, b""
        await until(pilot, lambda: "charlie" in words(app))
        head = next(line for line in words(app).splitlines() if "asked → answered" in line)
        inner = table(app).table
        await pilot.click(inner, offset=(head.index("asked") - inner.region.x, 0))
        await until(pilot, lambda: [one.head.received for one in inner.rows] == [b"alpha\n", b"bravo\n", b"charlie\n"])


fds = st.integers(3, 20_000)


@given(st.integers(0, 2**60), fds, fds, st.integers(0, 50_000), st.integers(0, 10**5))
def test_no_number_in_a_row_is_cut(moved: int, listener_fd: int, fd: int, hours: int, waiting: int) -> None:
    client = canned.client(7)
    client.fd, client.endpoints.listener_fd = fd, listener_fd
    client.flow.bytes_in = client.flow.bytes_out = moved
    client.flow.rate_in = float(moved)
    client.started_at_ns = client.connected_at_ns = -hours * 3_600_000_000_000
    for column in conversation_columns("client", lambda one: False, lambda: UNSET):
        assert not column.width or column.title == "state" or cells(column.text(client)) <= column.width, column.title
    listener = canned.listener(client)
    listener.queues = ((waiting, 65535), (0, 65535))
    listener.flow.rate_in = float(moved)
    texts = listeners_table().row_text(listener).split("\t")
    assert cells(texts[4]) <= 11 and cells(texts[6]) <= 11


@pytest.mark.parametrize(("width", "times"), [(80, 1), (120, 2), (160, 2)])
def test_the_number_of_a_conversation_stands_first_before_its_descriptor(
    still_engine: Engine, width: int, times: int
) -> None:
    @in_app
    async def check() -> None:
        async with opened(still_engine, (width, 36)) as (app, pilot):
            await with_clients(still_engine, app, pilot, 1)
            await until(pilot, lambda: "#100 TCP" in words(app))
            row = next(line for line in words(app).splitlines() if "127.0.0.1:50000 " in line and "GET" in line)
            before = row.partition("127.0.0.1")[0].split()
            assert before.count("100") == times, "its number, and its descriptor where that has room"
            assert "#" in table(app).table.titles

    check()


@in_app
async def test_it_is_sorted_by_what_is_in_sight(still_engine: Engine) -> None:
    async with opened(still_engine, (80, 24)) as (app, pilot):
        await with_clients(still_engine, app, pilot, 3)
        inner = table(app).table
        assert "fd" not in inner.titles and "#" in inner.titles
        app.screen.set_focus(inner)
        await pilot.press("s")
        await until(pilot, lambda: "#▲" in words(app))


@in_app
async def test_after_a_filter_that_matched_nothing_the_one_chosen_before_is_chosen_again(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        await with_clients(still_engine, app, pilot, 5)
        inner = table(app).table
        inner.go_to(inner.items[1])
        inner.narrow(lambda one: one is inner.items[3])
        assert inner.chosen is inner.items[3]
        inner.narrow(lambda one: False)
        assert inner.chosen is None
        inner.narrow(None)
        assert inner.chosen is inner.items[1]


SIZES = [(80, 24), (100, 30), (120, 36), (160, 48)]


@pytest.mark.parametrize("pane", ["connect", "listen", "resolve"])
def test_a_table_shows_every_column_that_it_shows_where_there_is_less_room(still_engine: Engine, pane: str) -> None:
    """Also where numbers are long: a screen of 120 columns has side panes, one of 100 has none."""

    @in_app
    async def check() -> None:
        canned.lookups(still_engine)
        clients = [canned.client(9_000 + number, peer=f"192.168.100.{number}:50000") for number in range(3)]
        for client in clients:
            client.endpoints.listener_fd = client.fd = 1000
            client.flow.bytes_in = client.flow.bytes_out = 1_047_000
            still_engine.dialled[client.number] = client
        still_engine.listeners[1] = canned.listener(*clients)
        still_engine.listeners[2] = canned.listener(canned.client(5))
        async with opened(still_engine, SIZES[0]) as (app, pilot):
            app.action_pane(pane)
            tables = list(app.query_one(f"#{pane}").query(LiveTable))
            before: dict[Any, set[str]] = {one: set() for one in tables}
            for size in SIZES:
                await pilot.resize_terminal(*size)
                app.tick()
                await pilot.pause()
                for one in tables:
                    width = one.size.width
                    assert before[one] <= set(one.titles), f"{one.id or pane} in {width} cells at {size}"
                    before[one] = set(one.titles)
            assert any({"fd", "began"} <= titles or "canonical name" in titles for titles in before.values())

    check()


@in_app
async def test_what_is_narrow_is_written_shorter_rather_than_cut(still_engine: Engine) -> None:
    async with opened(still_engine, (120, 36)) as (app, pilot):
        (client,) = await with_clients(still_engine, app, pilot, 1)
        client.number, client.fd, client.endpoints.listener_fd = 10_000, 1000, 999
        client.flow.bytes_in, client.flow.bytes_out = 126_362, 1023
        await until(pilot, lambda: "123.4K 1023 B" in words(app))
        assert "10000 →1000 127.0.0.1:50000" in words(app)
