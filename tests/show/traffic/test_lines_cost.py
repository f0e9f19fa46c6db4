"""What lines of traffic cost: a few steps for each byte of a page, and for a line what is on it."""

import sys
from collections.abc import Callable
from types import FrameType

import pytest

from sockscope.show.traffic.lines import MODES, PAGE_BYTES, Look, page
from tests.show.made import SEGMENT, entry, made, watched


def calls_made(work: Callable[[], object]) -> int:
    """How many functions are called, of Python and of C."""
    count = 0

    def profile(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


WORST = {
    "one line": b"x",
    "line feeds": b"\n",
    "no UTF-8": b"\xff",
    "wide": "日".encode(),
    "four bytes each": "😀".encode(),
    "cut off": b"\xe2\x82",
    "controls": b"\x1b",
    "mixed": "é\n\xff".encode("latin-1"),
    "combining": "e\u0301".encode(),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("piece", WORST.values(), ids=WORST)
def test_a_page_is_laid_out_in_a_few_steps_a_byte(mode: str, piece: bytes) -> None:
    data = (piece * PAGE_BYTES)[:PAGE_BYTES]
    conversation = made([("in", data)])
    the_record = entry(conversation)
    tape = watched(conversation)
    steps = calls_made(lambda: page(conversation, the_record, 0, Look(mode, 80)))
    assert steps < 12 * PAGE_BYTES
    assert tape.read_bytes <= PAGE_BYTES


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("piece", WORST.values(), ids=WORST)
def test_a_line_costs_what_is_on_it(mode: str, piece: bytes) -> None:
    data = (piece * SEGMENT)[:SEGMENT]
    conversation = made([("in", data)])
    shown = page(conversation, entry(conversation), 0, Look(mode, 80))
    tape = watched(conversation)
    before = tape.reads, tape.read_bytes
    for i in range(min(20, shown.height)):
        shown.line(i)
    assert tape.reads - before[0] <= 20
    assert tape.read_bytes - before[1] <= 20 * 80 * 4
