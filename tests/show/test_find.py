"""Search: matches across calls, in each direction by itself, against plain lists of bytes."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sockscope.record.conversation import Conversation
from sockscope.record.tape_entry import EntryKind
from sockscope.show.find import find_next, find_previous
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


def matches(conversation: Conversation, needle: bytes) -> list[int]:
    """The offsets of all matches, in order: of each direction's bytes as if there had been one call."""
    found = []
    for kind in (EntryKind.RECEIVED, EntryKind.SENT):
        there = bytes_of(conversation, kind)
        data = bytes(byte for _, byte in there)
        found += [there[at][0] for at in range(len(data)) if data.startswith(needle, at)]
    return sorted(found)


def all_next(conversation: Conversation, needle: bytes) -> list[int]:
    """What pressing n again and again finds."""
    found: list[int] = []
    while (at := find_next(conversation, needle, found[-1] if found else -1)) is not None:
        found.append(at)
        assert len(found) < 1000
    return found


def all_previous(conversation: Conversation, needle: bytes) -> list[int]:
    """What pressing N again and again finds, from the end."""
    found: list[int] = []
    while (
        at := find_previous(conversation, needle, found[-1] if found else conversation.tape.total_bytes)
    ) is not None:
        found.append(at)
        assert len(found) < 1000
    return found


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
    "overlapping": ([("in", b"aaaa")], b"aa", [0, 1, 2]),
    "overlapping across calls": ([("in", b"aa"), ("in", b"aa")], b"aaa", [0, 1]),
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
def test_next_finds_every_match_in_order(case: str) -> None:
    happened, needle, offsets = CASES[case]
    assert all_next(made(happened), needle) == offsets


@pytest.mark.parametrize("case", CASES)
def test_previous_finds_every_match_backwards(case: str) -> None:
    happened, needle, offsets = CASES[case]
    assert all_previous(made(happened), needle) == offsets[::-1]


@settings(max_examples=100)
@given(traffic, pieces, st.integers(-2, 80))
def test_next_is_the_first_match_behind(happened: list[Canned], needle: bytes, after: int) -> None:
    conversation = made(happened)
    expected = next((at for at in matches(conversation, needle) if at > after), None)
    assert find_next(conversation, needle, after) == expected


@settings(max_examples=100)
@given(traffic, pieces, st.integers(-2, 80))
def test_previous_is_the_last_match_before(happened: list[Canned], needle: bytes, before: int) -> None:
    conversation = made(happened)
    expected = max((at for at in matches(conversation, needle) if at < before), default=None)
    assert find_previous(conversation, needle, before) == expected


@given(traffic, pieces)
def test_previous_mirrors_next(happened: list[Canned], needle: bytes) -> None:
    conversation = made(happened)
    assert all_previous(conversation, needle)[::-1] == all_next(conversation, needle)


@given(st.lists(pieces, max_size=14), pieces)
def test_of_one_direction_every_match_is_found(received: list[bytes], needle: bytes) -> None:
    conversation = made([("in", data) for data in received])
    expected = matches(conversation, needle)
    assert all_next(conversation, needle) == expected
    assert all_previous(conversation, needle) == expected[::-1]


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
    expected = matches(conversation, b"mark")
    assert expected[0] >= conversation.tape.first_offset
    assert all_next(conversation, b"mark") == expected


def test_only_what_is_kept_is_found_backwards() -> None:
    conversation = flooded()
    assert sorted(all_previous(conversation, b"mark")) == matches(conversation, b"mark")


@pytest.mark.parametrize("where", [-1, 0, 5, 10**9])
def test_a_place_that_was_dropped_is_before_everything(where: int) -> None:
    conversation = flooded()
    kept = matches(conversation, b"mark")
    assert find_next(conversation, b"mark", where) == (kept[0] if where < kept[0] else None)
    assert find_previous(conversation, b"mark", where) == (kept[-1] if where > kept[-1] else None)


def test_nothing_is_found_where_everything_was_dropped() -> None:
    conversation = made([("in", b"mark")])
    conversation.tape.release()
    assert find_next(conversation, b"mark", -1) is None
    assert find_previous(conversation, b"mark", 4) is None


