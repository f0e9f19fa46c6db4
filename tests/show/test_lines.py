"""Lines of traffic: every byte once and in order, nothing wider than the view, and a gutter that is ours alone."""

import socket
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sockscope.net.endpoint import Endpoint
from sockscope.net.socket_kind import UDP, UNIXGRAM, SocketKind
from sockscope.net.value import Struct, Symbol
from sockscope.record.conversation import Conversation, State
from sockscope.record.fact import Call, Facts
from sockscope.record.tape import Kind, TapeEntry
from sockscope.show.call_line import call_line
from sockscope.show.lines import MODES, PAGE_BYTES, Line, Look, Window, hex_parts, page, pages, text_spans
from sockscope.show.sanitizer import cells, safe, safe_bytes
from sockscope.show.wall_clock import fixed
from tests.facts import AF_INET, RECORDER, STREAM, note
from tests.show.made import (
    MS,
    SECOND,
    SEGMENT,
    START_NS,
    Canned,
    all_lines,
    canned,
    datagrams,
    drop,
    happen,
    history,
    made,
    payloads,
    receive,
    secured,
    send,
    text,
    watched,
)

GUTTERS = {"← ", "→ ", "│ ", "┆ ", "· "}
widths = st.integers(28, 130)
text_widths = st.integers(14, 130)
directions = st.sampled_from(["in", "out"])


def record(conversation: Conversation, number: int = 0) -> TapeEntry:
    found = conversation.tape.record(number)
    assert found is not None
    return found


def page_lines(shown: Window) -> list[Line]:
    return [shown.line(i) for i in range(shown.height)]


def lines_of(conversation: Conversation, mode: str = "hex", width: int = 80, number: int = 0) -> list[str]:
    """A record's lines as they are read."""
    look = Look(mode, width)
    the_record = record(conversation, number)
    return [
        text(line)
        for i in range(pages(the_record, look))
        for line in page_lines(page(conversation, the_record, i, look))
    ]


def of_role(line: Line, role: str) -> str:
    return "".join(part for part, its_role in line if its_role == role)


def body(conversation: Conversation, look: Look) -> list[Line]:
    """The lines of the first record without its head."""
    return [line for line in all_lines(conversation, look) if line[0][0] in ("│ ", "┆ ")]


# Hex.


@pytest.mark.parametrize(
    ("width", "count"), [(200, 16), (120, 16), (79, 16), (60, 8), (46, 8), (40, 4), (29, 4), (24, 4), (1, 4)]
)
def test_as_many_bytes_as_fit_are_on_a_hex_line(width: int, count: int) -> None:
    assert Look("hex", width).bytes_per_line == count
    conversation = made([("in", bytes(range(count * 2 + 1)))])
    assert [len(of_role(line, "text")) for line in body(conversation, Look("hex", width))] == [count, count, 1]


@given(st.integers(29, 200), st.integers(0, 2**36 - 1))
@example(77, 2**36 - 16)
@example(45, 2**36 - 16)
def test_a_hex_line_is_no_wider_than_the_view(width: int, offset: int) -> None:
    count = Look("hex", width).bytes_per_line
    assert 2 + len(text(hex_parts(offset, bytes(count), count))) <= width
    if count < 16:
        assert 2 + len(text(hex_parts(0, bytes(count * 2), count * 2))) + 1 >= width, "more would have fitted"


@pytest.mark.parametrize("width", [77, 78, 79, 80, 45, 46])
@pytest.mark.parametrize("offset", [2**32, 2**36, 2**40 - 16])
def test_a_hex_line_is_no_wider_than_the_view_after_many_gigabytes(width: int, offset: int) -> None:
    count = Look("hex", width).bytes_per_line
    line = hex_parts(offset, bytes(count), count)
    assert 2 + len(text(line)) <= width, "the last characters would be cut off"
    assert of_role(line, "offset").strip().endswith(f"{offset:x}"[-8:])


