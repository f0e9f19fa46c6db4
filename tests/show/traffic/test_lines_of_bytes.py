"""Lines of bytes in hex and in text: every byte once and in order, and nothing wider than the view."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sockscope.record.conversation import Conversation
from sockscope.show.sanitizer import cells, safe, safe_bytes
from sockscope.show.traffic.hex_line import hex_byte_at, hex_cell_of, hex_parts
from sockscope.show.traffic.lines import MODES, PAGE_BYTES, Line, Look, page
from sockscope.show.traffic.text_line import text_spans
from tests.show.made import all_lines, entry, lines_of, made, of_role, payloads, text

widths = st.integers(28, 130)
text_widths = st.integers(14, 130)
directions = st.sampled_from(["in", "out"])


def body(conversation: Conversation, look: Look) -> list[Line]:
    """The lines of the first entry without its head."""
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
        "│ 00000000 47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a GET / HTTP/1.1..",
        "│ 00000010 48 6f 73 74 3a 20 ff 00  7e 7f                   Host: ..~.",
    ]
    assert lines_of(conversation, width=60, number=1)[1:3] == [
        "│ 00000000 47 45 54 20  2f 20 48 54 GET / HT",
        "│ 00000008 54 50 2f 31  2e 31 0d 0a TP/1.1..",
    ]
    assert lines_of(conversation, width=40, number=1)[-2:] == [
        "│ 00000014 3a 20 ff 00 : ..",
        "│ 00000018 7e 7f       ~.",
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
            hex(0x100000000 + at)[3:],
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
    assert shown == safe_bytes(data)


@pytest.mark.parametrize("before", range(1, 4))
def test_a_character_is_whole_also_where_a_page_ends_and_no_cut_is_marked_there(before: int) -> None:
    data = b"x" * (PAGE_BYTES - before) + "😀日".encode()
    lines = body(made([("in", data)]), Look("text", 50))
    assert "".join(of_role(line, "text") for line in lines) == "x" * (PAGE_BYTES - before) + "😀日"
    assert {line[0][0] for line in lines} == {"│ ", "┆ "}


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


@pytest.mark.parametrize("mode", ["hex", "text"])
@given(data=payloads)
def test_the_line_of_a_byte_shows_it(mode: str, data: bytes) -> None:
    conversation = made([("in", data)])
    shown = page(conversation, entry(conversation), 0, Look(mode, 50))
    lines = [shown.line_of(within) for within in range(len(data))]
    assert lines == sorted(lines)
    assert set(lines) == set(range(1, shown.height)), "each line but the head shows some byte"
    for i in set(lines):
        piece = data[lines.index(i) : lines.index(i) + lines.count(i)]
        if mode == "text":
            assert of_role(shown.line(i), "text") == safe_bytes(piece)
        else:
            assert of_role(shown.line(i), "hex").split() == [f"{byte:02x}" for byte in piece]


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


# Which byte a cell shows.


@given(payloads, st.sampled_from(["hex", "text", "auto"]), st.sampled_from([40, 60, 100]), st.sampled_from([0, 2**32]))
def test_the_cell_where_a_byte_begins_shows_that_byte(data: bytes, mode: str, width: int, before: int) -> None:
    conversation = made([("in", data)])
    shown = page(conversation, entry(conversation), 0, Look(mode, width))
    for byte in range(len(data)):
        line = shown.line_of(byte)
        found = shown.byte_at(line, shown.cell_of(line, byte))
        assert found is not None and found <= byte
        assert (
            data[found:byte].decode("utf-8", "surrogateescape").encode("utf-8", "surrogateescape") == data[found:byte]
        )
        assert byte - found < 4, "the first byte of its character"


@given(st.integers(1, 16), st.sampled_from([4, 8, 16]), st.sampled_from([0, 2**32]))
def test_digits_and_characters_of_hex_are_those_of_the_byte(count: int, per_line: int, offset: int) -> None:
    count = min(count, per_line)
    parts = hex_parts(offset, bytes(range(0x61, 0x61 + count)), per_line)
    line = text(parts)
    for byte in range(count):
        cell = hex_cell_of(byte, offset, per_line)
        assert line[cell : cell + 2] == f"{0x61 + byte:02x}"
        assert {hex_byte_at(at, offset, count, per_line) for at in (cell, cell + 1)} == {byte}
        character = line.rindex(chr(0x61 + byte))
        assert hex_byte_at(character, offset, count, per_line) == byte


def test_a_line_without_bytes_shows_none() -> None:
    conversation = made([("in", b"x"), ("shutdown", b"")])
    assert page(conversation, entry(conversation), 0, Look("hex", 80)).byte_at(0, 5) is None
    assert page(conversation, entry(conversation, 1), 0, Look("hex", 80)).byte_at(0, 5) is None
    assert page(conversation, entry(conversation), 0, Look("calls", 80)).byte_at(0, 5) is None