Find = Callable[[Conversation, bytes], int | None]
finds = pytest.mark.parametrize(
    "find",
    [
        lambda conversation, needle: find_next(conversation, needle, -1),
        lambda conversation, needle: find_previous(conversation, needle, conversation.tape.total_bytes),
    ],
    ids=["next", "previous"],
)


def drop_after_reading(conversation: Conversation, offset: int, segments: int) -> None:
    """The engine drops the oldest segments just after a search has read at `offset`."""
    tape = watched(conversation)

    def meddle(read: int) -> None:
        if read == offset:
            tape.meddle = lambda _: None
            drop(conversation, segments)

    tape.meddle = meddle


@finds
@pytest.mark.parametrize("between", [b"xyz", b"x" * SEGMENT], ids=["a little", "much"])
def test_no_match_is_made_over_bytes_that_are_dropped_meanwhile(find: Find, between: bytes) -> None:
    conversation = made([("in", b"..hel"), ("in", between), ("in", b"lo" + b"." * SEGMENT)])
    drop_after_reading(conversation, offset=0, segments=1 if len(between) < SEGMENT else 2)
    assert find(conversation, b"hello") is None, "there was something between"


@finds
def test_what_is_kept_is_found_although_a_flood_overtakes_the_search(find: Find) -> None:
    filler = [("in", bytes([byte]) * SEGMENT) for byte in b"0123"]
    conversation = made([*filler, ("in", b"hello" + b"4" * (SEGMENT - 5))])
    drop_after_reading(conversation, offset=0, segments=3)
    assert find(conversation, b"hello") == 4 * SEGMENT


@finds
def test_a_search_ends_although_more_keeps_coming(find: Find) -> None:
    conversation = made([("in", b"quiet"), ("out", b"before")])
    tape = watched(conversation)

    def meddle(offset: int) -> None:
        happen(conversation, "in", b"x" * SEGMENT)
        assert tape.reads < 20, "it would run after a flood for ever"

    tape.meddle = meddle
    assert find(conversation, b"mark") is None


@pytest.mark.parametrize("wanted_reads", [0, 1, 30])
def test_a_search_that_is_wanted_no_more_ends(wanted_reads: int) -> None:
    conversation = made([("in", b"nothing here")] * 1000)
    tape = watched(conversation)
    assert find_next(conversation, b"mark", -1, lambda: tape.reads < wanted_reads) is None
    assert tape.reads == wanted_reads
    tape.reads = 0
    assert find_previous(conversation, b"mark", tape.total_bytes, lambda: tape.reads < wanted_reads) is None
    assert tape.reads == wanted_reads


# What it costs.


def test_the_next_match_costs_what_lies_between() -> None:
    conversation = made([("in", b"a mark here")] * 2000)
    tape = watched(conversation)
    at = find_next(conversation, b"mark", 11_000)
    assert at is not None
    assert at - 11_000 < 20
    assert tape.reads < 10


def test_the_previous_match_costs_what_lies_between() -> None:
    conversation = made([("in", b"a mark here")] * 2000)
    tape = watched(conversation)
    at = find_previous(conversation, b"mark", 11_000)
    assert at is not None
    assert 11_000 - at < 20
    assert tape.reads < 10


def test_a_match_lies_within_one_datagram() -> None:
    conversation = datagrams()
    for data in (b"xab", b"cab", b"", b"c", b"abc", b"ab"):
        happen(conversation, "in", data)
    assert find_next(conversation, b"abc", -1) == 7
    assert find_next(conversation, b"abc", 7) is None
    assert find_previous(conversation, b"abc", conversation.tape.total_bytes) == 7
    assert find_previous(conversation, b"abc", 7) is None
    assert find_next(conversation, b"ab", -1) == 1


def test_each_track_is_searched_by_itself() -> None:
    conversation = secured()
    happen(conversation, "in", b"hello")
    (_, plaintext), (_, wire) = conversation.tracks()
    wire.tape.sent(memoryview(b"\x17\x03"), 2, START_NS, 1000)
    wire.tape.sent(memoryview(b"\x03!"), 2, START_NS, 1000)
    assert [find_next(track, b"\x03\x03", -1) for track in (plaintext, wire)] == [None, 1]
    assert [find_next(track, b"hello", -1) for track in (plaintext, wire)] == [0, None]
