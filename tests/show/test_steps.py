"""The rails: which steps are lit for every state, and that the facts that matter are beside them."""

import itertools
import socket
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.net.endpoint import Endpoint
from sockscope.net.socket_kind import UDP, UNIX, UNIXGRAM
from sockscope.net.value import Symbol, Value
from sockscope.record.conversation import Attempt, Conversation, State
from sockscope.record.credentials import Credentials
from sockscope.record.fact import Call
from sockscope.record.listener import Bound, Listener, ListenerState
from sockscope.request.answers import Answers
from sockscope.show.explain.errors import explain
from sockscope.show.sanitizer import safe
from sockscope.show.steps import CLIENT_STEPS, SERVER_STEPS, STALLED_NS, Progress, Step, client_steps, server_steps
from tests.facts import AF_INET, AF_INET6, AF_UNIX, DGRAM, RECORDER, STREAM, at, note, treat
from tests.show.made import (
    MS,
    SECOND,
    START_NS,
    certificate,
    connect,
    connected,
    dialled,
    happen,
    listener,
    made,
    receive,
    secured,
    securing,
    send,
    won,
)

AHEAD, UNDER_WAY, DONE, FAILED = Progress.AHEAD, Progress.UNDER_WAY, Progress.DONE, Progress.FAILED
SKIPPED, DOUBTFUL = Progress.SKIPPED, Progress.DOUBTFUL
NOW_NS = START_NS + 12_300 * MS


def lit(steps: list[Step]) -> list[Progress]:
    return [step.progress for step in steps]


def detail(steps: list[Step], name: str) -> str:
    return next(step.detail for step in steps if step.name == name)


def told(steps: list[Step]) -> str:
    return "\n".join(step.detail for step in steps)


def trying(address: str = "192.0.2.7:80", error: str = "", fd: int = 7, started_ms: int = 0) -> Attempt:
    """An attempt that is open, or failed 2 ms after it began."""
    started_at_ns = START_NS + started_ms * MS
    return Attempt(at(address), started_at_ns, fd, started_at_ns + 2 * MS if error else 0, error)


# A client.


def looking_up() -> Conversation:
    return made()


def not_found() -> Conversation:
    conversation = made()
    note(conversation, Call("getaddrinfo", -1, ("nosuch.example", "80"), None, "EAI_NONAME", START_NS, 5 * MS))
    RECORDER.failed(conversation, "EAI_NONAME")
    return conversation


def lookup_cancelled() -> Conversation:
    conversation = made()
    given_up = Call("getaddrinfo", -1, ("slow.example", "80"), None, "abandoned", START_NS, 5 * MS, "cancelled")
    note(conversation, given_up)
    RECORDER.closed(conversation)
    return conversation


def connecting() -> Conversation:
    return dialled([trying()])


def connecting_second() -> Conversation:
    return dialled([trying("[2001:db8::1]:80", fd=7), trying("192.0.2.7:80", fd=8, started_ms=250)])


def refused() -> Conversation:
    conversation = dialled([trying(error="ECONNREFUSED")])
    note(conversation, Call("connect", 7, (at("192.0.2.7:80"),), None, "ECONNREFUSED", START_NS, 2 * MS))
    note(conversation, Call("close", 7, (), 0, "", START_NS, 1000))
    RECORDER.failed(conversation, "ECONNREFUSED")
    return conversation


def timed_out() -> Conversation:
    conversation = dialled([trying(error="timeout"), trying("192.0.2.8:80", error="timeout", fd=8)])
    note(conversation, Call("close", 8, (), 0, "", START_NS, 1000, "gave up waiting"))
    RECORDER.failed(conversation, "timeout")
    return conversation


def cancelled() -> Conversation:
    conversation = dialled([trying(error="ECANCELED")])
    note(conversation, Call("close", 7, (), 0, "", START_NS, 1000, "cancelled"))
    RECORDER.closed(conversation)
    return conversation


