"""What goes on by itself is said on one line, with the key that stops it and all that this key stops."""

import pytest

from sockscope.engine.engine import Engine
from sockscope.record.sequence import SequenceRun, StepRun
from sockscope.record.transfer import Repeat, Transfer
from sockscope.request.sequence import read_sequence
from tests.ui import canned
from tests.ui.conftest import in_app, opened, until, words


@pytest.mark.parametrize(
    ("going_on", "said"),
    [
        ("file", "b stops it"),
        ("repeat", "ctrl+r or b stops it"),
        ("sequence", "b stops it"),
        ("file repeat", "b stops all (file, repeat)"),
        ("repeat sequence", "ctrl+r stops it, b all (repeat, sequence)"),
        ("file repeat sequence", "b stops all (file, repeat, sequence)"),
    ],
)
@in_app
async def test_all_that_the_key_stops_is_said(still_engine: Engine, going_on: str, said: str) -> None:
    async with opened(still_engine, (160, 40)) as (app, pilot):
        conversation = canned.dialled()
        outgoing, sequence = conversation.outgoing, read_sequence("send text ping")
        if "file" in going_on:
            outgoing.transfers = (Transfer("large.bin", 1000, canned.NOW_NS),)
        if "repeat" in going_on:
            outgoing.repeat = Repeat(0.02, canned.NOW_NS)
        if "sequence" in going_on:
            outgoing.sequence = SequenceRun(sequence, canned.NOW_NS, tuple(StepRun() for _ in sequence.steps))
        still_engine.dialled[conversation.number] = conversation
        await pilot.press("f3", "escape")
        await until(pilot, lambda: f" {said} " in words(app))


@in_app
async def test_while_somebody_types_the_letter_stops_behind_esc(still_engine: Engine) -> None:
    async with opened(still_engine, (160, 40)) as (app, pilot):
        conversation = canned.dialled()
        conversation.outgoing.transfers = (Transfer("large.bin", 1000, canned.NOW_NS),)
        still_engine.dialled[conversation.number] = conversation
        await pilot.press("f3", "escape")
        await until(pilot, lambda: " b stops it " in words(app))
        await pilot.press("i")
        await until(pilot, lambda: " Esc, then b stops it " in words(app))
