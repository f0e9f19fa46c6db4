"""The screen of details: everything can be read, options are the kernel's, and what is refused is said."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input

from sockscope.engine.engine import Engine
from sockscope.net.endpoint import Endpoint
from sockscope.net.value import Symbol
from sockscope.record.conversation import Conversation
from sockscope.show.layout import wrapped
from sockscope.show.sanitizer import cells
from sockscope.ui.app import SockscopeApp
from sockscope.ui.screens.details import DetailsScreen
from sockscope.ui.terminal.clipboard import CopyRequested
from sockscope.ui.theme.theme import THEME
from sockscope.ui.widgets.live_table import LiveTable
from tests.conftest import wait_until
from tests.engine.loopback import calls, dialled, needs_ipv6
from tests.facts import RECORDER, note
from tests.ui import canned
from tests.ui.conftest import in_app, until, words

FOREIGN = "[b]x[/b]\x1b[2J\u202e"


class Host(App[None]):
    """An application with nothing else on the screen; keeps what is to be copied."""

    VERTICAL_BREAKPOINTS = SockscopeApp.VERTICAL_BREAKPOINTS
    copied = ""

    def __init__(self) -> None:
        super().__init__()
        self.register_theme(THEME)
        self.theme = THEME.name
        self.animation_level = "none"

    def on_copy_requested(self, event: CopyRequested) -> None:
        self.copied = event.text


@dataclass
class Shown:
    app: Host
    pilot: Pilot[None]
    screen: DetailsScreen

    async def says(self, text: str) -> None:
        await until(self.pilot, lambda: text in words(self.app))

    async def enter(self, text: str) -> None:
        field = self.screen.query_one(Input)
        field.value = text
        self.screen.set_focus(field)
        await self.pilot.press("enter")


@asynccontextmanager
async def shown(engine: Engine, conversation: Conversation, size: tuple[int, int] = (120, 36)) -> AsyncIterator[Shown]:
    app = Host()
    async with app.run_test(size=size) as pilot:
        screen = DetailsScreen(engine, conversation)
        app.push_screen(screen)
        await until(pilot, lambda: app.screen is screen and app.focused)
        yield Shown(app, pilot, screen)


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch, still_engine: Engine) -> Engine:
    """An engine whose kernel always says the same."""

    def read_options(conversation: Conversation) -> None:
        conversation.options = {"NODELAY": "off", "SNDBUF": "87040", "RCVBUF": "131072"}

    monkeypatch.setattr(still_engine, "read_options", read_options)
    return still_engine


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (60, 15)], ids=lambda size: f"{size[0]}x{size[1]}")
@in_app
async def test_details_options_and_field_fit_on_the_screen(answered: Engine, size: tuple[int, int]) -> None:
    async with shown(answered, canned.client(), size) as details:
        title, kind = "#7 127.0.0.1:51334", "TCP (AF_INET, SOCK_STREAM)"
        for expected in (title, kind, "87,040 bytes", "NAME=value", "Esc closes"):
            await details.says(expected)
        await details.pilot.press("escape")
        await until(details.pilot, lambda: details.app.screen is not details.screen)


@pytest.mark.parametrize(("up", "down", "first", "last"), [("k", "j", "g", "G"), ("up", "down", "home", "end")])
@in_app
async def test_details_that_are_longer_than_the_screen_scroll(
    still_engine: Engine, up: str, down: str, first: str, last: str
) -> None:
    conversation = canned.refused()
    conversation.dialling.attempts *= 30
    conversation.dialling.attempted = len(conversation.dialling.attempts)
    async with shown(still_engine, conversation, (80, 24)) as details:
        assert "30            127.0.0.1:1" not in words(details.app)
        await details.pilot.press(last)
        await details.says("30            127.0.0.1:1")
        await details.pilot.press(first)
        await details.says("what went wrong")
        await details.pilot.press(down, down, down)
        await until(details.pilot, lambda: "what went wrong" not in words(details.app))
        await details.pilot.press(up, up, up)
        await details.says("what went wrong")
        await details.pilot.press("pagedown")
        await until(details.pilot, lambda: "what went wrong" not in words(details.app))


@pytest.mark.usefixtures("frozen")
@in_app
async def test_what_is_long_is_wrapped_beside_its_label_also_for_another_width(still_engine: Engine) -> None:
    conversation = canned.refused()
    conversation.reason = " ".join(f"word{n}" for n in range(40))
    async with shown(still_engine, conversation, (120, 50)) as details:
        await details.says("exactly")
        for width in (120, 80):
            await details.pilot.resize_terminal(width, 50)
            await until(details.pilot, lambda: "word39" in words(details.app))
            lines = [line for line in words(details.app).splitlines() if "word" in line]
            assert len({line.index("word") for line in lines}) == 1
            assert 2 < len(lines) < 8, "as many words on a line as there is room for"


@in_app
async def test_it_goes_on_telling_while_it_is_open(answered: Engine) -> None:
    conversation = canned.client()
    async with shown(answered, conversation) as details:
        await details.says("connected")
        RECORDER.failed(conversation, "ECONNRESET", "the reason")
        await details.says("the reason")


@in_app
async def test_foreign_text_is_no_markup_and_harmless(still_engine: Engine) -> None:
    conversation = canned.refused()
    conversation.endpoints.peer, conversation.target = Endpoint(1, path=FOREIGN), FOREIGN
    RECORDER.remark(conversation, "foreign", FOREIGN)
    async with shown(still_engine, conversation) as details:
        await details.says("#4 [b]x[/b]␛[2J\\u{202e}")
        assert words(details.app).count("[b]x[/b]␛[2J\\u{202e}") == 4


@in_app
async def test_the_chosen_option_says_all_of_what_it_does(answered: Engine) -> None:
    async with shown(answered, canned.client(), (80, 24)) as details:
        await details.says("off).")
        await details.pilot.press("tab", "down")
        await details.says("net.core.wmem_max.")
        await details.pilot.press("enter")
        await until(details.pilot, lambda: isinstance(details.app.focused, Input))
        assert details.screen.query_one(Input).value == "SNDBUF="


@in_app
async def test_everything_is_copied_as_text(answered: Engine) -> None:
    async with shown(answered, canned.client()) as details:
        await details.says("87,040")
        await details.pilot.press("y")
        await until(details.pilot, lambda: details.app.copied)
        lines = details.app.copied.splitlines()
    assert lines[:2] == ["socket", "kind: TCP (AF_INET, SOCK_STREAM)"]
    assert lines[-4:] == ["socket options", "NODELAY=off", "SNDBUF=87040 bytes", "RCVBUF=131072 bytes"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("bogus", "an option is written NAME=value"),
        ("NODELAY=perhaps", "NODELAY is on or off"),
        ("[b]=1", "[b] is not an option"),
    ],
)
@in_app
async def test_what_is_no_option_is_said_and_stays_to_be_corrected(answered: Engine, typed: str, said: str) -> None:
    async with shown(answered, canned.client()) as details:
        await details.enter(typed)
        await details.says(said)
        assert details.screen.query_one(Input).value == typed
        await details.pilot.press("x")
        await until(details.pilot, lambda: said not in words(details.app))


@in_app
async def test_an_earlier_refusal_is_not_taken_for_the_answer(answered: Engine) -> None:
    conversation = canned.client()
    note(conversation, canned.call("setsockopt", 7, (Symbol("SO_SNDBUF"), 1), None, -100, "EPERM"))
    async with shown(answered, conversation) as details:
        await details.enter("TTL=9")
        details.screen.tick()
        await details.pilot.pause()
        assert "EPERM" not in words(details.app)
        note(conversation, canned.call("setsockopt", 7, (Symbol("IP_TTL"), 9), None, -50, "EPERM"))
        await details.says("not set: setsockopt(7, IP_TTL, 9) gave EPERM: this user may not")


@in_app
async def test_nothing_is_set_where_there_is_no_socket(answered: Engine) -> None:
    conversation = canned.client()
    async with shown(answered, conversation) as details:
        RECORDER.closed(conversation)
        await details.enter("NODELAY=on")
        await details.says("not set: the socket is closed")
    async with shown(answered, conversation) as details:
        await until(details.pilot, lambda: "y copies · Esc closes" in words(details.app))
        assert not details.screen.query(Input) and "Tab to the options" not in words(details.app)
    async with shown(answered, canned._conversation(9, "example.com:80")) as details:
        await details.enter("NODELAY=on")
        await details.says("not set: there is no connection yet")


def test_the_kernel_is_asked_again_and_again_and_what_it_says_is_shown(engine: Engine) -> None:
    with dialled(engine) as (conversation, _):

        @in_app
        async def look() -> None:
            async with shown(engine, conversation) as details:
                await until(details.pilot, lambda: conversation.options)
                await details.enter("nodelay=on")
                await until(details.pilot, lambda: conversation.options.get("NODELAY") == "on")
                table = details.screen.query_one(LiveTable)
                await until(details.pilot, lambda: table.rows and "NODELAY\ton" in table.row_text(table.rows[0]))
                assert not details.screen.query_one(Input).value
                engine.set_option(conversation, "NODELAY=off")
                wait_until(lambda: calls(conversation, "setsockopt")[-1].arguments[-1] == 0)
                conversation.options = {}
                await until(details.pilot, lambda: conversation.options.get("NODELAY") == "off")

        look()


@needs_ipv6
def test_what_the_kernel_refuses_is_said_in_words_and_a_success_is_not(engine: Engine) -> None:
    with dialled(engine, "::1") as (conversation, _):

        @in_app
        async def look() -> None:
            async with shown(engine, conversation) as details:
                await details.enter("V6ONLY=on")
                await details.says("gave EINVAL: it comes too late")
                await details.enter("TTL=9")
                await until(details.pilot, lambda: conversation.options.get("TTL") == "9")
                await until(details.pilot, lambda: "EINVAL" not in words(details.app))

        look()


@pytest.mark.parametrize(
    ("text", "room", "lines"),
    [
        ("", 5, [""]),
        ("abcde", 5, ["abcde"]),
        ("abc def", 5, ["abc", "def"]),
        ("abcdefg", 5, ["abcde", "fg"]),
        ("日本語", 5, ["日本", "語"]),
        ("ab  cdefgh", 4, ["ab ", "cdef", "gh"]),
    ],
)
def test_a_line_is_cut_at_a_space_or_where_the_room_ends(text: str, room: int, lines: list[str]) -> None:
    assert wrapped(text, room) == lines
    assert all(cells(line) <= room for line in wrapped(text, room))
