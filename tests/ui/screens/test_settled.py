"""A screen is styled and laid out once, for the size it has, and a step of the focus draws no whole frame."""

from collections.abc import Iterable

import pytest
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode

from sockscope.engine.engine import Engine
from sockscope.session import Session
from sockscope.show.wall_clock import UNSET
from sockscope.ui.app import SockscopeApp
from tests.ui.conftest import in_app, until

FEW = 4  # a pane or two, a field that is left and one that is entered


@pytest.fixture
def frames(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """One for every whole frame that was drawn."""
    drawn: list[bool] = []
    monkeypatch.setattr(SockscopeApp, "drew_everything", lambda app: drawn.append(True))
    return drawn


@pytest.fixture
def styled(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many widgets were styled anew, each time."""
    counts: list[int] = []
    update = Stylesheet.update_nodes

    def counted(sheet: Stylesheet, nodes: Iterable[DOMNode], animate: bool = False) -> None:
        nodes = list(nodes)
        counts.append(len(nodes))
        update(sheet, nodes, animate)

    monkeypatch.setattr(Stylesheet, "update_nodes", counted)
    return counts


@in_app
@pytest.mark.parametrize("size", [(160, 48), (120, 36), (80, 24), (40, 12)], ids=str)
async def test_nothing_is_styled_twice_before_the_first_frame(
    engine: Engine, styled: list[int], frames: list[bool], size: tuple[int, int]
) -> None:
    app = SockscopeApp(Session(engine), wall=UNSET)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert max(styled) <= FEW
        assert len(frames) <= 2, "Textual lays a screen out once more when it knows how large everything is"
        await pilot.press("o" if size[1] < 20 else "f1")
        await pilot.pause()
        assert max(styled) <= FEW


@in_app
async def test_another_size_is_another_look(engine: Engine) -> None:
    app = SockscopeApp(Session(engine), wall=UNSET)
    async with app.run_test(size=(120, 36)) as pilot:
        assert {"-wide", "-high"} <= app.screen.classes
        for size, classes in (((80, 24), {"-narrow", "-low"}), ((160, 48), {"-broad", "-tall"})):
            await pilot.resize_terminal(*size)
            await until(pilot, lambda classes=classes: classes <= app.screen.classes)
            assert app.screen.size == size
            assert not {"-wide", "-high"} & app.screen.classes


@in_app
async def test_a_sheet_follows_the_terminal(engine: Engine) -> None:
    app = SockscopeApp(Session(engine), wall=UNSET)
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("f1")
        await until(pilot, lambda: "-wide" in app.screen.classes and len(app.screen_stack) == 2)
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: all("-narrow" in screen.classes for screen in app.screen_stack))


@in_app
async def test_a_step_of_the_focus_draws_no_whole_frame(engine: Engine, frames: list[bool]) -> None:
    app = SockscopeApp(Session(engine), wall=UNSET)
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        frames.clear()
        first = app.focused
        await pilot.press("tab", "tab", "shift+tab")
        await pilot.pause()
        assert app.focused is not first
        assert not frames
