"""The contract with Textual: what the one file that touches its internals takes for granted."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual._styles_cache import StylesCache
from textual.app import ComposeResult
from textual.drivers import linux_driver
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message
from textual.message_pump import MessagePump
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Static

import sockscope.ui
from sockscope.ui.terminal import textual_internals as internals
from tests.ui.conftest import in_app, undrawn_until, until


class Touchy(Static):
    """Fails when it is asked to, while it is drawn or while a key is pressed."""

    can_focus = True
    failing = False

    def render(self) -> str:
        if self.failing:
            raise ZeroDivisionError
        return "as it should be"

    def on_key(self, event: events.Key) -> None:
        raise LookupError


class Hooked(internals.HookedApp):
    """Keeps what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.failures: list[tuple[type, bool]] = []
        self.frames = 0

    def compose(self) -> ComposeResult:
        yield Touchy()
        yield Static("beside it", id="beside")

    def failed(self, error: Exception, callback: object = None) -> None:
        self.failures.append((type(error), internals.while_drawing(error)))

    def drew_everything(self) -> None:
        self.frames += 1


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """What goes through the places where Textual makes calls and hands over messages."""
    seen: list[Any] = []

    async def call(callback: Any, *params: object) -> Any:
        seen.append((internals.current_app(), internals.current_pump()))
        return await internals.call(callback, *params)

    async def dispatch(pump: MessagePump, message: Message) -> None:
        seen.append((pump, type(message)))
        await internals.dispatch(pump, message)

    internals.replace_calls(call, dispatch)
    yield seen
    internals.replace_calls(internals.call, internals.dispatch)


async def drawn(app: Hooked, pilot: Pilot[None]) -> Touchy:
    await until(pilot, lambda: app.frames)
    return app.query_one(Touchy)


@in_app
async def check_calls(seen: list[Any]) -> None:
    app, done = Hooked(), []
    async with app.run_test() as pilot:
        widget = await drawn(app, pilot)

        def ticked() -> None:
            done.append(internals.current_pump())

        widget.set_timer(0.01, ticked)
        widget.call_later(ticked)
        await until(pilot, lambda: len(done) == 2)
        assert done == [widget, widget]
        assert (app, widget) in seen
        assert (widget, events.Mount) in seen and (widget, events.Compose) in seen


def test_every_call_and_every_message_goes_through_one_place_that_knows_for_whom(seen: list[Any]) -> None:
    check_calls(seen)


@in_app
async def test_what_fails_while_drawing_is_told_from_what_fails_elsewhere() -> None:
    app = Hooked()
    async with app.run_test() as pilot:
        widget = await drawn(app, pilot)
        frames, widget.failing = app.frames, True
        widget.refresh()
        await undrawn_until(lambda: app.failures)
        app.screen.refresh(layout=True)
        await undrawn_until(lambda: len(app.failures) > 1)
        assert set(app.failures) == {(ZeroDivisionError, True)}
        assert app.frames == frames, "no whole frame could be made"
        widget.failing = False
        app.screen.refresh(layout=True)
        await until(pilot, lambda: app.frames > frames)


@in_app
async def test_a_part_of_the_screen_is_no_frame() -> None:
    app = Hooked()
    async with app.run_test() as pilot:
        await drawn(app, pilot)
        await pilot.pause()
        frames, beside = app.frames, app.query_one("#beside", Static)
        beside.update("not so any more")
        await until(pilot, lambda: "not so" in str(beside.render()))
        await pilot.pause()
        assert app.frames == frames


@in_app
async def check_failure() -> None:
    app = Hooked()
    async with app.run_test() as pilot:
        await drawn(app, pilot)
        assert not app.closing
        app.close_with(3, OverflowError())
        await until(pilot, lambda: app.return_code == 3)


def test_the_application_can_be_closed_for_a_reason() -> None:
    with pytest.raises(OverflowError):
        check_failure()


@in_app
async def test_it_is_known_when_the_application_is_closing() -> None:
    app = Hooked()
    async with app.run_test() as pilot:
        await drawn(app, pilot)
        app.exit()
        assert app.closing


def test_the_cache_of_colours_can_be_emptied() -> None:
    cache = StylesCache.get_inner_outer
    internals.forget_colours()
    assert cache.cache_info().currsize == 0


def test_the_keyboard_is_decoded_by_what_the_driver_finds_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    beside = vars(linux_driver)
    monkeypatch.setitem(beside, "getincrementaldecoder", beside["getincrementaldecoder"])  # put back behind
    internals.decode_keys_with(dict)
    assert beside["getincrementaldecoder"]("utf-8") is dict
    assert "getincrementaldecoder" in LinuxDriver.run_input_thread.__code__.co_names


@in_app
async def test_a_driver_that_never_wrote_can_be_closed() -> None:
    app = Hooked()
    async with app.run_test():
        driver = LinuxDriver(app)
        assert not internals.writes(driver)
        internals.forget_writer(driver)
        driver.close()


@in_app
async def test_the_mouse_is_given_to_the_terminal_and_taken_back() -> None:
    app = Hooked()
    async with app.run_test():
        before, driver = app._driver, LinuxDriver(app)
        written: list[str] = []
        driver.write, driver.flush = written.append, lambda: None  # type: ignore[method-assign, assignment]
        app._driver = driver
        try:
            assert not internals.turn_mouse(app)
            assert "\x1b[?1000l" in "".join(written) and "\x1b[?1000h" not in "".join(written)
            written.clear()
            assert internals.turn_mouse(app)
            assert "\x1b[?1000h" in "".join(written)
            internals.write_to_terminal(app, "ours")
            assert written[-1] == "ours"
        finally:
            app._driver = before


def private_names(source: str) -> list[str]:
    """What a module imports of Textual that Textual keeps to itself."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "textual":
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return [name for name in found if "._" in name]


def test_no_other_file_touches_textuals_internals() -> None:
    home = Path(sockscope.ui.__path__[0])
    touching = [path.name for path in home.rglob("*.py") if private_names(path.read_text())]
    assert touching == ["textual_internals.py"]
    own = {name for name in vars(Widget) if name.startswith("_") and not name.startswith("__")}
    assert own, "Textual marks what it keeps to itself"
