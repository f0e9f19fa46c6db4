"""Search: all matches, across calls, in each direction by itself, against the whole bytes of each direction."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sockscope.record.conversation import Conversation
from sockscope.record.layers import Track
from sockscope.record.tape_entry import EntryKind
from sockscope.request.pattern import EXPRESSION_BYTES, Pattern, read
from sockscope.show.search import search as module
from sockscope.show.search.search import Search
from tests.show.made import (
    SEGMENT,
    START_NS,
    Canned,
    bytes_of,
    datagrams,
    drop,
    happen,
    history,
    made,
    secured,
    watched,
)

pieces = st.binary(min_size=1, max_size=6).map(lambda data: bytes(b"ab"[byte % 2] for byte in data))
traffic = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["in", "out"]), pieces), st.tuples(st.just("in"), pieces), st.just(("shutdown", b""))
    ),
    max_size=14,
)
EXPRESSIONS = ["ab+", "a.b", "(?<=b)a", "^a", "b$", "a|bb|ab", "[^a]+", "a{2,3}b?"]


def literal(data: bytes) -> Pattern:
    return Pattern(repr(data), data)


def found(track: Track, pattern: Pattern | bytes) -> list[int]:
    """Where all matches begin."""
    search = Search(track, literal(pattern) if isinstance(pattern, bytes) else pattern)
    search.advance()
    assert not search.trouble and not search.behind
    return search.starts


def spans(conversation: Conversation, pattern: Pattern) -> list[list[int]]:
    """The offset of every byte of every match, of each direction's bytes as if there had been one call."""
    expression = pattern.expression or re.compile(re.escape(pattern.literal), re.I if pattern.folded else 0)
    every = []
    for kind in (EntryKind.RECEIVED, EntryKind.SENT):
        there = bytes_of(conversation, kind)
        data = bytes(byte for _, byte in there)
        for match in expression.finditer(data):
            if match.start() < match.end():
                every.append([offset for offset, _ in there[match.start() : match.end()]])
    return sorted(every)


def spans_found(search: Search) -> list[list[int]]:
    by_match: dict[int, list[int]] = {}
    for low, high, start in search.ranges:
        by_match.setdefault(start, []).extend(range(low, high))
    assert sorted(by_match) == search.starts
    return [sorted(offsets) for _, offsets in sorted(by_match.items())]


