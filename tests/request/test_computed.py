"""What is computed in a payload at each sending: what is written, and what is refused with its place."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.net.checksum import crc16_modbus
from sockscope.request.computed import IN_HEX, IN_TEXT
from sockscope.request.payload import PayloadError, template

AT_S = 1_769_860_800.75
"""2026-01-31, noon."""


@pytest.mark.parametrize(
    ("typed", "data"),
    [
        (r"a\{count}", b"a7"),
        (r"\{count2}\{count4le}", b"\0\x07\x07\0\0\0"),
        (r"\{time}", b"1769860800"),
        (r"\{date}", b"2026-01-31T12:00:00Z"),
        (r"\{rest} abc", b"4 abc"),
        (r"\{rest2}abc", b"\0\x03abc"),
        (r"\{rest2le}abc", b"\x03\0abc"),
        (r"ab\{size}", b"ab3"),
        (r"12345678\{size}", b"123456789"),
        (r"123456789\{size}", b"12345678911"),
        (r"\{size4}", b"\0\0\0\x04"),
        (r"\{size}\{rest}0123456", b"970123456"),
        (r"123456789\{crc32}", b"123456789\xcb\xf4\x39\x26"),
        (r"123456789\{crc32le}", b"123456789\x26\x39\xf4\xcb"),
        (r"\{internet}", b"\xff\xff"),
    ],
)
def test_text_is_written_with_what_is_computed(typed: str, data: bytes) -> None:
    assert template(typed, "text", "none").bytes(7, AT_S) == data


@pytest.mark.parametrize(
    ("typed", "data"),
    [
        ("01 03 00 00 00 0a #modbus", "01030000000ac5cd"),  # the example of many manuals
        ("#count1 #2", "07 0007"),
        ("#time4", "697deec0"),
        ("#time8le", "c0ee7d6900000000"),
        ("#rest1 aa bb #size2le", "04aabb0500"),
        ("45 00 00 73 00 00 40 00 40 11 #internet", "450000730000400040113a7b"),
    ],
)
def test_hex_is_written_with_what_is_computed(typed: str, data: str) -> None:
    assert template(typed, "hex", "none").bytes(7, AT_S) == bytes.fromhex(data)


def test_a_length_counts_the_line_end() -> None:
    assert template(r"\{size1}ab\{rest1}", "text", "CRLF").bytes(1) == b"\x06ab\x02\r\n"


def test_a_checksum_is_over_the_lengths_and_checksums_before_it() -> None:
    data = template("#size1 aa #modbus #crc32", "hex", "none").bytes(1)
    assert data[:2] == b"\x08\xaa"
    assert data[2:4] == crc16_modbus(data[:2]).to_bytes(2, "little")
    assert data[4:] == zlib.crc32(data[:4]).to_bytes(4, "big")


@given(st.lists(st.sampled_from([*IN_TEXT, "", "x", "yz" * 40]), max_size=8), st.integers(1, 10**12))
def test_every_length_is_true(words: list[str], number: int) -> None:
    """Each decimal length stands between marks, so it can be read again."""
    typed = "".join(rf"<\{{{word}}}>" if word in IN_TEXT else word for word in words)
    made = template(typed, "text", "none")
    data = made.bytes(number, AT_S)
    if typed.count("{size}") == 1 and not set(words) & set(IN_HEX):
        assert f"<{len(data)}>".encode() in data
    if words and words[0] == "rest":
        digits = data[1 : data.index(b">")]
        assert int(digits) == len(data) - 1 - len(digits)


@pytest.mark.parametrize(
    ("typed", "mode", "about"),
    [
        (r"ab\{nothing}", "text", r"\{nothing} at 3: words in braces are count"),
        (r"ab\{si", "text", r"\{si at 3: a } is missing"),
        (r"ab\{time", "text", r"\{time at 3: a } is missing"),
        (r"\{}", "text", r"\{} at 1: words in braces"),
        (r"\{TIME}", "text", r"\{TIME} at 1: words"),
        (r"\{size3}", "text", r"\{size3} at 1: words"),
        ("00 #time", "hex", "#time at 4: words behind # are"),
        ("#date", "hex", "#date at 1: words behind # are"),
        ("#3", "hex", "#3 at 1: words behind # are 1 2 4 8"),
        ("#size1" + " 00" * 255, "hex", "a length of 256 bytes does not fit into 1"),
        (r"\{rest1}" + "x" * 236 + r"\{count}", "text", "256 bytes does not fit into 1"),
        ("#crc32 " * 65, "hex", "at most 64 parts"),
        ("00" * (64 * 1024 + 1) + " #modbus", "hex", "64 KiB at most"),
    ],
)
def test_what_is_unclear_or_too_much_is_refused(typed: str, mode: str, about: str) -> None:
    with pytest.raises(PayloadError) as caught:
        template(typed, mode, "none")
    assert about in str(caught.value)


@given(st.text("\\#{}sizecrt24le xA0\n"), st.sampled_from(("text", "hex")))
def test_whatever_is_typed_is_read_or_refused_in_a_line(typed: str, mode: str) -> None:
    try:
        made = template(typed, mode, "none")
    except PayloadError as error:
        assert str(error).isprintable() and len(str(error)) < 200
    else:
        assert isinstance(made.bytes(1), bytes)


def test_what_just_fits_is_sent() -> None:
    assert template("#size1" + " 00" * 254, "hex", "none").bytes(1)[0] == 255
    assert len(template("00" * 64 * 1024 + " #modbus", "hex", "none").bytes(1)) == 64 * 1024 + 2
