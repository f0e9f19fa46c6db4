"""What a peer sends to somebody's terminal acts on nothing, however it is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.report.plain.harmless import Harmless


@pytest.mark.parametrize(
    ("pieces", "drawn"),
    [
        ([b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"], "GET / HTTP/1.1\nHost: x\n\n"),
        ([b"\x1b]0;title\x07\x1b[2J"], "␛]0;title␇␛[2J"),
        ([b"a\tb\nc"], "a\tb\nc"),
        ([b"progress 1\rprogress 2"], "progress 1␍progress 2"),
        ([b"cut\r", b"\nhere"], "cut\nhere"),
        (["é".encode()[:1], "é".encode()[1:]], "é"),
        ([b"\xff\xfe"], "\\xff\\xfe"),
        (["\u202eabc".encode()], "\\u{202e}abc"),
    ],
)
def test_text_stays_readable_and_controls_are_pictures(pieces: list[bytes], drawn: str) -> None:
    made = Harmless()
    assert b"".join(map(made, pieces)).decode() == drawn


@given(st.lists(st.binary(max_size=20), max_size=8))
def test_nothing_that_acts_on_a_terminal_comes_out(pieces: list[bytes]) -> None:
    made = Harmless()
    out = b"".join(map(made, pieces)).decode()
    assert all(char in "\n\t" or char.isprintable() for char in out)


@given(st.binary(max_size=60), st.integers(0, 60))
def test_it_does_not_matter_where_it_is_cut(data: bytes, at: int) -> None:
    whole, cut = Harmless(), Harmless()
    end = b"\n"  # what waits for more comes out with it
    assert whole(data + end) == cut(data[:at]) + cut(data[at:] + end)