def test_hex_is_written_as_people_know_it() -> None:
    conversation = made([("out", b"first"), ("in", b"GET / HTTP/1.1\r\nHost: \xff\x00~\x7f")])
    assert lines_of(conversation, number=1)[1:] == [
        "│ 00000005 47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a GET / HTTP/1.1..",
        "│ 00000015 48 6f 73 74 3a 20 ff 00  7e 7f                   Host: ..~.",
    ]
    assert lines_of(conversation, width=60, number=1)[1:3] == [
        "│ 00000005 47 45 54 20  2f 20 48 54 GET / HT",
        "│ 0000000d 54 50 2f 31  2e 31 0d 0a TP/1.1..",
    ]
    assert lines_of(conversation, width=40, number=1)[-2:] == [
        "│ 00000019 3a 20 ff 00 : ..",
        "│ 0000001d 7e 7f       ~.",
    ]


@given(st.binary(min_size=1, max_size=70), widths, st.binary(max_size=30))
def test_hex_lines_say_what_xxd_says(data: bytes, width: int, before: bytes) -> None:
    conversation = made([("out", before), ("in", data)] if before else [("in", data)])
    count = Look("hex", width).bytes_per_line
    lines = [line for line in all_lines(conversation, Look("hex", width)) if line[0] == ("│ ", "in")]
    said = [(of_role(line, "offset").strip(), of_role(line, "hex").split(), of_role(line, "text")) for line in lines]
    pieces = [(at, data[at : at + count]) for at in range(0, len(data), count)]
    assert said == [
        (
            hex(0x100000000 + len(before) + at)[3:],
            [hex(0x100 + byte)[3:] for byte in piece],
            "".join(chr(byte) if 32 <= byte <= 126 else "." for byte in piece),
        )
        for at, piece in pieces
    ]


@given(payloads, widths)
def test_the_columns_of_hex_stand_below_each_other(data: bytes, width: int) -> None:
    lines = body(made([("in", data)]), Look("hex", width))
    assert len({len(text(line)) - len(of_role(line, "text")) for line in lines}) == 1


# Every byte once and in order.


@pytest.mark.parametrize("size_bytes", [1, 16, 17, 4095, 4096, 4097, 3 * 4096, 10_000])
@pytest.mark.parametrize("width", [40, 60, 100])
def test_every_byte_is_in_the_hex_lines_once_and_in_order(size_bytes: int, width: int) -> None:
    data = bytes(i * 7 % 251 for i in range(size_bytes))
    lines = body(made([("in", data)]), Look("hex", width))
    assert bytes.fromhex("".join(of_role(line, "hex") for line in lines)) == data
    assert "".join(of_role(line, "text") for line in lines) == "".join(
        chr(byte) if 32 <= byte <= 126 else "." for byte in data
    )


@given(payloads, text_widths, directions)
def test_every_byte_is_in_the_text_lines_once_and_in_order(data: bytes, width: int, direction: str) -> None:
    lines = body(made([(direction, data)]), Look("text", width))
    assert "".join(of_role(line, "text") for line in lines) == safe_bytes(data), "a cut character reads otherwise"


@pytest.mark.parametrize("piece", [b"x", "é日😀".encode(), b"a\n", b"\xff", b"\xe2\x82"])
@pytest.mark.parametrize("size_bytes", [4095, 4096, 4097, 9000])
def test_every_byte_of_a_record_of_several_pages_is_in_its_text_lines(piece: bytes, size_bytes: int) -> None:
    data = (piece * size_bytes)[:size_bytes]
    lines = body(made([("in", data)]), Look("text", 50))
    shown = "".join(of_role(line, "text") for line in lines)
    assert shown == "".join(safe_bytes(data[at : at + PAGE_BYTES]) for at in range(0, size_bytes, PAGE_BYTES))


def test_a_character_is_cut_only_where_a_page_ends() -> None:
    data = b"x" * (PAGE_BYTES - 1) + "é日".encode()
    shown = "".join(of_role(line, "text") for line in body(made([("in", data)]), Look("text", 50)))
    assert shown == "x" * (PAGE_BYTES - 1) + "\\xc3\\xa9日"


