"""A word server: packets of a length and a word, ten for each client."""

import pytest

from sockscope.engine.listen.responders.responder import make
from sockscope.engine.listen.responders.words import MOST, WORDS, packet
from tests.engine.replies import give


def words_in(data: bytes) -> list[bytes]:
    """Read packets, each a length of two bytes and so much text."""
    found = []
    while data:
        size = int.from_bytes(data[:2], "big")
        found.append(data[2 : 2 + size])
        assert len(found[-1]) == size > 0
        data = data[2 + size :]
    return found


def test_a_packet_is_a_length_and_a_word() -> None:
    assert packet(b"socket") == b"\x00\x06socket"


def test_a_client_gets_words_and_then_the_end() -> None:
    answer = make("words")(False).arrived()
    assert answer
    assert answer.finish
    assert isinstance(answer.data, bytes)
    found = words_in(answer.data)
    assert len(set(found)) == len(found) == MOST
    assert {word.decode() for word in found} <= set(WORDS)


@pytest.mark.parametrize("asked", [b"", b"x"])
def test_each_datagram_is_answered_with_one(asked: bytes) -> None:
    responder = make("words")(True)
    assert responder.arrived() is None
    answer = give(responder, asked)
    assert answer
    assert isinstance(answer.data, bytes)
    assert len(words_in(answer.data)) == 1
