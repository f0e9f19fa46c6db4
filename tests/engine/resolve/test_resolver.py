"""Lookups: answers and failures as data, a few at a time, and abandoned for good."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from sockscope.engine.engine import Engine
from sockscope.engine.resolve.resolver import IN_FLIGHT, ask
from sockscope.engine.settings import LOOKUPS_KEPT, Settings
from sockscope.net.address import Address
from sockscope.net.error_name import NOT_UTF8, RESOLVER_TIMEOUT
from sockscope.record.conversation import State
from sockscope.record.listener import ListenerState
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.state import LookupState
from sockscope.request import Connect, Listen
from sockscope.request.question import Question
from tests.conftest import wait_until
from tests.engine.loopback import calls, held, in_a_network_of_its_own, needs_ipv6, run_apart
from tests.facts import at


class SilentResolver:
    """Stands in for getaddrinfo: names under `slow` are not answered before `answer()`."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._returned: list[str] = []
        self._let_go = threading.Event()
        self._real: Callable[..., object] = socket.getaddrinfo

    def __call__(self, name: str, *question: object, **more: object) -> object:
        self.asked.append(name)
        if name.startswith("slow"):
            assert self._let_go.wait(30)
            name = "127.0.0.1"
        try:
            return self._real(name, *question, **more)
        finally:
            self._returned.append(name)

    @property
    def inside(self) -> int:
        return len(self.asked) - len(self._returned)

    def answer(self) -> None:
        self._let_go.set()


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[SilentResolver]:
    silent = SilentResolver()
    monkeypatch.setattr(socket, "getaddrinfo", silent)
    yield silent
    silent.answer()
    wait_until(lambda: silent.inside == 0)


def answered(engine: Engine, question: Question) -> Lookup:
    lookup = engine.names.resolve(question)
    wait_until(lambda: not lookup.state.live)
    return lookup


# What comes back.


def test_localhost_is_on_this_machine(engine: Engine) -> None:
    lookup = answered(engine, Question("localhost", "80"))
    assert (lookup.state, lookup.error) == (LookupState.ANSWERED, "")
    assert {row.endpoint for row in lookup.rows} <= {at("127.0.0.1:80"), at("[::1]:80")}
    assert {(row.type_word, row.protocol_word) for row in lookup.rows} == {("stream", "TCP")}
    assert lookup.call is not None
    assert lookup.call.arguments == ("localhost", "80", "AF_UNSPEC", "SOCK_STREAM")
    assert lookup.call.returned == len(lookup.rows)
    assert 0 < lookup.took_ns == lookup.call.took_ns


def test_any_type_gives_a_row_for_each_type(engine: Engine) -> None:
    lookup = answered(engine, Question("127.0.0.1", type="any"))
    assert [row.type_word for row in lookup.rows] == ["stream", "datagram", "raw"]
    assert [row.protocol_word for row in lookup.rows] == ["TCP", "UDP", "any"]


@pytest.mark.parametrize("name", ["127.1", "0177.1", "2130706433", "0x7f.1"])
def test_an_old_way_to_write_an_address_gives_the_canonical_one(engine: Engine, name: str) -> None:
    assert [row.host for row in answered(engine, Question(name)).rows] == ["127.0.0.1"]


@needs_ipv6
def test_passive_without_a_name_means_every_address(engine: Engine) -> None:
    assert {row.host for row in answered(engine, Question("", "80", flags=frozenset({"PASSIVE"}))).rows} == {
        "0.0.0.0",
        "::",
    }
    assert {row.host for row in answered(engine, Question("", "80")).rows} == {"127.0.0.1", "::1"}


def test_a_canonical_name_comes_with_the_first_row(engine: Engine) -> None:
    assert answered(engine, Question("127.0.0.1", flags=frozenset({"CANONNAME"}))).rows[0].canonical == "127.0.0.1"


@pytest.mark.parametrize(
    ("question", "errors"),
    [
        (Question("::1", family="IPv4"), {"EAI_ADDRFAMILY", "EAI_NONAME"}),
        (Question("127.0.0.1", family="IPv6"), {"EAI_ADDRFAMILY", "EAI_NONAME"}),
        (Question("127.0.0.1", "no-such-service"), {"EAI_SERVICE"}),
        (Question(""), {"EAI_NONAME"}),
        (Question("a" * 64), {"EAI_NONAME"}),
        (Question("a..b"), {"EAI_NONAME"}),
        (Question("\ud800"), {"EAI_NONAME"}),
        (Question("a\0b"), {"EAI_NONAME"}),
    ],
)
def test_a_failure_is_an_answer_too(engine: Engine, question: Question, errors: set[str]) -> None:
    lookup = answered(engine, question)
    assert lookup.state is LookupState.FAILED
    assert lookup.error in errors
    assert lookup.rows == ()
    assert lookup.call is not None
    assert (lookup.call.error, lookup.call.returned) == (lookup.error, None)


