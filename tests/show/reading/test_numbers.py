"""What bytes mean as numbers, against struct, ipaddress and values that were published."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.show.reading.numbers import SUMMED, in_lines, numbers, told


def meant(data: bytes) -> dict[str, str]:
    return {number.name: number.value for number in numbers(data)}


@given(st.sampled_from([1, 2, 4, 8]).flatmap(lambda size: st.binary(min_size=size, max_size=size)))
def test_whole_numbers_and_floats_are_those_of_struct(data: bytes) -> None:
    code = {1: "B", 2: "H", 4: "I", 8: "Q"}[len(data)]
    found = meant(data)
    for order, sign in ((" be", ">"), (" le", "<")) if len(data) > 1 else (("", "<"),):
        (unsigned,), (signed,) = struct.unpack(sign + code, data), struct.unpack(sign + code.lower(), data)
        bits = 8 * len(data)
        same = data == data[::-1]  # then it is said once
        order = " be" if same and len(data) > 1 else order
        assert int(found[f"u{bits}{order}"].replace(",", "")) == unsigned
        assert int(found.get(f"i{bits}{order}", str(unsigned)).replace(",", "")) == signed


@pytest.mark.parametrize(
    ("data", "what", "value"),
    [
        (bytes.fromhex("00010002"), "u32 ws", "131,073"),  # two registers, the low word first
        (struct.pack(">f", 21.5)[2:] + struct.pack(">f", 21.5)[:2], "f32 ws", "21.5"),
        (struct.pack("<d", 0.1), "f64 le", "0.1"),
        (struct.pack(">e", 1.5), "f16 be", "1.5"),
        (bytes.fromhex("6553f100"), "time be", "2023-11-14 22:13:20Z"),
        (struct.pack(">Q", 1_700_000_000_000), "time be", "2023-11-14 22:13:20Z (milliseconds)"),
        (struct.pack(">II", 1_700_000_000 + 2_208_988_800, 0), "time be", "2023-11-14 22:13:20Z (NTP)"),
        (bytes([192, 0, 2, 7]), "IPv4", "192.0.2.7"),
        (bytes(15) + b"\x01", "IPv6", "::1"),
        (bytes.fromhex("02005e100001"), "MAC", "02:00:5e:10:00:01"),
        (b"\xa5", "bits", "10100101"),
        (b"123456789", "CRC-16/MODBUS", "4b37"),
        (b"123456789", "CRC-32", "cbf43926"),
        (bytes.fromhex("0001f203f4f5f6f7"), "Internet", "220d"),  # RFC 1071, section 3
    ],
)
def test_bytes_mean_what_they_should(data: bytes, what: str, value: str) -> None:
    assert meant(data)[what] == value


@given(st.binary(max_size=40))
def test_any_bytes_are_told_in_a_line(data: bytes) -> None:
    assert all(thing.isprintable() for thing in told(data, len(data), "received"))


def test_what_cannot_be_meant_is_left_out_and_of_too_much_it_is_said() -> None:
    assert not [what for what in meant(b"\xff\xff\xff\xff") if what.startswith("f32")]
    assert not [what for what in meant(b"\0\0\1\0") if what.startswith("time")]
    assert "no checksums of over 64 KiB" in told(b"x" * SUMMED, SUMMED + 1, "sent")


def test_what_differs_by_the_order_stands_in_a_table() -> None:
    data = struct.pack(">f", -21.5)
    assert in_lines(data, 4, "received", 76, 6) == [
        "4 bytes received · IPv4 193.172.0.0 · Internet 3e53 · CRC-16/MODBUS f9fd",
        "CRC-32 3fd7f27b",
        "     big-endian      little-endian  word-swapped",
        "u32  3,249,274,880   44,225         49,580",
        "i32  -1,045,692,416  44,225         49,580",
        "f32  -21.5           6.197242e-41   6.947638e-41",
    ]


@pytest.mark.parametrize("lines", [3, 4, 6])
def test_addresses_and_checksums_stand_before_what_is_rare(lines: int) -> None:
    said = "\n".join(in_lines(struct.pack(">f", -21.5), 4, "received, from 1,234 (0x4d2)", 76, lines))
    assert all(word in said for word in ("IPv4", "Internet", "MODBUS", "CRC-32"))


@given(st.binary(max_size=20), st.integers(20, 120), st.integers(1, 8))
def test_a_table_has_the_room_it_is_given(data: bytes, room: int, lines: int) -> None:
    said = in_lines(data, len(data), "received", room, lines)
    assert 0 < len(said) <= lines
    assert all(len(line) <= room for line in said)


def test_numbers_of_eight_bytes_stand_in_a_narrow_table_without_commas() -> None:
    said = in_lines(bytes([0x90, 0, 0, 0, 0, 0, 1, 0x91]), 8, "sent", 76, 6)
    assert said[1].split() == ["big-endian", "little-endian", "word-swapped"]
    assert said[2].split()[1] == str(0x9000_0000_0000_0191)
