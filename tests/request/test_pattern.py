"""What is searched for, as it is typed."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.request.pattern import LONGEST_TYPED, MODES, Pattern, PatternError, read


@pytest.mark.parametrize(
    ("typed", "mode", "literal", "folded"),
    [
        ("hello", "text", b"hello", True),
        ("Hello", "text", b"Hello", False),
        (r"a\r\n\x00", "text", b"a\r\n\0", True),
        (r"\xff\xfe", "text", b"\xff\xfe", False),
        ("48 65", "hex", b"He", False),
        ("0x4865", "hex", b"He", False),
    ],
)
def test_what_can_be_found_as_bytes_is(typed: str, mode: str, literal: bytes, folded: bool) -> None:
    assert read(typed, mode) == Pattern(typed, literal, folded)


@pytest.mark.parametrize(
    ("typed", "matches", "not_matches"),
    [
        ("err|warn", b"an ERROR", b"nothing"),
        ("Err", b"Err", b"err"),
        (r"\S\D", b"xy", b"11"),
        (r"^b$", b"a\nb\nc", b"ab"),
        ("(?s)a.b", b"a\nb", b"ab"),
    ],
)
def test_an_expression_minds_capitals_where_there_are_some(typed: str, matches: bytes, not_matches: bytes) -> None:
    expression = read(typed, "regex").expression
    assert expression and expression.search(matches) and not expression.search(not_matches)


@pytest.mark.parametrize(
    ("typed", "mode", "said"),
    [
        ("", "text", "nothing to search for"),
        (" ", "hex", "no byte to search for"),
        ("-:,", "hex", "no byte to search for"),
        ("x" * (LONGEST_TYPED + 1), "text", "over 4,096 characters"),
        (r"\q", "text", "escapes are"),
        ("4", "hex", "two hex digits"),
        ("4? 5", "hex", "not a hex digit"),
        ("?? 4", "hex", "two hex digits"),
        ("(", "regex", "that is no expression: missing )"),
        ("[", "regex", "that is no expression"),
        ("\ud800", "regex", "surrogate"),
    ],
)
def test_what_cannot_be_searched_for_is_said_in_a_line(typed: str, mode: str, said: str) -> None:
    with pytest.raises(PatternError, match=said.replace("(", r"\(").replace(")", r"\)")):
        read(typed, mode)


@given(st.text(max_size=30), st.sampled_from(MODES))
def test_anything_typed_is_a_pattern_or_a_line(typed: str, mode: str) -> None:
    try:
        pattern = read(typed, mode)
    except PatternError as error:
        assert "\n" not in str(error)
    else:
        assert bool(pattern.literal) != bool(pattern.expression)


@pytest.mark.parametrize(
    "typed", ["a{3000000}", "[a-z]{1000000000}", "((){9999}){9999}a", "x{,200000}", "x{ 5 , 300000 }y{2}"]
)
def test_counts_that_would_be_written_out_without_end_are_refused_at_once(typed: str) -> None:
    began = time.monotonic()
    with pytest.raises(PatternError, match="multiply to over 100,000"):
        read(typed, "regex")
    assert time.monotonic() - began < 0.2
    assert read(r"\d{4}-\d{2}|a{,3}|b{2,}", "regex").expression
