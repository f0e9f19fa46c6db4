"""The rail of a client: which steps are lit for every state, and that the facts that matter are beside them."""

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.net.endpoint import Endpoint
from sockscope.net.socket_kind import UDP
from sockscope.net.value import Symbol
from sockscope.record.conversation import Conversation, State
from sockscope.record.dialling import Attempt
from sockscope.record.fact import Call
from sockscope.record.listener import ListenerState
from sockscope.show.sanitizer import safe
from sockscope.show.steps import CLIENT_STEPS, STALLED_NS, Progress, Step, client_steps
from tests.facts import AF_INET, AF_INET6, RECORDER, STREAM, at, note
from tests.show.clients import (
    abstract,
    broken,
    cancelled,
    closed_by_peer,
    closed_by_us,
    closing,
    connecting,
    connecting_second,
    handshake_cancelled,
    handshake_failed,
    looking_up,
    lookup_cancelled,
    lookup_retrying,
    lookup_timed_out,
    not_closed,
    not_found,
    not_verified,
    peer_finished,
    peer_then_us,
    refused,
    reset,
    reset_by_us,
    reset_in_handshake,
    retrying,
    talked,
    timed_out,
    udp,
    udp_closed,
    udp_unconnected,
    unix,
    we_finished,
)
from tests.show.made import (
    AF,
    MS,
    NOW_NS,
    SECOND,
    START_NS,
    connect,
    connected,
    dialled,
    foreign,
    happen,
    made,
    receive,
    secured,
    securing,
    send,
    trying,
)
from tests.show.rails import AHEAD, DONE, DOUBTFUL, FAILED, SKIPPED, UNDER_WAY, detail, lit, told

