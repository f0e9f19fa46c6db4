"""Checksums, against published check values and the rule that they are made by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.net.checksum import crc16_modbus, crc32, internet

CHECK = b"123456789"
"""Over which the catalogues of CRCs give the value."""


def test_the_check_values_of_the_catalogue() -> None:
    assert crc16_modbus(CHECK) == 0x4B37
    assert crc32(CHECK) == 0xCBF43926


@pytest.mark.parametrize(
    ("data", "checksum"),
    [
        ("0001f203f4f5f6f7", 0x220D),  # RFC 1071, section 3: the sum is ddf2
        ("45000073000040004011c0a80001c0a800c7", 0xB861),  # a published header of IPv4, its checksum left out
        ("", 0xFFFF),
        ("0000", 0xFFFF),
        ("ffff", 0x0000),
        ("ff", 0x00FF),
    ],
)
def test_the_internet_checksum_of_published_data(data: str, checksum: int) -> None:
    assert internet(bytes.fromhex(data)) == checksum


@given(st.binary(max_size=64))
def test_the_internet_checksum_is_a_sum_in_ones_complement(data: bytes) -> None:
    padded = data + b"\0" * (len(data) % 2)
    total = sum(int.from_bytes(padded[at : at + 2], "big") for at in range(0, len(padded), 2))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    assert internet(data) == 0xFFFF - total


@given(st.binary(max_size=64))
def test_a_message_with_its_checksum_behind_it_checks_to_a_constant(data: bytes) -> None:
    assert crc16_modbus(data + crc16_modbus(data).to_bytes(2, "little")) == 0
    assert crc32(data + crc32(data).to_bytes(4, "little")) == 0x2144DF1C
    even = data + b"\0" * (len(data) % 2)
    assert internet(even + internet(even).to_bytes(2, "big")) == 0
