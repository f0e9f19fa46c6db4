"""Which calls a person wants: what each word means, and what cannot be read."""

import pytest

from sockscope.net.value import Symbol
from sockscope.record.fact import Call, Refusal
from sockscope.show.call_log.line import line
from sockscope.show.call_log.log import Log
from sockscope.show.call_log.source import Scope
from sockscope.show.call_log.wanted import read
from sockscope.show.layout import plain
from sockscope.show.sanitizer import cells
from sockscope.show.wall_clock import UNSET
from tests.facts import note
from tests.show.made import START_NS, made

SEND = Call("send", 7, (5,), 5, "", START_NS, 20_000_000)
FAILED = Call("connect", 12, (Symbol("nowhere"),), None, "ECONNREFUSED", START_NS, 400)
REFUSED = Refusal("reset", 7, (), "EINVAL", START_NS, "datagrams have no reset")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", "sfr"),
        ("send", "s"),
        ("SEND", ""),
        ("fd 7", "sr"),
        ("fd 7 send", "s"),
        ('"fd 7"', ""),
        ("fd", ""),
        ("error", "fr"),
        ("econnrefused", "f"),
        (">10ms", "s"),
        ("<1us", "fr"),
        (">0.3us <1us", "f"),
        ('"= 5"', "s"),
        ('"no reset"', "r"),
        ("#1", "sfr"),
        ("#2", ""),
        ("fd 7 error datagrams", "r"),
    ],
)
def test_each_word_must_be_so(typed: str, kept: str) -> None:
    wanted = read(typed)
    calls: dict[str, Call | Refusal] = {"s": SEND, "f": FAILED, "r": REFUSED}
    assert "".join(key for key, call in calls.items() if wanted.keeps(call, "#1")) == kept
    assert not wanted.trouble
    assert wanted.keeps(None, "#1") is wanted.empty


def test_what_cannot_be_read_is_said_and_filters_nothing() -> None:
    assert read(">1x").trouble.startswith(">1x: behind > stands a time, as >10ms")
    assert read(">\x1b[m <").empty
    assert "\x1b" not in read(">\x1b[m").trouble


@pytest.mark.parametrize("room", [60, 80, 120])
def test_a_line_is_harmless_and_fits(room: int) -> None:
    conversation = made([("in", b"x")])
    note(conversation, Call("bind", 7, ("\x1b[2J\u202e" * 20,), None, "EACCES", START_NS, 5, "\x07"))
    log = Log(lambda: Scope((conversation,)))
    log.look_back(10)
    texts = [plain([line(one, UNSET, room)]) for at in (-1, -2) if (one := log.line(at))]
    assert all(cells(text) <= room and text.isprintable() for text in texts)
    assert "EACCES" in texts[0] and "#1" in texts[0]
    assert "recv(" in texts[1] and "← " in texts[1]
    assert "a call, dropped" in plain([line(log.line(-1)._replace(number=99), UNSET, room)])  # type: ignore[union-attr]


def test_what_is_under_way_is_no_error() -> None:
    assert not read("error").keeps(Call("connect", 7, (), None, "EINPROGRESS", START_NS, 400), "")
