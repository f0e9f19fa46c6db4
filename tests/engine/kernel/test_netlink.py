"""Netlink messages: what is written is read again, and what is cut off or lies about its length tells nothing more."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.engine.kernel.netlink import DUMP, Layout, attributes, messages, request

ONE = b"\x07\0\0\0\x09\0\0\0"


def test_a_request_is_a_message() -> None:
    asked = request(20, b"body!", DUMP)
    assert asked == b"\x15\0\0\0" + b"\x14\0" + b"\x01\x03" + b"\x01\0\0\0" + bytes(4) + b"body!"
    assert list(messages(asked)) == [(20, b"body!")]


def test_messages_begin_at_multiples_of_four() -> None:
    assert list(messages(request(1, b"a") + bytes(3) + request(2, b""))) == [(1, b"a"), (2, b"")]


@pytest.mark.parametrize("data", [b"", b"short", bytes(16), request(1, b"abcd")[:-1], b"\xff" * 16])
def test_a_message_that_is_cut_off_is_left_out(data: bytes) -> None:
    assert list(messages(data)) == []


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", []),
        (b"\x05\0\x06\0\x01\0\0\0" + b"\x0c\0\x04\0" + ONE, [(6, b"\x01"), (4, ONE)]),
        (b"\x0c\0\x04\0" + ONE[:-1], []),
        (b"\0\0\x03\0" + b"\x04\0\x02\0", [(3, b""), (2, b"")]),  # of no length: read on all the same
    ],
)
def test_attributes_are_told_one_by_one(data: bytes, told: list[tuple[int, bytes]]) -> None:
    assert list(attributes(data)) == told


@given(st.binary(max_size=200))
def test_any_bytes_come_to_an_end(data: bytes) -> None:
    assert len(list(messages(data))) <= len(data) // 16
    assert len(list(attributes(data))) <= len(data) // 4


def attribute(kind: int, payload: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(payload), kind) + payload + bytes(-len(payload) % 4)


@given(
    st.lists(st.lists(st.tuples(st.integers(1, 5), st.binary(max_size=6)), unique_by=lambda one: one[0], max_size=5))
)
def test_a_layout_finds_what_walking_through_finds_whatever_stood_there_before(
    several: list[list[tuple[int, bytes]]],
) -> None:
    layout = Layout(2, 4)
    for told in several:
        data = b"head" + b"".join(attribute(*one) for one in told)
        by_kind = dict(told)
        assert layout.payloads(data, 4) == [by_kind.get(2, b""), by_kind.get(4, b"")]
