"""The scroller against a plain list of all lines: moving, windows, searching, pausing, dropping, and what it costs."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sockscope.record.conversation import Conversation
from sockscope.record.tape_entry import EntryKind
from sockscope.show.sanitizer import safe_bytes
from sockscope.show.traffic.lines import MODES, PAGE_BYTES, Line, Look, page, pages
from sockscope.show.traffic.scroller import Position, Scroller
from sockscope.show.traffic.strand import Whole
from tests.show.made import SEGMENT, Canned, canned, happen, history, made, of_role, receive, text, watched


def filled(piece: bytes, size_bytes: int) -> bytes:
    return (piece * size_bytes)[:size_bytes]


modes = st.sampled_from(MODES)
_CONTINUE = bytes(range(0x80, 0xC0))
widths = st.sampled_from([30, 50, 100])
several_pages = st.builds(
    filled,
    st.sampled_from([b"x", b"line\n", b"\n", "日本\xff".encode(), b"\xff"]),
    st.sampled_from([PAGE_BYTES - 1, PAGE_BYTES, PAGE_BYTES + 1, 3 * PAGE_BYTES]),
)
happenings = st.lists(
    st.one_of(canned, canned, canned, st.tuples(st.sampled_from(["in", "out"]), several_pages)), max_size=6
)
some = settings(max_examples=30)


class Model:
    """Every kept line of a conversation before `end`, by its place."""

    def __init__(self, conversation: Conversation, look: Look, end: int | None = None) -> None:
        tape = conversation.tape
        self.conversation = conversation
        self.pages = {
            (entry.number, number): page(conversation, entry, number, look)
            for entry in tape.entries(tape.first_entry)
            if end is None or entry.number < end
            for number in range(pages(entry, look))
        }
        self.places = [Position(*key, i) for key, shown in self.pages.items() for i in range(shown.height)]

    def line(self, place: Position) -> Line:
        return self.pages[place[:2]].line(place.line)

    def clamped(self, i: int) -> Position:
        return self.places[min(max(i, 0), len(self.places) - 1)]


def texts(lines: list[Line]) -> list[str]:
    return [text(line) for line in lines]


def both(happened: list[Canned], mode: str, width: int, end: int | None = None) -> tuple[Scroller, Model]:
    conversation, look = made(happened), Look(mode, width)
    return Scroller(Whole(conversation), look, end), Model(conversation, look, end)


# Against the model.


@some
@given(happenings, modes, widths, st.data())
def test_moving_is_arithmetic_clamped_to_the_ends(
    happened: list[Canned], mode: str, width: int, data: st.DataObject
) -> None:
    scroller, model = both(happened, mode, width)
    if not model.places:
        assert (
            scroller.move(scroller.first(), data.draw(st.integers(-3, 3)))
            == scroller.first()
            == scroller.last()
            == Position(0)
        )
        return
    for _ in range(10):
        i = data.draw(st.integers(0, len(model.places) - 1))
        n = data.draw(st.one_of(st.integers(-40, 40), st.integers(-10_000, 10_000)))
        assert scroller.move(model.places[i], n) == model.clamped(i + n)


@some
@given(happenings, modes, widths, st.data())
def test_a_window_is_a_slice(happened: list[Canned], mode: str, width: int, data: st.DataObject) -> None:
    scroller, model = both(happened, mode, width)
    for _ in range(5 if model.places else 0):
        i = data.draw(st.integers(0, len(model.places) - 1))
        height = data.draw(st.integers(0, 60))
        shown = scroller.window(model.places[i], height)
        assert texts(shown) == texts([model.line(place) for place in model.places[i : i + height]])


@some
@given(happenings, modes, widths)
def test_the_ends_are_the_first_and_the_last_line(happened: list[Canned], mode: str, width: int) -> None:
    scroller, model = both(happened, mode, width)
    assert (scroller.first(), scroller.last()) == (
        (model.places[0], model.places[-1]) if model.places else (Position(0), Position(0))
    )


@some
@given(happenings, modes, widths, st.data())
def test_below_counts_the_records_that_begin_below_a_window(
    happened: list[Canned], mode: str, width: int, data: st.DataObject
) -> None:
    scroller, model = both(happened, mode, width)
    for _ in range(5 if model.places else 0):
        i = data.draw(st.integers(0, len(model.places) - 1))
        height = data.draw(st.integers(1, 60))
        hidden = model.places[i + height :]
        assert scroller.below(model.places[i], height) == sum(place[1:] == (0, 0) for place in hidden)


@some
@given(happenings, modes, widths, st.data())
def test_the_line_of_an_offset_shows_its_byte(
    happened: list[Canned], mode: str, width: int, data: st.DataObject
) -> None:
    scroller, model = both(happened, mode, width)
    tape = model.conversation.tape
    for _ in range(2 if tape.total_bytes else 0):
        offset = data.draw(st.integers(0, tape.total_bytes - 1))
        place = scroller.at_offset(offset)
        entry = tape.entry_at(offset)
        assert entry is not None
        assert place in model.places
        assert place.entry == entry.number
        if mode == "calls":
            continue
        assert place.line > 0 or place.page > 0, "not the head"
        before = [scroller.at_offset(other) for other in range(max(entry.offset, offset - 200), offset)]
        assert before == sorted(before)
        assert all(other <= place for other in before)
        same = len([other for other in before if other == place])
        byte = tape.read(offset, 1)
        assert byte is not None
        line = model.line(place)
        if digits := of_role(line, "hex"):
            assert digits.split()[same] == byte.hex()
        else:
            rest = tape.read(offset - same, same + 1)
            assert rest is not None
            shown = rest.lstrip(_CONTINUE) if line[0][0] == "│┄" else rest  # an earlier call shows those of its own
            characters = safe_bytes(shown.rstrip(bytes(range(0x80, 0x100))))  # a character begun may not be whole yet
            assert of_role(line, "text").startswith(characters)


def test_a_byte_that_is_not_there_is_at_the_first_line() -> None:
    scroller, _ = both([("in", b"abc")], "hex", 80)
    assert scroller.at_offset(3) == scroller.at_offset(-1) == scroller.first()


def test_places_compare_in_order_of_occurrence() -> None:
    _, model = both([("in", b"x" * 9000), ("shutdown", b""), ("out", b"\n" * 20)], "text", 50)
    assert model.places == sorted(model.places)


@some
@given(happenings, modes, widths, st.data())
def test_a_place_stays_the_same_line_while_the_tape_grows(
    happened: list[Canned], mode: str, width: int, data: st.DataObject
) -> None:
    scroller, model = both(happened, mode, width)
    if not model.places:
        return
    i = data.draw(st.integers(0, len(model.places) - 1))
    before = texts(scroller.window(model.places[i], 1))
    for _ in range(3):
        happen(model.conversation, "in", b"more\n")
    assert texts(scroller.window(scroller.clamp(model.places[i]), 1)) == before
    assert scroller.last() == Model(model.conversation, scroller.look).places[-1], "and the end is the new end"


# The scroll bar.


@some
@given(happenings, modes, widths)
def test_a_lower_place_weighs_no_less(happened: list[Canned], mode: str, width: int) -> None:
    scroller, model = both(happened, mode, width)
    weights = [scroller.weight(place) for place in model.places]
    fallen = [place for place, one, other in zip(model.places[1:], weights, weights[1:], strict=False) if other < one]
    assert fallen == [], "scrolling down would move the bar up"


@pytest.mark.parametrize(("mode", "width"), [("text", 80), ("hex", 60), ("hex", 40)])
def test_the_scroll_bar_only_goes_down_on_the_way_down(mode: str, width: int) -> None:
    scroller, model = both([("in", b"\n" * 5000), ("in", b"x")], mode, width)
    weights = [scroller.weight(place) for place in model.places]
    assert weights == sorted(weights)


@some
@given(happenings, modes, widths)
def test_every_place_weighs_between_the_ends(happened: list[Canned], mode: str, width: int) -> None:
    scroller, model = both(happened, mode, width)
    first, end = scroller.weights()
    assert all(first <= scroller.weight(place) <= end for place in model.places)


@some
@given(happenings, modes, widths, st.lists(st.floats(-0.1, 1.1), min_size=2, max_size=20))
def test_a_greater_weight_is_never_higher_up(happened: list[Canned], mode: str, width: int, along: list[float]) -> None:
    scroller, model = both(happened, mode, width)
    first, end = scroller.weights()
    places = [scroller.at_weight(first + part * (end - first)) for part in sorted(along)]
    assert places == sorted(places)
    assert set(places) <= set(model.places or [Position(0)])


@some
@given(happenings, modes, widths)
def test_the_bar_reaches_the_first_line(happened: list[Canned], mode: str, width: int) -> None:
    scroller, _ = both(happened, mode, width)
    assert scroller.at_weight(scroller.weights()[0]) == scroller.first()


@some
@given(happenings, modes, widths)
def test_the_bar_reaches_the_last_line(happened: list[Canned], mode: str, width: int) -> None:
    scroller, _ = both(happened, mode, width)
    assert scroller.at_weight(scroller.weights()[1]) == scroller.last()


@some
@given(happenings, modes, widths, st.data())
def test_the_place_of_its_weight_is_where_it_is(
    happened: list[Canned], mode: str, width: int, data: st.DataObject
) -> None:
    scroller, model = both(happened, mode, width)
    for _ in range(5 if model.places else 0):
        i = data.draw(st.integers(0, len(model.places) - 1))
        found = model.places.index(scroller.at_weight(scroller.weight(model.places[i])))
        assert abs(found - i) <= 1


@pytest.mark.parametrize("mode", ["hex", "text"])
def test_dragging_the_bar_half_way_goes_about_half_way(mode: str) -> None:
    scroller, model = both([("in", b"a line of text\n\n" * 250)], mode, 80)
    first, end = scroller.weights()
    i = model.places.index(scroller.at_weight((first + end) / 2))
    assert 0.4 < i / len(model.places) < 0.6, f"line {i} of {len(model.places)}"


@pytest.mark.parametrize("mode", MODES)
def test_dragging_the_bar_passes_every_record_of_a_long_conversation(mode: str) -> None:
    scroller, model = both([("in", b"x" * 16), ("out", b"y" * 16)] * 50, mode, 80)
    first, end = scroller.weights()
    seen = {scroller.at_weight(first + (end - first) * i / 1000).entry for i in range(1001)}
    assert seen == {place.entry for place in model.places}


# Pausing.


@some
@given(happenings.filter(bool), happenings, modes, st.integers(-80, 80))
def test_what_comes_after_a_pause_is_not_shown(before: list[Canned], after: list[Canned], mode: str, n: int) -> None:
    scroller, paused = both(before, mode, 50)
    scroller.end = scroller.strand.total
    for what, data in after:
        happen(paused.conversation, what, data)
    assert scroller.last() == paused.places[-1]
    assert scroller.move(paused.places[0], 100_000) == paused.places[-1]
    assert scroller.move(scroller.last(), n) == paused.clamped(len(paused.places) - 1 + n)
    tail = paused.clamped(len(paused.places) - 10)
    assert texts(scroller.window(tail, 100)) == texts([paused.line(place) for place in paused.places[-10:]])
    assert scroller.below(scroller.first(), 1) == sum(place[1:] == (0, 0) for place in paused.places[1:])
    assert scroller.at_weight(scroller.weights()[1] + 1000) <= paused.places[-1]


@pytest.mark.parametrize("mode", MODES)
def test_after_a_pause_before_the_first_record_nothing_is_shown(mode: str) -> None:
    conversation = made()
    scroller = Scroller(Whole(conversation), Look(mode, 80), end=0)
    happen(conversation, "in", b"later")
    assert scroller.window(scroller.first(), 5) == []


@pytest.mark.parametrize("mode", MODES)
def test_when_all_that_was_there_at_the_pause_is_dropped_nothing_is_shown(mode: str) -> None:
    conversation = made([("in", b"before")], keeping=history(0))
    scroller = Scroller(Whole(conversation), Look(mode, 80), end=1)
    assert scroller.window(scroller.first(), 5)
    flood(conversation, 6)
    assert conversation.tape.first_entry > 1
    assert scroller.window(scroller.clamp(scroller.first()), 5) == [], "what came later stays hidden while paused"


# Dropping.


def flood(conversation: Conversation, receives: int) -> None:
    """Receive so much that the oldest is dropped, with something small between."""
    for i in range(receives):
        happen(conversation, "in", bytes([0x61 + i % 26]) * SEGMENT)
        happen(conversation, "out", b"ok\n")
        happen(conversation, "shutdown", b"")


@settings(max_examples=25)
@given(modes, st.integers(0, 5), st.integers(1, 5), st.integers(-300, 300), st.floats(0, 1))
def test_a_place_that_was_dropped_is_clamped_to_the_first_kept(
    mode: str, earlier: int, later: int, n: int, along: float
) -> None:
    conversation = made(keeping=history(0))
    flood(conversation, earlier)
    scroller = Scroller(Whole(conversation), Look(mode, 200))
    first, end = scroller.weights()
    stood = scroller.at_weight(first + along * (end - first))
    scroller.window(stood, 30)
    flood(conversation, later)
    model = Model(conversation, scroller.look)
    place = scroller.clamp(stood)
    assert place == max(stood, model.places[0])
    i = model.places.index(place)
    assert scroller.move(stood, n) == model.clamped(i + n)
    assert texts(scroller.window(place, 30)) == texts([model.line(shown) for shown in model.places[i : i + 30]])
    assert scroller.first() == model.places[0]
    assert scroller.last() == model.places[-1]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("end", [None, 0, 1, 5, 100])
def test_nothing_raises_at_a_place_that_was_dropped(mode: str, end: int | None) -> None:
    conversation = made(keeping=history(0))
    flood(conversation, 3)
    scroller = Scroller(Whole(conversation), Look(mode, 80), end)
    stood = [Position(0), Position(0, 10, 100), scroller.last(), Position(10_000, 3, 3)]
    flood(conversation, 3)
    for place in stood:
        scroller.window(place, 20)
        scroller.below(place, 20)
        scroller.weight(place)
        for n in (-100_000, -1, 0, 1, 100_000):
            assert scroller.first() <= scroller.move(place, n) <= max(scroller.first(), scroller.last())
    assert scroller.at_offset(0) == scroller.first()
    scroller.at_weight(0.0)


@pytest.mark.parametrize("mode", MODES)
def test_nothing_raises_when_everything_was_dropped(mode: str) -> None:
    conversation = made([("in", b"x" * 100), ("shutdown", b"")])
    scroller = Scroller(Whole(conversation), Look(mode, 80))
    stood = scroller.last()
    conversation.tape.release()
    assert scroller.first() == scroller.last() == scroller.clamp(stood) == scroller.move(stood, -5) == Position(2)
    assert scroller.window(scroller.first(), 10) == []
    assert scroller.below(scroller.first(), 10) == 0
    assert scroller.at_offset(0) == scroller.at_weight(3.0) == Position(2)


@pytest.mark.parametrize("mode", ["hex", "text"])
def test_all_may_be_dropped_between_any_two_reads_of_a_window(mode: str) -> None:
    dropped = 0
    for at_read in range(40):
        conversation = made([("in", b"some\nlines\n" * 3), ("out", b"x")] * 3)
        tape, scroller = watched(conversation), Scroller(Whole(conversation), Look(mode, 80))

        def meddle(offset: int, conversation: Conversation = conversation, at_read: int = at_read) -> None:
            if watched(conversation).reads == at_read:
                conversation.tape.release()

        tape.meddle = meddle
        assert len(scroller.window(scroller.first(), 40)) <= 40
        scroller.move(scroller.last(), -3)
        dropped += not tape.held_bytes
    assert dropped > 5


# What it costs.


def cost(conversation: Conversation, mode: str, where: str, height: int = 40) -> tuple[int, int, int]:
    """What a first window costs: reads, bytes read, entries looked up."""
    tape, scroller = watched(conversation), Scroller(Whole(conversation), Look(mode, 80))
    before = tape.reads, tape.read_bytes, tape.looked_up
    if where == "end":
        place = scroller.move(scroller.last(), 1 - height)
    elif where == "middle":
        place = scroller.at_offset(tape.first_offset + (tape.total_bytes - tape.first_offset) // 2)
    else:
        place = scroller.first()
    assert len(scroller.window(place, height)) == height
    return tape.reads - before[0], tape.read_bytes - before[1], tape.looked_up - before[2]


def stream(size_bytes: int, receives: int) -> Conversation:
    conversation = made()
    data = b"sixty-four bytes of text, so that every page begins with a line\n" * (size_bytes // 64 + 1)
    for _ in range(receives):
        receive(conversation, data[:size_bytes])
    return conversation


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("where", ["start", "middle", "end"])
def test_a_window_costs_the_same_whatever_the_number_of_entries(mode: str, where: str) -> None:
    few, many = cost(stream(200, 100), mode, where), cost(stream(200, 20_000), mode, where)
    assert few == many


@pytest.mark.parametrize("mode", ["hex", "text"])
@pytest.mark.parametrize("where", ["start", "middle", "end"])
def test_a_window_costs_the_same_whatever_the_size_of_a_entry(mode: str, where: str) -> None:
    small, large = stream(5 * PAGE_BYTES, 1), stream(63 * PAGE_BYTES, 1)
    assert cost(small, mode, where) == cost(large, mode, where)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("where", ["start", "middle", "end"])
@pytest.mark.parametrize("size_bytes", [1, 200, 5000, SEGMENT])
def test_a_window_reads_no_more_than_a_page_for_each_line(mode: str, where: str, size_bytes: int) -> None:
    height = 40
    reads, read_bytes, looked_up = cost(stream(size_bytes, 300), mode, where, height)
    assert reads <= 3 * height
    assert read_bytes <= (height + 3) * (min(size_bytes, PAGE_BYTES) + 320)
    assert looked_up <= 6 * height


@pytest.mark.parametrize("mode", MODES)
def test_a_window_drawn_again_lays_out_nothing_anew(mode: str) -> None:
    conversation = stream(5000, 100)
    tape, scroller = watched(conversation), Scroller(Whole(conversation), Look(mode, 80))
    place = scroller.move(scroller.last(), -39)
    scroller.window(place, 40)
    before = tape.read_bytes
    scroller.window(place, 40)
    assert tape.read_bytes - before <= 40 * 80


def test_finding_a_weight_looks_up_few_entries() -> None:
    conversation = stream(200, 20_000)
    tape, scroller = watched(conversation), Scroller(Whole(conversation), Look("text", 80))
    first, end = scroller.weights()
    before = tape.looked_up
    assert 9_000 < scroller.at_weight((first + end) / 2).entry < 11_000
    assert tape.looked_up - before < 60


def test_the_kinds_of_the_model_are_the_kinds_of_the_tape() -> None:
    _, model = both([("in", b"a"), ("out", b"b"), ("close", b"")], "calls", 80)
    kinds = [entry.kind for entry in model.conversation.tape.entries(0)]
    assert kinds == [EntryKind.RECEIVED, EntryKind.SENT, EntryKind.FACT]
