"""Reading the traffic on the screen: selecting, copying, marks, going somewhere, one direction, both ends."""

import pytest
from textual.pilot import Pilot

from sockscope.engine.engine import Engine
from sockscope.record.conversation import Conversation
from sockscope.ui.app import SockscopeApp
from sockscope.ui.panes.connect import ConnectPane
from sockscope.ui.panes.conversations import Conversations
from sockscope.ui.panes.sending import Sending
from sockscope.ui.terminal.clipboard import CopyRequested
from sockscope.ui.widgets.choice import Choice
from tests.facts import RECORDER, at
from tests.ui import canned
from tests.ui.conftest import in_app, opened, until, words
from tests.ui.widgets.test_traffic_search import at_the_traffic, marked, view


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[CopyRequested]:
    """What is to be copied."""
    events: list[CopyRequested] = []
    monkeypatch.setattr(SockscopeApp, "on_copy_requested", lambda _, event: events.append(event))
    return events


async def sees(pilot: Pilot[None], app: SockscopeApp, *wanted: str) -> None:
    await until(pilot, lambda: all(word in words(app) for word in wanted))


@in_app
async def test_bytes_are_selected_told_as_numbers_and_copied(still_engine: Engine, copied: list[CopyRequested]) -> None:
    async with opened(still_engine) as (app, pilot):
        await at_the_traffic(still_engine, app, pilot, b"\x00\x01\x00\x02", b"\xff")
        await pilot.press("colon", *"51", "enter", *3 * ["shift+right"])
        await sees(pilot, app, "4 bytes received, from 51 (0x33)", "big-endian  little-endian  word-swapped")
        await sees(pilot, app, "u32  65,538      33,554,688     131,073")
        assert marked(app, "cursor byte") == ["02", "."]
        await pilot.press("y", "shift+right", "Y")
        await sees(pilot, app, "╭─ Copy")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: len(copied) == 2)
        assert [(one.text[:20], one.what) for one in copied] == [
            ("00000033 00 01 00 02", "4 bytes received, as dump"),
            ("00 01 00 02 ff", "5 bytes received, as hex"),
        ]
        await pilot.press("Y")
        await sees(pilot, app, "╭─ Copy")
        await pilot.press("down")
        await sees(pilot, app, "dump is hex with offsets", "space next value: text hex dump base64 Python C screen")
        await pilot.press("space", "enter")
        await until(pilot, lambda: len(copied) == 3)
        await pilot.press("Y")
        await sees(pilot, app, "╭─ Copy")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: len(copied) == 4)
        assert [one.what for one in copied[2:]] == 2 * ["5 bytes received, as dump"], "it begins with the last form"
        await pilot.press("escape")
        await until(pilot, lambda: "bytes received, from" not in words(app))
        assert view(app).has_focus, "the first Esc ends the selection alone"


@in_app
async def test_the_mouse_selects_and_what_it_is_dragged_over_is_not_pressed(
    still_engine: Engine, copied: list[CopyRequested]
) -> None:
    async with opened(still_engine) as (app, pilot):
        await at_the_traffic(still_engine, app, pilot, b"hello, world\n")
        traffic = view(app)
        row = next(y for y, line in enumerate(words(app).split("\n")) if "hello, world" in line) - traffic.region.y
        column = 2
        await pilot.mouse_down(traffic, offset=(column, row))
        await pilot.hover(traffic, offset=(column + 4, row))
        await until(pilot, lambda: marked(app, "selected") == ["hell"])
        choice = app.query_one(ConnectPane).query_one("#ending", Choice)
        before = choice.value
        await pilot.hover(choice)
        await pilot.mouse_up(choice)
        await pilot.pause()
        assert choice.value == before and app.mouse_captured is None
        await pilot.press("y")
        await until(pilot, lambda: copied)
        assert copied[0].text.startswith("hell")
        await pilot.click(traffic, offset=(traffic.size.width - 4, 0))
        await until(pilot, lambda: traffic.mode == "calls")


