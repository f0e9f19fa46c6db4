"""Asking DNS servers by TCP, once a reply was cut off: every way that it goes wrong is named."""

import errno
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from sockscope.engine.engine import Engine
from sockscope.record.lookup.inquiry import Query
from sockscope.record.lookup.lookup import Lookup
from sockscope.request.question import Question
from tests.conftest import wait_until
from tests.engine.dns.asking import FAILED, IMPATIENT, NAME, UDP_CALLS, answered, ask, calls, data, inquire
from tests.engine.dns.hostile_dns import QR, TC, a, by_tcp, closes, framed, reply, until_closed


def test_a_reply_that_is_cut_off_is_asked_for_by_tcp(engine: Engine) -> None:
    with by_tcp(lambda query, client: client.sendall(framed(reply(query, *[a()] * 100)))) as server:
        query = ask(engine, server)
    assert len(data(query)) == 100
    assert (query.transport, query.truncated_bytes) == ("TCP", 29)
    tcp_calls = ["socket", "getsockopt", "send", "recv", "recv", "close"]
    assert [call for call, error in calls(query) if not error] == [*UDP_CALLS, *tcp_calls]
    assert [call for call in calls(query) if call[1]] == [("connect", "EINPROGRESS")]
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


@IMPATIENT
def test_what_takes_too_long_by_tcp_says_how_far_it_came(engine: Engine) -> None:
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


@contextmanager
def cutting_off() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A UDP server whose replies do not fit, and a TCP listener at the same port whose queue is full."""
    with socket.socket(type=socket.SOCK_DGRAM) as server, socket.socket() as full, ExitStack() as waiting:
        full.bind(("127.0.0.1", 0))
        server.bind(full.getsockname())
        server.settimeout(5)
        full.listen(0)
        for _ in range(3):
            client = waiting.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(full.getsockname())
        yield server, full


def cut_off_once(engine: Engine, server: socket.socket) -> Query:
    inquiry = engine.names.inquire(Lookup(1, Question(NAME)), [f"127.0.0.1:{server.getsockname()[1]}"], ["A"])
    query, client = server.recvfrom(4096)
    server.sendto(reply(query, flags=QR | TC), client)
    wait_until(lambda: not inquiry.live)
    return inquiry.queries[0]


@IMPATIENT
def test_a_connect_that_had_no_answer_yet_is_a_fact(engine: Engine) -> None:
    with cutting_off() as (server, _):
        query = cut_off_once(engine, server)
    assert query.error == "timeout"
    assert calls(query)[-3:] == [("socket", ""), ("connect", "EINPROGRESS"), ("close", "")]


def no_port_for(kind: socket.SocketKind, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let connect find no free local port for sockets of one kind."""
    connect = socket.socket.connect_ex

    def connect_ex(opened: socket.socket, address: object) -> int:
        return errno.EAGAIN if opened.type == kind else connect(opened, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect_ex", connect_ex, raising=False)


def test_a_connect_that_finds_no_free_port_has_failed(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    no_port_for(socket.SOCK_STREAM, monkeypatch)
    with socket.socket(type=socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)
        query = cut_off_once(engine, server)
    assert query.error == "EAGAIN"
    assert calls(query)[-3:] == [("socket", ""), ("connect", "EAGAIN"), ("close", "")]


def test_a_datagram_socket_that_finds_no_free_port_has_failed(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    no_port_for(socket.SOCK_DGRAM, monkeypatch)
    inquiry = engine.names.inquire(Lookup(1, Question(NAME)), ["127.0.0.1:9"], ["A"])
    wait_until(lambda: not inquiry.live)
    assert inquiry.queries[0].error == "EAGAIN"
    assert calls(inquiry.queries[0]) == [("socket", ""), ("connect", "EAGAIN"), ("close", "")]