CLIENTS: dict[Callable[[], Conversation], tuple[list[Progress], list[str]]] = {
    looking_up: ([UNDER_WAY, AHEAD, AHEAD, AHEAD, AHEAD], ["getaddrinfo: waiting 12.3 s"]),
    not_found: ([FAILED, AHEAD, AHEAD, AHEAD, SKIPPED], ["not found", "not called: there is no socket"]),
    lookup_timed_out: ([FAILED, AHEAD, AHEAD, AHEAD, SKIPPED], ["lookup timeout", "not called"]),
    lookup_cancelled: ([FAILED, AHEAD, AHEAD, AHEAD, SKIPPED], ["abandoned", "not called"]),
    connecting: (
        [DONE, DONE, UNDER_WAY, AHEAD, AHEAD],
        ["2 rows", "12 ms", "fd 7", "AF_INET, SOCK_STREAM", "192.0.2.7:80", "waiting 12.3 s"],
    ),
    connecting_second: ([DONE, DONE, UNDER_WAY, AHEAD, AHEAD], ["192.0.2.7:80 · waiting 12.0 s · 2 tried"]),
    refused: (
        [DONE, DONE, FAILED, AHEAD, DONE],
        ["192.0.2.7:80 · refused", "closed, for it had failed after", "refused"],
    ),
    timed_out: ([DONE, DONE, FAILED, AHEAD, DONE], ["192.0.2.8:80 · timed out", "2 tried"]),
    cancelled: ([DONE, DONE, FAILED, AHEAD, DONE], ["192.0.2.7:80 · cancelled", "cancelled after"]),
    connected: (
        [DONE, DONE, DONE, UNDER_WAY, AHEAD],
        ["fd 7", "192.0.2.7:80", "3.0 ms", "from 192.0.2.1:54321", "→ 0 B in 0 · ← 0 B in 0"],
    ),
    peer_finished: (
        [DONE, DONE, DONE, UNDER_WAY, UNDER_WAY],
        ["peer finished: we can still send; perhaps it reads no more"],
    ),
    we_finished: ([DONE, DONE, DONE, UNDER_WAY, UNDER_WAY], ["we finished: the peer can still send"]),
    talked: ([DONE, DONE, DONE, DONE, DONE], ["→ 5 B in 1", "closed by us"]),
    closed_by_us: ([DONE, DONE, DONE, SKIPPED, DONE], ["closed by us after 90.0 s"]),
    closed_by_peer: ([DONE, DONE, DONE, SKIPPED, DONE], ["closed by peer after 90.0 s"]),
    peer_then_us: ([DONE, DONE, DONE, SKIPPED, DONE], ["the peer finished first, then we closed after 90.0 s"]),
    reset: ([DONE, DONE, DONE, FAILED, DONE], ["reset by peer · → 0 B in 0", "reset by peer after 90.0 s"]),
    reset_by_us: (
        [DONE, DONE, DONE, FAILED, DONE],
        ["reset by us · → 0 B in 0", "reset by us after 90.0 s · 9 B unread · 2.0 MiB unacknowledged"],
    ),
    broken: ([DONE, DONE, DONE, FAILED, DONE], ["unreachable · → 0 B in 0", "closed, for it had failed after"]),
    closing: ([DONE, DONE, DONE, FAILED, UNDER_WAY], ["timed out", "close: waiting 2.0 s"]),
    not_closed: ([DONE, DONE, DONE, SKIPPED, FAILED], ["EIO"]),
    securing: ([DONE, DONE, DONE, UNDER_WAY, AHEAD, AHEAD], ["do_handshake: waiting 12.2 s"]),
    secured: (
        [DONE, DONE, DONE, DONE, UNDER_WAY, AHEAD],
        ["TLSv1.3 · TLS_AES_256_GCM_SHA384 · ALPN h2 · verified · 20 ms"],
    ),
    not_verified: (
        [DONE, DONE, DONE, DOUBTFUL, UNDER_WAY, AHEAD],
        ["NOT VERIFIED: verification is off · TLSv1.3 · TLS_AES_256_GCM_SHA384 · ALPN h2 · 20 ms"],
    ),
    handshake_failed: ([DONE, DONE, DONE, FAILED, AHEAD, DONE], ["self-signed certificate (code 18)", "3.0 ms"]),
    handshake_cancelled: ([DONE, DONE, DONE, FAILED, AHEAD, DONE], ["cancelled", "closed by us after 90.0 s"]),
    reset_in_handshake: ([DONE, DONE, DONE, FAILED, AHEAD, DONE], ["reset by peer"]),
    udp: (
        [DONE, DONE, DONE, UNDER_WAY, AHEAD],
        [
            "fd 7 · AF_INET, SOCK_DGRAM",
            "127.0.0.1:9 · 3.0 ms · from 127.0.0.1:40000 · nothing is sent, it only fixes the peer",
            "→ 0 datagrams, 0 B · ← 0 datagrams, 0 B",
        ],
    ),
    udp_unconnected: (
        [DONE, DONE, SKIPPED, UNDER_WAY, AHEAD],
        ["not called: each sendto names the peer · 127.0.0.1:9 · from 0.0.0.0:0"],
    ),
    udp_closed: (
        [DONE, DONE, DONE, SKIPPED, DONE],
        ["closed by us after 90.0 s · the peer is not told: datagrams have no end of stream"],
    ),
    unix: (
        [SKIPPED, DONE, DONE, UNDER_WAY, AHEAD],
        ["not needed: a path", "AF_UNIX, SOCK_STREAM", "/run/app.sock · 3.0 ms · pid 42 nginx, user root"],
    ),
    abstract: ([SKIPPED, DONE, DONE, UNDER_WAY, AHEAD], ["not needed: an abstract name", "it only fixes the peer"]),
    retrying: ([DONE, DONE, UNDER_WAY, AHEAD, AHEAD], ["refused · 3 tried · again in 4 s"]),
    lookup_retrying: ([FAILED, AHEAD, UNDER_WAY, AHEAD, AHEAD], ["no answer · again in 1 s"]),
}


