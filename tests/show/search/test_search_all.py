"""Searching many conversations: every track of each, counted as one search of it would, and said as it is."""

import gc
from weakref import ref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.record.conversation import Conversation
from sockscope.request.pattern import read
from sockscope.show.sanitizer import cells
from sockscope.show.search import search_all as module
from sockscope.show.search.search import Search
from sockscope.show.search.search_all import SearchAll
from sockscope.show.search.words import progress, surroundings
from sockscope.show.wall_clock import UNSET
from tests.engine.loopback import before_every_line
from tests.show.made import Canned, datagrams, drop, happen, made, relayed, watched

pieces = st.lists(st.tuples(st.sampled_from(["in", "out"]), st.binary(max_size=8).map(lambda b: b + b"ab")), max_size=5)


def searched(conversations: list[Conversation], typed: str, mode: str = "text") -> SearchAll:
    search = SearchAll(conversations, read(typed, mode))
    search.run()
    return search


def shown(conversation: Conversation, typed: str, mode: str = "text") -> list[tuple[str, str]]:
    """What is written of the first match."""
    return surroundings(searched([conversation], typed, mode).rows[0])


@given(st.lists(pieces, max_size=5), st.sampled_from(["ab", "a", "B"]))
def test_it_finds_what_a_search_of_each_would(traffic: list[list[Canned]], typed: str) -> None:
    conversations = [made(each) for each in traffic]
    search = searched(conversations, typed)
    singly = [Search(one, read(typed, "text")) for one in conversations]
    for one in singly:
        one.advance()
    there = [(one.track, len(one.starts), one.starts[0]) for one in singly if one.starts]
    assert [(row.conversation, row.count, row.start) for row in search.rows] == there
    assert search.matches == sum(len(one.starts) for one in singly) and search.conversations_with == len(there)
    assert search.done and search.bytes_so_far == search.total_bytes == sum(c.tape.total_bytes for c in conversations)


def test_every_track_is_searched_and_a_row_says_which() -> None:
    conversation = relayed()
    happen(conversation, "in", b"nothing")
    search = searched([conversation], "TARGET")
    assert not search.rows
    search = searched([conversation], "target")
    assert [(row.track_number, row.track, row.received) for row in search.rows] == [(1, "target: bytes", True)]
    assert (search.matches, search.conversations_with) == (1, 1)


def test_a_row_says_where_the_first_match_is() -> None:
    stream = made([("in", b"four"), ("out", b"a needle"), ("in", b"and a nee"), ("in", b"dle here, needle")])
    (row,) = searched([stream], "needle").rows
    assert (row.count, row.received, row.offset, row.start) == (3, False, 2, 6)
    assert (row.before, row.match, row.behind) == (b"a ", b"needle", b"")
    (row,) = searched([stream], "needle here").rows
    assert (row.received, row.offset, row.before, row.match, row.behind) == (
        True,
        len(b"fourand a "),
        b"and a ",
        b"needle here",
        b", needle",
    )
    datagram = datagrams()
    for data in (b"12345", b"xneedle"):
        happen(datagram, "in", data)
    assert searched([datagram], "needle").rows[0].offset == 1


@pytest.mark.parametrize(
    ("data", "typed", "mode", "written", "place"),
    [
        (b"one\nneedle \x1b[2J\xff!", "needle", "text", ["one␊", "needle", " ␛[2J\\xff!"], 1),
        (b"0123456789abcdefghij-needle", "needle", "text", ["bcdefghij-", "needle"], 1),
        ("äöüäöüäöü-needle".encode(), "needle", "text", ["üäöü-", "needle"], 1),
        (b"\x00\x01\x02\x03\x04\x05\xff\x00\xfe", "05 ?? 00", "hex", ["02 03 04 ", "05 ff 00", " fe"], 1),
        (b"\x01\x02", "01", "hex", ["01", " 02"], 0),
    ],
)
def test_surroundings_are_text_or_hex_and_harmless(
    data: bytes, typed: str, mode: str, written: list[str], place: int
) -> None:
    parts = shown(made([("in", data)]), typed, mode)
    assert [text for text, _ in parts] == written
    assert [text for text, role in parts if role == "match"] == [written[place]]


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_the_match_is_always_among_the_first_cells(before: bytes, behind: bytes) -> None:
    parts = shown(made([("in", before + b"\x00needle\x01" + behind)]), "needle")
    texts = [text for text, _ in parts]
    at = [role for _, role in parts].index("match")
    assert all(text.isprintable() for text in texts)
    assert cells("".join(texts[:at])) <= 10 * 4


