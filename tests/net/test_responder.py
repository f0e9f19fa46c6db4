"""What a listener answers by itself."""

from hypothesis import given
from hypothesis import strategies as st

from sockscope.net.responder import echo, silent


@given(st.binary())
def test_echo_answers_with_the_same_bytes_in_memory_of_its_own(data: bytes) -> None:
    received = bytearray(data)
    answer = echo(memoryview(received))
    received[:] = bytes(len(received))
    assert answer == data


@given(st.binary())
def test_silence_answers_nothing(data: bytes) -> None:
    assert silent(memoryview(data)) == b""