@pytest.mark.parametrize("conversation", CLIENTS, ids=lambda make: make.__name__)
def test_steps_of_a_client_are_lit(conversation: Callable[[], Conversation]) -> None:
    progress, facts = CLIENTS[conversation]
    steps = client_steps(conversation(), NOW_NS)
    assert tuple(step.name for step in steps if step.name != "TLS handshake") == CLIENT_STEPS
    assert lit(steps) == progress
    assert [fact for fact in facts if fact not in told(steps)] == [], told(steps)
    assert all(step.detail == "" for step in steps if step.progress is AHEAD)
    assert all(step.detail for step in steps if step.progress is not AHEAD)


def test_every_state_of_a_conversation_is_among_these() -> None:
    assert {make().state for make in CLIENTS} == set(State)


def test_without_a_conversation_every_step_is_ahead() -> None:
    assert client_steps(None, NOW_NS) == [Step(name, AHEAD) for name in CLIENT_STEPS]


@pytest.mark.parametrize("make", [refused, cancelled, reset, closed_by_us, closed_by_peer, not_found])
def test_nothing_waits_once_a_conversation_is_over(make: Callable[[], Conversation]) -> None:
    steps = client_steps(make(), NOW_NS)
    assert UNDER_WAY not in lit(steps)
    assert "waiting" not in told(steps)


@pytest.mark.parametrize(
    ("waited_ns", "written"), [(0, "0.0 s"), (400 * MS, "0.4 s"), (12_300 * MS, "12.3 s"), (192 * SECOND, "3 min 12 s")]
)
def test_connecting_says_how_long_it_waits(waited_ns: int, written: str) -> None:
    assert f"waiting {written}" in detail(client_steps(connecting(), START_NS + waited_ns), "connect")
    assert f"waiting {written}" in detail(client_steps(looking_up(), START_NS + waited_ns), "look up")


def test_a_given_address_needs_no_lookup_and_says_so() -> None:
    conversation = made()
    RECORDER.attempts.add(conversation, trying())
    note(conversation, Call("socket", -1, (AF_INET, STREAM), 7, "", START_NS, 40_000))
    steps = client_steps(conversation, NOW_NS)
    assert steps[0].progress is SKIPPED
    assert steps[0].detail == "not needed: the address was given"


def two_families(winner: str, *, second_error: str = "") -> Conversation:
    """IPv6 was tried on fd 7, 250 ms later IPv4 on fd 8; one of them won."""
    conversation = made()
    first = Call("socket", -1, (AF_INET6, STREAM), 7, "", START_NS, 40_000)
    result = None if second_error else 8
    second = Call("socket", -1, (AF_INET, STREAM), result, second_error, START_NS + 250 * MS, 90_000)
    note(conversation, first, second)
    for address, fd, started_ms in (("[2001:db8::1]:80", 7, 0), ("192.0.2.7:80", 8, 250)):
        attempt = trying(address, "" if address == winner else "ECANCELED", fd, started_ms)
        attempt.opened = first if fd == 7 else second
        RECORDER.attempts.add(conversation, attempt)
        if address == winner:
            attempt.won, attempt.ended_at_ns = True, attempt.started_at_ns + 300 * MS
            connect(conversation, attempt, at("127.0.0.1:1"))
    return conversation


@pytest.mark.parametrize(
    ("winner", "fd", "family", "took"),
    [("[2001:db8::1]:80", 7, "AF_INET6", "40 µs"), ("192.0.2.7:80", 8, "AF_INET,", "90 µs")],
)
def test_the_socket_is_the_one_that_won(winner: str, fd: int, family: str, took: str) -> None:
    steps = client_steps(two_families(winner), NOW_NS)
    assert f"{winner} · 300 ms" in detail(steps, "connect")
    assert "2 tried" in detail(steps, "connect")
    told = detail(steps, "socket")
    assert f"fd {fd} " in told
    assert family in told
    assert took in told


