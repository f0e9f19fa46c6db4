"""A conversation's state machine: what leads to what, and who finished first."""

from functools import partial

import pytest

import sockscope.record.recorder.recorder as recorder_module
from sockscope.net.endpoint import NOWHERE
from sockscope.record.conversation import PEER, US, Conversation, State
from sockscope.record.fact import Call
from sockscope.record.leftover import Leftover
from sockscope.record.tape_entry import EntryKind
from sockscope.record.transfer import Repeat
from tests.engine.loopback import a_conversation, before_every_line
from tests.facts import RECORDER, at

LEFT = {"unread": Leftover(9, 0), "aborting": Leftover(0, 0, aborted=True)}


def after(*events: str) -> Conversation:
    """A conversation that was connected and then saw these events."""
    conversation = a_conversation()
    RECORDER.connected(conversation, 7, at("127.0.0.1:1000"), at("127.0.0.1:80"), 42)
    for event in events:
        if event == "failed":
            RECORDER.failed(conversation, "ETIMEDOUT")
        elif event in LEFT:
            RECORDER.left(conversation, LEFT[event])
        else:
            getattr(RECORDER, event)(conversation)
    return conversation


def test_a_new_conversation_is_connecting() -> None:
    conversation = a_conversation()
    assert conversation.state is State.CONNECTING
    assert conversation.state.live
    assert not conversation.state.can_send


def test_a_connected_one_knows_its_ends() -> None:
    conversation = after()
    assert conversation.state is State.CONNECTED
    assert (conversation.fd, conversation.endpoints.local, conversation.endpoints.peer) == (
        7,
        at("127.0.0.1:1000"),
        at("127.0.0.1:80"),
    )
    assert conversation.connected_at_ns == 42
    assert conversation.ended_at_ns == 0


@pytest.mark.parametrize(
    ("events", "state", "can_send"),
    [
        ([], State.CONNECTED, True),
        (["peer_finished"], State.PEER_FINISHED, True),
        (["we_finished"], State.WE_FINISHED, False),
    ],
)
def test_while_a_direction_is_open_it_lives(events: list[str], state: State, can_send: bool) -> None:
    conversation = after(*events)
    assert conversation.state is state
    assert conversation.state.live
    assert conversation.state.can_send is can_send
    assert conversation.ended_at_ns == 0


@pytest.mark.parametrize(
    ("events", "state"),
    [
        (["closed"], State.CLOSED_BY_US),
        (["we_finished", "closed"], State.CLOSED_BY_US),
        (["we_finished", "peer_finished", "closed"], State.CLOSED_BY_US),
        (["peer_finished", "closed"], State.PEER_THEN_US),
        (["peer_finished", "we_finished", "closed"], State.PEER_THEN_US),
        (["peer_finished", "closed_by_peer"], State.CLOSED_BY_PEER),
        (["reset_by_peer"], State.RESET_BY_PEER),
        (["reset_by_peer", "closed"], State.RESET_BY_PEER),
        (["peer_finished", "unread", "closed"], State.RESET_BY_US),
        (["aborting", "closed"], State.RESET_BY_US),
        (["unread", "reset_by_peer", "closed"], State.RESET_BY_PEER),
        (["peer_finished", "reset_by_peer", "closed"], State.RESET_BY_PEER),
        (["we_finished", "reset_by_peer", "closed"], State.RESET_BY_PEER),
        (["failed"], State.FAILED),
        (["failed", "closed"], State.FAILED),
    ],
)
def test_it_is_closed_by_whoever_ended_it(events: list[str], state: State) -> None:
    conversation = after(*events)
    assert conversation.state is state
    assert not conversation.state.live
    assert not conversation.state.can_send
    assert conversation.ended_at_ns >= conversation.started_at_ns


@pytest.mark.parametrize("ours", [[], ["we_finished"]])
def test_it_is_closed_by_the_peer_only_where_our_direction_followed_by_itself(ours: list[str]) -> None:
    conversation = after("peer_finished")
    conversation.follows = True
    for event in [*ours, "closed"]:
        getattr(RECORDER, event)(conversation)
    assert conversation.state is (State.CLOSED_BY_PEER if ours else State.PEER_THEN_US)
    assert conversation.finished == (PEER, *(US for _ in ours))


@pytest.mark.parametrize(
    ("events", "state"),
    [
        (["we_finished", "peer_finished"], State.WE_FINISHED),
        (["peer_finished", "we_finished"], State.PEER_FINISHED),
    ],
)
def test_it_is_not_over_before_its_descriptor_is_closed(events: list[str], state: State) -> None:
    conversation = after(*events)
    assert (conversation.state, conversation.ended_at_ns) == (state, 0)


