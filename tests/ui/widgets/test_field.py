"""What an empty field says, by its width."""

from sockscope.engine.engine import Engine
from sockscope.ui.widgets.field import Field
from tests.ui.conftest import in_app, opened, until


@in_app
async def test_an_empty_field_says_less_where_there_is_less_room(still_engine: Engine) -> None:
    async with opened(still_engine) as (app, pilot):
        field = Field("find words, with many words about how", brief="words")
        field.styles.width = 60
        await app.screen.mount(field)
        await until(pilot, lambda: field.size and field.placeholder == "find words, with many words about how")
        field.styles.width = 20
        await until(pilot, lambda: field.placeholder == "words")
        field.hint("find bytes, with many words about how", "bytes")
        assert field.placeholder == "bytes"
        field.styles.width = 60
        await until(pilot, lambda: field.placeholder == "find bytes, with many words about how")
