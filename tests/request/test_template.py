"""What is sent repeatedly and what is replied: counters and captures among bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.request.computed import Counter
from sockscope.request.payload import LONGEST_TYPED, PayloadError, hex_bytes, read, reply_parts, template, text_bytes
from sockscope.request.template import Template

# Counters.


@pytest.mark.parametrize(
    ("typed", "number", "data"),
    [
        ("ping \\#", 1, b"ping 1"),
        ("\\#", 4_294_967_296, b"4294967296"),
        ("\\#\\#0", 9, b"990"),
        ("\\\\#", 5, b"\\#"),
        ("#", 5, b"#"),
        ("a\\0\\#\\x23", 2, b"a\x002#"),
    ],
)
def test_counter_in_text_is_decimal(typed: str, number: int, data: bytes) -> None:
    assert template(typed, "text", "none").bytes(number) == data


@pytest.mark.parametrize(
    ("typed", "number", "data"),
    [
        ("#1", 255, "ff"),
        ("#1", 256, "00"),
        ("#2", 258, "0102"),
        ("#2", 65537, "0001"),
        ("#4", 1, "00000001"),
        ("#8", 2**64 - 1, "ffffffffffffffff"),
        ("#8", 2**64 + 2, "0000000000000002"),
        ("0a, #2:0xff-#1", 3, "0a0003ff03"),
    ],
)
def test_counter_in_hex_is_big_endian_and_wraps(typed: str, number: int, data: str) -> None:
    assert template(typed, "hex", "none").bytes(number) == bytes.fromhex(data)


def test_what_is_sent_once_is_the_first_repetition() -> None:
    assert read("\\#", "text", "LF") == b"1\n"
    assert read("#2 0a", "hex", "none") == b"\x00\x01\n"


def test_template_says_whether_it_counts() -> None:
    assert template("x\\#", "text", "none").counts
    assert template("#1", "hex", "none").counts
    assert not template("#1", "text", "CRLF").counts
    assert not template("31", "hex", "none").counts


def test_template_is_a_record() -> None:
    assert template("a\\#", "text", "LF") == Template((b"a", Counter(), b"\n"))
    assert template("01 #4", "hex", "LF") == Template((b"\x01", Counter(4), b"\n"))


def test_ending_is_put_behind_each_repetition() -> None:
    counted = template("\\#", "text", "CRLF")
    assert [counted.bytes(number) for number in (9, 10)] == [b"9\r\n", b"10\r\n"]


def test_there_is_no_counter_where_nothing_is_repeated() -> None:
    for typed in ("\\#", "\\1", "\\&"):
        with pytest.raises(PayloadError, match=r"\\xNN$"):
            text_bytes(typed)
    with pytest.raises(PayloadError, match="not a hex digit"):
        hex_bytes("#1")


# Canned replies.


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ("", ()),
        ("pong\\r\\n", (b"pong\r\n",)),
        ("\\1", (1,)),
        ("\\&", (0,)),
        ("a\\9\\&b\\12", (b"a", 9, 0, b"b", 1, b"2")),
        ("\\0\\x31", (b"\x001",)),
        ("\\\\1&1", (b"\\1&1",)),
        ("é\\1", (b"\xc3\xa9", 1)),
    ],
)
def test_reply_is_read_with_its_captures(typed: str, parts: tuple[bytes | int, ...]) -> None:
    assert reply_parts(typed) == parts


@pytest.mark.parametrize(
    ("typed", "about"),
    [
        ("a\\#", "\\# at 2: "),
        ("\\", "\\ at 1: "),
        ("\\１", "\\１ at 1: "),
        ("\ud800", "surrogate"),
        ("x" * (LONGEST_TYPED + 1), "1 MiB"),
    ],
)
def test_bad_reply_is_refused(typed: str, about: str) -> None:
    with pytest.raises(PayloadError) as caught:
        reply_parts(typed)
    assert about in str(caught.value)
    assert not about.endswith(": ") or str(caught.value).endswith("\\xNN \\1…\\9 \\&")


@given(st.text("ab\\#&1290xnF"))
def test_a_reply_without_captures_is_the_text(typed: str) -> None:
    try:
        data = text_bytes(typed)
    except PayloadError:
        return
    assert b"".join(part for part in reply_parts(typed) if isinstance(part, bytes)) == data
    assert template(typed, "text", "none").bytes(7) == data


def test_what_all_checksums_of_a_payload_are_over_is_bounded() -> None:
    template("a" * 30_000 + r"\{modbus}" * 2, "text", "none")
    for typed in (
        "a" * 65_537 + r"\{crc32}",
        "a" * 60_000 + r"\{modbus}" * 2,
        r"\{modbus}" * 2 + "a" * 65_536 + r"\{crc32}",
    ):
        with pytest.raises(PayloadError, match="the checksums of a payload are over 64 KiB at most, in all"):
            template(typed, "text", "none")
