"""The words that rails, details, tables and exports share: each is of the call and the leg that it is about."""

import pytest

from sockscope.net.socket_kind import TCP, UNIX
from sockscope.record.conversation import Conversation, State
from sockscope.record.dialling import Attempt
from sockscope.record.fact import Call
from sockscope.show.step import ending, leg_of, why, why_lost
from sockscope.ui.widgets.conversation_words import state_word
from sockscope.ui.widgets.traffic_words import titles_of
from tests.facts import RECORDER, at, note
from tests.show.made import MS, START_NS, connected, made, relayed, secured


def failed_at(name: str, address: str, error: str, *before: Call, local: bool = False) -> Conversation:
    """A conversation that failed at one call, and its attempt with it."""
    conversation = made(transport=UNIX if local else TCP)
    failed = Call(name, 7, (at(address),), None, error, START_NS, MS)
    note(conversation, *before, failed)
    bound = before[-1] if before else None
    attempt = Attempt(at(address), START_NS, 7, START_NS + MS, error, bound=bound, failed=failed)
    RECORDER.attempts.add(conversation, attempt)
    RECORDER.failed(conversation, error)
    return conversation


BOUND = Call("bind", 7, (at("127.0.0.1:4000"),), 0, "", START_NS, MS)
OTHER = Call("bind", 6, (at("127.0.0.1:4000"),), 0, "", START_NS, MS)


@pytest.mark.parametrize(
    ("conversation", "word"),
    [
        (failed_at("bind", "192.0.2.1:0", "EADDRNOTAVAIL"), "not our address"),
        (failed_at("connect", "127.0.0.1:80", "EADDRNOTAVAIL"), "no local address"),
        (failed_at("connect", "127.0.0.1:80", "EADDRNOTAVAIL", BOUND), "connection exists"),
        (failed_at("connect", "127.0.0.1:80", "EADDRNOTAVAIL", OTHER), "no local address"),
        (failed_at("connect", "127.0.0.1:80", "EAGAIN"), "no local port"),
        (failed_at("connect", "/run/s", "EAGAIN", local=True), "queue full"),
        (failed_at("connect", "/run/s", "ECONNREFUSED", local=True), "refused"),
        (failed_at("bind", "@name", "EADDRINUSE", local=True), "name in use"),
        (failed_at("bind", "127.0.0.1:80", "EADDRINUSE"), "address in use"),
        (failed_at("bind", "127.0.0.1:0", "EADDRINUSE"), "no free port"),
    ],
)
def test_an_error_is_explained_by_the_call_that_gave_it(conversation: Conversation, word: str) -> None:
    assert why(conversation).word == state_word(conversation) == word
    assert why_lost(conversation, conversation.dialling.attempts[0]).word == word


def test_nobody_left_an_abstract_name_behind() -> None:
    assert "left behind" in str(why(failed_at("connect", "/run/s", "ECONNREFUSED", local=True)))
    told = str(why(failed_at("connect", "@name", "ECONNREFUSED", local=True)))
    assert "left behind" not in told and "abstract name" in told


def test_the_states_fit_into_their_column() -> None:
    assert all(len(state.value) <= 14 for state in State)


def test_an_ending_says_who_finished_first_and_who_closed() -> None:
    conversation = connected()
    RECORDER.peer_finished(conversation)
    assert ending(conversation) == "peer finished"
    RECORDER.closed(conversation)
    assert (ending(conversation), state_word(conversation)) == (
        "the peer finished first, then we closed",
        "peer, then us",
    )


def test_what_never_connected_was_cancelled_and_not_closed() -> None:
    conversation = made()
    RECORDER.closed(conversation)
    assert ending(conversation) == state_word(conversation) == "cancelled"


def test_each_track_of_a_relay_is_titled_with_the_state_of_its_own_leg() -> None:
    conversation = relayed()
    conversation.upstream = secured()
    RECORDER.reset_by_peer(conversation)
    RECORDER.closed(conversation.upstream)
    tracks = dict(conversation.tracks())
    assert leg_of(conversation, tracks["bytes"]) is conversation
    ends = conversation.endpoints
    assert titles_of(conversation, tracks["bytes"])[0].endswith(f"{ends.peer} reset by peer · from {ends.local}")
    for name in ("target: plaintext", "target: TLS records"):
        assert leg_of(conversation, tracks[name]) is conversation.upstream
        assert titles_of(conversation, tracks[name])[0].endswith(
            f"{conversation.upstream.endpoints.peer} closed by us · from {conversation.upstream.endpoints.local}"
        )
