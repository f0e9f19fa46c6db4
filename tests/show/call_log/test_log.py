"""The log against a simple model: all calls sorted by their time; and what a step costs."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.net.value import Symbol
from sockscope.record.conversation import Conversation
from sockscope.record.fact import Call, Facts
from sockscope.record.flow import Flow, Meter
from sockscope.record.listener import Listener
from sockscope.show.call_log import log as subject
from sockscope.show.call_log.log import Log
from sockscope.show.call_log.source import ListenerSource, Logged, Scope
from tests.facts import note
from tests.show.made import MS, SEGMENT, START_NS, drop, happen, made, relayed, secured

Calls = list[tuple[int, int]]
"""Of each call: whose it is, and how many ms after the one before it was made."""

CALLS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=40)


def four() -> list[Conversation]:
    return [made() for _ in range(4)]


def do(conversations: list[Conversation], calls: Calls, at: "count[int]") -> None:
    """Make calls, each at its time: sends and facts in turn."""
    for whose, later in calls:
        at_ns = START_NS + next(at) * 10 * MS + later
        tape = conversations[whose].tape
        if tape.total_entries % 2:
            note(conversations[whose], Call("shutdown", 7, (Symbol("SHUT_WR"),), 0, "", at_ns, 5))
        else:
            tape.sent(memoryview(b"x"), 1, at_ns, 5)


def numbers(log: Log) -> list[Logged]:
    return [one for at in range(log.first, log.end) if (one := log.line(at))]


def model(conversations: list[Conversation]) -> list[tuple[int, int]]:
    """Every call by its time."""
    entries = [(entry.at_ns, id(one)) for one in conversations for entry in one.tape.entries(0)]
    return sorted(entries, key=lambda entry: entry[0])


def owners(lines: list[Logged]) -> list[tuple[int, int]]:
    return [(line.at_ns, id(line.source.conversation)) for line in lines if not isinstance(line.source, ListenerSource)]


@given(CALLS, CALLS, st.integers(0, 50), st.integers(1, 7))
def test_lines_are_all_calls_in_the_order_of_their_time(before: Calls, after: Calls, lines: int, most: int) -> None:
    conversations, at = four(), count()
    do(conversations, before, at)
    log = Log(lambda: Scope(tuple(conversations)))
    do(conversations, after, at)
    log.look_back(lines)
    assert len(numbers(log)) == min(lines, len(before))
    log.take_in()
    kept = numbers(log)
    log.look_back(1000, most)
    while not log.looked_back:
        log.look_back(1000, most)
    assert numbers(log)[-len(kept) or len(numbers(log)) :] == kept
    assert owners(numbers(log)) == model(conversations)


@given(CALLS, st.integers(0, 3))
def test_only_what_is_wanted_is_a_line(calls: Calls, whose: int) -> None:
    conversations = four()
    do(conversations, calls, count())
    log = Log(lambda: Scope(tuple(conversations)), lambda one: one.source.call(one.number).name == "shutdown")  # type: ignore[union-attr]
    log.look_back(1000)
    made = [fact.at_ns for one in conversations for fact in one.facts.calls("shutdown")]
    assert [line.at_ns for line in numbers(log)] == sorted(made)


def test_a_call_is_found_again_and_what_was_dropped_is_counted() -> None:
    conversation = made([("in", b"x" * SEGMENT)] * 3)
    log = Log(lambda: Scope((conversation,)))
    source = log.source_of(conversation, 0)
    assert source
    assert log.find(source, 1) == -2
    assert log.find(source, 7) is None
    drop(conversation, 1)
    log.take_in()
    assert log.dropped == conversation.tape.first_entry > 0
    assert (found := log.line(-3)) and found.source.call(found.number) is None


def test_every_track_has_its_calls_also_those_that_come_later() -> None:
    relay, tls = relayed(), secured()
    log = Log(lambda: Scope((relay, tls)))
    log.look_back(1000)
    assert {(line.source.conversation, line.source.place) for line in numbers(log)} >= {(relay, 0), (relay, 1)}  # type: ignore[union-attr]
    plain = made()
    late = Log(lambda: Scope((plain,)))
    plain.layers = tls.layers
    assert plain.layers.wire
    happen(plain, "out", b"x")
    plain.layers.wire.tape.sent(memoryview(b"record"), 6, START_NS, 1)
    late.take_in()
    assert {line.source.place for line in numbers(late)} == {0, 1}  # type: ignore[union-attr]


def test_a_listener_has_the_first_and_the_latest_of_its_calls() -> None:
    listener = Listener(1, ":9000", Flow(Meter()))
    for number in range(Facts.FIRST + Facts.LATEST + 50):
        listener.facts.add(Call("getsockopt", 5, (), number, "", START_NS + number, 1))
    log = Log(lambda: Scope((), (listener,)))
    log.look_back(1000)
    log.take_in()
    assert len(numbers(log)) == Facts.FIRST + Facts.LATEST
    assert log.dropped == 50


def test_an_accept_that_gave_a_client_is_the_clients_line_alone() -> None:
    listener, client = Listener(1, ":9000", Flow(Meter())), made(target="")
    accepted = Call("accept", 5, (), 7, "", START_NS, 1)
    failed = Call("accept", 5, (), None, "EMFILE", START_NS + 1, 1)
    for one in (accepted, failed):
        listener.facts.add(one)
    note(client, accepted)
    log = Log(lambda: Scope((client,), (listener,)))
    log.look_back(10)
    assert [(line.source.name, line.at_ns - START_NS) for line in numbers(log)] == [("#1", 0), ("listener 1", 1)]


def test_nobody_waits_for_all_calls_and_not_all_lines_are_kept() -> None:
    conversations = [made() for _ in range(300)]
    do(conversations, [(whose, 0) for _ in range(20) for whose in range(300)], count())
    read = 0

    def keeps(logged: Logged) -> bool:
        nonlocal read
        read += 1
        return True

    log = Log(lambda: Scope(tuple(conversations)), keeps)
    log.look_back(40)
    assert read == 40
    log.take_in()
    assert read == 40


def test_the_oldest_lines_go_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "KEPT", 20)
    conversations, at = four(), count()
    do(conversations, [(0, 0)] * 30, at)
    log = Log(lambda: Scope(tuple(conversations)))
    log.look_back(1000)
    assert (log.first, log.end, log.looked_back) == (-20, 0, True)
    do(conversations, [(1, 0)] * 30, at)
    log.take_in()
    assert (log.first, log.end) == (20, 30)
    assert log.line(19) is None and log.line(-1) is None
    assert log.line(29) == numbers(log)[-1]


def test_who_has_gone_is_asked_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "_SPARED", 1)
    conversations = four()
    do(conversations, [(0, 0), (1, 0)], count())
    log = Log(lambda: Scope(tuple(conversations)))
    gone = conversations.copy()
    del conversations[:]
    log.take_in()
    assert log.source_of(gone[0], 0) is None
    log.look_back(10)
    assert len(numbers(log)) == 2
