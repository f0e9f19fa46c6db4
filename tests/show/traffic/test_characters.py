"""Characters that are cut between calls are shown once, whole, and nothing else is lost or invented."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.net.socket_kind import UDP
from sockscope.show.sanitizer import safe
from sockscope.show.traffic.characters import begun, is_text
from sockscope.show.traffic.lines import Look
from sockscope.show.traffic.scroller import Scroller
from sockscope.show.traffic.strand import Whole
from tests.show.made import all_lines, made, text

AUTO = Look("auto", 80)
MIXED = '{"path":"프로젝트/日本語.ts","mood":"🙂é"}\n'


def shown(*calls: bytes, way: str = "in", look: Look = AUTO) -> list[str]:
    """What stands behind the gutter in the lines of the bytes, without the marks of a cut."""
    lines = [text(line) for line in all_lines(made([(way, call) for call in calls]), look)]
    return [line[2:].removesuffix("┄") for line in lines if line[0] in "│┆"]


@pytest.mark.parametrize("size", range(1, 12))
def test_each_character_is_shown_once_however_the_calls_cut_it(size: int) -> None:
    data = MIXED.encode()
    calls = [data[at : at + size] for at in range(0, len(data), size)]
    assert "".join(shown(*calls)) == safe(MIXED)


@given(st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=40), st.data())
def test_any_text_is_shown_whole_cut_anywhere(words: str, drawn: st.DataObject) -> None:
    data = words.encode()
    cuts = sorted(drawn.draw(st.sets(st.integers(1, max(1, len(data) - 1)), max_size=6)))
    edges = [0, *(cut for cut in cuts if cut < len(data)), len(data)]
    calls = [data[first:last] for first, last in pairwise(edges)]
    assert "".join(shown(*calls, look=Look("text", 200))) == safe(words)


def test_a_cut_is_marked_at_both_sides() -> None:
    lines = [text(line) for line in all_lines(made([("in", b"a\xed\x94"), ("in", b"\x84b")]), AUTO)]
    assert [line for line in lines if line[0] == "│"] == ["│ a프┄", "│┄b"]


def test_bytes_of_the_other_direction_lie_between_and_complete_nothing() -> None:
    calls = [("in", b"a\xed\x94"), ("out", b"\x84"), ("in", b"\x84b"), ("out", b"\xc3")]
    lines = [text(line) for line in all_lines(made(calls), Look("text", 80))]
    assert [line for line in lines if line[0] == "│"] == ["│ a프┄", "│ \\x84", "│┄b", "│ \\xc3"]


def test_what_nothing_completes_stays_bytes() -> None:
    assert shown(b"ab\xed\x94", b"cd", look=Look("text", 80)) == ["ab\\xed\\x94", "cd"]
    assert shown(b"\x94\x84cd", look=Look("text", 80)) == ["\\x94\\x84cd"]


def test_a_view_shows_a_character_whole_once_the_rest_of_it_has_come() -> None:
    conversation = made([("in", b"a\xed")])
    scroller = Scroller(Whole(conversation), AUTO)
    assert text(scroller.window(scroller.first(), 10)[-1]) == "│ a\\xed"
    tape = conversation.tape
    for piece in (b"\x94", b"\x84b"):
        room = tape.room()
        room[: len(piece)] = piece
        tape.received(room, len(piece), 1, 1)
        scroller.window(scroller.first(), 10)
    lines = [text(line) for line in scroller.window(scroller.first(), 10)]
    assert [line for line in lines if line[0] == "│"] == ["│ a프┄", "│┄", "│┄b"]


def test_each_datagram_stands_for_itself() -> None:
    conversation = made([("in", b"a\xed\x94"), ("in", b"\x84b")], transport=UDP)
    lines = [text(line) for line in all_lines(conversation, Look("text", 80))]
    assert [line for line in lines if line[0] == "│"] == ["│ a\\xed\\x94", "│ \\x84b"]


@pytest.mark.parametrize(
    ("data", "so"),
    [
        (b"", True),
        (b"GET / HTTP/1.1\r\n\r\n", True),
        ("日本語\t\x1b[1m".encode(), True),
        (b"AT+CSQ\r", True),
        (b"a\x00b", False),
        (b"\x7f", False),
        (b"\xff\xfe", False),
        (b"\xed", False),
        (b"caf\xc3", True),
        (bytes(range(256)), False),
        ("à".encode("latin-1") + b"!", False),
    ],
)
def test_what_reads_as_text(data: bytes, so: bool) -> None:
    assert is_text(data) is so


@given(st.binary(max_size=12))
def test_what_begins_a_character_never_takes_more_than_is_there(data: bytes) -> None:
    count = begun(data)
    assert 0 <= count <= min(3, len(data))
    if count:
        (data[:-count]).decode(errors="replace")
        with pytest.raises(UnicodeDecodeError):
            data[-count:].decode()
