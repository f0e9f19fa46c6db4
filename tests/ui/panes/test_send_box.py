"""The box to send from, on the real application."""

from contextlib import closing
from pathlib import Path

from textual import events
from textual.widgets import Input

from sockscope.engine.engine import Engine
from sockscope.record.conversation import State
from sockscope.request import Connect
from sockscope.store.shelf import SavedPayload
from sockscope.ui.panes.connect import ConnectPane
from sockscope.ui.panes.conversations import Conversations
from sockscope.ui.panes.listen import ListenPane
from sockscope.ui.panes.send_box import SendBox
from sockscope.ui.panes.send_field import SendField
from sockscope.ui.screens.sheet import Sheet
from sockscope.ui.widgets.choice import Choice
from sockscope.ui.widgets.field import Field
from sockscope.ui.widgets.lines_field import LINES, MOST_BREAKS
from sockscope.ui.widgets.message_line import MessageLine
from tests.engine.loopback import listening, read_exactly, target_of
from tests.facts import RECORDER
from tests.ui import canned
from tests.ui.conftest import in_app, opened, until, words


@in_app
async def test_a_saved_payload_comes_back_as_it_was_saved(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        box = app.query_one(ConnectPane).query_one(SendBox)
        for payload in (SavedPayload("one", "0a", "hex", "CRLF"), SavedPayload("two", "a", "text", "NUL")):
            box.fill(payload)
            await pilot.pause()
            assert box.written.saved(payload.name) == payload
            assert box.query_one("#ending", Choice).display


@in_app
async def test_who_is_written_to_stays_chosen_also_when_it_ends(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        first, second = canned.client(101), canned.client(102)
        still_engine.listeners[1] = canned.listener(first, second)
        conversations = app.query_one(ListenPane).query_one(Conversations)
        await pilot.press("f4", "escape")
        await until(pilot, lambda: conversations.chosen is second)
        await pilot.press("i", *"for two")
        RECORDER.closed(second)
        RECORDER.listeners.left(still_engine.listeners[1], second)
        third = canned.client(103)
        RECORDER.listeners.arrived(still_engine.listeners[1], third)
        await until(pilot, lambda: third in conversations.table.rows)
        app.tick()
        assert conversations.chosen is second
        await pilot.press("escape")
        await until(pilot, lambda: not conversations.send_box.has_focus_within)
        for _ in range(2):
            app.tick()
            await pilot.pause()
        assert conversations.chosen is second, "what is written there is meant for it"
        await pilot.press("i", "enter")
        await until(pilot, lambda: "not sent: this conversation is" in words(app))
        await pilot.press("escape")
        await until(pilot, lambda: "not sent" not in words(app))
        conversations.query_one(SendField).value = ""
        await until(pilot, lambda: conversations.chosen is third)


@in_app
async def test_each_conversation_is_written_to_in_its_own_manner(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        first, second = canned.client(101), canned.client(102)
        still_engine.listeners[1] = canned.listener(first, second)
        conversations = app.query_one(ListenPane).query_one(Conversations)
        box = conversations.send_box
        await pilot.press("f4", "escape")
        await until(pilot, lambda: conversations.chosen is second)
        box.query_one("#mode", Choice).value = "hex"
        box.query_one("#ending", Choice).value = "own"
        await until(pilot, lambda: box.query_one("#own").region)
        box.query_one("#own", Field).value = "\\x03"
        await pilot.press("escape", "up")
        await until(pilot, lambda: conversations.chosen is first)
        assert manner(box) == ("text", "auto", "") and not box.query_one("#own").display
        box.query_one("#ending", Choice).value = "CRLF"
        await pilot.press("down")
        await until(pilot, lambda: conversations.chosen is second)
        assert manner(box) == ("hex", "own", "\\x03") and box.query_one("#own").display
        await pilot.press("up")
        await until(pilot, lambda: manner(box) == ("text", "CRLF", ""))


def manner(box: SendBox) -> tuple[str, str, str]:
    choices = [box.query_one(name, Choice).value for name in ("#mode", "#ending")]
    return choices[0], choices[1], box.query_one("#own", Field).value


@in_app
async def test_how_much_would_be_sent_is_said_while_it_is_typed_and_why_it_cannot_be_read(
    still_engine: Engine, tmp_path: Path
) -> None:
    (tmp_path / "small").write_bytes(b"x" * 1500)
    async with opened(still_engine) as (app, pilot):
        still_engine.listeners[1] = canned.listener(canned.client(101))
        box = app.query_one(ListenPane).query_one(SendBox)
        await pilot.press("f4", "escape", "i")
        await until(pilot, lambda: box.query_one(SendField).has_focus)
        for typed, mode, ending, said in (
            ("hello", "text", "auto", "7 bytes, with CRLF, as the peer does"),
            ("hello\\r\\n", "text", "auto", "7 bytes"),
            ("hello", "text", "CRLF", "7 bytes, with CRLF"),
            ("hello", "text", "own", "6 bytes, with \\x03 behind it"),
            ("a\nb", "text", "none", "3 bytes, 1 line break as LF"),
            ("01 03 #modbus", "hex", "auto", "4 bytes"),
            ("01 0", "hex", "auto", "0: a byte takes two hex digits, so one is missing or too many"),
            (str(tmp_path / "small"), "file", "auto", "1.5 KiB, 1,500 bytes"),
            (str(tmp_path / "none"), "file", "auto", "there is no such file"),
            ("", "text", "auto", ""),
        ):
            box.query_one("#own", Field).value = "\\x03"
            box.query_one("#mode", Choice).value = mode
            box.query_one("#ending", Choice).value = ending
            box.query_one(SendField).value = typed
            await until(pilot, lambda said=said: box.query_one(MessageLine).said == said)


@in_app
async def test_datagrams_get_no_line_end(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        still_engine.dialled[1] = canned.datagrams()
        box = app.query_one(ConnectPane).query_one(SendBox)
        await pilot.press("f3", "escape", "i", *"hello")
        await until(pilot, lambda: box.query_one(MessageLine).said == "5 bytes")


@in_app
async def test_nothing_is_finished_where_there_is_no_end_of_stream(still_engine: Engine) -> None:
    async with opened(still_engine, (160, 48)) as (app, pilot):
        still_engine.dialled[1] = canned.datagrams()
        conversations = app.query_one(ConnectPane).query_one(Conversations)
        await pilot.press("f3", "escape", "i", *"hello")
        await until(pilot, lambda: conversations.send_box.query_one(MessageLine).said == "5 bytes")
        assert "Repeat" in words(app).splitlines()[-1] and "Finish" not in words(app).splitlines()[-1]
        field = conversations.query_one(SendField)
        field.value = ""
        await pilot.press("enter")
        await until(pilot, lambda: "not sent: nothing is typed" in conversations.send_box.query_one(MessageLine).said)
        field.value = "hello"
        await until(pilot, lambda: conversations.send_box.query_one(MessageLine).said == "5 bytes")
        await pilot.press("ctrl+d")
        await pilot.pause()
        assert conversations.send_box.query_one(MessageLine).said == "5 bytes", "what is typed still stands there"
        assert conversations.offer("finish", "Finish sending") == ""


@in_app
async def test_lines_are_typed_and_pasted_and_enter_sends_them_all(engine: Engine) -> None:
    with listening() as server:
        async with opened(engine) as (app, pilot):
            conversation = engine.connect(Connect(target_of(server, "tcp")))
            with closing(server.accept()[0]) as peer:
                await pilot.press("f3", "escape")
                await until(pilot, lambda: conversation.state is State.CONNECTED)
                field = app.query_one(ConnectPane).query_one(SendField)
                await pilot.press("i", "o", "n", "e", "ctrl+j", "t", "w", "o")
                await until(pilot, lambda: field.region.height == 2)
                app.post_message(events.Paste("3\r4\r\n5\n6\n7"))
                await until(pilot, lambda: field.value == "one\ntwo3\n4\n5\n6\n7")
                await until(pilot, lambda: field.region.height == LINES)
                await pilot.press("up", "up", "up", "up", "home", "x", "up", "end", "y")
                assert field.value == "oney\nxtwo3\n4\n5\n6\n7"
                await pilot.press("enter")
                await until(pilot, lambda: field.region.height == 1 and not field.value)
                assert read_exactly(peer, 19) == b"oney\nxtwo3\n4\n5\n6\n7\n"
                await pilot.press("up")
                assert field.value == "oney\nxtwo3\n4\n5\n6\n7", "it is remembered whole"
                await pilot.press("down", "down")
                assert field.value == ""


@in_app
async def test_too_many_lines_are_not_taken_and_that_is_said(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        still_engine.listeners[1] = canned.listener(canned.client(101))
        box = app.query_one(ListenPane).query_one(SendBox)
        await pilot.press("f4", "escape", "i", "a")
        app.post_message(events.Paste("\n" * (MOST_BREAKS + 1)))
        await until(pilot, lambda: "10,000 lines; send it as a file" in words(app))
        assert box.query_one(SendField).value == "a"
        app.post_message(events.Paste("\n" * MOST_BREAKS))
        await until(pilot, lambda: "20,001 bytes, 10,000 line breaks as CRLF, as the peer does" in words(app))


@in_app
async def test_the_same_key_begins_to_repeat_and_stops_it(engine: Engine) -> None:
    with listening() as server:
        async with opened(engine) as (app, pilot):
            conversation = engine.connect(Connect(target_of(server, "tcp")))
            with closing(server.accept()[0]) as peer:
                await pilot.press("f3", "escape")
                await until(pilot, lambda: conversation.state is State.CONNECTED)
                await pilot.press("i", *"ab\\#", "ctrl+r")
                await until(pilot, lambda: isinstance(app.screen, Sheet))
                app.screen.query_one(Input).value = "1 day"
                await pilot.press("ctrl+s")
                await until(pilot, lambda: "a time is written as 200ms" in words(app))
                app.screen.query_one(Input).value = "20ms"
                await pilot.press("ctrl+s")
                assert read_exactly(peer, 8) == b"ab1\nab2\n"
                repeat = conversation.outgoing.repeat
                assert repeat and repeat.interval_s == 0.02
                await until(pilot, lambda: "ctrl+r stops it" in words(app))
                assert "sent again every 20 ms · " in words(app)
                await until(pilot, lambda: "Stop repeating" in words(app))
                await pilot.press("ctrl+r")
                await until(pilot, lambda: repeat.stopped and "Stop repeating" not in words(app))
                assert not isinstance(app.screen, Sheet)


@in_app
async def test_sending_is_offered_only_where_it_would_go_out(still_engine: Engine) -> None:
    async with opened(still_engine, (160, 48)) as (app, pilot):
        ended, live = canned.client(101), canned.client(102)
        still_engine.listeners[1] = canned.listener(ended, live)
        conversations = app.query_one(ListenPane).query_one(Conversations)
        await pilot.press("f4", "escape")
        await until(pilot, lambda: conversations.chosen is live)

        def offers(*keys: str) -> bool:
            footer = words(app).splitlines()[-1]
            return all((key in footer) is (key in keys) for key in ("Enter Send", "^d Finish", "^r Repeat"))

        await pilot.press("i")
        await until(pilot, lambda: offers("Enter Send", "^d Finish", "^r Repeat"))
        RECORDER.closed(live)
        await until(pilot, lambda: offers())
        conversations.query_one("#to", Choice).value = "all"
        await until(pilot, lambda: offers("Enter Send"))
        RECORDER.closed(ended)
        for client in (ended, live):
            RECORDER.listeners.left(still_engine.listeners[1], client)
        await until(pilot, lambda: offers())


@in_app
async def test_nobody_begins_to_write_to_who_has_ended(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        ended, live = canned.refused(), canned.dialled()
        still_engine.dialled[ended.number] = ended
        conversations = app.query_one(ConnectPane).query_one(Conversations)
        await pilot.press("f3", "escape")
        await until(pilot, lambda: conversations.chosen is ended)
        for key in ("i", "ctrl+r"):
            await pilot.press(key)
            await until(pilot, lambda: "not sent: this conversation is" in words(app))
            assert conversations.table.has_focus and len(app.screen_stack) == 1
            app.clear_notifications()
            await until(pilot, lambda: "not sent" not in words(app))
        still_engine.dialled[live.number] = live
        await until(pilot, lambda: conversations.chosen is live)
        await pilot.press("i")
        assert "WRITING" in words(app)


@in_app
async def test_what_is_written_while_it_still_connects_may_wait(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        connecting = canned.dialled()
        connecting.state = State.CONNECTING
        still_engine.dialled[connecting.number] = connecting
        conversations = app.query_one(ConnectPane).query_one(Conversations)
        await pilot.press("f3", "escape")
        await until(pilot, lambda: conversations.chosen is connecting)
        await pilot.press("i")
        await until(pilot, lambda: conversations.query_one(SendField).has_focus)
