"""The filter of a table of conversations: it asks the rows as they are, and ten thousand of them quickly."""

import asyncio
import re
import time
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.engine.engine import Engine
from sockscope.record.conversation import Conversation
from sockscope.show.wall_clock import UNSET
from sockscope.ui.widgets import conversation_filter
from sockscope.ui.widgets.column import Column
from sockscope.ui.widgets.conversation_filter import MOVING, ConversationFilter
from sockscope.ui.widgets.conversation_words import columns
from sockscope.ui.widgets.field import Field
from sockscope.ui.widgets.filter_box import FilterBox
from tests.facts import RECORDER
from tests.ui import canned
from tests.ui.conftest import in_app, opened, until, words
from tests.ui.widgets.test_live_table import table, with_clients

COLUMNS = columns("client", lambda one: True, lambda: UNSET)


def leaves(typed: str, conversation: Conversation) -> bool:
    asked = ConversationFilter(COLUMNS)
    assert not asked.read(typed)
    return asked.keeps(conversation)


@pytest.mark.usefixtures("frozen")
def test_every_column_and_the_preview_are_looked_at() -> None:
    client = canned.client(7)
    row = [column.text(client) for column in COLUMNS]
    for text in filter(None, row):
        assert leaves(f'"{text}"', client), text
    for typed in ("51334", "peer:51334", "state:connected", "connected get", ">100", "in<100 out<100", "7"):
        assert leaves(typed, client), typed
    assert not leaves("state:closed", client) and not leaves(">10k", client) and not leaves("xyzzy", client)


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize(
    ("typed", "days", "rate"),
    [("120d", 120, 0), ("120", 120, 0), ("99d", 99, 0), ("1023 b/s", 0, 1023), ("1023", 0, 1023), ("512.0", 0, 524288)],
)
def test_a_number_of_many_digits_is_found_in_what_changes_by_itself(typed: str, days: int, rate: float) -> None:
    client = canned.client(7)
    assert not leaves(f'"{typed}"', client)
    client.started_at_ns -= days * 24 * 3600 * 10**9
    client.flow.rate_in = rate
    assert leaves(f'"{typed}"', client)


@given(st.integers(0, 100 * 86400 * 10**9 - 10**10), st.floats(0, 2**40), st.booleans())
def test_what_changes_by_itself_is_written_in_few_signs(age_ns: int, rate: float, live: bool) -> None:
    client = canned.client(7)
    client.started_at_ns -= age_ns
    client.connected_at_ns = client.flow.last_in_ns = client.flow.last_out_ns = client.started_at_ns
    client.flow.rate_in = rate
    if not live:
        RECORDER.closed(client)
    for column in COLUMNS:
        text = column.text(client)
        assert not column.moves or MOVING.issuperset(text.casefold()), column.title
        assert not column.moves or max(map(len, re.findall("[0-9]+", text)), default=0) <= column.digits, column.title


def test_a_row_that_changed_is_read_anew() -> None:
    client, asked = canned.client(7), ConversationFilter(COLUMNS)
    asked.read("closed")
    assert not asked.keeps(client)
    RECORDER.closed(client)
    assert asked.keeps(client)
    asked.read('"1.1 KiB"')
    assert not asked.keeps(client)
    canned.receive(client, bytes(1100 - client.flow.bytes_in), 0)
    assert asked.keeps(client)


def test_of_ten_thousand_rows_what_is_written_once_is_not_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clients = [canned.client(number, peer=f"127.0.0.1:{20_000 + number}") for number in range(10_000)]
    asked = ConversationFilter(COLUMNS)
    asyncio.run(asked.get_ready(clients))
    written: list[str] = []
    joined = conversation_filter._joined

    def counted(columns: Iterable[Column[Conversation]], conversation: Conversation) -> str:
        written.append(typed)
        return joined(columns, conversation)

    monkeypatch.setattr(conversation_filter, "_joined", counted)
    for typed in ("xyzzy", "index closed", "peer:51334 state:conn 200", ">1M", "Get", "443", "8080", "99999"):
        asked.read(typed)
        began_at = time.process_time()
        list(filter(asked.keeps, clients))
        assert time.process_time() - began_at < 1.0, "far from the time that writing them all takes"
    assert not written, "no text of a row that is ready, and what moves only where the word could stand"


@in_app
async def test_it_filters_while_it_is_typed_and_says_what_cannot_be_read(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        first, second, third = await with_clients(still_engine, app, pilot, 3)
        canned.receive(second, b"x" * 5000, -5)
        RECORDER.closed(third)
        inner = table(app).table
        await pilot.press("slash", *"state:conn >1k")
        await until(pilot, lambda: [*inner.rows] == [second])
        await pilot.press(*"Q")
        await until(pilot, lambda: ">1kQ: behind > stands a number of bytes" in words(app))
        assert [*inner.rows] == [first, second], "the others filter"
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.focused, Field), "it is to be written otherwise"
        await pilot.press("backspace", "enter")
        await until(pilot, lambda: inner.has_focus and [*inner.rows] == [second])
        assert "stands a number" not in words(app) and "state:conn >1k" in words(app)
        await pilot.press("escape")
        await until(pilot, lambda: len(inner.rows) == 3 and not table(app).query_one(FilterBox).display)


@in_app
async def test_where_nothing_matches_it_is_said_once_with_the_key_that_ends_it(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        await with_clients(still_engine, app, pilot, 2)
        await pilot.press("slash", *"xyzzy")
        await until(pilot, lambda: "nothing matches the filter: Esc in the table ends it" in words(app))
        await until(pilot, lambda: words(app).casefold().count("nothing matches") == 1)
        assert "Esc Clear" in words(app).splitlines()[-1]
        await pilot.press("enter")
        await until(pilot, lambda: "Esc End filter" in words(app).splitlines()[-1])
        await pilot.press("escape")
        await until(pilot, lambda: "nothing matches" not in words(app) and len(table(app).table.rows) == 2)
        assert "Esc" not in words(app).splitlines()[-1]
        await pilot.press("slash", *"xyzzy", "escape")
        await until(pilot, lambda: len(table(app).table.rows) == 2 and table(app).table.has_focus)


@in_app
async def test_a_table_that_takes_long_to_arrange_rests_in_between(
    still_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [canned.NOW_NS]
    monkeypatch.setattr("sockscope.ui.widgets.arranged.now_ns", lambda: clock[0])
    async with opened(still_engine) as (app, pilot):
        clients = await with_clients(still_engine, app, pilot, 2)
        inner, asked = table(app).table, []

        def keeps(client: Conversation) -> bool:
            asked.append(client)
            clock[0] += 10_000_000
            return True

        inner.narrow(keeps)
        assert asked == clients
        inner.show([*clients, canned.client(300)])
        assert asked == clients and len(inner.rows) == 2, "it rests for ten times as long as it took"
        clock[0] += 10 * 20_000_000
        inner.show([*clients, canned.client(300)])
        assert len(asked) == 5 and len(inner.rows) == 3
