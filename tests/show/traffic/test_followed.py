"""A byte from its send to its receive, against a simple model: its place is the same at both ends, calls are not."""

from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.record.conversation import Conversation
from sockscope.record.tape_entry import EntryKind
from sockscope.show.layout import plain
from sockscope.show.traffic.followed import follow
from sockscope.show.traffic.followed_words import told_arrival, told_followed
from sockscope.show.traffic.rulers import pieces, rulers
from sockscope.show.wall_clock import UNSET
from tests.facts import RECORDER, at
from tests.show.kernel.views import looked
from tests.show.made import MS, SECOND, START_NS, drop, history, made, receive, send

OURS, THEIRS = "127.0.0.1:40000", "127.0.0.1:9000"
sizes = st.lists(st.integers(1, 2000), min_size=1, max_size=12)


def ends() -> tuple[Conversation, Conversation]:
    """Both ends of one connection; the first one dialled."""
    dialled, accepted = made(), made(target="")
    RECORDER.connected(dialled, 7, at(OURS), at(THEIRS), START_NS)
    RECORDER.connected(accepted, 8, at(THEIRS), at(OURS), START_NS)
    return dialled, accepted


def carried(sends: list[int], receives: list[int]) -> tuple[Conversation, Conversation]:
    """Both ends after these sends of the first, a second apart, and these receives of the other, a bit later."""
    sender, receiver = ends()
    for number, size in enumerate(sends):
        send(sender, bytes(size), at_ns=START_NS + number * SECOND)
    for number, size in enumerate(receives):
        receive(receiver, bytes(size), at_ns=START_NS + number * SECOND + 200 * MS)
    return sender, receiver


def call_of(place: int, calls: list[int]) -> int:
    """The model: which of some calls, counted from 1, moved the byte; 0 where none did."""
    bounds = [0, *accumulate(calls)]
    return next((number for number, (begin, end) in enumerate(pairwise(bounds), 1) if begin <= place < end), 0)


@given(sizes, sizes, st.data())
def test_each_byte_is_found_in_the_calls_that_moved_it(
    sends: list[int], receives: list[int], data: st.DataObject
) -> None:
    sender, receiver = carried(sends, receives)
    both = [sender, receiver]
    place = data.draw(st.integers(0, max(sum(sends), sum(receives)) - 1))
    for conversation, kind in ((sender, EntryKind.SENT), (receiver, EntryKind.RECEIVED)):
        found = follow(conversation, conversation, kind, place, lambda: both)
        assert found
        numbers = [moved.number if moved else 0 for moved in (found.sent, found.received)]
        assert numbers == [call_of(place, sends), call_of(place, receives)]


@given(sizes, sizes)
def test_the_pieces_of_a_ruler_are_those_of_the_calls(sends: list[int], receives: list[int]) -> None:
    sender, receiver = carried(sends, receives)
    high = sum(sends)
    bounds = [0, *accumulate(sends)]
    assert pieces(sender, EntryKind.SENT, 0, high) == list(pairwise(bounds))
    received = pieces(receiver, EntryKind.RECEIVED, 0, high)
    assert received == [(low, end) for low, end in pairwise([0, *accumulate(receives)]) if low < high]
    lines = plain(rulers(sender, receiver, 80)).splitlines()
    assert max(map(len, lines[:2])) <= 80
    shown = min(len(sends), 8)
    assert (f" {shown} of {len(sends)} sends, " if shown < len(sends) else f" {shown} send") in lines[2]


def test_it_is_told_which_send_took_it_and_which_receive_brought_it_how_much_later() -> None:
    sender, receiver = carried([404, 800], [1204])
    found = follow(sender, sender, EntryKind.SENT, 1000, lambda: [sender, receiver])
    assert found
    assert told_followed(found, UNSET) == [
        "byte 1,000: sent by send #2 (of 800 B) at 00:16:41.000",
        "received by recv #1 (of 1,204 B) 0 µs later",
    ], "the model's receive came before: a clock never tells less than nothing"


def test_where_it_waited_is_told_as_far_as_a_look_tells() -> None:
    sender, receiver = carried([100], [])
    both = [sender, receiver]

    def said() -> str:
        found = follow(receiver, receiver, EntryKind.RECEIVED, 50, lambda: both)
        assert found
        return told_followed(found, UNSET)[1]

    assert said() == "not received yet: it waits in our kernel or on the way"
    looked(sender, START_NS + SECOND, bytes_acked=51, segments_in=1)
    assert said() == "not received yet: it waits in our kernel or on the way", "the SYN is no byte"
    looked(sender, START_NS + 2 * SECOND, bytes_acked=101, segments_in=2)
    assert said() == "not received yet: it waits in the other end's receive queue"
    receive(receiver, bytes(100), at_ns=START_NS + 5 * SECOND)
    assert said() == "received by recv #1 (of 100 B) 5.0 s later, of that at least 3.0 s in the receive queue"


def test_what_is_dropped_or_not_ours_is_not_claimed() -> None:
    sender, receiver = ends()
    sender = made([("out", bytes(200_000))] * 3, keeping=history())
    RECORDER.connected(sender, 7, at(OURS), at(THEIRS), START_NS)
    receive(receiver, b"x", at_ns=START_NS)
    drop(sender)
    found = follow(receiver, receiver, EntryKind.RECEIVED, 0, lambda: [sender, receiver])
    assert found
    assert told_followed(found, UNSET)[0] == "byte 0: its send is no longer kept"
    assert follow(receiver, receiver, EntryKind.RECEIVED, 0, lambda: [receiver]) is None


@pytest.mark.parametrize(("place", "says"), [(49, "acknowledged by"), (50, "taken by our kernel, not acknowledged")])
def test_of_a_peer_that_is_not_ours_it_is_told_whether_its_kernel_has_it(place: int, says: str) -> None:
    sender, _ = carried([100], [])
    assert told_arrival(sender, place) == ""
    looked(sender, bytes_acked=51)
    assert told_arrival(sender, place).startswith(says)


def test_the_rulers_show_that_one_send_is_not_one_receive() -> None:
    sender, receiver = carried([100, 100, 200], [150, 150])
    lines = plain(rulers(sender, receiver, 57)).splitlines()
    assert lines == [
        "  send          │───100───│───100───│────────200────────│",
        "  recv          │─────150──────│─────150──────│",
        "                3 sends, 2 receives of bytes 0 to 399; 100 not received yet",
    ]
    assert rulers(receiver, sender, 57) == []


def test_what_is_out_of_sight_is_said_and_no_receive_is_shown_smaller_than_it_was() -> None:
    sender, receiver = carried([10] * 10, [100])
    assert plain(rulers(sender, receiver, 65)).splitlines() == [
        "  send          │──10─│──10─│──10─│──10─│──10─│──10─│──10─│──10─│",
        "  recv          …──────────────────────100──────────────────────│",
        "                the latest 8 of 10 sends, 1 receive of bytes 20 to 99",
    ]