@given(payloads, st.integers(12, 90))
def test_spans_cover_the_bytes_without_a_gap(data: bytes, width: int) -> None:
    spans = text_spans(data, width)
    assert b"".join(data[first:last] for first, last, _ in spans) == data
    assert all(first < last for first, last, _ in spans)


@given(payloads, st.integers(12, 90))
def test_a_span_begins_a_line_only_behind_a_line_feed(data: bytes, width: int) -> None:
    for first, last, begins in text_spans(data, width):
        assert begins == (first == 0 or data[first - 1 : first] == b"\n")
        assert b"\n" not in data[first : last - 1]


@given(payloads, st.integers(12, 40))
def test_a_span_ends_early_only_where_the_next_character_does_not_fit(data: bytes, width: int) -> None:
    spans = text_spans(data, width)
    for (first, last, _), (_, _, begins) in pairwise(spans):
        if not begins:
            following = data[last:].decode("utf-8", "surrogateescape")[0]
            assert cells(safe_bytes(data[first:last])) + cells(safe(following)) > width


@given(payloads, st.integers(-5, 11))
@example("\U0010ffff".encode() * 5, 9)
def test_a_line_has_room_for_every_character_however_narrow_the_view(data: bytes, width: int) -> None:
    assert text_spans(data, width) == text_spans(data, 12)


def test_no_bytes_are_no_spans() -> None:
    assert text_spans(b"", 80) == []


# Nothing wider than the view.


@given(payloads, text_widths, directions)
@example(b"\xff" * 30, 14, "in")
@example(b"\x80" * 30, 14, "in")
@example("\U0010ffff".encode() * 5, 14, "in")
@example("日本語".encode() * 9, 15, "out")
@example(b"x" * 12 + b"\n", 14, "in")
def test_no_line_of_text_is_wider_than_the_view(data: bytes, width: int, direction: str) -> None:
    for line in body(made([(direction, data)]), Look("text", width)):
        assert cells(text(line)) <= width


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("width", [-5, 0, 1, 5, 13, 24])
def test_a_view_that_is_too_narrow_is_drawn_all_the_same(mode: str, width: int) -> None:
    assert all_lines(made([("in", b"\xff\x1b\n" * 10), ("out", "日本".encode())]), Look(mode, width))


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"one\ntwo\n", ["│ one␊", "│ two␊"]),
        (b"one\r\n\r\n", ["│ one␍␊", "│ ␍␊"]),
        (b"\n\n", ["│ ␊", "│ ␊"]),
        (b"no end", ["│ no end"]),
        (b"abcdefghijklmnop", ["│ abcdefghijkl", "┆ mnop"]),
        (b"abcdefghijkl\nx", ["│ abcdefghijkl", "┆ ␊", "│ x"]),
        ("abcdefghijk日x".encode(), ["│ abcdefghijk", "┆ 日x"]),
        (b"abcdefghijk\xffx", ["│ abcdefghijk", "┆ \\xffx"]),
        (b"\x1b]52;c;x\x07", ["│ ␛]52;c;x␇"]),
        (b"a\n\xe2\x94\x82 b\n\xe2\x86\x90 12:00:00", ["│ a␊", "│ │ b␊", "│ ← 12:00:00"]),
    ],
)
def test_text_is_laid_out(data: bytes, lines: list[str]) -> None:
    assert lines_of(made([("in", data)]), "text", 14)[1:] == lines


# The gutter.


@given(st.lists(canned, min_size=1, max_size=6), st.sampled_from(MODES), st.integers(1, 100))
@example([("in", "← 12:00:00.000000 5 bytes\n→ 1\n│ x\n· close(7)".encode())], "text", 80)
def test_the_gutter_is_ours_alone(happened: list[Canned], mode: str, width: int) -> None:
    conversation = made(happened)
    look = Look(mode, width)
    for the_record in conversation.tape.records(0):
        expected = {Kind.RECEIVED: ("← ", "in"), Kind.SENT: ("→ ", "out"), Kind.FACT: ("· ", "fact")}[the_record.kind]
        lines = [
            line for i in range(pages(the_record, look)) for line in page_lines(page(conversation, the_record, i, look))
        ]
        assert [line[0] == expected for line in lines] == [True] + [False] * (len(lines) - 1)
        for line in lines[1:]:
            assert line[0][0] in ("│ ", "┆ ")
            assert line[0][1] == expected[1]
        for line in lines:
            assert line[0][0] in GUTTERS


