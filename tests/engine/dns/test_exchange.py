"""Asking DNS servers: every way to be answered wrongly, or not at all, is named, and none holds up another."""

import itertools
import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack

import pytest

from sockscope.engine.dns import message
from sockscope.engine.dns.header import HEADER_BYTES
from sockscope.engine.dns.inquirer import IN_FLIGHT
from sockscope.engine.engine import Engine
from sockscope.record.lookup.inquiry import DnsReply
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.state import LookupState
from sockscope.request.question import Question
from tests.conftest import wait_until
from tests.engine.dns.asking import NAME, answered, ask, calls, data, inquire
from tests.engine.dns.hostile_dns import (
    FORMERR,
    NOTIMP,
    NXDOMAIN,
    QR,
    REFUSED,
    SERVFAIL,
    TC,
    TXT,
    HostileDns,
    a,
    answering,
    closes,
    cname,
    framed,
    name,
    record,
    reply,
    silent,
)
from tests.engine.loopback import (
    V6,
    all_calls,
    bound_only,
    in_a_network_of_its_own,
    needs_ipv6,
    run_apart,
    sockets_open,
    wait_until_given_back,
)

FAILED, ANSWERED, ABANDONED = LookupState.FAILED, LookupState.ANSWERED, LookupState.ABANDONED
UDP_CALLS = ["socket", "connect", "send", "recv", "close"]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Little patience, and yet enough for a reply that comes on a busy machine."""
    monkeypatch.setattr("sockscope.engine.dns.exchange.PATIENCE_S", 0.3)
    monkeypatch.setattr("sockscope.engine.dns.exchange.TCP_PATIENCE_S", 0.5)


def cut_off(query: bytes) -> Sequence[bytes]:
    return [reply(query, flags=QR | TC)]


def by_tcp(send: Callable[[bytes, socket.socket], object]) -> HostileDns:
    """A server whose answers never fit into a datagram."""
    return HostileDns(cut_off, send)


def until_closed(client: socket.socket) -> None:
    """Wait until the other side has closed."""
    while client.recv(4096):
        pass


# Answered.


def test_an_answer_by_udp_is_a_record_of_its_calls_too(engine: Engine) -> None:
    with answering(a("192.0.2.1", ttl_s=60)) as server:
        query = ask(engine, server)
    assert data(query) == ["192.0.2.1"]
    assert (query.server, query.type, query.transport, query.retries) == (server.text, "A", "UDP", 0)
    assert 0 < query.took_ns < 2_000_000_000
    assert [call for call, error in calls(query) if not error] == UDP_CALLS
    connect, send, recv = all_calls(query.facts)[1:4]
    assert str(connect.arguments[0]) == server.text
    assert send.returned == len(server.queries[0])
    assert recv.returned == answered(query).size_bytes
    assert recv.note == "the reply"


@needs_ipv6
def test_a_server_at_an_ipv6_address_answers(engine: Engine) -> None:
    with HostileDns(lambda query: [reply(query, a())], host=V6) as server:
        assert data(ask(engine, server)) == ["192.0.2.1"]


def test_each_server_is_asked_for_each_type(engine: Engine) -> None:
    with answering(a()) as one, answering(a("192.0.2.2")) as other:
        inquiry = inquire(engine, [one, other], ["A", "MX"])
    asked = [(query.server, query.type) for query in inquiry.queries]
    assert asked == [(one.text, "A"), (one.text, "MX"), (other.text, "A"), (other.text, "MX")]
    assert [query.error for query in inquiry.queries] == ["", "NODATA", "", "NODATA"]
    assert (inquiry.typed, inquiry.name) == (NAME, NAME + ".")


def test_a_name_that_is_not_ascii_is_asked_for_in_a_labels(engine: Engine) -> None:
    with answering(a()) as server:
        inquiry = inquire(engine, [server], name="bücher.example")
    assert (inquiry.typed, inquiry.name) == ("bücher.example", "xn--bcher-kva.example.")
    assert server.queries[0][HEADER_BYTES:].startswith(name("xn--bcher-kva.example"))
    assert answered(inquiry.queries[0]).chain == ("xn--bcher-kva.example",)


@pytest.mark.parametrize(
    ("rcode", "error", "state"),
    [
        (NXDOMAIN, "NXDOMAIN", ANSWERED),
        (SERVFAIL, "SERVFAIL", FAILED),
        (REFUSED, "REFUSED", FAILED),
        (FORMERR, "FORMERR", FAILED),
        (NOTIMP, "NOTIMP", FAILED),
    ],
)
def test_an_rcode_is_told_as_an_answer_or_a_failure(engine: Engine, rcode: int, error: str, state: LookupState) -> None:
    with answering(rcode=rcode) as server:
        query = ask(engine, server)
    assert (query.error, query.state) == (error, state)
    assert query.reply is not None
    assert query.reply.rcode == error


def test_a_cname_loop_is_a_failure_with_its_chain(engine: Engine) -> None:
    with answering(cname(name(NAME), NAME)) as server:
        query = ask(engine, server)
    assert (query.state, query.error) == (FAILED, "CNAME_LOOP")
    assert query.reply is not None
    assert query.reply.chain == (NAME, NAME)


# Not answered.


def test_a_silent_server_is_asked_twice(engine: Engine, impatient: None) -> None:
    with HostileDns(silent) as server:
        query = ask(engine, server)
    assert (query.state, query.error, query.detail) == (FAILED, "timeout", "asked 2 times by UDP")
    assert (query.retries, len(server.queries)) == (1, 2)
    assert server.queries[0] == server.queries[1]
    assert 0.6 <= query.took_ns / 1e9 < 2


def test_a_server_that_answers_only_the_second_time_is_waited_for(engine: Engine, impatient: None) -> None:
    asked = itertools.count()
    with HostileDns(lambda query: [reply(query, a())] if next(asked) else []) as server:
        query = ask(engine, server)
    assert data(query) == ["192.0.2.1"]
    assert query.retries == 1


def test_a_port_that_nobody_has_is_refused_at_once(engine: Engine) -> None:
    with bound_only() as tcp_only:
        query = ask(engine, f"127.0.0.1:{tcp_only.getsockname()[1]}")
    assert (query.state, query.error) == (FAILED, "ECONNREFUSED")
    assert calls(query)[-2:] == [("recv", "ECONNREFUSED"), ("close", "")]
    assert query.took_ns < 1_000_000_000


def ask_without_a_network() -> None:
    engine = Engine()
    engine.start()
    query = ask(engine, "192.0.2.53")
    assert (query.state, query.error) == (FAILED, "ENETUNREACH")
    assert calls(query) == [("socket", ""), ("connect", "ENETUNREACH"), ("close", "")]
    assert ask(engine, "fe80::1").error in ("ENETUNREACH", "EINVAL")
    engine.stop()


def test_a_network_that_cannot_be_reached_is_named() -> None:
    run_apart(ask_without_a_network, within=in_a_network_of_its_own())


def test_one_dead_server_never_fails_the_others(engine: Engine, impatient: None) -> None:
    with HostileDns(silent) as dead, answering(a()) as alive, bound_only() as refusing:
        servers: list[HostileDns | str] = [dead, alive, f"127.0.0.1:{refusing.getsockname()[1]}", "127.255.255.255"]
        queries = inquire(engine, servers).queries
    assert [query.error for query in queries] == ["timeout", "", "ECONNREFUSED", "EACCES"]
    assert queries[1].took_ns < queries[0].took_ns


# Something else came.


STRANGE: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("WRONG_ID", lambda query: reply(query, a("192.0.2.66"), id=int.from_bytes(query[:2], "big") ^ 1)),
    ("WRONG_QUESTION", lambda query: reply(query, a("192.0.2.66"), question=name("evil.example") + b"\0\1\0\1")),
    ("NOT_A_REPLY", lambda query: query),
    ("TOO_SHORT", lambda query: query[:7]),
    ("TOO_SHORT", lambda query: b""),
]


@pytest.mark.parametrize(("wrong", "make"), STRANGE)
def test_what_is_not_the_reply_is_counted_and_the_reply_still_comes(
    engine: Engine, wrong: str, make: Callable[[bytes], bytes]
) -> None:
    with HostileDns(lambda query: [make(query), make(query), reply(query, a())]) as server:
        query = ask(engine, server)
    assert data(query) == ["192.0.2.1"]
    assert query.strays == {wrong: 2}
    assert [call.note for call in query.facts.calls("recv")][-1] == "the reply"


def test_where_nothing_else_comes_the_failure_says_what_came(engine: Engine, impatient: None) -> None:
    with ExitStack() as stack:
        servers = [stack.enter_context(HostileDns(lambda query, make=make: [make(query)])) for _, make in STRANGE]
        queries = inquire(engine, servers).queries
    for query, (wrong, _) in zip(queries, STRANGE, strict=True):
        assert (query.state, query.error, query.detail, query.strays) == (FAILED, wrong, "2 of them", {wrong: 2})


def test_a_flood_of_what_is_not_the_reply_is_given_up_on(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sockscope.engine.dns.exchange.STRAYS", 100)
    with HostileDns(lambda query: [bytes(12)] * 110) as server:
        query = ask(engine, server)
    assert (query.state, query.error, query.detail) == (FAILED, "WRONG_ID", "100 such messages came")
    assert query.took_ns < 1_500_000_000


def test_a_reply_from_another_address_never_arrives(engine: Engine, impatient: None) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as server, socket.socket(type=socket.SOCK_DGRAM) as other:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)
        text = f"127.0.0.1:{server.getsockname()[1]}"
        inquiry = engine.names.inquire(Lookup(1, Question(NAME)), [text], ["A"])
        query, client = server.recvfrom(4096)
        other.sendto(reply(query, a("192.0.2.66")), client)
        wait_until(lambda: not inquiry.live)
    assert (inquiry.queries[0].error, inquiry.queries[0].strays) == ("timeout", {})


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda query: reply(query, a())[:-1], "CUT_OFF"),
        (lambda query: reply(query)[:20], "CUT_OFF"),
        (lambda query: reply(query, a(owner=b"\x80\0")), "MALFORMED"),
        (lambda query: reply(query, record(b"\xc0\x0c", TXT, b"\5x")), "MALFORMED"),
    ],
)
def test_a_broken_reply_is_named_at_once(engine: Engine, make: Callable[[bytes], bytes], error: str) -> None:
    with HostileDns(lambda query: [make(query)]) as server:
        query = ask(engine, server, "TXT" if error == "MALFORMED" else "A")
    assert (query.state, query.error) == (FAILED, error)
    assert query.detail
    assert query.took_ns < 1_500_000_000


def test_a_reply_larger_than_we_offered_is_read_and_said_so(engine: Engine) -> None:
    with answering(*[a()] * 2000) as server:
        query = ask(engine, server)
    reply_read = answered(query)
    assert reply_read.size_bytes == 29 + 2000 * 16
    assert [remark.split(",")[0] for remark in reply_read.remarks] == ["32", "2"]


# By TCP.


def test_a_reply_that_is_cut_off_is_asked_for_by_tcp(engine: Engine) -> None:
    with by_tcp(lambda query, client: client.sendall(framed(reply(query, *[a()] * 100)))) as server:
        query = ask(engine, server)
    assert len(data(query)) == 100
    assert (query.transport, query.truncated_bytes) == ("TCP", 29)
    tcp_calls = ["socket", "connect", "send", "recv", "recv", "close"]
    assert [call for call, error in calls(query) if not error] == [*UDP_CALLS, *tcp_calls]
    assert answered(query).remarks == ()


def test_a_message_of_the_largest_size_is_read(engine: Engine) -> None:
    count = (65535 - 29) // 16
    with by_tcp(lambda query, client: client.sendall(framed(reply(query, *[a()] * count)))) as server:
        reply_read = answered(ask(engine, server))
    assert (reply_read.size_bytes, reply_read.count) == (29 + count * 16, count)


def one_byte_at_a_time(query: bytes, client: socket.socket) -> None:
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in framed(reply(query, a())):
        client.sendall(bytes([byte]))


def test_a_reply_in_many_pieces_is_put_together(engine: Engine) -> None:
    with by_tcp(one_byte_at_a_time) as server:
        assert data(ask(engine, server)) == ["192.0.2.1"]


def half_and_wait(query: bytes, client: socket.socket) -> None:
    client.sendall(framed(reply(query, a()))[:20])
    until_closed(client)


def trickle_for_ever(query: bytes, client: socket.socket) -> None:
    client.settimeout(0.03)
    client.sendall(b"\xff\xff")
    for _ in range(200):
        client.sendall(b"\0")
        try:
            if not client.recv(1):
                return
        except TimeoutError:
            continue


@pytest.mark.parametrize(
    ("send", "error", "detail"),
    [
        (closes, "CLOSED_EARLY", "before any message"),
        (lambda query, client: client.sendall(b"\0"), "CLOSED_EARLY", "before any message"),
        (lambda query, client: client.sendall(framed(reply(query, a()))[:20]), "CLOSED_EARLY", "18 of 45 bytes"),
        (lambda query, client: client.sendall(b"\xff\xff" + reply(query)), "CLOSED_EARLY", "29 of 65,535 bytes"),
        (lambda query, client: client.sendall(b"\0\0"), "BAD_LENGTH", "it says 0 bytes"),
        (lambda query, client: client.sendall(b"\0\x0b" + bytes(11)), "BAD_LENGTH", "it says 11 bytes"),
        (lambda query, client: client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "CLOSED_EARLY", "of 18,516 bytes"),
        (lambda query, client: client.sendall(framed(reply(query, a())[:-2])), "CUT_OFF", "answer record 1 of 1"),
    ],
)
def test_what_goes_wrong_by_tcp_is_named(
    engine: Engine, send: Callable[[bytes, socket.socket], object], error: str, detail: str
) -> None:
    with by_tcp(send) as server:
        query = ask(engine, server)
    assert (query.state, query.error, query.transport) == (FAILED, error, "TCP")
    assert detail in query.detail
    assert query.took_ns < 2_000_000_000


def test_what_takes_too_long_by_tcp_says_how_far_it_came(engine: Engine, impatient: None) -> None:
    def say_nothing(query: bytes, client: socket.socket) -> None:
        until_closed(client)

    with by_tcp(say_nothing) as silence, by_tcp(half_and_wait) as half, by_tcp(trickle_for_ever) as trickling:
        queries = inquire(engine, [silence, half, trickling]).queries
    assert [query.error for query in queries] == ["timeout"] * 3
    assert [query.detail for query in queries[:2]] == ["before any message", "18 of 45 bytes had come"]
    assert queries[2].detail.endswith("of 65,535 bytes had come")
    assert all(0.5 <= query.took_ns / 1e9 < 2 for query in queries)


def test_a_reset_by_tcp_is_named(engine: Engine) -> None:
    def reset(query: bytes, client: socket.socket) -> None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with by_tcp(reset) as server:
        assert ask(engine, server).error == "ECONNRESET"


def test_a_server_without_tcp_is_named(engine: Engine) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)
        text = f"127.0.0.1:{server.getsockname()[1]}"
        inquiry = engine.names.inquire(Lookup(1, Question(NAME)), [text], ["A"])
        query, client = server.recvfrom(4096)
        server.sendto(reply(query, flags=QR | TC), client)
        wait_until(lambda: not inquiry.live)
    asked = inquiry.queries[0]
    assert (asked.error, asked.transport, asked.truncated_bytes) == ("ECONNREFUSED", "TCP", 29)


def test_another_message_before_the_reply_is_passed_over_by_tcp_too(engine: Engine) -> None:
    def two(query: bytes, client: socket.socket) -> None:
        wrong = reply(query, a("192.0.2.66"), id=int.from_bytes(query[:2], "big") ^ 1)
        client.sendall(framed(wrong) + framed(reply(query, a())))

    with by_tcp(two) as server:
        query = ask(engine, server)
    assert (data(query), query.strays) == (["192.0.2.1"], {"WRONG_ID": 1})


def test_a_reply_by_tcp_that_is_cut_off_too_is_taken_as_it_is(engine: Engine) -> None:
    with by_tcp(lambda query, client: client.sendall(framed(reply(query, a(), flags=QR | TC)))) as server:
        query = ask(engine, server)
    assert (data(query), server.by_tcp) == (["192.0.2.1"], 1)
    assert "TC" in answered(query).flags


# Many, abandoned, at the end.


def test_only_so_many_queries_are_under_way_and_the_rest_waits(engine: Engine, impatient: None) -> None:
    gate = threading.Event()

    def hold(query: bytes) -> Sequence[bytes]:
        gate.wait(10)
        return [reply(query, a())]

    types = [f"TYPE{number}" for number in range(1000, 1016)]
    with HostileDns(hold) as server:
        before = sockets_open()
        inquiries = [engine.names.inquire(Lookup(1, Question(NAME)), [server.text], types) for _ in range(6)]
        wait_until(lambda: all(inquiry.queries for inquiry in inquiries))
        states = [query for inquiry in inquiries for query in inquiry.queries]
        wait_until(lambda: sum(query.state is LookupState.ASKING for query in states) == IN_FLIGHT)
        assert sum(query.state is LookupState.QUEUED for query in states) == len(states) - IN_FLIGHT > 0
        assert len(sockets_open() - before) == IN_FLIGHT
        gate.set()
        wait_until(lambda: not any(inquiry.live for inquiry in inquiries))
        wait_until_given_back(before)
    assert {query.error for query in states} <= {"NODATA", "timeout"}


def test_abandoning_stops_at_once_and_keeps_what_was_answered(engine: Engine) -> None:
    with HostileDns(silent) as silence, answering(a()) as server:
        before = sockets_open()
        lookup = Lookup(1, Question(NAME))
        inquiry = engine.names.inquire(lookup, [silence.text, server.text], ["A"])
        wait_until(lambda: inquiry.queries and inquiry.queries[1].state is ANSWERED)
        engine.names.abandon_inquiry(lookup)
        wait_until(lambda: not inquiry.live)
        assert [query.state for query in inquiry.queries] == [ABANDONED, ANSWERED]
        assert calls(inquiry.queries[0])[-1] == ("close", "")
        wait_until_given_back(before)
        took_ns = inquiry.queries[0].took_ns
        ask(engine, server)
        assert inquiry.queries[0].took_ns == took_ns


def test_abandoning_by_tcp_closes_the_connection(engine: Engine) -> None:
    with by_tcp(lambda query, client: until_closed(client)) as server:
        lookup = Lookup(1, Question(NAME))
        inquiry = engine.names.inquire(lookup, [server.text], ["A"])
        wait_until(lambda: server.by_tcp)
        engine.names.abandon_inquiry(lookup)
        wait_until(lambda: inquiry.queries[0].state is ABANDONED)


def test_abandoned_queries_that_wait_are_never_asked(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sockscope.engine.dns.inquirer.IN_FLIGHT", 1)
    with HostileDns(silent) as silence, answering(a()) as server:
        blocking, waiting = Lookup(1, Question(NAME)), Lookup(2, Question(NAME))
        first = engine.names.inquire(blocking, [silence.text], ["A"])
        wait_until(lambda: silence.queries)
        second = engine.names.inquire(waiting, [server.text], ["A"])
        wait_until(lambda: second.queries)
        engine.names.abandon_inquiry(waiting)
        engine.names.abandon_inquiry(blocking)
        wait_until(lambda: not first.live and not second.live)
        assert data(ask(engine, server)) == ["192.0.2.1"]
        assert len(server.queries) == 1
        assert (second.queries[0].state, second.queries[0].facts.count) == (ABANDONED, 0)


def test_abandoning_before_the_servers_are_known_asks_nobody(engine: Engine) -> None:
    lookup = Lookup(1, Question(NAME))
    engine.names.abandon_inquiry(lookup)
    inquiry = engine.names.inquire(lookup)
    engine.names.abandon_inquiry(lookup)
    wait_until(lambda: not inquiry.live)
    assert all(query.state is ABANDONED for query in inquiry.queries)


def test_asking_again_abandons_what_was_asked_before(engine: Engine) -> None:
    lookup = Lookup(1, Question(NAME))
    with HostileDns(silent) as silence, answering(a()) as server:
        first = engine.names.inquire(lookup, [silence.text], ["A"])
        wait_until(lambda: silence.queries)
        second = engine.names.inquire(lookup, [server.text], ["A"])
        wait_until(lambda: not second.live)
    assert first.queries[0].state is ABANDONED
    assert lookup.inquiry is second


class SlowReading:
    """Stands in for reading a reply: nothing is read before `go_on()`."""

    def __init__(self) -> None:
        self.entered, self._gate = threading.Event(), threading.Event()

    def __call__(self, query: bytes, message: bytes, transport: str) -> DnsReply:
        self.entered.set()
        assert self._gate.wait(10)
        return DnsReply(len(message), rcode="NOERROR")

    def go_on(self) -> None:
        self._gate.set()


def test_reading_a_reply_holds_up_nobody_and_is_not_time_that_the_server_took(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = SlowReading()
    monkeypatch.setattr(message, "read", slow)
    with answering(a()) as server:
        inquiry = engine.names.inquire(Lookup(1, Question(NAME)), [server.text], ["A"])
        assert slow.entered.wait(5)
    query = inquiry.queries[0]
    took_ns = query.took_ns
    ran = threading.Event()
    engine._soon(ran.set)
    assert ran.wait(5), "the engine goes on"
    slow.go_on()
    wait_until(lambda: query.state is ANSWERED)
    assert query.took_ns == took_ns


def test_a_reply_that_is_read_late_does_not_bring_an_abandoned_query_back(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = SlowReading()
    monkeypatch.setattr(message, "read", slow)
    with answering(a()) as server:
        lookup = Lookup(1, Question(NAME))
        inquiry = engine.names.inquire(lookup, [server.text], ["A"])
        assert slow.entered.wait(5)
        engine.names.abandon_inquiry(lookup)
        wait_until(lambda: inquiry.queries[0].state is ABANDONED)
        slow.go_on()
        wait_until(lambda: not engine.names._inquirer._readers.slots.threads)
    monkeypatch.undo()
    with answering(a()) as server:
        ask(engine, server)
    assert (inquiry.queries[0].state, inquiry.queries[0].reply) == (ABANDONED, None)


def test_quitting_closes_every_socket_and_never_waits(engine: Engine) -> None:
    before = sockets_open()
    with HostileDns(silent) as silence, by_tcp(lambda query, client: until_closed(client)) as server:
        inquiry = engine.names.inquire(Lookup(1, Question(NAME)), [silence.text, server.text], ["A", "MX"])
        wait_until(lambda: len(silence.queries) == 2 and server.by_tcp)
        began = time.monotonic()
        engine.stop()
        assert time.monotonic() - began < 1
    wait_until_given_back(before)
    assert all(query.state is ABANDONED for query in inquiry.queries)


def test_what_stands_in_resolv_conf_and_is_no_address_is_said(engine: Engine) -> None:
    class Read:
        nameservers = ("127.0.0.1%x", "not\x1ban address")

    lookup = Lookup(1, Question(NAME))
    lookup.sources = Read()  # type: ignore[assignment]
    inquiry = engine.names.inquire(lookup)
    wait_until(lambda: not inquiry.live)
    assert [(query.server, query.error) for query in inquiry.queries][::2] == [
        ("127.0.0.1%x", "BAD_SERVER"),
        ("not\x1ban address", "BAD_SERVER"),
    ]


def test_whatever_bytes_come_every_query_ends_and_no_socket_is_left(engine: Engine, impatient: None) -> None:
    dice = random.Random(53)

    def noise(query: bytes) -> Sequence[bytes]:
        answer = bytearray(query[:2] + dice.randbytes(2) + query[4:29] + dice.randbytes(dice.randrange(200)))
        answer[2] |= 0x80
        answer[2] &= 0x87
        return [dice.randbytes(dice.randrange(600)), bytes(answer)]

    def stream_noise(query: bytes, client: socket.socket) -> None:
        client.sendall(dice.randbytes(2) + query[:2] + dice.randbytes(dice.randrange(500)))

    with HostileDns(noise, stream_noise) as server:
        before = sockets_open()
        for _ in range(4):
            inquiry = inquire(engine, [server], [f"TYPE{number}" for number in range(1000, 1016)])
            assert all(query.state in (ANSWERED, FAILED) for query in inquiry.queries)
        wait_until_given_back(before)
