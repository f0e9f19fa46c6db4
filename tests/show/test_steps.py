"""The rails: which steps are lit for every state, and that the facts that matter are beside them."""

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.net.conversation import Attempt, Conversation, State
from sockscope.net.fact import Call
from sockscope.net.listener import Bound, Listener, ListenerState
from sockscope.show.safe import safe
from sockscope.show.steps import CLIENT_STEPS, SERVER_STEPS, STALLED_NS, Progress, Step, client_steps, server_steps
from tests.show.made import MS, SECOND, START_NS, connected, dialled, happen, listener, made, receive, send

AHEAD, UNDER_WAY, DONE, FAILED = Progress.AHEAD, Progress.UNDER_WAY, Progress.DONE, Progress.FAILED
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
    return Attempt(address, started_at_ns, fd, started_at_ns + 2 * MS if error else 0, error)


# A client.


def looking_up() -> Conversation:
    return made()


def not_found() -> Conversation:
    conversation = made()
    conversation.note(Call("getaddrinfo", '"nosuch.example", "80"', "", "EAI_NONAME", START_NS, 5 * MS))
    conversation.failed("EAI_NONAME")
    return conversation


def lookup_cancelled() -> Conversation:
    conversation = made()
    conversation.note(Call("getaddrinfo", '"slow.example", "80"', "", "abandoned", START_NS, 5 * MS, "cancelled"))
    conversation.closed()
    return conversation


def connecting() -> Conversation:
    return dialled([trying()])


def connecting_second() -> Conversation:
    return dialled([trying("[2001:db8::1]:80", fd=7), trying("192.0.2.7:80", fd=8, started_ms=250)])


def refused() -> Conversation:
    conversation = dialled([trying(error="ECONNREFUSED")])
    conversation.failed("ECONNREFUSED")
    return conversation


def timed_out() -> Conversation:
    conversation = dialled([trying(error="timeout"), trying("192.0.2.8:80", error="timeout", fd=8)])
    conversation.failed("timeout")
    return conversation


def cancelled() -> Conversation:
    conversation = dialled([trying(error="ECANCELED")])
    conversation.closed()
    return conversation


def peer_finished() -> Conversation:
    conversation = connected()
    conversation.peer_finished()
    return conversation


def we_finished() -> Conversation:
    conversation = connected()
    conversation.we_finished()
    return conversation


def ended(end: Callable[[Conversation], None], before: Callable[[], Conversation] = connected) -> Conversation:
    """A conversation that ended 90 s after it began."""
    conversation = before()
    end(conversation)
    conversation.ended_at_ns = START_NS + 90 * SECOND
    return conversation


def closed_by_us() -> Conversation:
    return ended(Conversation.closed)


def closed_by_peer() -> Conversation:
    return ended(Conversation.closed, peer_finished)


def reset() -> Conversation:
    return ended(Conversation.reset_by_peer)


def broken() -> Conversation:
    return ended(lambda conversation: conversation.failed("EHOSTUNREACH"))


CLIENTS: dict[Callable[[], Conversation], tuple[list[Progress], list[str]]] = {
    looking_up: ([UNDER_WAY, AHEAD, AHEAD, AHEAD, AHEAD], ["getaddrinfo: waiting 12.3 s"]),
    not_found: ([FAILED, AHEAD, AHEAD, AHEAD, FAILED], ["not found"]),
    lookup_cancelled: ([FAILED, AHEAD, AHEAD, AHEAD, DONE], ["abandoned", "closed by us"]),
    connecting: (
        [DONE, DONE, UNDER_WAY, AHEAD, AHEAD],
        ["2 rows", "12 ms", "fd 7", "AF_INET, SOCK_STREAM", "192.0.2.7:80", "waiting 12.3 s"],
    ),
    connecting_second: ([DONE, DONE, UNDER_WAY, AHEAD, AHEAD], ["192.0.2.7:80 · waiting 12.0 s · 2 tried"]),
    refused: ([DONE, DONE, FAILED, AHEAD, FAILED], ["192.0.2.7:80 · refused", "failed: refused"]),
    timed_out: ([DONE, DONE, FAILED, AHEAD, FAILED], ["192.0.2.8:80 · timed out", "2 tried"]),
    cancelled: ([DONE, DONE, FAILED, AHEAD, DONE], ["192.0.2.7:80 · cancelled", "closed by us"]),
    connected: (
        [DONE, DONE, DONE, UNDER_WAY, AHEAD],
        ["fd 7", "192.0.2.7:80", "3.0 ms", "from 192.0.2.1:54321", "→ 0 B in 0 · ← 0 B in 0"],
    ),
    peer_finished: ([DONE, DONE, DONE, UNDER_WAY, UNDER_WAY], ["peer finished: one direction is still open"]),
    we_finished: ([DONE, DONE, DONE, UNDER_WAY, UNDER_WAY], ["we finished: one direction is still open"]),
    closed_by_us: ([DONE, DONE, DONE, DONE, DONE], ["closed by us after 90.0 s"]),
    closed_by_peer: ([DONE, DONE, DONE, DONE, DONE], ["closed by peer after 90.0 s"]),
    reset: ([DONE, DONE, DONE, DONE, FAILED], ["reset by peer after 90.0 s"]),
    broken: ([DONE, DONE, DONE, DONE, FAILED], ["failed: unreachable"]),
}


