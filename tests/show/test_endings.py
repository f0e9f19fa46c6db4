"""How it ended: who, by what, when, after how many bytes, with what left; and each direction by itself."""

from collections.abc import Callable

import pytest

from sockscope.net.socket_kind import UDP, UNIX
from sockscope.net.value import Symbol
from sockscope.record.conversation import Conversation
from sockscope.record.fact import Call
from sockscope.record.leftover import Leftover
from sockscope.show.endings import directions, ending_details, half_closed, told_ending
from sockscope.show.wall_clock import UNSET
from tests.facts import RECORDER, note
from tests.show.made import START_NS, connected, dialled, made, receive, secured, send, won

ACKNOWLEDGED = "the peer's kernel acknowledged all of ours"

End = Callable[[Conversation], object]


def closed(conversation: Conversation) -> None:
    RECORDER.closed(conversation)


def peer_first(conversation: Conversation) -> None:
    RECORDER.peer_finished(conversation)
    RECORDER.closed(conversation)


def followed(conversation: Conversation) -> None:
    RECORDER.peer_finished(conversation)
    RECORDER.follows(conversation)
    RECORDER.we_finished(conversation)
    RECORDER.closed(conversation)


def both(conversation: Conversation) -> None:
    RECORDER.we_finished(conversation)
    RECORDER.peer_finished(conversation)
    RECORDER.closed(conversation)


def we_alone(conversation: Conversation) -> None:
    RECORDER.we_finished(conversation)
    RECORDER.closed(conversation)


def unread(conversation: Conversation) -> None:
    RECORDER.left(conversation, Leftover(9, 0))
    RECORDER.closed(conversation)


def aborted(conversation: Conversation) -> None:
    RECORDER.left(conversation, Leftover(0, 5, aborted=True))
    RECORDER.closed(conversation)


@pytest.mark.parametrize(
    ("end", "says"),
    [
        (closed, "we closed (FIN) while the peer had not finished"),
        (peer_first, "the peer finished first (FIN), then we closed"),
        (followed, "the peer finished first (FIN), and our side followed by itself"),
        (both, "we finished first (FIN), then the peer did"),
        (we_alone, "we finished and closed (FIN) while the peer had not finished"),
        (unread, "our close was a reset (RST)"),
        (aborted, "our reset (RST)"),
        (RECORDER.reset_by_peer, "the peer reset it (RST)"),
        (lambda one: RECORDER.failed(one, "ETIMEDOUT"), "timed out, our kernel gave up"),
    ],
)
def test_who_ended_it_and_how(end: End, says: str) -> None:
    conversation = connected()
    send(conversation, b"x" * 1204)
    receive(conversation, b"y")
    assert told_ending(conversation, UNSET) == ""
    end(conversation)
    said = told_ending(conversation, UNSET)
    assert said.startswith(says)
    assert ": → 1,204 bytes, ← 1 byte" in said
    left = conversation.left
    assert ("9 bytes lay unread" in said, "5 bytes that our kernel took" in said) == (
        bool(left.unread_bytes),
        bool(left.unacknowledged_bytes),
    )


@pytest.mark.parametrize(
    ("end", "left", "says"),
    [
        (
            peer_first,
            Leftover(0, 0),
            "; nothing lost: the peer's kernel acknowledged all of ours and all of theirs was read",
        ),
        (both, Leftover(0, 0), "; nothing lost: the peer's kernel acknowledged all of ours and all of theirs was read"),
        (closed, Leftover(0, 0), f"; {ACKNOWLEDGED}"),
        (peer_first, Leftover(0, 7), "; 7 bytes that our kernel took were not acknowledged"),
        (peer_first, Leftover(0), ""),
        (RECORDER.reset_by_peer, Leftover(0, 0), ""),
    ],
)
def test_that_nothing_was_lost_is_said_where_the_kernel_says_so(end: End, left: Leftover, says: str) -> None:
    conversation = connected()
    send(conversation, b"x")
    receive(conversation, b"y")
    RECORDER.left(conversation, left)
    end(conversation)
    assert told_ending(conversation, UNSET).partition("← 1 byte")[2].startswith(says)
    assert ("nothing lost" in told_ending(conversation, UNSET)) is ("nothing lost" in says)


@pytest.mark.parametrize("goodbye", [True, False])
def test_what_tls_cut_off_is_not_called_whole(goodbye: bool) -> None:
    conversation = secured()
    if goodbye:
        note(conversation, Call("SSL_read", 7, (Symbol("x"),), 0, "", START_NS, 1))
    RECORDER.left(conversation, Leftover(0, 0))
    peer_first(conversation)
    said = told_ending(conversation, UNSET)
    assert said.startswith(f"the peer finished first ({'close_notify' if goodbye else 'FIN'}), then we closed")
    assert ("nothing lost" in said) is goodbye


def test_one_that_was_never_connected_moved_nothing() -> None:
    conversation = made()
    RECORDER.closed(conversation)
    assert told_ending(conversation, UNSET).startswith("cancelled before there was a connection, at ")
    assert "byte" not in told_ending(conversation, UNSET)


def test_a_unix_socket_has_no_flags_and_of_datagrams_nobody_is_told() -> None:
    local, datagrams = (dialled([won()], transport=kind) for kind in (UNIX, UDP))
    RECORDER.peer_finished(local)
    for conversation in (local, datagrams):
        RECORDER.closed(conversation)
    assert told_ending(local, UNSET).startswith("the peer finished first, then we closed")
    assert "nobody is told" in told_ending(datagrams, UNSET)
    assert (directions(datagrams, UNSET), directions(made(), UNSET)) == ("", "")


def test_each_direction_says_when_it_was_finished() -> None:
    conversation = connected()
    assert (directions(conversation, UNSET), half_closed(conversation, UNSET)) == ("→ open · ← open", "")
    RECORDER.peer_finished(conversation)
    conversation.finished_at_ns = (START_NS,)
    assert directions(conversation, UNSET) == "→ open · ← finished 00:16:40"
    assert half_closed(conversation, UNSET) == (
        "half-closed: → open · ← finished 00:16:40. No error: the peer sends no more, but can still read; where it does"
        " not, a send is answered by a reset."
    )
    RECORDER.reset_by_peer(conversation)
    conversation.ended_at_ns = 2 * START_NS
    assert directions(conversation, UNSET) == "→ broken off 00:33:20 · ← finished 00:16:40"
    assert half_closed(conversation, UNSET) == ""


def test_where_we_finished_it_is_the_peer_that_may_still_send() -> None:
    conversation = connected()
    RECORDER.we_finished(conversation)
    told = half_closed(conversation, UNSET)
    assert told.startswith("half-closed: → finished")
    assert told.endswith("No error: we send no more, but the peer may, and what it sends is still read.")


@pytest.mark.parametrize(("returned", "says"), [(0, "close_notify came"), (None, "no close_notify came")])
def test_of_tls_it_is_told_whether_it_was_ended(returned: int | None, says: str) -> None:
    conversation = secured()
    name = "SSL_read" if returned == 0 else "recv"
    note(conversation, Call(name, 7, (Symbol("x"),), returned, "", START_NS, 1))
    RECORDER.peer_finished(conversation)
    RECORDER.closed(conversation)
    (told,) = (one.value for one in ending_details(conversation, UNSET) if one.label == "end of TLS")
    assert told.startswith(says)
