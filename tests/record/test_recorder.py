"""The recorder: observers are told of everything that goes into a record, in order, and never get in the way."""

from collections.abc import Callable

import pytest

from sockscope.engine.engine import Engine
from sockscope.net.address import Address
from sockscope.record.conversation import Conversation, State
from sockscope.record.fact import Call, Event, Refusal, Remark
from sockscope.record.listener import ListenerState
from sockscope.record.lookup.inquiry import Query
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.observer import Subject
from sockscope.record.recorder import Recorder
from sockscope.record.tape_entry import EntryKind, Mover
from sockscope.request import Connect
from sockscope.request.question import Question
from tests.conftest import wait_until
from tests.engine.loopback import (
    V4,
    a_conversation,
    client_of,
    dialled,
    listen,
    on_tape,
    only_client,
    port_of,
    read_exactly,
)


class Witness:
    """Keeps what it is told."""

    def __init__(self, told: Callable[[], None] = lambda: None) -> None:
        self.events: list[tuple[Subject, Event]] = []
        self.inquiries: list[tuple[Lookup, Query]] = []
        self.states: list[tuple[Subject, object]] = []
        self.bytes: list[tuple[Conversation, Mover, bytes]] = []
        self.explained: list[Subject] = []
        self._told = told

    def happened(self, subject: Subject, event: Event) -> None:
        self.events.append((subject, event))
        self._told()

    def changed(self, subject: Subject) -> None:
        self.states.append((subject, subject.state))

    def moved(
        self, conversation: Conversation, data: memoryview, at_ns: int, took_ns: int, asked: int, mover: Mover
    ) -> None:
        self.bytes.append((conversation, mover, bytes(data)))

    def found(self, subject: Subject) -> None:
        self.explained.append(subject)

    def inquired(self, lookup: Lookup, query: Query) -> None:
        self.inquiries.append((lookup, query))

    def of(self, conversation: Conversation, mover: Mover) -> bytes:
        return b"".join(data for one, how, data in self.bytes if one is conversation and how is mover)


@pytest.fixture
def witness(engine: Engine) -> Witness:
    one = Witness()
    engine.observe(one)
    return one


def test_an_observer_is_told_every_call_in_the_order_of_the_record(engine: Engine, witness: Witness) -> None:
    with dialled(engine) as (conversation, peer):
        engine.send(conversation, b"question")
        assert read_exactly(peer, 8) == b"question"
        peer.sendall(b"answer")
        wait_until(lambda: conversation.flow.bytes_in == 6)
    wait_until(lambda: not conversation.state.live or conversation.state is State.PEER_FINISHED)
    engine.close(conversation)
    wait_until(lambda: not conversation.state.live)
    told = [event for subject, event in witness.events if subject is conversation]
    assert told == conversation.facts.all()
    assert witness.of(conversation, Mover.SEND) == on_tape(conversation, EntryKind.SENT) == b"question"
    assert witness.of(conversation, Mover.RECV) == on_tape(conversation, EntryKind.RECEIVED) == b"answer"
    states = [state for subject, state in witness.states if subject is conversation]
    assert states == [State.CONNECTED, State.PEER_FINISHED, State.PEER_THEN_US]


def test_an_observer_is_told_of_listeners_and_their_clients(engine: Engine, witness: Witness) -> None:
    listener = listen(engine, V4)
    with client_of(listener):
        client = only_client(listener)
        engine.stop_listening(listener)
        wait_until(lambda: not listener.state.live)
    names = [event.name for subject, event in witness.events if subject is listener and isinstance(event, Call)]
    assert names == [call.name for call in listener.facts.calls()]
    states = [state for subject, state in witness.states if subject in (listener, client)]
    expected = [ListenerState.LISTENING, State.CONNECTED, State.CLOSED_BY_US, ListenerState.STOPPED]
    assert states == expected


def test_an_observer_is_told_what_was_not_done_and_what_should_be_known(engine: Engine, witness: Witness) -> None:
    with dialled(engine) as (conversation, peer):
        peer.close()
        engine.close(conversation)
        wait_until(lambda: not conversation.state.live)
        engine.send(conversation, b"too late")
        wait_until(lambda: any(isinstance(event, Refusal) for _, event in witness.events))
    (refusal,) = [event for _, event in witness.events if isinstance(event, Refusal)]
    assert (refusal.what, refusal.about, refusal.error) == ("send", (8,), "ENOTCONN")
    recorder, conversation, one = Recorder(), a_conversation(), Witness()
    recorder.observers.add(one)
    recorder.remark(conversation, "cut off", "it was cut off")
    ((_, remark),) = one.events
    assert isinstance(remark, Remark)
    assert (remark.kind, remark.text) == ("cut off", "it was cut off") == (remark.kind, conversation.facts.said)


def test_what_dns_servers_are_asked_is_told_call_by_call_and_each_outcome_once(
    engine: Engine, witness: Witness
) -> None:
    lookup = engine.names.resolve(Question("a.example", flags=frozenset({"NUMERICHOST"})))
    inquiry = engine.names.inquire(lookup, (f"{V4}:1",), ("A", "MX"))
    wait_until(lambda: inquiry.queries and not inquiry.live)
    wait_until(lambda: len(witness.inquiries) == 2)
    assert {id(query) for _, query in witness.inquiries} == {id(query) for query in inquiry.queries}
    assert {(subject, query.error) for subject, query in witness.inquiries} == {(lookup, "ECONNREFUSED")}
    told = [event for subject, event in witness.events if subject is lookup]
    noted = [call for query in inquiry.queries for call in query.facts.all()]
    assert sorted(map(id, told)) == sorted(map(id, noted))
    assert {call.name for call in noted if isinstance(call, Call)} >= {"socket", "connect", "send", "recv", "close"}


def test_an_observer_that_raises_is_removed_and_said_and_the_engine_goes_on(engine: Engine) -> None:
    def broken() -> None:
        raise KeyError("foreign text")

    engine.observe(Witness(broken))
    steady = Witness()
    engine.observe(steady)
    listener = listen(engine, V4)
    conversation = engine.connect(Connect(Address(V4, port_of(listener))))
    wait_until(lambda: conversation.state is State.CONNECTED)
    assert engine.fault == "KeyError"
    engine.forget_fault()
    assert [event for subject, event in steady.events if subject is conversation] == conversation.facts.all()


def test_an_observer_that_was_removed_is_told_no_more(engine: Engine, witness: Witness) -> None:
    engine.forget(witness)
    listen(engine, V4)
    assert (witness.events, witness.states) == ([], [])


def test_remarks_are_bounded_and_one_of_a_kind_replaces_the_one_before() -> None:
    recorder, conversation = Recorder(), a_conversation()
    for number in range(100):
        recorder.remark(conversation, f"kind {number}", "text")
    assert len(conversation.facts.remarks) == conversation.facts.REMARKS
    recorder.remark(conversation, "kind 99", "another")
    assert [one.text for one in conversation.facts.remarks if one.kind == "kind 99"] == ["another"]
    recorder.withdraw(conversation, "kind 99")
    assert conversation.facts.said == "text"