def peer_finished() -> Conversation:
    conversation = connected()
    RECORDER.peer_finished(conversation)
    return conversation


def we_finished() -> Conversation:
    conversation = connected()
    RECORDER.we_finished(conversation)
    return conversation


def ended(end: Callable[[Conversation], None], before: Callable[[], Conversation] = connected) -> Conversation:
    """A conversation that ended 90 s after it began."""
    conversation = before()
    note(conversation, Call("close", 7, (), 0, "", START_NS, 1000))
    end(conversation)
    conversation.ended_at_ns = START_NS + 90 * SECOND
    return conversation


def talked() -> Conversation:
    conversation = connected()
    send(conversation, b"hello")
    RECORDER.closed(conversation)
    return conversation


def closed_by_us() -> Conversation:
    return ended(RECORDER.closed)


def closed_by_peer() -> Conversation:
    return ended(RECORDER.closed_by_peer, peer_finished)


def peer_then_us() -> Conversation:
    return ended(RECORDER.closed, peer_finished)


def closing() -> Conversation:
    """It broke, and close(2) waits: the socket lingers."""
    conversation = connected()
    RECORDER.failed(conversation, "ETIMEDOUT")
    conversation.ended_at_ns = NOW_NS - 2 * SECOND
    return conversation


def not_closed() -> Conversation:
    conversation = connected()
    note(conversation, Call("close", 7, (), None, "EIO", START_NS, 1000))
    RECORDER.closed(conversation)
    return conversation


def reset() -> Conversation:
    return ended(RECORDER.reset_by_peer)


def broken() -> Conversation:
    return ended(lambda conversation: RECORDER.failed(conversation, "EHOSTUNREACH"))


def not_verified() -> Conversation:
    return secured(verified=False, because="verification is off")


def handshake_failed() -> Conversation:
    conversation = securing()
    note(conversation, Call("close", 7, (), 0, "", START_NS, 1000))
    RECORDER.failed(conversation, "CERTIFICATE_VERIFY_FAILED", "self-signed certificate (code 18)")
    return conversation


def handshake_cancelled() -> Conversation:
    return ended(RECORDER.closed, securing)


def reset_in_handshake() -> Conversation:
    return ended(RECORDER.reset_by_peer, securing)


def udp() -> Conversation:
    return dialled([won("127.0.0.1:9")], transport=UDP)


def udp_unconnected() -> Conversation:
    conversation = udp()
    RECORDER.connected(conversation, 7, at("0.0.0.0:0"), at("127.0.0.1:9"), START_NS, State.OPEN)
    return conversation


def udp_closed() -> Conversation:
    return ended(RECORDER.closed, udp)


def unix() -> Conversation:
    conversation = dialled([won("/run/app.sock")], local="", transport=UNIX)
    conversation.credentials = Credentials(42, 0, 0, "root", "nginx")
    return conversation


def abstract() -> Conversation:
    return dialled([won("@app")], local="@00042", transport=UNIXGRAM)


def retrying() -> Conversation:
    conversation = dialled([trying(error="ECONNREFUSED", fd=fd) for fd in (7, 8, 9)])
    conversation.retry_at_ns = NOW_NS + 3500 * MS
    return conversation


def lookup_retrying() -> Conversation:
    conversation = made()
    note(conversation, Call("getaddrinfo", -1, ("nosuch.example", "80"), None, "EAI_AGAIN", START_NS, 5 * MS))
    conversation.retry_at_ns = NOW_NS + 1000 * MS
    return conversation