@pytest.mark.parametrize("mode", ["hex", "text"])
@pytest.mark.parametrize("size_bytes", [PAGE_BYTES, PAGE_BYTES + 1, 3 * PAGE_BYTES])
def test_a_record_of_several_pages_has_one_head(mode: str, size_bytes: int) -> None:
    lines = lines_of(made([("in", b"x" * size_bytes)]), mode)
    assert [i for i, line in enumerate(lines) if not line.startswith(("│ ", "┆ "))] == [0]
    assert lines[0].endswith(f"{size_bytes:,} bytes")


@given(st.lists(canned, min_size=1, max_size=6), st.sampled_from(MODES), st.integers(1, 100))
def test_every_part_of_every_line_is_harmless(happened: list[Canned], mode: str, width: int) -> None:
    for line in all_lines(made(happened), Look(mode, width)):
        assert safe(text(line)) == text(line)


foreign = st.text(st.characters())


@given(foreign, foreign, foreign, foreign, st.sampled_from(MODES))
def test_a_fact_is_written_harmlessly_whatever_it_holds(
    argument: str, result: str, error: str, meaning: str, mode: str
) -> None:
    conversation = made()
    path = Endpoint(socket.AF_UNIX, path=argument)
    given = (argument, Symbol(argument), path, Path(argument), Struct(((argument, 1),)))
    note(conversation, Call("connect", 7, given, result, error, START_NS, 1000, meaning))
    RECORDER.refuse(conversation, "connect", given, error, meaning)
    for line in all_lines(conversation, Look(mode, 80)):
        assert safe(text(line)) == text(line)


# The head of a record.


def test_a_head_says_direction_time_delta_and_length() -> None:
    conversation = made()
    receive(conversation, b"x" * 1204, START_NS)
    send(conversation, b"y", at_ns=START_NS + 1500 * MS)
    receive(conversation, b"z" * 5, START_NS + 1500 * MS + 42_000)
    assert [text(line) for line in all_lines(conversation, Look("text", 2000)) if line[0][0] in ("← ", "→ ")] == [
        "← 00:16:40.000000            1,204 bytes",
        "→ 00:16:41.500000    +1.5 s  1 byte",
        "← 00:16:41.500042    +42 µs  5 bytes",
    ]


def test_a_head_shows_the_time_of_the_wall() -> None:
    conversation = made([("in", b"x")])
    line = page(conversation, record(conversation), 0, Look("text", 80, wall=fixed(3600 * SECOND))).line(0)
    assert of_role(line, "time").strip() == "01:16:40.000000"


def test_a_clock_of_calls_that_overlap_may_go_back() -> None:
    conversation = made()
    receive(conversation, b"x", START_NS + 2 * MS)
    send(conversation, b"y", at_ns=START_NS)
    assert "-2.0 ms" in lines_of(conversation, number=1)[0]


@pytest.mark.parametrize("mode", ["hex", "text"])
def test_a_partial_send_says_of_how_many(mode: str) -> None:
    conversation = made()
    send(conversation, b"x" * 4157, asked=20_000)
    assert lines_of(conversation, mode)[0].endswith("4,157 bytes of 20,000")


@pytest.mark.parametrize("mode", ["hex", "text"])
def test_a_whole_send_and_a_receive_do_not(mode: str) -> None:
    conversation = made([("out", b"abc"), ("in", b"abc")])
    assert lines_of(conversation, mode, number=0)[0].endswith("3 bytes")
    assert lines_of(conversation, mode, number=1)[0].endswith("3 bytes")