CASES: dict[str, tuple[list[Canned], bytes, list[int]]] = {
    "nothing there": ([], b"a", []),
    "only calls": ([("shutdown", b"")], b"a", []),
    "not found": ([("in", b"hello")], b"world", []),
    "within a call": ([("in", b"say hello")], b"hello", [4]),
    "at the very start": ([("in", b"hello"), ("in", b"x")], b"hello", [0]),
    "at the very end": ([("in", b"x"), ("in", b"hello")], b"hello", [1]),
    "all there is": ([("in", b"hello")], b"hello", [0]),
    "one byte": ([("in", b"abab"), ("out", b"b")], b"b", [1, 3, 4]),
    "longer than all": ([("in", b"hel")], b"hello", []),
    "sent": ([("in", b"x"), ("out", b"hello")], b"hello", [1]),
    "across two calls": ([("in", b"xhel"), ("in", b"lo")], b"hello", [1]),
    "across three calls": ([("in", b"h"), ("in", b"ell"), ("in", b"o")], b"hello", [0]),
    "byte by byte": ([("in", bytes([byte])) for byte in b"xhellox"], b"hello", [1]),
    "across two with the other direction between": ([("in", b"hel"), ("out", b"zzz"), ("in", b"lo")], b"hello", [0]),
    "across three with the other direction between": (
        [("in", b"h"), ("out", b"zzz"), ("in", b"ell"), ("out", b"q"), ("in", b"o")],
        b"hello",
        [0],
    ),
    "across two with a call between": ([("in", b"hel"), ("shutdown", b""), ("in", b"lo")], b"hello", [0]),
    "both directions at once": (
        [("in", b"hel"), ("out", b"hel"), ("in", b"lo"), ("out", b"lo")],
        b"hello",
        [0, 3],
    ),
    "never of two directions": ([("in", b"hel"), ("out", b"lo")], b"hello", []),
    "beside each other": ([("in", b"aaaa")], b"aa", [0, 2]),
    "beside each other across calls": ([("in", b"aaa"), ("in", b"aaa")], b"aa", [0, 2, 4]),
    "begun in vain": ([("in", b"aab"), ("in", b"aaab")], b"aaab", [3]),
    "any bytes": ([("in", b"\0\xff"), ("in", b"\n\0")], b"\xff\n", [1]),
    "the one that begins first ends last": (
        [("in", b"..hel"), ("out", b"hello"), ("in", b"lo")],
        b"hello",
        [2, 5],
    ),
    "one around many": (
        [("in", b"hel"), ("out", b"hello"), ("out", b"hello"), ("in", b"lo")],
        b"hello",
        [0, 3, 8],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_every_match_is_found_in_order(case: str) -> None:
    happened, needle, offsets = CASES[case]
    assert found(made(happened), needle) == offsets


@settings(max_examples=150)
@given(traffic, pieces, st.booleans())
def test_bytes_are_found_where_they_are(happened: list[Canned], needle: bytes, folded: bool) -> None:
    conversation, pattern = made(happened), Pattern("", needle, folded)
    search = Search(conversation, pattern)
    search.advance()
    assert spans_found(search) == spans(conversation, pattern)


@settings(max_examples=150)
@given(traffic, st.sampled_from(EXPRESSIONS))
@example([("in", b"a"), ("in", b"bb"), ("in", b"b"), ("in", b"ab")], "ab+")
def test_an_expression_finds_what_it_finds_in_the_whole(happened: list[Canned], expression: str) -> None:
    conversation, pattern = made(happened), read(expression, "regex")
    search = Search(conversation, pattern)
    search.advance()
    assert spans_found(search) == spans(conversation, pattern)


@settings(max_examples=100)
@given(st.lists(traffic, max_size=4), st.sampled_from([*EXPRESSIONS, "aab", "b"]))
def test_it_goes_on_with_what_comes(parts: list[list[Canned]], expression: str) -> None:
    conversation, pattern = made([]), read(expression, "regex")
    search = Search(conversation, pattern)
    for part in parts:
        for what, data in part:
            happen(conversation, what, data)
        search.advance()
        assert spans_found(search) == spans(conversation, pattern)


@settings(max_examples=100)
@given(traffic, pieces, st.integers(-2, 80))
def test_next_and_previous_go_round(happened: list[Canned], needle: bytes, place: int) -> None:
    search = Search(made(happened), literal(needle))
    search.advance()
    starts = search.starts
    assert search.next(place) == next((at for at in starts if at > place), starts[0] if starts else None)
    assert search.previous(place) == max((at for at in starts if at < place), default=starts[-1] if starts else None)
    for number, at in enumerate(starts, 1):
        assert search.place(at) == (number, len(starts))


@settings(max_examples=100)
@given(traffic, pieces, st.integers(0, 80), st.integers(0, 20))
def test_what_lies_within_a_line_is_told(happened: list[Canned], needle: bytes, first: int, size: int) -> None:
    search = Search(made(happened), literal(needle))
    search.advance()
    marked = {at for low, high, _ in search.within(first, first + size) for at in range(low, high)}
    every = {at for low, high, _ in search.ranges for at in range(low, high)}
    assert marked == every & set(range(first, first + size))


def test_letters_of_any_alphabet_are_found_in_either_case() -> None:
    conversation = made([("in", "ÜBER dem".encode()), ("in", " übeR".encode())])
    assert found(conversation, read("über", "text")) == [0, 10]
    assert found(conversation, read("ÜBER", "text")) == [0]
    assert found(conversation, read("DEM", "text")) == []


def test_any_byte_is_any_byte() -> None:
    conversation = made([("in", b"\x01\n\x03\x01"), ("in", b"\xff\x03")])
    assert found(conversation, read("01 ?? 03", "hex")) == [0, 3]
    assert found(conversation, read("01??03", "hex")) == [0, 3]


# What is bounded.


def test_a_match_is_put_together_of_so_many_bytes_and_no_more() -> None:
    conversation = made([("in", b"x" * 1000)] * 64)
    search = Search(conversation, read("x+", "regex"))
    search.advance()
    assert search.starts[0] == 0
    assert sum(high - low for low, high, _ in search.ranges) == 64_000
    assert len(search.starts) <= 64_000 // EXPRESSION_BYTES + 1


def test_an_expression_that_takes_too_long_ends_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TOO_LONG_S", 0.05)
    search = Search(made([("in", b"a" * 5000)]), read("(a|aa)+$b", "regex"))
    search.advance()
    assert search.trouble == "the expression takes too long"
    assert not search.behind


def test_so_many_matches_are_kept_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 10)
    search = Search(made([("in", b"aaaa")] * 5), literal(b"a"))
    search.advance()
    assert (len(search.starts), search.more, search.behind) == (10, True, False)


# What was dropped.


def flooded() -> Conversation:
    """A conversation whose beginning was dropped, with a mark in each thing that happened."""
    conversation = made(keeping=history(0))
    for i in range(6):
        happen(conversation, "in", b"mark" + bytes([i]) * (SEGMENT - 8) + b"mark")
        happen(conversation, "out", b"a mark, too")
    assert conversation.tape.first_offset > 0
    return conversation


def test_only_what_is_kept_is_found() -> None:
    conversation = flooded()
    expected = [span[0] for span in spans(conversation, literal(b"mark"))]
    assert expected[0] >= conversation.tape.first_offset
    assert found(conversation, b"mark") == expected


def test_what_is_dropped_later_is_counted_no_more() -> None:
    conversation = made([("in", b"mark"), ("in", b"x" * SEGMENT), ("in", b"mark")])
    search = Search(conversation, literal(b"mark"))
    search.advance()
    first, second = search.starts
    assert search.place(second) == (2, 2)
    drop(conversation, 1)
    assert conversation.tape.first_offset > first
    assert search.place(second) == (1, 1)
    assert search.next(second) == search.previous(second) == second
    conversation.tape.release()
    assert search.next(0) is None


def drop_after_reading(conversation: Conversation, offset: int, segments: int) -> None:
    """The engine drops the oldest segments just after a search has read at `offset`."""
    tape = watched(conversation)

    def meddle(read: int) -> None:
        if read == offset:
            tape.meddle = lambda _: None
            drop(conversation, segments)

    tape.meddle = meddle


@pytest.mark.parametrize("between", [b"xyz", b"x" * SEGMENT], ids=["a little", "much"])
def test_no_match_is_made_over_bytes_that_are_dropped_meanwhile(between: bytes) -> None:
    conversation = made([("in", b"..hel"), ("in", between), ("in", b"lo" + b"." * SEGMENT)])
    drop_after_reading(conversation, offset=0, segments=1 if len(between) < SEGMENT else 2)
    assert found(conversation, b"hello") == [], "there was something between"


def test_what_is_kept_is_found_although_a_flood_overtakes_the_search() -> None:
    filler = [("in", bytes([byte]) * SEGMENT) for byte in b"0123"]
    conversation = made([*filler, ("in", b"hello" + b"4" * (SEGMENT - 5))])
    drop_after_reading(conversation, offset=0, segments=3)
    assert found(conversation, b"hello") == [4 * SEGMENT]


def test_a_search_ends_although_more_keeps_coming() -> None:
    conversation = made([("in", b"quiet"), ("out", b"before")])
    tape = watched(conversation)

    def meddle(offset: int) -> None:
        happen(conversation, "in", b"x" * SEGMENT)
        assert tape.reads < 20, "it would run after a flood for ever"

    tape.meddle = meddle
    search = Search(conversation, literal(b"mark"))
    search.advance()
    assert search.starts == [] and search.behind


@pytest.mark.parametrize("wanted_reads", [0, 1, 30])
def test_a_search_that_is_wanted_no_more_ends_and_goes_on_there(wanted_reads: int) -> None:
    conversation = made([("in", b"nothing here")] * 1000 + [("in", b"mark")])
    tape = watched(conversation)
    search = Search(conversation, literal(b"mark"))
    search.advance(lambda: tape.reads < wanted_reads)
    assert tape.reads == wanted_reads and search.behind
    search.advance()
    assert tape.reads == 1001 and search.starts == [12_000]


def test_a_match_lies_within_one_datagram() -> None:
    conversation = datagrams()
    for data in (b"xab", b"cab", b"", b"c", b"abc", b"ab"):
        happen(conversation, "in", data)
    assert found(conversation, b"abc") == [7]
    assert found(conversation, read("ab?c", "regex")) == [7]
    assert found(conversation, b"ab") == [1, 4, 7, 10]


def test_each_track_is_searched_by_itself() -> None:
    conversation = secured()
    happen(conversation, "in", b"hello")
    (_, plaintext), (_, wire) = conversation.tracks()
    wire.tape.sent(memoryview(b"\x17\x03"), 2, START_NS, 1000)
    wire.tape.sent(memoryview(b"\x03!"), 2, START_NS, 1000)
    assert [found(track, b"\x03\x03") for track in (plaintext, wire)] == [[], [1]]
    assert [found(track, b"hello") for track in (plaintext, wire)] == [[0], []]


class Unread(list[Any]):
    """A list of which nobody goes through all."""

    def __iter__(self) -> Iterator[Any]:
        raise AssertionError("all that was found was gone through")

    def remove(self, one: object) -> None:
        raise AssertionError("all that was found was gone through")


def test_taking_a_match_back_does_not_go_through_all_that_was_found() -> None:
    conversation = made([("in", b"ab " * 1000), ("out", b"cd")])
    search = Search(conversation, read("[a-z]+", "regex"))
    search.advance()
    search.starts, search.ranges = Unread(search.starts), Unread(search.ranges)
    happen(conversation, "out", b"e")
    happen(conversation, "in", b"abc")
    search.advance()
    assert (len(search.starts), search.ranges[-1]) == (1002, (3003, 3006, 3003))
    assert search.ranges[-3:-1] == [(3000, 3002, 3000), (3002, 3003, 3000)]
