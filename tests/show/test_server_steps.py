"""The rail of a server: which steps are lit for every state, and that the facts that matter are beside them."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given

from sockscope.net.address import Address
from sockscope.net.endpoint import Endpoint
from sockscope.net.socket_kind import UDP, UNIX
from sockscope.net.value import Symbol, Value
from sockscope.record.conversation import Conversation
from sockscope.record.fact import Call
from sockscope.record.listener import Bound, Listener, ListenerState
from sockscope.record.waiting import Waiting
from sockscope.request import Listen
from sockscope.request.answers import Answers
from sockscope.request.tls import Least, ServerTls
from sockscope.show.explain.errors import explain
from sockscope.show.listener_details import listener_details
from sockscope.show.sanitizer import safe
from sockscope.show.steps import SERVER_STEPS, Progress, Step, server_steps
from tests.facts import AF_INET, AF_INET6, AF_UNIX, DGRAM, RECORDER, STREAM, at, note, treat
from tests.show.made import AF, MS, NOW_NS, SECOND, START_NS, certificate, connected, foreign, listener
from tests.show.rails import AHEAD, DONE, FAILED, SKIPPED, UNDER_WAY, detail, lit, told

ROOM = 60
"""Cells behind the name of a step on a screen of 120."""


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
    RECORDER.listeners.ended(made, ListenerState.FAILED, error)
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


def left_alone() -> Listener:
    made = waiting()
    RECORDER.listeners.left(made, accept(made))
    return made


def accept(on: Listener, number: int = 0) -> Conversation:
    client = Conversation(100 + number, "", connected().tape, connected().flow)
    call = Call("accept", 5, (), (9 + number, at(f"127.0.0.1:5{number:04}")), "", START_NS, 1000)
    note(on, call)
    RECORDER.connected(client, 9 + number, at("127.0.0.1:40123"), at(f"127.0.0.1:5{number:04}"), START_NS)
    RECORDER.listeners.arrived(on, client)
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
    RECORDER.listeners.ended(made, ListenerState.STOPPED)
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
    return listener(calls[0], *calls[2:4], bound=(BOUND._replace(backlog=0),), transport=UDP)


def udp_met() -> Listener:
    made = udp_waiting()
    accept(made)
    return made


def udp_stopped() -> Listener:
    made = udp_met()
    RECORDER.listeners.ended(made, ListenerState.STOPPED)
    return made


def udp_stopped_early() -> Listener:
    made = udp_waiting()
    RECORDER.listeners.ended(made, ListenerState.STOPPED)
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
    RECORDER.listeners.left(made, client)
    return made


@pytest.mark.parametrize(
    ("count", "in_queue", "said"),
    [
        (2, 2, "2 wait, the first 12.0 s · M takes all, c closes the one · "),
        (1, 1, "1 waits 12.0 s · M takes all, c closes the one · "),
        (1, 300, "300 wait, the first 12.0 s · M takes all, c closes the one · "),
        (0, 2, "2 wait · M takes all, c closes the one · "),
        (0, 0, ""),
    ],
)
def test_how_many_wait_for_the_one_that_is_served_and_what_lets_them_in_comes_first(
    count: int, in_queue: int, said: str
) -> None:
    made = one_at_a_time()
    made.queues = ((in_queue, 4096),)
    made.waiting = tuple(Waiting(at(f"127.0.0.1:{50002 + n}"), NOW_NS - (12 - n) * SECOND, 0) for n in range(count))
    told = detail(server_steps(made, NOW_NS), "accept again")
    assert told == f"{said}one at a time: 127.0.0.1:50000 is served · 2 clients so far"
    assert len(said.removesuffix(" · ")) <= ROOM


def test_who_waits_while_nobody_is_accepted_is_counted_with_the_key_that_accepts() -> None:
    made = accepting_off_from_the_start()
    made.waiting = (Waiting(at("127.0.0.1:50002"), NOW_NS - 3 * SECOND, 0),)
    assert detail(server_steps(made, NOW_NS), "accept") == "switched off: 1 waits 3.0 s · A accepts again"


def left_behind() -> Listener:
    """A path that somebody left behind: its holder was looked for with a socket of another kind."""
    made = listener(
        Call("socket", -1, (AF_UNIX, STREAM), 5, "", START_NS, 30_000),
        Call("bind", 5, (at("/run/app.sock"),), None, "EADDRINUSE", START_NS, 9000),
        transport=UNIX,
    )
    RECORDER.note(made, Call("socket", -1, (AF_UNIX, DGRAM), 6, "", START_NS, 30_000))
    RECORDER.note(made, Call("connect", 6, (at("/run/app.sock"),), None, "ECONNREFUSED", START_NS, 30_000))
    RECORDER.listeners.ended(made, ListenerState.FAILED, "EADDRINUSE", "was left behind")
    return made


def no_such_group() -> Listener:
    """A multicast group that could not be joined: socket and bind went well."""
    calls = opening_calls()
    made = listener(calls[0], *calls[2:4], transport=UDP)
    note(made, Call("setsockopt", 5, (Symbol("IP_ADD_MEMBERSHIP"),), None, "ENODEV", START_NS, 1000))
    RECORDER.listeners.ended(made, ListenerState.FAILED, "ENODEV", "there is no such interface")
    return made


SERVERS: dict[Callable[[], Listener], tuple[list[Progress], list[str]]] = {
    opening: ([AHEAD] * 6, []),
    waiting: (
        [DONE, DONE, DONE, UNDER_WAY, AHEAD, AHEAD],
        ["fd 5 · 30 µs", "127.0.0.1:40123 · 9 µs", "backlog 4096 · 2 µs", "waiting 12.3 s"],
    ),
    accepted: (
        [DONE, DONE, DONE, DONE, UNDER_WAY, UNDER_WAY],
        ["a new socket: fd 9 for 127.0.0.1:50000", "waiting 12.3 s · 1 client so far", "→ 0 B in 0 · ← 0 B in 0"],
    ),
    left_alone: (
        [DONE, DONE, DONE, DONE, DONE, UNDER_WAY],
        ["a new socket: fd 9 for 127.0.0.1:50000", "waiting 12.3 s · 1 client so far", "→ 0 B in 0 · ← 0 B in 0"],
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
        ["→ 0 datagrams, 0 B · ← 0 datagrams, 0 B", "1 peer so far"],
    ),
    udp_stopped: ([DONE, DONE, SKIPPED, SKIPPED, DONE, SKIPPED], ["→ 0 datagrams", "1 peer so far"]),
    udp_stopped_early: ([DONE, DONE, SKIPPED, SKIPPED, AHEAD, SKIPPED], ["0 peers so far"]),
    udp_off: (
        [DONE, DONE, SKIPPED, SKIPPED, UNDER_WAY, SKIPPED],
        ["switched off: datagrams wait in the kernel's buffer · → 0 datagrams"],
    ),
    accepting_off: (
        [DONE, DONE, DONE, DONE, UNDER_WAY, UNDER_WAY],
        ["backlog 4096 · queue 3 of 4096 · 2 µs", "switched off: 3 wait · A accepts again · 2 clients so far"],
    ),
    accepting_off_from_the_start: (
        [DONE, DONE, DONE, UNDER_WAY, AHEAD, AHEAD],
        ["switched off: clients wait in the queue · A accepts again"],
    ),
    one_at_a_time: (
        [DONE, DONE, DONE, DONE, UNDER_WAY, UNDER_WAY],
        ["one at a time: 127.0.0.1:50000 is served · 2 clients so far"],
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
    RECORDER.listeners.ended(listener, ListenerState.STOPPED)
    step = server_steps(listener, NOW_NS)[3]
    assert step.progress is not DONE, "accept never returned"
    assert "waiting" not in step.detail


def test_a_listener_that_failed_while_accepting_shows_where() -> None:
    listener = accepted()
    note(listener, Call("accept", 5, (), None, "EINVAL", START_NS, 1000))
    RECORDER.listeners.ended(listener, ListenerState.FAILED, "EINVAL")
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
    RECORDER.listeners.ended(listener, ListenerState.STOPPED)
    assert "queue" not in detail(server_steps(listener, NOW_NS), "listen")


@pytest.mark.parametrize("least", [Least("1.0"), Least(level="0"), Least()])
def test_weak_tls_that_is_allowed_stays_marked_in_the_steps_and_the_details(least: Least) -> None:
    one = waiting()
    one.request = Listen(Address("127.0.0.1", 0, "tls"), tls=ServerTls(least=least))
    marked = [told for told in listener_details(one, NOW_NS) if "old versions or weak keys" in told.value]
    assert ("WEAK TLS ALLOWED" in detail(server_steps(one, NOW_NS), "listen")) == bool(marked) == least.weak


def test_a_certificate_is_known_by_the_start_of_its_fingerprint() -> None:
    listener = waiting()
    listener.certificate = certificate()
    assert " · certificate A0:A1:A2:A3… · " in detail(server_steps(listener, NOW_NS), "listen")


def test_one_at_a_time_waits_where_nobody_is_there() -> None:
    listener = one_at_a_time()
    client = listener.clients[100]
    RECORDER.closed(client)
    RECORDER.listeners.left(listener, client)
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
    assert detail(server_steps(listener, NOW_NS), "send/receive").endswith((" 0 B", " in 0"))
    treat(listener, answers=Answers("echo"))
    assert detail(server_steps(listener, NOW_NS), "send/receive").endswith(" · echo answers")
    RECORDER.listeners.answers_no_more(listener, "it took too long")
    assert detail(server_steps(listener, NOW_NS), "send/receive").endswith(" · echo answers no more: it took too long")
    treat(listener, relay="unix:/run/app.sock")
    assert detail(server_steps(listener, NOW_NS), "send/receive").endswith(" · passed on to unix:/run/app.sock")


@given(foreign, foreign, foreign)
def test_the_rail_of_a_server_is_harmless_whatever_the_facts_hold(one: str, two: str, error: str) -> None:
    listener = accepted()
    for name in ("socket", "bind", "listen", "accept", "getsockname"):
        note(listener, Call(name, 5, (Endpoint(AF, "fe80::1", 80, one),), (9, Symbol(two)), "", START_NS, 1000))
    good = server_steps(listener, NOW_NS)
    note(listener, Call("bind", 5, (Endpoint(AF, "fe80::1", 80, one),), None, error, START_NS, 1000))
    RECORDER.listeners.ended(listener, ListenerState.FAILED, error)
    for step in [*good, *server_steps(listener, NOW_NS)]:
        assert safe(step.detail) == step.detail