@pytest.mark.parametrize(
    ("raised", "error"),
    [
        (UnicodeDecodeError("utf-8", b"caf\xe9", 3, 4, "invalid"), NOT_UTF8),
        (UnicodeEncodeError("idna", "a", 0, 1, "label too long"), "EAI_NONAME"),
        (ZeroDivisionError(), "ZeroDivisionError"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_whatever_python_raises_ends_the_lookup_with_a_name_of_its_own(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, raised: Exception, error: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    lookup = answered(engine, Question("latin.test"))
    assert (lookup.state, lookup.error, lookup.rows) == (LookupState.FAILED, error, ())


def test_asking_alone_gives_the_call_and_the_rows() -> None:
    call, rows = ask(Question("127.0.0.1", "80"))
    assert (call.name, call.error, call.returned) == ("getaddrinfo", "", 1)
    assert [row.endpoint for row in rows] == [at("127.0.0.1:80")]


def resolve_without_a_resolver() -> None:
    engine = Engine()
    engine.start()
    assert answered(engine, Question("nonexistent.invalid")).error == "EAI_AGAIN"
    engine.stop()


def test_a_resolver_that_cannot_be_reached_is_an_answer_too() -> None:
    run_apart(resolve_without_a_resolver, within=in_a_network_of_its_own())


# Resolvers that hang.


def test_only_so_many_lookups_are_asked_at_a_time_and_the_rest_wait(engine: Engine, resolver: SilentResolver) -> None:
    lookups = [engine.names.resolve(Question(f"slow{number}")) for number in range(IN_FLIGHT + 5)]
    wait_until(lambda: len(resolver.asked) == IN_FLIGHT)
    engine.names.resolve(Question("127.0.0.1"))
    assert [lookup.state for lookup in lookups] == [LookupState.ASKING] * IN_FLIGHT + [LookupState.QUEUED] * 5
    resolver.answer()
    wait_until(lambda: all(lookup.state is LookupState.ANSWERED for lookup in lookups))
    assert len(resolver.asked) == IN_FLIGHT + 6


def test_a_lookup_that_falls_out_of_the_record_is_abandoned_so_that_what_waits_is_bounded(
    engine: Engine, resolver: SilentResolver
) -> None:
    lookups = [engine.names.resolve(Question(f"slow{number}")) for number in range(LOOKUPS_KEPT + 3)]
    wait_until(lambda: all(lookup.state is LookupState.ABANDONED for lookup in lookups[:3]))
    assert all(lookup.state.live for lookup in lookups[3:])
    assert engine.names.slots.waiting <= LOOKUPS_KEPT


def test_an_abandoned_lookup_stays_abandoned_when_its_answer_comes_late(
    engine: Engine, resolver: SilentResolver
) -> None:
    slow = engine.names.resolve(Question("slow"))
    wait_until(lambda: resolver.asked == ["slow"])
    engine.names.abandon(slow)
    wait_until(lambda: slow.state is LookupState.ABANDONED)
    assert (engine.names.slots.under_way, engine.names.slots.hanging) == (0, 1), "its thread is still there"
    resolver.answer()
    wait_until(lambda: engine.names.slots.hanging == 0, what="the thread came home")
    answered(engine, Question("127.0.0.1"))
    assert (slow.state, slow.rows, slow.call) == (LookupState.ABANDONED, (), None)


def test_a_lookup_that_is_abandoned_while_it_hangs_gives_its_place_to_the_next(
    engine: Engine, resolver: SilentResolver
) -> None:
    engine.names.slots.limit = 1
    slow, next_one = (engine.names.resolve(Question(name)) for name in ("slow", "localhost"))
    wait_until(lambda: resolver.asked == ["slow"])
    wait_until(lambda: next_one.job)
    assert (next_one.state, engine.names.slots.waiting) == (LookupState.QUEUED, 1)
    engine.names.abandon(slow)
    wait_until(lambda: next_one.state is LookupState.ANSWERED)


def test_lookups_that_hang_hold_up_the_next_once_no_thread_is_left(engine: Engine, resolver: SilentResolver) -> None:
    places = engine.names.slots
    places.limit = places.most = 2
    hang = [engine.names.resolve(Question(f"slow{number}")) for number in range(2)]
    last = engine.names.resolve(Question("localhost"))
    wait_until(lambda: len(resolver.asked) == 2)
    for lookup in hang:
        engine.names.abandon(lookup)
    wait_until(lambda: engine.names.slots.hanging == 2)
    assert (last.state, engine.names.slots.waiting, engine.names.slots.under_way) == (LookupState.QUEUED, 1, 0)
    resolver.answer()
    wait_until(lambda: last.state is LookupState.ANSWERED)


def test_a_lookup_that_is_abandoned_before_its_turn_is_never_asked(engine: Engine, resolver: SilentResolver) -> None:
    engine.names.slots.limit = 1
    engine.names.resolve(Question("slow"))
    never = engine.names.resolve(Question("never"))
    last = engine.names.resolve(Question("localhost"))
    wait_until(lambda: last.job and last.job.ahead == 1)
    engine.names.abandon(never)
    wait_until(lambda: never.state is LookupState.ABANDONED)
    assert last.job is not None
    assert last.job.ahead == 0
    assert never.job is None
    resolver.answer()
    wait_until(lambda: last.state is LookupState.ANSWERED)
    assert resolver.asked == ["slow", "localhost"]
    assert never.state is LookupState.ABANDONED
    assert last.job is None


def test_a_number_that_is_abandoned_before_the_loop_comes_round_stays_so(engine: Engine) -> None:
    with held(engine):
        lookup = engine.names.resolve(Question("127.0.0.1"))
        engine.names.abandon(lookup)
    wait_until(lambda: not lookup.state.live)
    answered(engine, Question("127.0.0.1"))
    assert (lookup.state, lookup.rows) == (LookupState.ABANDONED, ())


def test_abandoning_what_was_answered_changes_nothing(engine: Engine) -> None:
    lookup = answered(engine, Question("127.0.0.1"))
    engine.names.abandon(lookup)
    answered(engine, Question("127.0.0.1"))
    assert lookup.state is LookupState.ANSWERED


def test_an_abandoned_lookup_takes_no_more_time(engine: Engine, resolver: SilentResolver) -> None:
    lookup = engine.names.resolve(Question("slow"))
    wait_until(lambda: resolver.asked)
    engine.names.abandon(lookup)
    wait_until(lambda: lookup.state is LookupState.ABANDONED)
    took_ns = lookup.took_ns
    later_ns = time.monotonic_ns() + 10_000_000
    wait_until(lambda: time.monotonic_ns() > later_ns)
    assert lookup.took_ns == took_ns


@pytest.mark.parametrize(
    "use",
    [
        lambda engine: engine.connect(Connect(Address("slow", 80))),
        lambda engine: engine.listen(Listen(Address("slow", 80))),
    ],
    ids=["connect", "listen"],
)
def test_the_engine_stops_at_once_while_lookups_hang(resolver: SilentResolver, use: Callable[[Engine], object]) -> None:
    engine = Engine()
    engine.start()
    for number in range(IN_FLIGHT + 5):
        engine.names.resolve(Question(f"slow{number}"))
    use(engine)
    wait_until(lambda: len(resolver.asked) == IN_FLIGHT)
    began = time.monotonic()
    engine.stop()
    assert time.monotonic() - began < 1
    resolver.answer()  # late answers find no loop, and say nothing: threads that fail would fail this test
    assert engine.fault == ""


# Connecting and listening while the resolver hangs.


def test_cancelling_a_dial_that_waits_for_the_resolver_ends_it_for_good(
    engine: Engine, resolver: SilentResolver
) -> None:
    conversation = engine.connect(Connect(Address("slow", 80)))
    wait_until(lambda: resolver.asked)
    engine.close(conversation)
    wait_until(lambda: not conversation.state.live)
    assert conversation.state is State.CLOSED_BY_US
    (call,) = calls(conversation, "getaddrinfo")
    assert (call.error, call.note) == ("abandoned", "cancelled")
    resolver.answer()
    wait_until(lambda: resolver.inside == engine.names.slots.hanging == 0)
    answered(engine, Question("127.0.0.1"))  # behind the late answer in the engine's queue
    assert conversation.state is State.CLOSED_BY_US
    assert conversation.dialling.attempts == ()


def test_a_dial_waits_for_the_resolver_no_longer_than_for_a_connection(resolver: SilentResolver) -> None:
    engine = Engine(Settings(connect_timeout_s=0.3))
    engine.start()
    conversation = engine.connect(Connect(Address("slow", 80)))
    wait_until(lambda: not conversation.state.live)
    assert (conversation.state, conversation.error) == (State.FAILED, RESOLVER_TIMEOUT)
    assert 0.3 <= (conversation.ended_at_ns - conversation.started_at_ns) / 1e9 < 1.5
    (call,) = calls(conversation, "getaddrinfo")
    assert (call.error, call.note) == ("abandoned", "gave up waiting")
    engine.stop()


def test_a_listener_that_is_stopped_while_the_resolver_hangs_never_opens(
    engine: Engine, resolver: SilentResolver
) -> None:
    listener = engine.listen(Listen(Address("slow", 0)))
    wait_until(lambda: resolver.asked)
    engine.stop_listening(listener)
    wait_until(lambda: listener.state is ListenerState.STOPPED)
    resolver.answer()
    wait_until(lambda: resolver.inside == engine.names.slots.hanging == 0)
    answered(engine, Question("127.0.0.1"))
    assert listener.state is ListenerState.STOPPED
    assert calls(listener, "socket") == []
