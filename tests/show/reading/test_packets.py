"""Packets behind their lengths are found where they certainly are, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.show.reading.numbers import numbers
from sockscope.show.reading.packets import PREFIXES, SHOWN, packets


def framed(words: list[bytes], size: int, order: str) -> bytes:
    return b"".join(len(word).to_bytes(size, "big" if order == "big" else "little") + word for word in words)


@pytest.mark.parametrize(("size", "order"), PREFIXES)
def test_packets_of_every_kind_of_length_are_told(size: int, order: str) -> None:
    told = packets(framed([b"socket", b"bind", b"\x00\xff"], size, order))
    assert told.startswith(f"behind lengths of {size} B")
    assert told.endswith(": socket, bind, 2 B")


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=2, max_size=20))
def test_several_packets_are_found_and_never_too_many_shown(words: list[bytes]) -> None:
    told = packets(framed(words, 2, "big"))
    assert told.startswith("behind lengths of 2 B big-endian: ")
    assert told.endswith(f" and {len(words) - SHOWN} more") is (len(words) > SHOWN)


@pytest.mark.parametrize(
    "data", [b"", b"\x00", b"\x00\x00", b"\x00\x02x", b"\x00\x01\xff", b"\x05hello", b"hello", b"\x00\x01a\x00\x00"]
)
def test_what_may_be_anything_is_no_packet(data: bytes) -> None:
    assert packets(data) == ""


def test_a_hostile_word_is_made_harmless() -> None:
    (found,) = (
        number.value for number in numbers("\x00\x03\u202e".encode() + b"\x00\x01x") if number.what == "packets"
    )
    assert "\u202e" not in found