@in_app
async def test_a_drag_or_a_double_click_on_what_is_selected_changes_nothing(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        await at_the_traffic(still_engine, app, pilot, *[b"line %d\n" % number for number in range(40)])
        traffic = view(app)
        await pilot.press("g", "shift+right", "shift+right")
        await sees(pilot, app, "2 bytes sent, from 0")
        assert traffic.reading.stand and traffic.reading.reader
        foot, before = traffic.size.height - 1, traffic.reading.reader.selection
        assert foot > traffic.reading.stand.height
        await pilot.mouse_down(traffic, offset=(4, foot))
        await pilot.hover(traffic, offset=(4, 5))
        await pilot.mouse_up(traffic, offset=(4, 5))
        await pilot.click(traffic, offset=(4, foot), times=2)
        assert traffic.reading.reader.selection == before and app.mouse_captured is None


@in_app
async def test_the_traffic_is_read_with_the_focus_in_the_table(still_engine: Engine) -> None:
    async with opened(still_engine, (140, 40)) as (app, pilot):
        await at_the_traffic(still_engine, app, pilot, *[b"line %d\n" % number for number in range(40)])
        table = app.query_one(ConnectPane).query_one(Conversations).table
        app.screen.set_focus(table)
        for key, seen in (
            ("m", "marked: ←"),
            ("left_square_bracket", "HTTP/1.0 200 OK"),
            ("right_square_bracket", "no change of direction from here on"),
            ("apostrophe", "8 bytes received, from"),
            ("less_than_sign", "received alone"),
            ("vertical_line", "nothing to stand beside it"),
            ("Y", "╭─ Copy"),
        ):
            assert table.has_focus, key
            await pilot.press(key)
            await sees(pilot, app, seen)
        await pilot.press("escape", "colon")
        await sees(pilot, app, "offset")
        assert not table.has_focus


@in_app
async def test_calls_are_marked_and_places_gone_to(still_engine: Engine) -> None:
    async with opened(still_engine, failing=True) as (app, pilot):
        await at_the_traffic(still_engine, app, pilot, *[b"line %d\n" % number for number in range(60)])
        await pilot.press("apostrophe")
        await sees(pilot, app, "no call that is shown is marked")
        await pilot.press("g", "m", "G", "apostrophe")
        await sees(pilot, app, "→◈", "line 0")
        app.screen.set_focus(app.query_one(ConnectPane).query_one(Conversations).table)
        await sees(pilot, app, "→◆")
        app.screen.set_focus(view(app))
        await pilot.press("colon", *"in 0x3a", "enter")
        await sees(pilot, app, "1 byte received, from 58 (0x3a)")
        assert marked(app, "cursor byte") == ["l"]
        await pilot.press("colon", *"99999", "enter")
        await sees(pilot, app, "521 bytes received so far")
        await pilot.press("escape")
        await until(pilot, lambda: view(app).has_focus)


@in_app
async def test_each_direction_is_shown_alone(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        conversation = await at_the_traffic(still_engine, app, pilot, b"they say\n")
        canned.send(conversation, b"we say\n", 200)
        await sees(pilot, app, "they say", "we say")
        await pilot.press("less_than_sign")
        await until(pilot, lambda: "received alone" in words(app) and "│ we say" not in words(app))
        canned.receive(conversation, b"they go on\n", 300)
        await sees(pilot, app, "they say", "they go on")
        await pilot.press("less_than_sign")
        await until(pilot, lambda: "sent alone" in words(app) and "│ they say" not in words(app))
        await pilot.press("less_than_sign")
        await sees(pilot, app, "│ they say", "│ we say")


def other_end_of(conversation: Conversation) -> Conversation:
    """The client of a listener of ours that the conversation connected to."""
    other = canned.client(9)
    RECORDER.connected(other, 9, conversation.endpoints.peer, conversation.endpoints.local, canned.NOW_NS)
    return other


@in_app
async def test_both_ends_stand_side_by_side_where_both_are_ours(still_engine: Engine) -> None:
    async with opened(still_engine, (140, 40)) as (app, pilot):
        conversation = await at_the_traffic(still_engine, app, pilot, b"one end\n")
        await pilot.press("vertical_line")
        await sees(pilot, app, "nothing to stand beside it")
        RECORDER.connected(conversation, 7, at("127.0.0.1:40000"), at("127.0.0.1:9000"), canned.NOW_NS)
        listener = canned.listener()
        other = other_end_of(conversation)
        listener.clients[other.number] = other
        still_engine.listeners[listener.number] = listener
        await pilot.press("vertical_line", "z", "z")
        await sees(pilot, app, "left #3, right #9", "one end")
        places = [line.rindex("GET /index.html") for line in words(app).split("\n") if "│ GET /index.html" in line]
        assert min(places) < 10 and max(places) > 70, "each end is in a column of its own"
        reading = view(app).reading
        reading.show(None)
        reading.show(conversation)
        await sees(pilot, app, "left #3, right #9")
        await pilot.press("vertical_line")
        await until(pilot, lambda: "right #9" not in words(app))


@in_app
async def test_a_selected_byte_is_followed_to_the_call_of_the_other_end(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        conversation = await at_the_traffic(still_engine, app, pilot)
        RECORDER.connected(conversation, 7, at("127.0.0.1:40000"), at("127.0.0.1:9000"), canned.NOW_NS)
        other = other_end_of(conversation)
        still_engine.dialled[other.number] = other
        await pilot.press("g", "s")
        size = len(canned.REQUEST)
        await sees(
            pilot, app, f"byte {size - 1}: sent by send #1 (of {size} B)", f"received by recv #1 (of {size} B) 1.0 s"
        )


@in_app
async def test_who_sends_follows_what_comes_of_it(still_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sending, "send", lambda *_: "")
    async with opened(still_engine) as (app, pilot):
        await at_the_traffic(still_engine, app, pilot, *[b"line %d\n" % number for number in range(60)])
        await pilot.press("g")
        await until(pilot, lambda: not view(app).reading.following)
        await pilot.press("i", "x", "enter")
        await until(pilot, lambda: view(app).reading.following)
