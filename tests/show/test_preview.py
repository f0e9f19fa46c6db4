"""What a conversation is about, in one line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.record.flow import HEAD_BYTES, Flow, Head, Meter
from sockscope.record.recorder import Recorder
from sockscope.show.preview import first_line, in_cells, preview
from sockscope.show.sanitizer import safe
from tests.show.made import connected


def head(received: bytes = b"", sent: bytes = b"", *, peer_began: bool = True) -> Head:
    made = Head()
    made.received, made.sent, made.peer_began = received, sent, peer_began
    return made


@pytest.mark.parametrize(
    ("asked", "answered", "said"),
    [
        (b"POST /second?x=1 HTTP/1.1\r\nHost: x\r\n", b"HTTP/1.1 200 OK\r\n", "POST /second?x=1 → 200 OK"),
        (b"GET / HTTP/1.0\r\n\r\n", b"", "GET /"),
        (b"AT+CSQ\r", b"\r\n+CSQ: 17\r\n\r\nOK\r\n", "AT+CSQ → +CSQ: 17"),
        (b"\x01\x03\x00\x00\x00\x02\xc4\x0b", b"\x01\x03\x04\x00", "01 03 00 00 00 02 c4 0b → 01 03 04 00"),
        (bytes(range(200, 220)), b"", "c8 c9 ca cb cc cd ce cf …"),
        ("Grüße, 世界\n".encode(), b"", "Grüße, 世界"),
        ("ü".encode()[:1], b"", "c3"),
        (b"\n\nhello", b"", "hello"),
        (b"hello\0\xff\n", b"a\0b", "68 65 6c 6c 6f 00 ff 0a → 61 00 62"),
        (b"\0\0\0A", b"", "00 00 00 41"),
        (b"HTTP/1.1 204 \r\n", b"", "204"),
        (b"", b"", ""),
    ],
)
def test_the_first_line_each_way(asked: bytes, answered: bytes, said: str) -> None:
    assert preview(head(asked, answered)) == said
    assert preview(head(answered, asked, peer_began=False)) == said


@given(st.binary(max_size=HEAD_BYTES), st.binary(max_size=HEAD_BYTES), st.booleans())
def test_it_is_one_harmless_line_whatever_comes(received: bytes, sent: bytes, peer_began: bool) -> None:
    said = preview(head(received, sent, peer_began=peer_began))
    assert said == safe(said) and "\n" not in said


@given(st.binary())
def test_a_first_line_is_never_longer_than_what_it_is_of(data: bytes) -> None:
    assert len(first_line(data)) <= max(len(data) * 4, 32)


@given(st.lists(st.tuples(st.booleans(), st.binary(min_size=1, max_size=60)), max_size=12))
def test_the_record_keeps_the_beginning_of_each_direction(moves: list[tuple[bool, bytes]]) -> None:
    conversation, recorder = connected(), Recorder()
    conversation.flow = Flow(Meter())
    went: dict[bool, bytes] = {True: b"", False: b""}
    for inwards, data in moves:
        went[inwards] += data
        if inwards:
            room = conversation.tape.room()
            room[: len(data)] = data
            recorder.received(conversation, room, len(data), 1)
        else:
            recorder.sent(conversation, memoryview(data), len(data), 1)
    assert (conversation.head.received, conversation.head.sent) == (went[True][:HEAD_BYTES], went[False][:HEAD_BYTES])
    assert conversation.head.peer_began is (moves[0][0] if moves else False)


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("GET /x → 200 OK", 20, "GET /x → 200 OK     "),
        ("GET /a/long/path → 200 OK", 20, "GET /a/lon… → 200 OK"),
        ("GET /a/long/path → a long answer too", 20, "GET /a/… → a long a…"),
        ("GET /a/long/path", 10, "GET /a/lo…"),
    ],
)
def test_where_there_is_no_room_the_question_is_cut_first(text: str, width: int, shown: str) -> None:
    assert in_cells(text, width) == shown