@pytest.mark.parametrize("conversation", CLIENTS, ids=lambda make: make.__name__)
def test_steps_of_a_client_are_lit(conversation: Callable[[], Conversation]) -> None:
    progress, facts = CLIENTS[conversation]
    steps = client_steps(conversation(), NOW_NS)
    assert tuple(step.name for step in steps) == CLIENT_STEPS
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
    conversation.attempts.append(trying())
    conversation.note(Call("socket", "AF_INET, SOCK_STREAM", "7", "", START_NS, 40_000))
    steps = client_steps(conversation, NOW_NS)
    assert steps[0].progress is DONE
    assert "not needed" in steps[0].detail


def two_families(winner: str, *, second_error: str = "") -> Conversation:
    """IPv6 was tried on fd 7, 250 ms later IPv4 on fd 8; one of them won."""
    conversation = made()
    conversation.note(Call("socket", "AF_INET6, SOCK_STREAM", "7", "", START_NS, 40_000))
    result = "" if second_error else "8"
    conversation.note(Call("socket", "AF_INET, SOCK_STREAM", result, second_error, START_NS + 250 * MS, 90_000))
    for address, fd, started_ms in (("[2001:db8::1]:80", 7, 0), ("192.0.2.7:80", 8, 250)):
        attempt = trying(address, "" if address == winner else "ECANCELED", fd, started_ms)
        conversation.attempts.append(attempt)
        if address == winner:
            attempt.won, attempt.ended_at_ns = True, attempt.started_at_ns + 300 * MS
            conversation.connected(fd, "local:1", address, attempt.ended_at_ns)
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
    conversation.attempts.append(Attempt("192.0.2.7:80", START_NS, -1, START_NS + MS, "EMFILE"))
    conversation.note(Call("socket", "AF_INET, SOCK_STREAM", "", "EMFILE", START_NS, 1000))
    conversation.failed("EMFILE")
    steps = client_steps(conversation, NOW_NS)
    assert lit(steps) == [DONE, FAILED, FAILED, AHEAD, FAILED]
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
    conversation.reset_by_peer()
    exchange = detail(client_steps(conversation, NOW_NS), "send/receive")
    assert "100 B never sent" in exchange
    assert "queued" not in exchange
    assert "stalled" not in exchange


# A server.

BOUND = Bound(5, "127.0.0.1:40123", 4096)


def opening_calls(fd: int = 5, asked: str = "127.0.0.1:0", got: str = "127.0.0.1:40123") -> list[Call]:
    return [
        Call("socket", "AF_INET, SOCK_STREAM", str(fd), "", START_NS, 30_000),
        Call("setsockopt", f"{fd}, SO_REUSEADDR, 1", "0", "", START_NS, 1000),
        Call("bind", f"{fd}, {asked}", "0", "", START_NS, 9000),
        Call("getsockname", str(fd), got, "", START_NS, 1000),
        Call("listen", f"{fd}, 4096", "0", "", START_NS, 2000),
    ]


def failing(name: str, arguments: str, error: str, before: int = 0) -> Listener:
    """A listener that failed at one call, after so many of the usual ones."""
    calls = opening_calls()[:before]
    made = listener(*calls, Call(name, arguments, "", error, START_NS, 4000))
    made.note(Call("close", "5", "0", "", START_NS, 1000))
    made.ended(ListenerState.FAILED, error)
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
    call = Call("accept", "5", f"{9 + number}, 127.0.0.1:5{number:04}", "", START_NS, 1000)
    on.note(call)
    client.connected(9 + number, "127.0.0.1:40123", f"127.0.0.1:5{number:04}", START_NS)
    on.arrived(client)
    return client


def paused() -> Listener:
    made = accepted()
    made.note(Call("accept", "5", "", "EMFILE", START_NS, 1000))
    made.state, made.error = ListenerState.PAUSED, "EMFILE"
    return made


def paused_before_the_first() -> Listener:
    made = waiting()
    made.note(Call("accept", "5", "", "EMFILE", START_NS, 1000))
    made.state, made.error = ListenerState.PAUSED, "EMFILE"
    return made


def stopped() -> Listener:
    made = accepted()
    made.ended(ListenerState.STOPPED)
    return made


def in_use() -> Listener:
    return failing("bind", "5, 127.0.0.1:80", "EADDRINUSE", before=2)


def not_allowed() -> Listener:
    return failing("bind", "5, 127.0.0.1:0", "EACCES", before=2)


def no_socket() -> Listener:
    return failing("socket", "AF_INET6, SOCK_STREAM", "EMFILE")


def no_listen() -> Listener:
    return failing("listen", "5, 4096", "EOPNOTSUPP", before=4)


