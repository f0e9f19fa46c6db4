"""Many DNS queries at once: none holds up another, and each that is abandoned ends at once."""

import random
import socket
import threading
import time
from collections.abc import Sequence

import pytest

from sockscope.engine.dns import message
from sockscope.engine.engine import Engine
from sockscope.engine.settings import Settings
from sockscope.record.lookup.inquiry import DnsReply
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.state import LookupState
from sockscope.request.question import Question
from tests.conftest import wait_until
from tests.engine.dns.asking import ABANDONED, ANSWERED, FAILED, IMPATIENT, NAME, ask, calls, data, inquire
from tests.engine.dns.hostile_dns import HostileDns, a, answering, by_tcp, reply, silent, until_closed
from tests.engine.loopback import sockets_open, wait_until_given_back


@IMPATIENT
def test_only_so_many_queries_are_under_way_and_the_rest_waits(engine: Engine) -> None:
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
        wait_until(lambda: sum(query.state is LookupState.ASKING for query in states) == Settings().dns_in_flight)
        assert sum(query.state is LookupState.QUEUED for query in states) == len(states) - Settings().dns_in_flight > 0
        assert len(sockets_open() - before) == Settings().dns_in_flight
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


@pytest.mark.engine(dns_in_flight=1)
def test_abandoned_queries_that_wait_are_never_asked(engine: Engine) -> None:
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
    engine.soon(ran.set)
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


@IMPATIENT
def test_whatever_bytes_come_every_query_ends_and_no_socket_is_left(engine: Engine) -> None:
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
