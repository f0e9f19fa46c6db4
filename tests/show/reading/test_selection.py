"""A selection against a plain list of a direction's bytes, also where some of them were dropped."""

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from sockscope.record.conversation import Conversation
from sockscope.record.tape_entry import EntryKind, TapeEntry
from sockscope.show.reading.selection import Selection, call, direction
from tests.show.made import Canned, bytes_of, canned, drop, entry, history, made

KINDS = (EntryKind.RECEIVED, EntryKind.SENT)
happened_some = st.lists(canned, min_size=1, max_size=8)


def said(conversation: Conversation, kind: EntryKind) -> bytes:
    return bytes(byte for _, byte in bytes_of(conversation, kind))


@given(happened_some, st.sampled_from(KINDS), st.integers(0, 200), st.integers(-300, 300))
def test_what_is_read_and_marked_is_what_one_side_said(
    happened: list[Canned], kind: EntryKind, anchor: int, by: int
) -> None:
    conversation = made(happened)
    whole = said(conversation, kind)
    if not whole:
        assert direction(conversation, kind) is None
        return
    anchor %= len(whole)
    chosen = Selection(conversation, kind, anchor, anchor).to(anchor + by)
    first, last = sorted((anchor, max(0, min(anchor + by, len(whole) - 1))))
    assert (chosen.first, chosen.end) == (first, last + 1)
    assert chosen.read(10**6) == whole[first : last + 1]
    assert chosen.read(3) == whole[first : last + 1][:3]
    marked = [
        at
        for one in conversation.tape.entries(0)
        if one.size_bytes
        for low, high, _ in chosen.marks(conversation, one.offset, one.offset + one.size_bytes)
        for at in range(low, high)
    ]
    places = [at for at, _ in bytes_of(conversation, kind)]
    assert sorted(marked) == places[first : last + 1]
    assert chosen.cursor_offset == places[chosen.cursor]


def test_of_what_was_dropped_the_rest_is_read_and_counted() -> None:
    conversation = made([("in", bytes([number]) * 200_000) for number in range(6)], keeping=history(600_000))
    dropped, total = conversation.tape.bytes_of(EntryKind.RECEIVED)
    assert 0 < dropped < total
    chosen = Selection(conversation, EntryKind.RECEIVED, dropped - 5, dropped + 4)
    assert (chosen.size_bytes, chosen.kept_bytes, len(chosen.read(100))) == (10, 5, 5)
    assert chosen.to(0).cursor == dropped, "nobody goes to what there is no more"
    drop(conversation, 1)
    assert Selection(conversation, EntryKind.RECEIVED, dropped, dropped).cursor_offset is None
    whole = direction(conversation, EntryKind.RECEIVED)
    assert whole and whole.kept_bytes == whole.size_bytes


def test_a_call_is_selected_whole_and_one_without_bytes_not_at_all() -> None:
    conversation = made([("in", b"one"), ("out", b"two!"), ("shutdown", b"")])
    chosen = call(conversation, entry(conversation, 1))
    assert chosen and (chosen.kind, chosen.read(10)) == (EntryKind.SENT, b"two!")
    assert call(conversation, entry(conversation, 2)) is None


@settings(max_examples=20)
@given(happened_some)
def test_a_selection_marks_nothing_of_another_track(happened: list[Canned]) -> None:
    one, other = made(happened), made(happened)
    chosen = direction(one, EntryKind.RECEIVED)
    assert chosen is None or not list(chosen.marks(other, 0, other.tape.total_bytes or 1))


def test_a_few_bytes_are_read_without_a_look_at_what_the_other_side_said_behind_them() -> None:
    conversation = made([("out", b"GET"), *[("in", b"x")] * 5000])
    chosen = call(conversation, entry(conversation))
    assert chosen and len(list(chosen.pieces())) == 1
    taken: list[int] = []
    entries = conversation.tape.entries

    def counted(number: int) -> Iterator[TapeEntry]:
        for one in entries(number):
            taken.append(one.number)
            yield one

    conversation.tape.entries = counted  # type: ignore[method-assign]
    assert chosen.read(10) == b"GET" and len(taken) < 10
