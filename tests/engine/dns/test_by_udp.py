"""Asking DNS servers by UDP: every way to be answered wrongly, or not at all, is named."""

import itertools
import socket
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from sockscope.engine.dns.header import HEADER_BYTES
from sockscope.engine.engine import Engine
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.state import LookupState
from sockscope.request.question import Question
from tests.conftest import wait_until
from tests.engine.dns.asking import ANSWERED, FAILED, IMPATIENT, NAME, UDP_CALLS, answered, ask, calls, data, inquire
from tests.engine.dns.hostile_dns import (
    FORMERR,
    NOTIMP,
    NXDOMAIN,
    REFUSED,
    SERVFAIL,
    TXT,
    HostileDns,
    a,
    answering,
    cname,
    name,
    record,
    reply,
    silent,
)
from tests.engine.loopback import V6, all_calls, bound_only, in_a_network_of_its_own, needs_ipv6, run_apart

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


@IMPATIENT
def test_a_silent_server_is_asked_twice(engine: Engine) -> None:
    with HostileDns(silent) as server:
        query = ask(engine, server)
    assert (query.state, query.error, query.detail) == (FAILED, "timeout", "asked 2 times by UDP")
    assert (query.retries, len(server.queries)) == (1, 2)
    assert server.queries[0] == server.queries[1]
    assert 0.6 <= query.took_ns / 1e9 < 2


@IMPATIENT
def test_a_server_that_answers_only_the_second_time_is_waited_for(engine: Engine) -> None:
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


@IMPATIENT
def test_one_dead_server_never_fails_the_others(engine: Engine) -> None:
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


@IMPATIENT
def test_where_nothing_else_comes_the_failure_says_what_came(engine: Engine) -> None:
    with ExitStack() as stack:
        servers = [stack.enter_context(HostileDns(lambda query, make=make: [make(query)])) for _, make in STRANGE]
        queries = inquire(engine, servers).queries
    for query, (wrong, _) in zip(queries, STRANGE, strict=True):
        assert (query.state, query.error, query.detail, query.strays) == (FAILED, wrong, "2 of them", {wrong: 2})


@pytest.mark.engine(dns_strays=100)
def test_a_flood_of_what_is_not_the_reply_is_given_up_on(engine: Engine) -> None:
    with HostileDns(lambda query: [bytes(12)] * 110) as server:
        query = ask(engine, server)
    assert (query.state, query.error, query.detail) == (FAILED, "WRONG_ID", "100 such messages came")
    assert query.took_ns < 1_500_000_000


@IMPATIENT
def test_a_reply_from_another_address_never_arrives(engine: Engine) -> None:
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