def test_a_socket_that_could_not_be_made_fails_no_step_when_another_won() -> None:
    steps = client_steps(two_families("[2001:db8::1]:80", second_error="EAFNOSUPPORT"), NOW_NS)
    assert lit(steps)[1:3] == [DONE, DONE]
    assert "fd 7" in detail(steps, "socket")


def test_a_socket_that_could_not_be_made_fails_its_step() -> None:
    conversation = made()
    RECORDER.attempts.add(conversation, Attempt(at("192.0.2.7:80"), START_NS, -1, START_NS + MS, "EMFILE"))
    note(conversation, Call("socket", -1, (AF_INET, STREAM), None, "EMFILE", START_NS, 1000))
    RECORDER.failed(conversation, "EMFILE")
    steps = client_steps(conversation, NOW_NS)
    assert lit(steps) == [SKIPPED, FAILED, FAILED, AHEAD, SKIPPED]
    assert detail(steps, "socket") == "out of descriptors"


def test_what_flows_is_counted_both_ways() -> None:
    conversation = connected()
    for _ in range(3):
        receive(conversation, b"x" * 1024)
    send(conversation, b"y" * 10)
    assert detail(client_steps(conversation, NOW_NS), "send/receive") == "→ 10 B in 1 · ← 3.0 KiB in 3"


@pytest.mark.parametrize(
    ("blocked_ns", "stalled"),
    [(0, ""), (STALLED_NS, ""), (STALLED_NS + MS, "stalled 1.0 s"), (75 * SECOND, "stalled 75.0 s")],
)
def test_a_queue_is_said_and_stalled_after_a_while(blocked_ns: int, stalled: str) -> None:
    conversation = connected()
    conversation.outgoing.queued_bytes, conversation.outgoing.blocked_at_ns = 2 * 1024 * 1024, START_NS
    exchange = detail(client_steps(conversation, START_NS + blocked_ns), "send/receive")
    assert "2.0 MiB queued" in exchange
    assert ("stalled" in exchange) == bool(stalled)
    assert stalled in exchange


@pytest.mark.parametrize("make", [closed_by_us, reset, broken])
def test_what_was_never_sent_is_said(make: Callable[[], Conversation]) -> None:
    conversation = make()
    conversation.outgoing.unsent_bytes = 1536
    exchange = detail(client_steps(conversation, NOW_NS), "send/receive")
    assert "1.5 KiB never sent" in exchange
    assert "queued" not in exchange
    assert "stalled" not in exchange


def test_a_queue_becomes_never_sent_at_the_end() -> None:
    conversation = connected()
    conversation.outgoing.queued_bytes, conversation.outgoing.blocked_at_ns = 100, START_NS
    RECORDER.reset_by_peer(conversation)
    exchange = detail(client_steps(conversation, NOW_NS), "send/receive")
    assert "100 B never sent" in exchange
    assert "queued" not in exchange
    assert "stalled" not in exchange


def test_the_handshake_is_a_step_only_where_tls_lies_between() -> None:
    assert [step.name for step in client_steps(secured(), NOW_NS)].index("TLS handshake") == 3
    assert "TLS handshake" not in [step.name for step in client_steps(connected(), NOW_NS)]


def test_a_server_that_was_not_verified_because_none_had_to_be_is_no_doubt() -> None:
    conversation = secured(verified=False, because="the client sent no certificate")
    conversation.target = ""
    step = next(step for step in client_steps(conversation, NOW_NS) if step.name == "TLS handshake")
    assert step.progress is DONE


def test_a_retry_that_is_due_waits_no_longer() -> None:
    conversation = retrying()
    for left_ns, written in ((1, "again in 1 s"), (0, "again in 0 s"), (-5 * SECOND, "again in 0 s")):
        conversation.dialling.retry_at_ns = NOW_NS + left_ns
        assert written in detail(client_steps(conversation, NOW_NS), "connect")


def test_between_two_attempts_nothing_is_said_to_wait() -> None:
    steps = client_steps(dialled([trying(error="ECONNREFUSED")]), NOW_NS)
    assert detail(steps, "connect") == "192.0.2.7:80 · refused"
    assert lit(steps)[2] is UNDER_WAY