def no_such_name() -> Listener:
    return failing("getaddrinfo", '"nosuch.example", "80"', "EAI_NONAME")


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
    no_listen: ([DONE, DONE, FAILED, AHEAD, AHEAD, AHEAD], ["fd 5", "127.0.0.1:40123 · 9 µs", "EOPNOTSUPP"]),
    no_such_name: ([AHEAD, FAILED, AHEAD, AHEAD, AHEAD, AHEAD], ["not found"]),
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
    listener.ended(ListenerState.STOPPED)
    step = server_steps(listener, NOW_NS)[3]
    assert step.progress is not DONE, "accept never returned"
    assert "waiting" not in step.detail


def test_a_listener_that_failed_while_accepting_shows_where() -> None:
    listener = accepted()
    listener.note(Call("accept", "5", "", "EINVAL", START_NS, 1000))
    listener.ended(ListenerState.FAILED, "EINVAL")
    steps = server_steps(listener, NOW_NS)
    assert lit(steps)[:3] == [DONE, DONE, DONE]
    assert FAILED in lit(steps)[3:]
    assert "invalid" in told(steps)


def test_port_zero_shows_the_real_port() -> None:
    assert "127.0.0.1:40123" in detail(server_steps(waiting(), NOW_NS), "bind")


def test_both_families_are_shown() -> None:
    calls = [*opening_calls(), *opening_calls(6, "[::1]:40123", "[::1]:40123")]
    steps = server_steps(listener(*calls, bound=(BOUND, Bound(6, "[::1]:40123", 4096))), NOW_NS)
    assert detail(steps, "socket").startswith("fd 5 and fd 6 · 60 µs")
    assert detail(steps, "bind").startswith("127.0.0.1:40123 and [::1]:40123 · 18 µs")


def test_a_port_that_was_given_back_is_not_shown() -> None:
    in_vain = Call("bind", "6, [::1]:40000", "", "EADDRINUSE", START_NS, 4000)
    slow = [replace(call, took_ns=SECOND) for call in opening_calls(5, got="127.0.0.1:40000")]
    first = [*slow, opening_calls(6)[0], in_vain]
    second = [*opening_calls(5), *opening_calls(6, "[::1]:40123", "[::1]:40123")]
    steps = server_steps(listener(*first, *second, bound=(BOUND, Bound(6, "[::1]:40123", 4096))), NOW_NS)
    assert lit(steps)[:3] == [DONE, DONE, DONE]
    assert "40000" not in told(steps), "this port is not ours any more"
    assert detail(steps, "socket") == "fd 5 and fd 6 · 60 µs"
    assert detail(steps, "bind") == "127.0.0.1:40123 and [::1]:40123 · 18 µs"
    assert detail(steps, "listen") == "backlog 4096 · 4 µs"


def test_a_family_that_this_system_lacks_is_passed_over() -> None:
    in_vain = Call("bind", "6, [::1]:40123", "", "EADDRNOTAVAIL", START_NS, 4000)
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


# Both.


def test_the_words_that_people_search_for_are_on_the_rails_or_in_the_states() -> None:
    rails = [told(client_steps(make(), NOW_NS)) for make in CLIENTS]
    for word in ("peer finished", "closed by us", "closed by peer", "reset by peer", "refused"):
        assert any(word in rail for rail in rails), word
    words = {state.value for state in itertools.chain(State, ListenerState)}
    assert words >= {"listening", "connecting", "connected", "peer finished", "closed by us", "closed by peer"}
    assert "reset by peer" in words


foreign = st.text(st.characters(), min_size=1, max_size=8)


@given(foreign, foreign, foreign, st.sampled_from(["connecting", "connected", "failed"]))
def test_the_rail_of_a_client_is_harmless_whatever_the_facts_hold(one: str, two: str, error: str, how: str) -> None:
    conversation = made()
    conversation.note(Call("getaddrinfo", one, two, "", START_NS, 1000))
    conversation.note(Call("socket", one, two, "", START_NS, 1000))
    conversation.attempts.append(Attempt(f"fe80::1%{one}", START_NS))
    if how == "connected":
        conversation.attempts[0].won = True
        conversation.connected(7, f"fe80::2%{two}", one, START_NS)
    elif how == "failed":
        conversation.failed(error)
    for step in client_steps(conversation, NOW_NS):
        assert safe(step.detail) == step.detail


@given(foreign, foreign, foreign)
def test_the_rail_of_a_server_is_harmless_whatever_the_facts_hold(one: str, two: str, error: str) -> None:
    listener = accepted()
    for name in ("socket", "bind", "listen", "accept", "getsockname"):
        listener.note(Call(name, f"5, [fe80::1%{one}]:80", two, "", START_NS, 1000))
    good = server_steps(listener, NOW_NS)
    listener.note(Call("bind", f"5, [fe80::1%{one}]:80", "", error, START_NS, 1000))
    listener.ended(ListenerState.FAILED, error)
    for step in [*good, *server_steps(listener, NOW_NS)]:
        assert safe(step.detail) == step.detail


def test_steps_that_say_the_same_are_equal() -> None:
    conversation = connected()
    assert client_steps(conversation, NOW_NS) == client_steps(conversation, NOW_NS + SECOND), "nothing to draw anew"
    happen(conversation, "in", b"x")
    assert client_steps(conversation, NOW_NS) != client_steps(connected(), NOW_NS)