def test_calls_show_what_was_asked_and_what_was_given() -> None:
    conversation = made()
    conversation.fd = 7
    send(conversation, b"x" * 5, asked=10, took_ns=7000)
    receive(conversation, b"y" * 3, START_NS + 1000, took_ns=5000)
    note(conversation, Call("recv", 7, (262144,), 0, "", START_NS + 2000, 4000, "peer finished sending"))
    note(conversation, Call("send", 7, (10,), None, "EPIPE", START_NS + 3000, 4000))
    assert [text(line).partition("  ")[2].strip() for line in all_lines(conversation, Look("calls", 200))] == [
        "send(7, 10) = 5 7 µs",
        "+1 µs  recv(7, 262144) = 3 5 µs",
        "+1 µs  peer finished sending recv(7, 262144) = 0 4 µs",
        "+1 µs  send(7, 10) = EPIPE 4 µs",
    ]


@given(st.lists(canned, min_size=1, max_size=20))
def test_calls_have_one_line_for_each_record(happened: list[Canned]) -> None:
    conversation = made(happened)
    look = Look("calls", 80)
    assert len(all_lines(conversation, look)) == len(happened)
    assert {pages(the_record, look) for the_record in conversation.tape.records(0)} == {1}


@pytest.mark.parametrize("mode", MODES)
def test_an_event_is_in_line_with_the_bytes_in_every_mode(mode: str) -> None:
    conversation = made([("in", b"x")])
    note(conversation, Call("recv", 7, (9,), None, "ECONNRESET", START_NS + MS, 1000, "reset by peer"))
    line = all_lines(conversation, Look(mode, 80))[-1]
    assert of_role(line, "event").strip() == "reset by peer"
    assert "ECONNRESET" in of_role(line, "error")


@pytest.mark.parametrize("mode", ["hex", "text"])
def test_a_datagram_says_that_it_is_one_also_an_empty_one(mode: str) -> None:
    conversation = datagrams()
    for what, data in (("in", b"hello"), ("out", b""), ("in", b"x")):
        happen(conversation, what, data)
    heads = [
        text(line).split("  ")[-1] for line in all_lines(conversation, Look(mode, 80)) if line[0][0] in ("← ", "→ ")
    ]
    assert heads == ["datagram of 5 bytes", "empty datagram", "datagram of 1 byte"]


@pytest.mark.parametrize("transport", [UDP, UNIXGRAM])
@pytest.mark.parametrize(("state", "sent"), [(State.CONNECTED, "send"), (State.OPEN, "sendto")])
def test_calls_of_datagrams_are_named_as_they_were_made(transport: SocketKind, state: State, sent: str) -> None:
    conversation = datagrams(state, transport)
    happen(conversation, "in", b"hello")
    happen(conversation, "out", b"hi")
    RECORDER.closed(conversation)
    called = [of_role(line, "call").strip() for line in all_lines(conversation, Look("calls", 200))]
    assert called == ["recvfrom(7, 262144)", f"{sent}(7, 2)"], "also once it is closed"


def test_calls_of_tls_are_named_as_they_were_made_on_both_tracks() -> None:
    conversation = secured()
    happen(conversation, "out", b"hello")
    (_, plaintext), (_, wire) = conversation.tracks()
    wire.tape.sent(memoryview(b"\x17\x03\x03"), 3, START_NS, 1000)
    calls = {
        track: [of_role(line, "call").strip() for line in all_lines(track, Look("calls", 200)) if line[0][1] == "out"]
        for track in (plaintext, wire)
    }
    assert calls == {plaintext: ["SSL_write(7, 5)"], wire: ["send(7, 3)"]}
    heads = [text(line)[-7:] for track in calls for line in all_lines(track, Look("hex", 80)) if line[0][0] == "→ "]
    assert heads == ["5 bytes", "3 bytes"]


def test_a_call_is_written_as_strace_does() -> None:
    assert text(call_line(Call("socket", -1, (AF_INET, STREAM), 7, "", 0, 12_000))) == (
        "socket(AF_INET, SOCK_STREAM) = 7 12 µs"
    )