def test_nothing_goes_on_by_itself_behind_the_end() -> None:
    conversation = after()
    conversation.outgoing.repeat, conversation.reading_stopped = Repeat(3600.0, 0), True
    RECORDER.closed(conversation)
    assert (conversation.outgoing.repeat.stopped, conversation.reading_stopped) == (True, False)


def test_a_dial_that_is_given_up_is_closed_by_us() -> None:
    conversation = a_conversation()
    RECORDER.closed(conversation)
    assert conversation.state is State.CLOSED_BY_US
    assert conversation.connected_at_ns == 0


def test_a_dial_that_fails_keeps_the_error() -> None:
    conversation = a_conversation()
    RECORDER.failed(conversation, "ECONNREFUSED")
    assert (conversation.state, conversation.error) == (State.FAILED, "ECONNREFUSED")


def test_closing_what_has_ended_changes_nothing() -> None:
    conversation = after("reset_by_peer")
    ended_at_ns = conversation.ended_at_ns
    RECORDER.closed(conversation)
    assert (conversation.state, conversation.ended_at_ns) == (State.RESET_BY_PEER, ended_at_ns)


def test_what_was_queued_at_the_end_is_unsent() -> None:
    conversation = after()
    conversation.outgoing.queued_bytes, conversation.outgoing.blocked_at_ns = 100, 5
    RECORDER.closed(conversation)
    assert (
        conversation.outgoing.queued_bytes,
        conversation.outgoing.unsent_bytes,
        conversation.outgoing.blocked_at_ns,
    ) == (0, 100, 0)


def test_a_fact_stands_on_the_tape_where_it_happened() -> None:
    conversation = after()
    for name in ("socket", "connect"):
        RECORDER.note(conversation, Call(name, -1, (), 0, "", 10, 20))
    records = list(conversation.tape.entries(0))
    assert [(record.kind, record.fact, record.at_ns, record.took_ns) for record in records] == [
        (EntryKind.FACT, 0, 10, 20),
        (EntryKind.FACT, 1, 10, 20),
    ]
    assert [conversation.facts.get(record.fact) for record in records] == conversation.facts.all()


def test_the_last_activity_is_the_latest_byte_or_else_the_connection() -> None:
    conversation = a_conversation()
    assert conversation.last_active_ns == conversation.started_at_ns
    connected_at_ns = conversation.started_at_ns + 10
    RECORDER.connected(conversation, 7, NOWHERE, NOWHERE, connected_at_ns)
    assert conversation.last_active_ns == connected_at_ns
    conversation.flow.sent(1, connected_at_ns + 10)
    conversation.flow.received(1, connected_at_ns + 20)
    assert conversation.last_active_ns == connected_at_ns + 20
    conversation.flow.sent(1, connected_at_ns + 30)
    assert conversation.last_active_ns == connected_at_ns + 30


def test_whoever_sees_it_connected_sees_its_ends() -> None:
    conversation = a_conversation()
    seen = []

    def look() -> None:
        seen.append(conversation.state)
        if conversation.state is State.CONNECTED:
            assert (
                conversation.fd,
                conversation.endpoints.local,
                conversation.endpoints.peer,
                conversation.connected_at_ns,
            ) == (
                7,
                at("@a"),
                at("@b"),
                42,
            )

    before_every_line(recorder_module, lambda: RECORDER.connected(conversation, 7, at("@a"), at("@b"), 42), look)
    assert {State.CONNECTING, State.CONNECTED} == set(seen)


@pytest.mark.parametrize("event", ["closed", "reset_by_peer", "failed"])
def test_whoever_sees_the_end_sees_all_of_it(event: str) -> None:
    conversation = after()
    conversation.outgoing.queued_bytes, conversation.outgoing.blocked_at_ns = 100, 5
    seen = []

    def look() -> None:
        seen.append(conversation.state.live)
        if not conversation.state.live:
            assert conversation.ended_at_ns
            assert (
                conversation.outgoing.queued_bytes,
                conversation.outgoing.unsent_bytes,
                conversation.outgoing.blocked_at_ns,
            ) == (0, 100, 0)
            assert bool(conversation.error) is (event in ("failed", "reset_by_peer"))

    end = {name: partial(getattr(RECORDER, name), conversation) for name in ("closed", "reset_by_peer")}
    before_every_line(recorder_module, end.get(event, lambda: RECORDER.failed(conversation, "ETIMEDOUT")), look)
    assert set(seen) == {True, False}
