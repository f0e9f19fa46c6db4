"""Reading with keys and the mouse: the cursor in the bytes, turns, marks, and where one jumps to."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sockscope.net.socket_kind import UDP
from sockscope.record.conversation import Conversation
from sockscope.record.tape_entry import EntryKind
from sockscope.show.reading import reader as reader_module
from sockscope.show.reading.bookmarks import Bookmarks
from sockscope.show.reading.jump import Clock, JumpError, Offset, Since
from sockscope.show.reading.reader import Reader
from sockscope.show.traffic.lines import Look
from sockscope.show.traffic.scroller import Position
from sockscope.show.traffic.stand import Stand
from sockscope.show.traffic.strand import Chosen, Whole
from sockscope.show.wall_clock import UNSET, fixed
from tests.show.made import SECOND, START_NS, Canned, canned, happen, made, watched

TALK: list[Canned] = [("in", b"one\n"), ("in", b"two\n"), ("out", b"ok\n"), ("shutdown", b""), ("in", b"three\n")]
KEYS = st.tuples(st.sampled_from(["byte", "line", "page", "edge"]), st.booleans())


def reading(conversation: Conversation, mode: str = "hex", height: int = 6, width: int = 80) -> Reader:
    """At the first line that is kept."""
    stand = Stand(Whole(conversation), Look(mode, width), height)
    stand.edge(newest=False)
    return Reader(stand, Bookmarks())


def selected(reader: Reader) -> bytes:
    return reader.selection.read(10**6) if reader.selection else b""


def number_here(reader: Reader) -> int:
    here = reader.here()
    assert here
    return here.entry.number


@settings(max_examples=60)
@example([("in", b"\xc2\x80"), ("in", b"\0")], "text", [("byte", False), ("byte", True), ("edge", True)])
@given(st.lists(canned, min_size=1, max_size=8), st.sampled_from(["hex", "text", "auto"]), st.lists(KEYS, max_size=12))
def test_whatever_is_pressed_the_selection_is_of_one_direction_and_its_cursor_in_sight(
    happened: list[Canned], mode: str, keys: list[tuple[str, bool]]
) -> None:
    conversation = made(happened)
    reader = reading(conversation, mode)
    for unit, forward in keys:
        before = reader.selection
        reader.extend(unit, forward)
        now = reader.selection
        if now is None:
            assert before is None
            continue
        dropped, total = conversation.tape.bytes_of(now.kind)
        assert dropped <= now.first < now.end <= total
        if before:
            assert (now.kind, now.anchor) == (before.kind, before.anchor)
            assert now.cursor >= before.cursor if forward else now.cursor <= before.cursor
        offset = now.cursor_offset
        assert offset is not None
        place, stand = reader.stand.scroller.at_offset(offset), reader.stand
        assert stand.top <= place <= stand.scroller.move(stand.top, stand.height - 1)


def test_bytes_and_lines_are_selected_across_calls_of_the_same_direction() -> None:
    reader = reading(made(TALK), "text", height=12)
    reader.extend("byte", True)
    assert selected(reader) == b"o", "the first key sets the cursor"
    reader.extend("edge", True)
    assert selected(reader) == b"one\n"
    reader.extend("byte", True)
    assert selected(reader) == b"one\nt"
    reader.extend("line", True)
    assert selected(reader) == b"one\ntwo\nt", "what was sent between is passed over"
    reader.extend("line", True)
    assert selected(reader) == b"one\ntwo\nthree\n"
    reader.extend("page", False)
    assert selected(reader) == b"one\n", "the same column, as far as the line has it"


def test_in_hex_a_line_is_a_line_of_the_same_column() -> None:
    reader = reading(made([("in", bytes(range(40)))]), "hex")
    for _ in range(4):
        reader.extend("byte", True)
    reader.extend("line", True)
    assert selected(reader) == bytes(range(20))
    reader.extend("line", True)
    assert selected(reader) == bytes(range(36))
    reader.extend("line", True)
    assert selected(reader) == bytes(range(40)), "behind the last line stands the end"


def test_select_goes_from_the_call_to_its_direction_to_nothing() -> None:
    reader = reading(made(TALK), height=20)
    seen = []
    for _ in range(4):
        reader.select()
        seen.append(selected(reader))
    assert seen == [b"one\n", b"one\ntwo\nthree\n", b"", b"one\n"]


def test_of_a_single_call_its_direction_is_the_same_and_not_selected_twice() -> None:
    reader = reading(made([("in", b"alone")]))
    reader.select()
    assert selected(reader) == b"alone"
    reader.select()
    assert reader.selection is None


def test_the_mouse_selects_the_byte_it_points_at_or_what_a_call_moved() -> None:
    conversation = made([("in", bytes(range(32)))])
    reader = reading(conversation)
    reader.drag_from(Position(0, 0, 1), 2 + 9 + 3)
    assert selected(reader) == b"\x01"
    reader.extend_to(Position(0, 0, 2), 10**6)
    assert selected(reader) == bytes(range(1, 32))
    reader.drag_from(Position(0, 0, 0), 5)
    assert selected(reader) == bytes(range(32))
    assert not reader.stand.following


def test_a_drag_over_the_other_direction_leaves_the_cursor_where_it_was() -> None:
    reader = reading(made(TALK), "text", height=20)
    reader.drag_from(Position(1, 0, 1), 2)
    reader.extend_to(Position(2, 0, 1), 3)
    assert selected(reader) == b"t"
    reader.extend_to(Position(4, 0, 1), 3)
    assert selected(reader) == b"two\nth"


def test_turns_lead_to_where_the_other_side_begins_and_back() -> None:
    reader = reading(
        made([("in", b"1"), ("in", b"2"), ("out", b"3"), ("shutdown", b""), ("out", b"4"), ("in", b"5")]), height=2
    )
    went = [(reader.turn(True), reader.here().entry.number) for _ in range(2) if reader.here()]  # type: ignore[union-attr]
    assert went == [("", 2), ("", 5)]
    assert reader.turn(True) == "no change of direction from here on"
    back = [(reader.turn(False), reader.here().entry.number) for _ in range(2) if reader.here()]  # type: ignore[union-attr]
    assert back == [("", 2), ("", 0)]
    assert reader.turn(False) == "no change of direction before"


def test_a_turn_that_is_too_far_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_module, "LOOKED_AT", 3)
    reader = reading(made([("in", b"x")] * 6 + [("out", b"y")]), height=2)
    assert reader.turn(True) == "no change of direction within 3 calls"


def test_marks_are_gone_round_and_taken_away() -> None:
    conversation = made(TALK)
    reader = reading(conversation, height=2)
    assert reader.next_mark() == "no call that is shown is marked: m marks one"
    for number in (0, 4):
        reader.go(number)
        reader.mark()
    reader.go(1)
    assert [(reader.next_mark(), number_here(reader)) for _ in range(3)] == [("", 4), ("", 0), ("", 4)]
    reader.mark()
    assert (reader.next_mark(), number_here(reader)) == ("", 0)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Offset(5), b"w"),
        (Offset(2, EntryKind.SENT), b"\n"),
        (Offset(0, EntryKind.RECEIVED), b"o"),
    ],
)
def test_a_jump_to_an_offset_selects_the_byte(wanted: Offset, found: bytes) -> None:
    reader = reading(made(TALK), height=2)
    reader.jump(wanted, UNSET)
    assert selected(reader) == found


def test_a_jump_to_a_time_leads_to_the_first_call_then_or_later() -> None:
    conversation = made([("in", b"x")] * 1000)  # a millisecond apart
    reader = reading(conversation, height=2)
    reader.jump(Since(250_500_000), UNSET)
    assert reader.stand.top == Position(251)
    midnight = fixed(-START_NS - time_zone_ns())
    reader.jump(Clock(700_000_000), midnight)
    assert reader.stand.top == Position(700)
    with pytest.raises(JumpError, match="nothing was called then or later"):
        reader.jump(Since(5 * SECOND), UNSET)


def time_zone_ns() -> int:
    """How much further the local day was at the beginning of 1970."""
    local = time.localtime(0)
    return (local.tm_hour * 3600 + local.tm_min * 60) * SECOND


@pytest.mark.parametrize(
    ("wanted", "said"),
    [(Offset(4, EntryKind.SENT), "3 bytes sent so far"), (Offset(10**30), "bytes received so far")],
)
def test_a_jump_beyond_the_end_is_said(wanted: Offset, said: str) -> None:
    with pytest.raises(JumpError, match=said):
        reading(made(TALK)).jump(wanted, UNSET)


def test_what_is_here_while_the_newest_is_followed_is_the_newest() -> None:
    conversation = made([("in", b"x")] * 50 + [("shutdown", b"")])
    reader = reading(conversation)
    reader.stand.edge(newest=True)
    reader.stand.lines()
    assert number_here(reader) == 49


def test_one_direction_alone_is_read_in_the_same_way() -> None:
    conversation = made(TALK)
    strand = Chosen((conversation,), EntryKind.RECEIVED)
    strand.take_in()
    stand = Stand(strand, Look("text", 80), 12)
    reader = Reader(stand, Bookmarks())
    stand.edge(newest=False)
    reader.extend("byte", True)
    reader.extend("line", True)
    assert selected(reader) == b"one\nt"
    happen(conversation, "in", b"four\n")
    strand.take_in()
    reader.jump(Offset(14), UNSET)
    assert selected(reader) == b"f"


def test_what_was_found_is_where_selecting_begins() -> None:
    conversation = made(TALK)
    stand = Stand(Whole(conversation), Look("text", 80), 12)
    stand.edge(newest=False)
    found: list[int] = [5]
    reader = Reader(stand, Bookmarks(), lambda: found[0])
    assert number_here(reader) == 1
    reader.extend("byte", True)
    reader.extend("byte", True)
    assert selected(reader) == b"wo"


def alone(conversation: Conversation, kind: EntryKind) -> Reader:
    """At the first call of one direction, which alone is shown."""
    strand = Chosen((conversation,), kind)
    strand.take_in()
    stand = Stand(strand, Look("text", 80), 12)
    stand.edge(newest=False)
    return Reader(stand, Bookmarks())


def test_nobody_is_led_to_what_is_not_shown() -> None:
    reader = alone(made(TALK), EntryKind.SENT)
    with pytest.raises(JumpError, match="not shown now"):
        reader.jump(Offset(2, EntryKind.RECEIVED), UNSET)
    reader._bookmarks.turn(reader.stand.scroller.strand.tracks[0], 0)
    assert reader.next_mark() == "no call that is shown is marked: m marks one"


def test_a_mark_says_which_call_it_is_of() -> None:
    reader = reading(made(TALK), height=2)
    assert reader.mark().startswith("marked: ← ") and reader.mark().startswith("marked no more: ← ")
    assert reading(made()).mark() == "nothing is here to mark"


def test_in_datagrams_an_offset_is_one_in_the_datagram_that_is_here() -> None:
    reader = reading(made([("in", b"one"), ("out", b"-"), ("in", b"two")], transport=UDP), height=2)
    reader.go(2)
    reader.jump(Offset(1), UNSET)
    assert selected(reader) == b"w"
    for wanted, said in (
        (Offset(3), "the datagram that is here has 3 bytes, from 0 on"),
        (Offset(1, EntryKind.SENT), "without in or out"),
    ):
        with pytest.raises(JumpError, match=said):
            reader.jump(wanted, UNSET)


def test_arrows_move_the_cursor_alone_and_selecting_begins_where_it_is() -> None:
    reader = reading(made(TALK), "text", height=20)
    assert not reader.step("line", True), "without a cursor the lines move"
    assert [reader.step("byte", True) and selected(reader) for _ in range(3)] == [b"o", b"n", b"e"]
    assert reader.step("line", True) and selected(reader) == b"o"
    reader.extend("byte", True)
    assert selected(reader) == b"o\n"
    assert reader.step("byte", False) and selected(reader) == b"o", "nothing but the cursor is selected then"


def test_a_selection_that_was_scrolled_away_is_not_extended() -> None:
    reader = reading(made([("in", b"old\n")] * 30), "text")
    reader.select()
    reader.stand.move(20)
    assert number_here(reader) == 10
    reader.extend("byte", True)
    assert selected(reader) == b"o" and reader.selection and reader.selection.first == 40
    reader.stand.edge(newest=False)
    assert not reader.step("line", True)


def test_the_head_of_what_is_here_is_in_sight_and_covers_nothing_that_is_gone_to() -> None:
    reader = reading(made([("in", b"row\n" * 60), ("out", b"x\n"), ("shutdown", b"")]), "text", height=12)
    stand = reader.stand
    stand.move(5)
    assert number_here(reader) == 0 and stand.covered and "240 bytes" in str(stand.lines()[0])
    assert stand.at_row(0) == Position(0) and stand.at_row(1) == Position(0, 0, 6)
    reader.jump(Offset(4 * 5), UNSET)
    assert stand.shows(Position(0, 0, 6)) and not stand.shows(Position(0, 0, 5))
    reader.step("line", False)
    assert stand.shows(Position(0, 0, 5))
    reader.selection = None
    stand.edge(newest=True)
    stand.lines()
    assert number_here(reader) == 1 and not stand.covered, "the newest begins in sight"


def test_before_a_long_run_of_the_other_direction_a_line_is_a_byte_and_soon_done() -> None:
    conversation = made([("out", b"GET\n"), *[("in", b"x")] * 3000, ("out", b"more\n")])
    reader = reading(conversation, "text")
    reader.extend("byte", True)
    looked_up = watched(conversation).looked_up
    reader.extend("line", True)
    assert selected(reader) == b"GET\nm"
    assert watched(conversation).looked_up - looked_up < 20_000


@pytest.mark.parametrize("mode", ["hex", "text"])
def test_where_one_stood_one_stands_in_one_direction_too(mode: str) -> None:
    conversation = made([(("in", "out")[number % 2], b"line %d\n" % number) for number in range(100)])
    before = Stand(Whole(conversation), Look(mode, 80), 10)
    before.go(Position(40))
    before.pause()
    for number in range(20):
        happen(conversation, ("in", "out")[number % 2], b"later\n")
    strand = Chosen((conversation,), EntryKind.RECEIVED)
    strand.take_in()
    stand = Stand(strand, Look(mode, 80), 10)
    stand.stay(before)
    assert (stand.top, stand.following, stand.scroller.end) == (Position(20), False, 50)
    back = Stand(Whole(conversation), Look(mode, 80), 10)
    back.stay(stand)
    assert (back.top, back.following) == (Position(40), False)


def following(conversation: Conversation) -> Reader:
    """At the newest of it, which is followed."""
    stand = Stand(Whole(conversation), Look("text", 80), 6)
    stand.lines()
    return Reader(stand, Bookmarks())


@pytest.mark.parametrize("unit", ["byte", "line"])
def test_the_newest_is_followed_again_once_a_selection_made_while_following_ends(unit: str) -> None:
    conversation = made([("in", b"line\n")] * 20)
    reader = following(conversation)
    for _ in range(6):
        reader.extend(unit, False)
    happen(conversation, "in", b"more\n")
    assert not reader.stand.following, "what is selected stays where it is"
    reader.selection = None
    assert reader.stand.following and "more" in str(reader.stand.lines())


def test_who_went_elsewhere_meanwhile_stays_there() -> None:
    conversation = made([("in", b"line\n")] * 20)
    reader = following(conversation)
    reader.select()
    reader.stand.move(-5)
    reader.selection = None
    assert not reader.stand.following
    reader.jump(Offset(0), UNSET)
    reader.selection = None
    assert not reader.stand.following


def test_nothing_says_the_end_is_followed_where_it_is_not() -> None:
    conversation = made([("in", b"line\n")] * 20)
    stand = following(conversation).stand
    assert stand.told() == ""
    stand.go(Position(19))
    assert not stand.following and stand.told() == "not following"
    happen(conversation, "in", b"more\n")
    assert stand.told() == "1 below"


@pytest.mark.parametrize(("line", "top"), [(1, (3, 0, 0)), (7, (3, 0, 0)), (40, (3, 0, 36))])
def test_what_is_gone_to_is_shown_with_the_head_of_its_call_or_lines_above(
    line: int, top: tuple[int, int, int]
) -> None:
    talk: list[Canned] = [*[("out", b"a\n")] * 3, ("in", b"row\n" * 60)]
    stand = Stand(Whole(made(talk)), Look("text", 80), 12)
    stand.reach(Position(3, 0, line))
    assert stand.top == Position(*top) and stand.shows(Position(3, 0, line))


def test_side_by_side_a_turn_is_where_the_other_end_speaks_whichever_end_noted_it() -> None:
    near, far = made([("out", b"1"), ("out", b"2"), ("in", b"3")]), made([("in", b"12"), ("out", b"3")])
    strand = Chosen((near, far), clock=lambda: START_NS + SECOND)
    strand.take_in()
    stand = Stand(strand, Look("text", 120), 2)
    stand.edge(newest=False)
    reader = Reader(stand, Bookmarks())
    assert reader.turn(True) == ""
    here = reader.here()
    assert here and (here.track is near) is (here.entry.kind is EntryKind.RECEIVED), "the far end speaks there"
    assert reader.turn(False) == "" and number_here(reader) == 0