def test_a_failure_is_told_with_its_exact_reason() -> None:
    conversation = dialled([trying(error="EINVAL")])
    note(conversation, Call("close", 7, (), 0, "", START_NS, 1000))
    RECORDER.failed(conversation, "EINVAL", "the exact reason")
    conversation.ended_at_ns = START_NS + 2 * MS
    steps = client_steps(conversation, NOW_NS)
    assert detail(steps, "connect") == "192.0.2.7:80 · invalid: the exact reason"
    assert detail(steps, "close") == "closed, for it had failed after 2.0 ms: invalid: the exact reason"


def test_the_address_that_failed_last_is_blamed_not_the_one_that_began_last() -> None:
    early = trying("[2001:db8::1]:80", "ETIMEDOUT", fd=7)
    conversation = dialled([early, trying("192.0.2.7:80", "ECONNREFUSED", fd=8, started_ms=250)])
    RECORDER.failed(conversation, "ETIMEDOUT")
    assert detail(client_steps(conversation, NOW_NS), "connect") == "[2001:db8::1]:80 · timed out · 2 tried"


def test_datagrams_are_counted_as_such() -> None:
    conversation = udp()
    receive(conversation, b"x" * 1024)
    receive(conversation, b"")
    send(conversation, b"y")
    assert detail(client_steps(conversation, NOW_NS), "send/receive") == "→ 1 datagram, 1 B · ← 2 datagrams, 1.0 KiB"


def test_a_peer_that_there_never_was_needs_not_be_told() -> None:
    conversation = made(transport=UDP)
    RECORDER.closed(conversation)
    assert "not told" not in detail(client_steps(conversation, NOW_NS), "close")


def test_reading_that_a_person_stopped_is_said_while_it_matters() -> None:
    conversation = connected()
    conversation.reading_stopped = True
    assert detail(client_steps(conversation, NOW_NS), "send/receive").endswith(" · reading stopped")
    RECORDER.closed(conversation)
    assert "reading stopped" not in detail(client_steps(conversation, NOW_NS), "send/receive")


def test_the_words_that_people_search_for_are_on_the_rails_or_in_the_states() -> None:
    rails = [told(client_steps(make(), NOW_NS)) for make in CLIENTS]
    for word in ("peer finished", "closed by us", "closed by peer", "reset by peer", "refused"):
        assert any(word in rail for rail in rails), word
    words = {state.value for state in itertools.chain(State, ListenerState)}
    assert words >= {"listening", "connecting", "connected", "peer finished", "closed by us", "closed by peer"}
    assert "reset by peer" in words


@given(foreign, foreign, foreign, st.sampled_from(["connecting", "connected", "failed"]))
def test_the_rail_of_a_client_is_harmless_whatever_the_facts_hold(one: str, two: str, error: str, how: str) -> None:
    conversation = made()
    note(conversation, Call("getaddrinfo", -1, (one, Symbol(two)), two, "", START_NS, 1000))
    note(conversation, Call("socket", -1, (Symbol(one),), two, "", START_NS, 1000))
    RECORDER.attempts.add(conversation, Attempt(Endpoint(AF, "fe80::1", 80, one), START_NS))
    if how == "connected":
        conversation.dialling.attempts[0].won = True
        RECORDER.connected(conversation, 7, Endpoint(AF, "fe80::2", 80, two), Endpoint(1, path=one), START_NS)
    elif how == "failed":
        RECORDER.failed(conversation, error)
    for step in client_steps(conversation, NOW_NS):
        assert safe(step.detail) == step.detail


def test_steps_that_say_the_same_are_equal() -> None:
    conversation = connected()
    assert client_steps(conversation, NOW_NS) == client_steps(conversation, NOW_NS + SECOND), "nothing to draw anew"
    happen(conversation, "in", b"x")
    assert client_steps(conversation, NOW_NS) != client_steps(connected(), NOW_NS)
