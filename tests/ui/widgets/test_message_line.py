"""What is wrong beside a field: as many lines as the screen has room for."""

import pytest

from sockscope.engine.engine import Engine
from sockscope.ui.panes.connect import ConnectPane
from sockscope.ui.widgets.form import Form
from sockscope.ui.widgets.message_line import MessageLine
from tests.ui.conftest import in_app, opened, until, words

LONG = "what an error means, and what can be done about it; " * 30


@pytest.mark.parametrize(("height", "lines"), [(18, 3), (24, 4), (30, 6), (36, 6), (50, 6)])
@in_app
async def test_a_message_has_more_lines_where_there_is_room(still_engine: Engine, height: int, lines: int) -> None:
    async with opened(still_engine, (100, height)) as (app, pilot):
        await pilot.press("f3")
        form = app.query_one(ConnectPane).query_one(Form)
        message = form.query(MessageLine).first()
        form.wrong = LONG
        await until(pilot, lambda: message.size.height == lines)
        await until(pilot, lambda: words(app).splitlines()[message.region.bottom - 1].rstrip("│ ").endswith("…"))
        form.wrong = "short"
        await until(pilot, lambda: message.size.height == 1)
        assert "…" not in words(app).splitlines()[message.region.y]
