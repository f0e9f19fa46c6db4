"""What is heard and looked for, against a simple model: all bytes of one text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.engine.heard import KEPT_BYTES, Heard
from sockscope.record.sequence import ANSWER_BYTES
from sockscope.request.pattern import read

CALLS = st.lists(st.binary(min_size=0, max_size=6).map(lambda data: bytes(byte % 3 + 97 for byte in data)), max_size=20)
WANTED = st.sampled_from([("text", "ab"), ("text", "aab"), ("hex", "61 ?? 63"), ("regex", "a+b"), ("regex", "b.?c|ca")])


def hear(*calls: bytes, whole: bool = False) -> Heard:
    heard = Heard(whole=whole)
    for at_ns, data in enumerate(calls):
        heard.hear(memoryview(data), at_ns)
    return heard


@given(CALLS, WANTED)
def test_the_first_match_is_found_however_calls_cut_the_stream(calls: list[bytes], wanted: tuple[str, str]) -> None:
    """Looked for when all is there: the model is one search in the whole."""
    mode, typed = wanted
    pattern = read(typed, mode, exact=True)
    source = pattern.expression.pattern if pattern.expression else re.escape(pattern.literal)
    everything = b"".join(calls)
    model = re.search(source, everything, re.DOTALL)
    found = hear(*calls).find(pattern)
    if model is None:
        assert found is None
        return
    assert found is not None and found[0] == model[0]
    assert sum(map(len, calls[: found[1]])) < model.end() <= sum(map(len, calls[: found[1] + 1]))


@given(CALLS, st.sampled_from([("text", "ab"), ("hex", "61 ?? 63"), ("regex", "aa*b")]))
def test_looking_after_each_call_finds_as_many(calls: list[bytes], wanted: tuple[str, str]) -> None:
    """Of what cannot become longer: each is found as soon as it is whole, and taken out."""
    pattern = read(wanted[1], wanted[0], exact=True)
    source = pattern.expression.pattern if pattern.expression else re.escape(pattern.literal)
    heard, found = Heard(whole=False), []
    for at_ns, data in enumerate(calls):
        heard.hear(data, at_ns)
        while match := heard.find(pattern):
            assert match[1] == at_ns
            found.append(match[0])
    assert found == re.findall(source, b"".join(calls), re.DOTALL)


def test_a_datagram_is_looked_at_by_itself() -> None:
    pattern = read("ab", "text", exact=True)
    heard = hear(b"a", b"b", b"", b"xabyab", whole=True)
    assert [heard.find(pattern), heard.find(pattern), heard.find(pattern)] == [(b"ab", 3), (b"ab", 3), None]


def test_another_pattern_looks_at_what_the_one_before_left() -> None:
    heard = hear(b"one two three")
    assert heard.find(read("four", "text", exact=True)) is None
    assert heard.find(read("two", "text", exact=True)) == (b"two", 0)
    assert heard.find(read("one", "text", exact=True)) is None, "it stood before what was found"
    assert heard.find(read("three", "text", exact=True)) == (b"three", 0)


def test_a_match_is_told_with_what_it_stands_in() -> None:
    heard, wanted = hear(b"HTTP/1.1 200", b" OK\r\nServer: x"), read("200", "text", exact=True)
    assert heard.find(wanted) and heard.answer == b"HTTP/1.1 200 OK\r\nServer: x" and heard.matched == (9, 12)
    assert heard.find(read("x", "text", exact=True)) and heard.answer == b" OK\r\nServer: x"
    assert heard.matched == (13, 14)
    datagrams = hear(b"one", b"a 200 b", b"more", whole=True)
    assert datagrams.find(wanted) and datagrams.answer == b"a 200 b"
    assert datagrams.matched == (2, 5)
    long = hear(b"x" * 500 + b"200" + b"y" * 500)
    assert long.find(wanted) and long.answer == b"x" * (ANSWER_BYTES - 3) + b"200"
    assert long.matched == (ANSWER_BYTES - 3, ANSWER_BYTES)


def test_what_is_forgotten_is_not_found() -> None:
    heard = hear(b"ab")
    heard.forget()
    assert heard.find(read("ab", "text", exact=True)) is None
    heard.hear(b"ab", 7)
    assert heard.find(read("ab", "text", exact=True)) == (b"ab", 7)


@pytest.mark.parametrize("size_bytes", [1, 1000, 3 * KEPT_BYTES])
def test_the_oldest_are_dropped_and_the_latest_found(size_bytes: int) -> None:
    heard = hear(b"first", *([b"x" * size_bytes] * (5 * KEPT_BYTES // size_bytes + 1)), b"last")
    assert heard.find(read("first", "text", exact=True)) is None
    found = heard.find(read("last", "text", exact=True))
    assert found and found[0] == b"last"


def test_an_expression_that_takes_too_long_says_so() -> None:
    heard = hear(b"a" * 5000)
    with pytest.raises(TimeoutError):
        heard.find(read("(a|aa)+$b", "regex", exact=True))


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize(("mode", "typed"), [("text", "yes"), ("regex", "y.*s")])
def test_what_came_too_late_is_not_found_but_stays(mode: str, typed: str, whole: bool) -> None:
    heard, pattern = hear(b"no", b"yes", b"yess", whole=whole), read(typed, mode, exact=True)
    assert heard.find(pattern, 0) is None
    assert heard.find(pattern, 1) == (b"yes", 1), "without what came behind it"
    found = heard.find(pattern)
    assert found and found[1] == 2


@pytest.mark.parametrize("typed", ["^b", r"\bb", "(?<=x)b"])
def test_what_was_taken_out_is_still_what_stands_before(typed: str) -> None:
    """A line does not begin in the middle of one, nor a word."""
    heard, taken = hear(b"xab", b"\nb"), read("xa", "text", exact=True)
    assert heard.find(taken) == (b"xa", 0)
    found = heard.find(read(typed, "regex", exact=True))
    assert found == (None if typed == "(?<=x)b" else (b"b", 1))
    again = hear(b"xb")
    assert again.find(read("x", "text", exact=True)) == (b"x", 0)
    assert again.find(read(typed, "regex", exact=True)) == ((b"b", 0) if typed == "(?<=x)b" else None)
    assert again.find(read("x", "text", exact=True)) is None, "it is taken out all the same"


def test_behind_what_is_forgotten_a_line_begins() -> None:
    heard = hear(b"login: ")
    heard.forget()
    heard.hear(b"OK", 5)
    assert heard.find(read("^OK", "regex", exact=True)) == (b"OK", 5)


def test_each_datagram_begins_a_line_and_knows_nothing_of_the_one_before() -> None:
    heard = hear(b"xa", b"ab", whole=True)
    assert heard.find(read("^ab", "regex", exact=True)) == (b"ab", 1)
    assert hear(b"x", b"b", whole=True).find(read("(?<=x)b", "regex", exact=True)) is None