CLIENTS: dict[Callable[[], Conversation], tuple[list[Progress], list[str]]] = {
    looking_up: ([UNDER_WAY, AHEAD, AHEAD, AHEAD, AHEAD], ["getaddrinfo: waiting 12.3 s"]),
    not_found: ([FAILED, AHEAD, AHEAD, AHEAD, SKIPPED], ["not found", "not called: there is no socket"]),
    lookup_cancelled: ([FAILED, AHEAD, AHEAD, AHEAD, SKIPPED], ["abandoned", "not called"]),
    connecting: (
        [DONE, DONE, UNDER_WAY, AHEAD, AHEAD],
        ["2 rows", "12 ms", "fd 7", "AF_INET, SOCK_STREAM", "192.0.2.7:80", "waiting 12.3 s"],
    ),
    connecting_second: ([DONE, DONE, UNDER_WAY, AHEAD, AHEAD], ["192.0.2.7:80 · waiting 12.0 s · 2 tried"]),
    refused: ([DONE, DONE, FAILED, AHEAD, DONE], ["192.0.2.7:80 · refused", ", for it had failed: refused"]),
    timed_out: ([DONE, DONE, FAILED, AHEAD, DONE], ["192.0.2.8:80 · timed out", "2 tried"]),
    cancelled: ([DONE, DONE, FAILED, AHEAD, DONE], ["192.0.2.7:80 · cancelled", "cancelled after"]),
    connected: (
        [DONE, DONE, DONE, UNDER_WAY, AHEAD],
        ["fd 7", "192.0.2.7:80", "3.0 ms", "from 192.0.2.1:54321", "→ 0 B in 0 · ← 0 B in 0"],
    ),
    peer_finished: ([DONE, DONE, DONE, UNDER_WAY, UNDER_WAY], ["peer finished: one direction is still open"]),
    we_finished: ([DONE, DONE, DONE, UNDER_WAY, UNDER_WAY], ["we finished: one direction is still open"]),
    talked: ([DONE, DONE, DONE, DONE, DONE], ["→ 5 B in 1", "closed by us"]),
    closed_by_us: ([DONE, DONE, DONE, SKIPPED, DONE], ["closed by us after 90.0 s"]),
    closed_by_peer: ([DONE, DONE, DONE, SKIPPED, DONE], ["closed by peer after 90.0 s"]),
    peer_then_us: ([DONE, DONE, DONE, SKIPPED, DONE], ["the peer finished first, then we closed after 90.0 s"]),
    reset: ([DONE, DONE, DONE, FAILED, DONE], ["reset by peer · → 0 B in 0", "reset by peer after 90.0 s"]),
    broken: ([DONE, DONE, DONE, FAILED, DONE], ["unreachable · → 0 B in 0", ", for it had failed: unreachable"]),
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
            "127.0.0.1:9 · nothing is sent, it only fixes the peer · 3.0 ms · from 127.0.0.1:40000",
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
    RECORDER.attempted(conversation, trying())
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
        RECORDER.attempted(conversation, attempt)
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
    RECORDER.attempted(conversation, Attempt(at("192.0.2.7:80"), START_NS, -1, START_NS + MS, "EMFILE"))
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
    conversation.queued_bytes, conversation.blocked_at_ns = 2 * 1024 * 1024, START_NS
    exchange = detail(client_steps(conversation, START_NS + blocked_ns), "send/receive")
    assert "2.0 MiB queued" in exchange
    assert ("stalled" in exchange) == bool(stalled)
    assert stalled in exchange


@pytest.mark.parametrize("make", [closed_by_us, reset, broken])
def test_what_was_never_sent_is_said(make: Callable[[], Conversation]) -> None:
    conversation = make()
    conversation.unsent_bytes = 1536
    exchange = detail(client_steps(conversation, NOW_NS), "send/receive")
    assert "1.5 KiB never sent" in exchange
    assert "queued" not in exchange
    assert "stalled" not in exchange


def test_a_queue_becomes_never_sent_at_the_end() -> None:
    conversation = connected()
    conversation.queued_bytes, conversation.blocked_at_ns = 100, START_NS
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
        conversation.retry_at_ns = NOW_NS + left_ns
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
    assert detail(steps, "close") == "closed after 2.0 ms, for it had failed: invalid: the exact reason"


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


# A server.


def opening_calls(fd: int = 5, asked: str = "127.0.0.1:0", got: str = "127.0.0.1:40123") -> list[Call]:
    return [
        Call("socket", -1, (AF_INET, STREAM), fd, "", START_NS, 30_000),
        Call("setsockopt", fd, (Symbol("SO_REUSEADDR"), 1), 0, "", START_NS, 1000),
        Call("bind", fd, (at(asked),), 0, "", START_NS, 9000),
        Call("getsockname", fd, (), at(got), "", START_NS, 1000),
        Call("listen", fd, (4096,), 0, "", START_NS, 2000),
    ]


def bound_by(fd: int = 5, address: str = "127.0.0.1:40123") -> Bound:
    return Bound(fd, at(address), 4096, tuple(opening_calls(fd, address, address)))


BOUND = bound_by()


def failing(name: str, fd: int, *arguments: Value, error: str, before: int = 0) -> Listener:
    """A listener that failed at one call, after so many of the usual ones."""
    calls = opening_calls()[:before]
    made = listener(*calls, Call(name, fd, arguments, None, error, START_NS, 4000))
    note(made, Call("close", 5, (), 0, "", START_NS, 1000))
    RECORDER.ended(made, ListenerState.FAILED, error)
    return made


def opening() -> Listener:
    return listener()


def waiting() -> Listener:
    return listener(*opening_calls(), bound=(BOUND,))


def accepted(clients: int = 1) -> Listener:
    made = waiting()
    for number in range(clients):
        accept(made, number)
    return made


def accept(on: Listener, number: int = 0) -> Conversation:
    client = Conversation(100 + number, "", connected().tape, connected().flow)
    call = Call("accept", 5, (), (9 + number, at(f"127.0.0.1:5{number:04}")), "", START_NS, 1000)
    note(on, call)
    RECORDER.connected(client, 9 + number, at("127.0.0.1:40123"), at(f"127.0.0.1:5{number:04}"), START_NS)
    RECORDER.arrived(on, client)
    return client


def paused() -> Listener:
    made = accepted()
    note(made, Call("accept", 5, (), None, "EMFILE", START_NS, 1000))
    made.state, made.error = ListenerState.PAUSED, "EMFILE"
    return made


def paused_before_the_first() -> Listener:
    made = waiting()
    note(made, Call("accept", 5, (), None, "EMFILE", START_NS, 1000))
    made.state, made.error = ListenerState.PAUSED, "EMFILE"
    return made


def stopped() -> Listener:
    made = accepted()
    RECORDER.ended(made, ListenerState.STOPPED)
    return made


def in_use() -> Listener:
    return failing("bind", 5, at("127.0.0.1:80"), error="EADDRINUSE", before=2)


def not_allowed() -> Listener:
    return failing("bind", 5, at("127.0.0.1:0"), error="EACCES", before=2)


def no_socket() -> Listener:
    return failing("socket", -1, AF_INET6, STREAM, error="EMFILE")


def no_listen() -> Listener:
    return failing("listen", 5, 4096, error="EOPNOTSUPP", before=4)


def no_such_name() -> Listener:
    return failing("getaddrinfo", -1, "nosuch.example", "80", error="EAI_NONAME")


def udp_waiting() -> Listener:
    calls = opening_calls()
    return listener(calls[0], *calls[2:4], bound=(replace(BOUND, backlog=0),), transport=UDP)


def udp_met() -> Listener:
    made = udp_waiting()
    accept(made)
    return made


def udp_stopped() -> Listener:
    made = udp_met()
    RECORDER.ended(made, ListenerState.STOPPED)
    return made


def udp_stopped_early() -> Listener:
    made = udp_waiting()
    RECORDER.ended(made, ListenerState.STOPPED)
    return made


def udp_off() -> Listener:
    made = udp_met()
    treat(made, accepting=False)
    return made


def accepting_off() -> Listener:
    made = accepted(2)
    treat(made, accepting=False)
    made.queues = ((3, 4096),)
    return made


def accepting_off_from_the_start() -> Listener:
    made = waiting()
    treat(made, accepting=False)
    return made


def one_at_a_time() -> Listener:
    made = accepted(2)
    treat(made, one_at_a_time=True)
    client = made.clients[101]
    RECORDER.closed(client)
    RECORDER.left(made, client)
    return made


def left_behind() -> Listener:
    """A path that somebody left behind: its holder was looked for with a socket of another kind."""
    made = listener(
        Call("socket", -1, (AF_UNIX, STREAM), 5, "", START_NS, 30_000),
        Call("bind", 5, (at("/run/app.sock"),), None, "EADDRINUSE", START_NS, 9000),
        transport=UNIX,
    )
    RECORDER.note(made, Call("socket", -1, (AF_UNIX, DGRAM), 6, "", START_NS, 30_000))
    RECORDER.note(made, Call("connect", 6, (at("/run/app.sock"),), None, "ECONNREFUSED", START_NS, 30_000))
    RECORDER.ended(made, ListenerState.FAILED, "EADDRINUSE", "was left behind")
    return made


def no_such_group() -> Listener:
    """A multicast group that could not be joined: socket and bind went well."""
    calls = opening_calls()
    made = listener(calls[0], *calls[2:4], transport=UDP)
    note(made, Call("setsockopt", 5, (Symbol("IP_ADD_MEMBERSHIP"),), None, "ENODEV", START_NS, 1000))
    RECORDER.ended(made, ListenerState.FAILED, "ENODEV", "there is no such interface")
    return made


SERVERS: dict[Callable[[], Listener], tuple[list[Progress], list[str]]] = {
    opening: ([AHEAD] * 6, []),
    waiting: (
        [DONE, DONE, DONE, UNDER_WAY, AHEAD, AHEAD],
        ["fd 5 · 30 µs", "127.0.0.1:40123 · 9 µs", "backlog 4096 · 2 µs", "waiting 12.3 s"],
    ),
    accepted: (
        [DONE, DONE, DONE, DONE, UNDER_WAY, UNDER_WAY],
        ["a new socket: fd 9 for 127.0.0.1:50000", "waiting 12.3 s · 1 client so far", "→ 0 B in 0 · ← 0 B in 0 · –"],
    ),
    paused: (
        [DONE, DONE, DONE, DONE, UNDER_WAY, UNDER_WAY],
        ["a new socket: fd 9 for 127.0.0.1:50000", "paused: out of descriptors", "1 client so far"],
    ),
    paused_before_the_first: ([DONE, DONE, DONE, UNDER_WAY, AHEAD, AHEAD], ["paused: out of descriptors"]),
    stopped: ([DONE, DONE, DONE, DONE, DONE, DONE], ["stopped · 1 client so far"]),
    in_use: ([DONE, FAILED, AHEAD, AHEAD, AHEAD, AHEAD], ["fd 5", "127.0.0.1:80 · address in use"]),
    not_allowed: ([DONE, FAILED, AHEAD, AHEAD, AHEAD, AHEAD], ["127.0.0.1:0 · permission denied"]),
    no_socket: ([FAILED, AHEAD, AHEAD, AHEAD, AHEAD, AHEAD], ["out of descriptors"]),
    no_listen: (
        [DONE, DONE, FAILED, AHEAD, AHEAD, AHEAD],
        ["fd 5", "127.0.0.1:40123 · 9 µs", explain("EOPNOTSUPP").word],
    ),
    no_such_name: ([AHEAD, FAILED, AHEAD, AHEAD, AHEAD, AHEAD], ["not found"]),
    udp_waiting: (
        [DONE, DONE, SKIPPED, SKIPPED, UNDER_WAY, SKIPPED],
        [
            "127.0.0.1:40123 · 9 µs",
            "not needed: datagrams need no connection",
            "not called: recvfrom tells who sent",
            "waiting 12.3 s",
            "not called: one socket for all · 0 peers so far",
        ],
    ),
    udp_met: (
        [DONE, DONE, SKIPPED, SKIPPED, UNDER_WAY, SKIPPED],
        ["→ 0 datagrams, 0 B · ← 0 datagrams, 0 B · –", "1 peer so far"],
    ),
    udp_stopped: ([DONE, DONE, SKIPPED, SKIPPED, DONE, SKIPPED], ["→ 0 datagrams", "1 peer so far"]),
    udp_stopped_early: ([DONE, DONE, SKIPPED, SKIPPED, AHEAD, SKIPPED], ["0 peers so far"]),
    udp_off: (
        [DONE, DONE, SKIPPED, SKIPPED, UNDER_WAY, SKIPPED],
        ["switched off: datagrams wait in the kernel's buffer · → 0 datagrams"],
    ),
    accepting_off: (
        [DONE, DONE, DONE, DONE, UNDER_WAY, UNDER_WAY],
        ["backlog 4096 · queue 3 of 4096 · 2 µs", "switched off: clients wait in the queue · 2 clients so far"],
    ),
    accepting_off_from_the_start: (
        [DONE, DONE, DONE, UNDER_WAY, AHEAD, AHEAD],
        ["switched off: clients wait in the queue"],
    ),
    one_at_a_time: (
        [DONE, DONE, DONE, DONE, UNDER_WAY, UNDER_WAY],
        ["one at a time: serving 127.0.0.1:50000, others wait in the queue · 2 clients so far"],
    ),
    left_behind: (
        [DONE, FAILED, AHEAD, AHEAD, AHEAD, AHEAD],
        ["fd 5 · 30 µs", "/run/app.sock · path in use · was left behind"],
    ),
    no_such_group: ([DONE, FAILED, AHEAD, AHEAD, AHEAD, AHEAD], [": there is no such interface"]),
}


@pytest.mark.parametrize("make", SERVERS, ids=lambda make: make.__name__)
def test_steps_of_a_server_are_lit(make: Callable[[], Listener]) -> None:
    progress, facts = SERVERS[make]
    steps = server_steps(make(), NOW_NS)
    assert tuple(step.name for step in steps) == SERVER_STEPS
    assert lit(steps) == progress
    assert [fact for fact in facts if fact not in told(steps)] == [], told(steps)
    assert all(step.detail == "" for step in steps if step.progress is AHEAD)
    assert all(step.detail for step in steps if step.progress is not AHEAD)


def test_every_state_of_a_listener_is_among_these() -> None:
    assert {make().state for make in SERVERS} == set(ListenerState)


def test_without_a_listener_every_step_is_ahead() -> None:
    assert server_steps(None, NOW_NS) == [Step(name, AHEAD) for name in SERVER_STEPS]


def test_nobody_was_accepted_by_a_listener_that_stopped_before() -> None:
    listener = waiting()
    RECORDER.ended(listener, ListenerState.STOPPED)
    step = server_steps(listener, NOW_NS)[3]
    assert step.progress is not DONE, "accept never returned"
    assert "waiting" not in step.detail


def test_a_listener_that_failed_while_accepting_shows_where() -> None:
    listener = accepted()
    note(listener, Call("accept", 5, (), None, "EINVAL", START_NS, 1000))
    RECORDER.ended(listener, ListenerState.FAILED, "EINVAL")
    steps = server_steps(listener, NOW_NS)
    assert lit(steps)[:3] == [DONE, DONE, DONE]
    assert FAILED in lit(steps)[3:]
    assert "invalid" in told(steps)


def test_port_zero_shows_the_real_port() -> None:
    assert "127.0.0.1:40123" in detail(server_steps(waiting(), NOW_NS), "bind")


def test_both_families_are_shown() -> None:
    calls = [*opening_calls(), *opening_calls(6, "[::1]:40123", "[::1]:40123")]
    steps = server_steps(listener(*calls, bound=(BOUND, bound_by(6, "[::1]:40123"))), NOW_NS)
    assert detail(steps, "socket").startswith("fd 5 and fd 6 · 60 µs")
    assert detail(steps, "bind").startswith("127.0.0.1:40123 and [::1]:40123 · 18 µs")


def test_a_port_that_was_given_back_is_not_shown() -> None:
    in_vain = Call("bind", 6, (at("[::1]:40000"),), None, "EADDRINUSE", START_NS, 4000)
    slow = [replace(call, took_ns=SECOND) for call in opening_calls(5, got="127.0.0.1:40000")]
    first = [*slow, opening_calls(6)[0], in_vain]
    second = [*opening_calls(5), *opening_calls(6, "[::1]:40123", "[::1]:40123")]
    steps = server_steps(listener(*first, *second, bound=(BOUND, bound_by(6, "[::1]:40123"))), NOW_NS)
    assert lit(steps)[:3] == [DONE, DONE, DONE]
    assert "40000" not in told(steps), "this port is not ours any more"
    assert detail(steps, "socket") == "fd 5 and fd 6 · 60 µs"
    assert detail(steps, "bind") == "127.0.0.1:40123 and [::1]:40123 · 18 µs"
    assert detail(steps, "listen") == "backlog 4096 · 4 µs"


def test_a_family_that_this_system_lacks_is_passed_over() -> None:
    in_vain = Call("bind", 6, (at("[::1]:40123"),), None, "EADDRNOTAVAIL", START_NS, 4000)
    steps = server_steps(listener(*opening_calls(), opening_calls(6)[0], in_vain, bound=(BOUND,)), NOW_NS)
    assert lit(steps) == [DONE, DONE, DONE, UNDER_WAY, AHEAD, AHEAD]
    assert "[::1]" not in told(steps)
    assert "fd 6" not in told(steps), "it was closed again"


@pytest.mark.parametrize("waited_ns", [0, 400 * MS, 12_300 * MS])
def test_accept_says_how_long_it_waits(waited_ns: int) -> None:
    written = {0: "0.0 s", 400 * MS: "0.4 s", 12_300 * MS: "12.3 s"}[waited_ns]
    assert detail(server_steps(waiting(), START_NS + waited_ns), "accept") == f"waiting {written}"
    assert f"waiting {written} · " in detail(server_steps(accepted(), START_NS + waited_ns), "accept again")


def test_the_latest_client_and_their_number_are_shown() -> None:
    steps = server_steps(accepted(12), NOW_NS)
    assert "fd 20 for 127.0.0.1:50011" in detail(steps, "accept")
    assert "12 clients so far" in detail(steps, "accept again")


def test_what_flows_to_all_clients_is_shown_with_its_rate() -> None:
    listener = accepted()
    listener.flow.received(2048, START_NS)
    listener.flow.sent(10, START_NS)
    listener.flow.rate_in, listener.flow.rate_out = 1024.0, 512.0
    assert detail(server_steps(listener, NOW_NS), "send/receive") == "→ 10 B in 1 · ← 2.0 KiB in 1 · 1.5 KiB/s"


def test_the_queue_is_what_the_kernel_says_of_each_socket() -> None:
    listener = waiting()
    listener.queues = ((3, 4096), (1200, 128))
    assert detail(server_steps(listener, NOW_NS), "listen") == "backlog 4096 · queue 3 of 4096 and 1200 of 128 · 2 µs"
    RECORDER.ended(listener, ListenerState.STOPPED)
    assert "queue" not in detail(server_steps(listener, NOW_NS), "listen")


def test_a_certificate_is_known_by_the_start_of_its_fingerprint() -> None:
    listener = waiting()
    listener.certificate = certificate()
    assert " · certificate A0:A1:A2:A3… · " in detail(server_steps(listener, NOW_NS), "listen")


def test_one_at_a_time_waits_where_nobody_is_there() -> None:
    listener = one_at_a_time()
    client = listener.clients[100]
    RECORDER.closed(client)
    RECORDER.left(listener, client)
    assert "waiting 12.3 s" in detail(server_steps(listener, NOW_NS), "accept again")


@pytest.mark.parametrize("make", [udp_waiting, udp_met, udp_off])
def test_lost_datagrams_are_said(make: Callable[[], Listener]) -> None:
    listener = make()
    assert "lost" not in told(server_steps(listener, NOW_NS))
    listener.lost_datagrams = 1200
    lost = " · 1,200 lost: the kernel's buffer was full"
    assert detail(server_steps(listener, NOW_NS), "send/receive").endswith(lost)


@pytest.mark.parametrize("make", [accepted, udp_met])
def test_what_becomes_of_what_clients_send_is_said(make: Callable[[], Listener]) -> None:
    listener = make()
    assert detail(server_steps(listener, NOW_NS), "send/receive").endswith(" · –")
    treat(listener, answers=Answers("echo"))
    assert detail(server_steps(listener, NOW_NS), "send/receive").endswith(" · echo answers")
    RECORDER.answers_no_more(listener, "it took too long")
    assert detail(server_steps(listener, NOW_NS), "send/receive").endswith(" · echo answers no more: it took too long")
    treat(listener, relay="unix:/run/app.sock")
    assert detail(server_steps(listener, NOW_NS), "send/receive").endswith(" · passed on to unix:/run/app.sock")


# Both.


def test_the_words_that_people_search_for_are_on_the_rails_or_in_the_states() -> None:
    rails = [told(client_steps(make(), NOW_NS)) for make in CLIENTS]
    for word in ("peer finished", "closed by us", "closed by peer", "reset by peer", "refused"):
        assert any(word in rail for rail in rails), word
    words = {state.value for state in itertools.chain(State, ListenerState)}
    assert words >= {"listening", "connecting", "connected", "peer finished", "closed by us", "closed by peer"}
    assert "reset by peer" in words


foreign = st.text(st.characters(), min_size=1, max_size=8)
AF = int(socket.AF_INET6)


@given(foreign, foreign, foreign, st.sampled_from(["connecting", "connected", "failed"]))
def test_the_rail_of_a_client_is_harmless_whatever_the_facts_hold(one: str, two: str, error: str, how: str) -> None:
    conversation = made()
    note(conversation, Call("getaddrinfo", -1, (one, Symbol(two)), two, "", START_NS, 1000))
    note(conversation, Call("socket", -1, (Symbol(one),), two, "", START_NS, 1000))
    RECORDER.attempted(conversation, Attempt(Endpoint(AF, "fe80::1", 80, one), START_NS))
    if how == "connected":
        conversation.attempts[0].won = True
        RECORDER.connected(conversation, 7, Endpoint(AF, "fe80::2", 80, two), Endpoint(1, path=one), START_NS)
    elif how == "failed":
        RECORDER.failed(conversation, error)
    for step in client_steps(conversation, NOW_NS):
        assert safe(step.detail) == step.detail


@given(foreign, foreign, foreign)
def test_the_rail_of_a_server_is_harmless_whatever_the_facts_hold(one: str, two: str, error: str) -> None:
    listener = accepted()
    for name in ("socket", "bind", "listen", "accept", "getsockname"):
        note(listener, Call(name, 5, (Endpoint(AF, "fe80::1", 80, one),), (9, Symbol(two)), "", START_NS, 1000))
    good = server_steps(listener, NOW_NS)
    note(listener, Call("bind", 5, (Endpoint(AF, "fe80::1", 80, one),), None, error, START_NS, 1000))
    RECORDER.ended(listener, ListenerState.FAILED, error)
    for step in [*good, *server_steps(listener, NOW_NS)]:
        assert safe(step.detail) == step.detail


def test_steps_that_say_the_same_are_equal() -> None:
    conversation = connected()
    assert client_steps(conversation, NOW_NS) == client_steps(conversation, NOW_NS + SECOND), "nothing to draw anew"
    happen(conversation, "in", b"x")
    assert client_steps(conversation, NOW_NS) != client_steps(connected(), NOW_NS)