@pytest.mark.parametrize("mode", MODES)
def test_what_was_not_done_is_no_call_and_in_line_with_the_bytes(mode: str) -> None:
    conversation = made([("in", b"x")])
    RECORDER.refuse(conversation, "send", (5,), "EPIPE", "not sent: our direction is finished")
    line = all_lines(conversation, Look(mode, 100))[-1]
    assert text(line).endswith("not sent: our direction is finished not done, send, 5 EPIPE")
    assert (of_role(line, "event"), of_role(line, "error")) == ("not sent: our direction is finished ", "EPIPE")
    assert of_role(line, "call") == "not done, send, 5 "
    assert of_role(line, "result") == "", "nothing was returned, for nothing was called"


def test_what_was_not_done_need_not_be_about_anything() -> None:
    conversation = made()
    RECORDER.refuse(conversation, "reset", (), "EOPNOTSUPP", "no reset")
    assert lines_of(conversation, "calls")[0].endswith("no reset not done, reset EOPNOTSUPP")


# What was dropped.


@pytest.mark.parametrize("mode", ["hex", "text"])
def test_bytes_that_are_dropped_after_the_layout_are_said(mode: str) -> None:
    conversation = made([("in", b"x" * 100)])
    shown = page(conversation, record(conversation), 0, Look(mode, 80))
    drop(conversation)
    assert shown.height > 1
    assert {text(line[1:]) for line in page_lines(shown)[1:]} == {"dropped meanwhile"}


@pytest.mark.parametrize("mode", ["hex", "text"])
@pytest.mark.parametrize("number", [0, 1])
def test_bytes_that_are_dropped_before_the_layout_are_said(mode: str, number: int) -> None:
    conversation = made([("in", b"x" * (PAGE_BYTES + 100))])
    the_record = record(conversation)
    drop(conversation)
    shown = page(conversation, the_record, number, Look(mode, 80))
    assert any("dropped" in text(line) for line in page_lines(shown))


def test_a_call_that_is_dropped_is_said() -> None:
    conversation = made([("setsockopt", b"")] * (Facts.FIRST + Facts.LATEST + 1))
    lines = all_lines(conversation, Look("calls", 80))
    assert [i for i, line in enumerate(lines) if "a call, dropped" in text(line)] == [Facts.FIRST]


@pytest.mark.parametrize("mode", MODES)
def test_the_first_kept_record_tells_no_time_since_one_that_is_gone(mode: str) -> None:
    conversation = made(keeping=history(0))
    for i in range(5):
        happen(conversation, "in", bytes([i]) * SEGMENT)
    first = record(conversation, conversation.tape.first_record)
    assert first.number > 0
    shown = page(conversation, first, 0, Look(mode, 80))
    assert of_role(shown.line(0)[:3], "delta").strip() == "", "the call before may have been long ago"


# What a page costs.


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
    the_record = record(conversation)
    tape = watched(conversation)
    steps = calls_made(lambda: page(conversation, the_record, 0, Look(mode, 80)))
    assert steps < 12 * PAGE_BYTES
    assert tape.read_bytes <= PAGE_BYTES


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("piece", WORST.values(), ids=WORST)
def test_a_line_costs_what_is_on_it(mode: str, piece: bytes) -> None:
    data = (piece * SEGMENT)[:SEGMENT]
    conversation = made([("in", data)])
    shown = page(conversation, record(conversation), 0, Look(mode, 80))
    tape = watched(conversation)
    before = tape.reads, tape.read_bytes
    for i in range(min(20, shown.height)):
        shown.line(i)
    assert tape.reads - before[0] <= 20
    assert tape.read_bytes - before[1] <= 20 * 80 * 4


@pytest.mark.parametrize("mode", ["hex", "text"])
@given(data=payloads)
def test_the_line_of_a_byte_shows_it(mode: str, data: bytes) -> None:
    conversation = made([("in", data)])
    shown = page(conversation, record(conversation), 0, Look(mode, 50))
    lines = [shown.line_of(within) for within in range(len(data))]
    assert lines == sorted(lines)
    assert set(lines) == set(range(1, shown.height)), "each line but the head shows some byte"
    for i in set(lines):
        piece = data[lines.index(i) : lines.index(i) + lines.count(i)]
        if mode == "text":
            assert of_role(shown.line(i), "text") == safe_bytes(piece)
        else:
            assert of_role(shown.line(i), "hex").split() == [f"{byte:02x}" for byte in piece]