def test_rows_are_bounded_and_what_has_no_room_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 2)
    search = searched([made([("in", b"xx")]) for _ in range(5)], "x")
    assert (len(search.rows), search.rows_left_out, search.matches) == (2, 3, 10)
    assert "10 matches in 5 of 5 conversations" in progress(search, UNSET, running=False)
    assert "3 more with matches are not listed" in progress(search, UNSET, running=False)


def test_nothing_is_called_not_found_before_all_was_looked_at() -> None:
    conversations = [made([("in", b"a" * 100)]) for _ in range(3)]
    search = SearchAll(conversations, read("b", "text"))
    assert "searched 0 of 3 conversations, 0 B of 300 B · 0 matches in 0 · Esc stops" in progress(
        search, UNSET, running=True
    )
    wanted = iter([True, True, True, False])
    search.run(lambda: next(wanted, False))
    stopped = progress(search, UNSET, running=False)
    assert stopped.startswith("stopped: searched 1 of 3 conversations") and "not found" not in stopped
    assert not search.done
    assert progress(searched(conversations, "b"), UNSET, running=False).startswith("not found: 3 conversations, 300 B")


def test_what_comes_meanwhile_is_left_and_that_is_said() -> None:
    conversation = made([("in", b"a")])
    search = SearchAll([conversation], read("b", "text"))
    watched(conversation).meddle = lambda offset: happen(conversation, "in", b"b") if offset == 0 else None
    search.run()
    assert search.done and not search.rows
    assert "what came later is not in it" in progress(search, UNSET, running=False)


def test_no_more_is_said_to_be_searched_than_there_is_while_traffic_comes() -> None:
    conversations = [made([("in", b"a" * 300), ("out", b"a" * 300)]) for _ in range(2)]
    search = SearchAll(conversations, read("a", "text"))
    far = []

    def look() -> None:
        so_far = search.bytes_so_far
        far.append((so_far, search.total_bytes))

    happen(conversations[0], "in", b"a" * 10_000)
    for one in conversations:
        watched(one).meddle = lambda offset, one=one: happen(one, "in", b"b" * 5000) if offset == 300 else None
    before_every_line(module, search.run, look)
    assert all(so_far <= total for so_far, total in far)
    assert sorted(so_far for so_far, _ in far) == [so_far for so_far, _ in far], "it only grows"
    assert search.done and search.bytes_so_far == search.total_bytes == 10_600 + 600
    assert (10_600, 11_200) in far, "what is still ahead counts"


def test_what_was_dropped_and_what_took_too_long_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = made()
    for _ in range(4):
        happen(conversation, "in", b"x" * 100_000)
    drop(conversation)
    search = searched([conversation], "y")
    assert search.dropped_bytes == conversation.tape.first_offset > 0
    assert "were dropped before" in progress(search, UNSET, running=False)
    monkeypatch.setattr("sockscope.show.search.search.TOO_LONG_S", 0.001)
    search = searched([made([("in", b"a" * 40 + b"b")]), made([("in", b"a")])], "(a|a)*c", "regex")
    assert search.too_long == 1 and search.searched == 2
    assert "in 1 the expression takes too long" in progress(search, UNSET, running=False)


def test_where_there_is_none_that_is_said() -> None:
    assert progress(searched([], "x"), UNSET, running=False) == "there is no conversation yet"


def test_a_conversation_that_is_forgotten_is_kept_by_no_row() -> None:
    conversations = [made([("in", b"needle")]), made([("in", b"nothing")])]
    forgotten = [ref(one) for one in conversations]
    search = searched(conversations, "needle")
    assert search.rows[0].conversation is conversations[0]
    conversations.clear()
    gc.collect()
    assert search.rows[0].conversation is None and [one() for one in forgotten] == [None, None]
    assert (search.rows[0].number, search.rows[0].peer) == (1, "example.com:80")
