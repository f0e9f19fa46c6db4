"""Strands against plain lists: one direction alone, and two tracks on one time axis."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sockscope.record.conversation import Conversation
from sockscope.record.tape_entry import EntryKind
from sockscope.show.traffic import strand as strand_module
from sockscope.show.traffic.lines import Look
from sockscope.show.traffic.scroller import Position, Scroller
from sockscope.show.traffic.strand import Chosen, Shown, Whole
from sockscope.show.units import time_of_day
from tests.show.made import (
    MS,
    SEGMENT,
    START_NS,
    Canned,
    canned,
    happen,
    history,
    made,
    of_role,
    receive,
    send,
    text,
)

happenings = st.lists(canned, max_size=10)


def later_than_all() -> int:
    return START_NS + 10**15


def taken(strand: Chosen) -> list[Shown]:
    while strand.behind:
        strand.take_in()
    return [shown for number in range(strand.total) if (shown := strand.at(number))]


@given(happenings, happenings, st.sampled_from([EntryKind.RECEIVED, EntryKind.SENT]))
def test_one_direction_has_its_calls_in_order_also_those_that_come_later(
    before: list[Canned], after: list[Canned], kind: EntryKind
) -> None:
    conversation = made(before)
    strand = Chosen((conversation,), kind)
    taken(strand)
    for what, data in after:
        happen(conversation, what, data)
    shown = taken(strand)
    expected = [one for one in conversation.tape.entries(0) if one.kind is kind]
    assert [one.entry for one in shown] == expected
    assert [one.number for one in shown] == list(range(len(expected)))
    assert [one.before_bytes for one in shown] == [
        sum(e.size_bytes for e in expected[:n]) for n in range(len(expected))
    ]
    for number, entry in enumerate(expected):
        assert strand.place_of(conversation, entry.number) == number


@settings(max_examples=60)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3)), max_size=60), st.integers(1, 9))
def test_two_tracks_are_joined_by_time_however_little_is_taken_in_at_a_time(
    steps: list[tuple[bool, int]], at_a_time: int
) -> None:
    one, other = made(), made()
    at_ns, expected = START_NS, []
    for left, later in steps:
        at_ns += later * MS
        conversation = one if left else other
        expected.append((at_ns, 0 if left else 1, conversation.tape.total_entries))
        receive(conversation, b"x", at_ns) if later % 2 else send(conversation, b"yy", at_ns=at_ns)
    strand = Chosen((one, other), clock=later_than_all)
    before, strand_module.TAKEN = strand_module.TAKEN, at_a_time
    try:
        shown = taken(strand)
    finally:
        strand_module.TAKEN = before
    assert [found.entry.at_ns for found in shown] == sorted(at_ns for at_ns, _, _ in expected)
    for column in (0, 1):
        own = [found.entry.number for found in shown if found.column == column]
        assert own == [number for _, its_column, number in expected if its_column == column]
    for found in shown:
        assert strand.place_of(found.track, found.entry.number) == found.number


def test_what_was_called_just_now_waits_for_the_other_track() -> None:
    one, other = made(), made()
    now_ns = START_NS
    receive(one, b"just now", now_ns)
    strand = Chosen((one, other), clock=lambda: now_ns)
    strand.take_in()
    assert (strand.total, strand.behind) == (0, True)
    send(other, b"a moment before", at_ns=now_ns - MS)
    now_ns += strand_module.HELD_NS
    assert [shown.column for shown in taken(strand)] == [1, 0]


def test_what_is_dropped_goes_with_all_before_it() -> None:
    one, other = made(keeping=history(0)), made([("in", b"first")])
    strand = Chosen((one, other), clock=later_than_all)
    for number in range(6):
        receive(one, bytes(SEGMENT), START_NS + number * MS)
        taken(strand)
    first = strand.first
    assert 0 < first < strand.total
    assert strand.at(first - 1) is None or strand.at(first - 1).column == 1  # type: ignore[union-attr]
    assert all(strand.at(number) for number in range(first, strand.total))


def side_by_side(width: int) -> tuple[Scroller, Conversation, Conversation]:
    one, other = made(), made()
    send(one, b"question", at_ns=START_NS)
    receive(other, b"question", START_NS + MS)
    send(other, b"answer", at_ns=START_NS + 2 * MS)
    receive(one, b"answer", START_NS + 3 * MS)
    strand = Chosen((one, other), clock=later_than_all)
    strand.take_in()
    return Scroller(strand, Look("text", width)), one, other


def test_two_tracks_stand_side_by_side_where_there_is_room() -> None:
    scroller, _, _ = side_by_side(100)
    lines = [text(line) for line in scroller.window(Position(0), 20)]
    assert len(lines) == 4, "what is sent and received at once stands in one row"
    assert [line[:2] for line in lines[::2]] == ["→ ", "← "] and [line[50] for line in lines[::2]] == ["←", "→"]
    assert lines[1].startswith("│ question") and lines[1].endswith("││ question")
    assert {line.index("│", 40) for line in lines} == {49}


def test_what_only_one_end_did_has_a_row_of_its_own() -> None:
    one, other = made(), made()
    for number, data in enumerate((b"lost", b"also lost")):
        send(one, data, at_ns=START_NS + number * MS)
    receive(other, b"lostalso lost", START_NS + 2 * MS)
    strand = Chosen((one, other), clock=later_than_all)
    strand.take_in()
    lines = [text(line) for line in Scroller(strand, Look("calls", 120)).window(Position(0), 20)]
    assert [(line[:1].strip(), line[60:61]) for line in lines] == [("→", ""), ("→", ""), ("", "←")]


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.binary(min_size=1, max_size=60)), max_size=12))
def test_side_by_side_no_call_is_lost_or_shown_twice_and_each_column_is_in_order(
    steps: list[tuple[bool, bool, bytes]],
) -> None:
    one, other = made(), made()
    for number, (left, arrives, data) in enumerate(steps):
        near, far = (one, other) if left else (other, one)
        send(near, data, at_ns=START_NS + 2 * number * MS)
        if arrives:
            receive(far, data, START_NS + (2 * number + 1) * MS)
    strand = Chosen((one, other), clock=later_than_all)
    strand.take_in()
    scroller = Scroller(strand, Look("hex", 101))
    lines = [text(line).ljust(101) for line in scroller.window(scroller.first(), 1000)]
    for track, column in ((one, [line[:50] for line in lines]), (other, [line[51:] for line in lines])):
        heads = [line for line in column if line[:1] in ("←", "→")]
        expected = [("←" if entry.kind is EntryKind.RECEIVED else "→", entry) for entry in track.tape.entries(0)]
        assert [line[:1] for line in heads] == [arrow for arrow, _ in expected]
        assert [line[2:14] for line in heads] == [time_of_day(entry.at_ns, 0)[:12] for _, entry in expected]
        assert sum(line.startswith("│") for line in column) == sum(-(-entry.size_bytes // 8) for _, entry in expected)
    places = [scroller.first()]
    while (following := scroller.move(places[-1], 1)) != places[-1]:
        places.append(following)
    assert len(places) == max(1, len(lines))
    assert [scroller.move(place, -1) for place in places[1:]] == places[:-1]
    weights = [scroller.weight(place) for place in places]
    assert weights == sorted(weights)
    if steps:
        assert all(
            scroller.at_weight(weight).entry == place.entry for weight, place in zip(weights, places, strict=True)
        )
        assert scroller.below(scroller.first(), len(lines)) == 0


def test_and_one_in_the_other_with_a_letter_where_there_is_not() -> None:
    scroller, _, _ = side_by_side(60)
    lines = [text(line) for line in scroller.window(Position(0), 20)]
    assert [line[:4] for line in lines[1::2]] == ["A │ ", "B │ ", "B │ ", "A │ "]


def test_a_byte_is_found_in_its_column() -> None:
    scroller, one, other = side_by_side(100)
    for track, place, cell in ((one, Position(0, 0, 1), 2), (other, Position(0, 0, 1), 52)):
        assert scroller.byte_at(place, cell + 3) == (track, 3)
        assert scroller.at_offset(3, track) == place
        assert scroller.cell_of(place, 3, track) == cell + 3


def test_what_was_dropped_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strand_module, "TAKEN", 100)
    conversation = made(keeping=history(0))
    strand = Chosen((conversation,), EntryKind.RECEIVED)
    for _ in range(40):
        receive(conversation, bytes(SEGMENT))
        for _ in range(50):
            receive(conversation, b"x")
        taken(strand)
    assert strand.total == 40 * 51
    assert len(strand._order) == len(strand._ends) == len(strand._numbers[0]) < 400
    kept = [shown for number in range(strand.first, strand.total) if (shown := strand.at(number))]
    expected = [one for one in conversation.tape.entries(0) if one.kind is EntryKind.RECEIVED]
    assert [one.entry for one in kept] == expected
    assert all(strand.place_of(conversation, one.entry.number) == one.number for one in kept)
    assert [one.before_bytes for one in kept] == [one.stream_offset for one in expected]


def test_a_strand_knows_what_it_shows() -> None:
    one, other = made([("in", b"1"), ("out", b"2")]), made([("in", b"3")])
    strand = Chosen((one,), EntryKind.SENT)
    taken(strand)
    assert [strand.shows(one, 0), strand.shows(one, 1), strand.shows(one, 2), strand.shows(other, 0)] == [
        False,
        True,
        False,
        False,
    ]
    assert Whole(one).shows(one, 0) and not Whole(one).shows(other, 0)


def test_the_time_between_counts_from_the_line_before_that_is_shown() -> None:
    conversation = made([("in", b"1"), ("out", b"2"), ("out", b"3"), ("in", b"4")])
    strand = Chosen((conversation,), EntryKind.RECEIVED)
    strand.take_in()
    lines = Scroller(strand, Look("text", 100)).window(Position(0), 9)
    assert [of_role(line, "delta").strip() for line in lines[::2]] == ["", "+3.0 ms"]
