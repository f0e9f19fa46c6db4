"""The text of calls: every kind of value as it is read, and one line for each call."""

from pathlib import Path

import pytest

from sockscope.net.endpoint import Endpoint, endpoint
from sockscope.net.value import Struct, Symbol, Value
from sockscope.record.fact import Call
from sockscope.request.question import Question
from sockscope.show.call_text import arguments, call_text, result, value_text
from tests.facts import AF_INET, STREAM, at

LINGER = Struct((("l_onoff", 1), ("l_linger", 0)))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "NULL"),
        (0, "0"),
        (-1, "-1"),
        (4_194_304, "4194304"),
        ("example.com", '"example.com"'),
        ("", '""'),
        ("NULL", '"NULL"'),
        ("5", '"5"'),
        (Symbol("SHUT_WR"), "SHUT_WR"),
        (Symbol("AI_PASSIVE | AI_ADDRCONFIG"), "AI_PASSIVE | AI_ADDRCONFIG"),
        (Path("/tmp/a file"), "/tmp/a file"),
        (at("127.0.0.1:80"), "127.0.0.1:80"),
        (at("[::1]:0"), "[::1]:0"),
        (at("[fe80::1%eth0]:80"), "[fe80::1%eth0]:80"),
        (endpoint(("::ffff:127.0.0.1", 80, 0, 0)), "127.0.0.1:80 (::ffff:)"),
        (at("/run/app.sock"), "/run/app.sock"),
        (at("@app"), "@app"),
        (Endpoint(), ""),
        (LINGER, "{l_onoff=1, l_linger=0}"),
        (Struct((("name", "eth0"), ("inner", LINGER))), '{name="eth0", inner={l_onoff=1, l_linger=0}}'),
        (Struct(()), "{}"),
        ((Symbol("IP_TTL"), 64, "x"), '(IP_TTL, 64, "x")'),
        ((), "()"),
    ],
)
def test_each_kind_of_value_is_told_from_the_others(value: Value, text: str) -> None:
    assert value_text(value) == text


@pytest.mark.parametrize(
    ("name", "fd", "given", "returned", "error", "text"),
    [
        ("socket", -1, (AF_INET, STREAM), 7, "", "socket(AF_INET, SOCK_STREAM) = 7"),
        ("bind", 0, (at("127.0.0.1:0"),), 0, "", "bind(0, 127.0.0.1:0) = 0"),
        ("connect", 7, (at("127.0.0.1:80"),), None, "ECONNREFUSED", "connect(7, 127.0.0.1:80) = ECONNREFUSED"),
        ("getsockname", 7, (), at("127.0.0.1:4000"), "", "getsockname(7) = 127.0.0.1:4000"),
        ("accept", 5, (), (9, at("127.0.0.1:4000")), "", "accept(5) = 9, 127.0.0.1:4000"),
        ("accept", 5, (), 9, "", "accept(5) = 9"),
        (
            "setsockopt",
            7,
            (Symbol("SO_LINGER"), LINGER),
            0,
            "",
            "setsockopt(7, SO_LINGER, {l_onoff=1, l_linger=0}) = 0",
        ),
        (
            "getsockopt",
            7,
            (Symbol("SO_PEERCRED"),),
            Struct((("pid", 42), ("uid", 0), ("gid", 1000))),
            "",
            "getsockopt(7, SO_PEERCRED) = {pid=42, uid=0, gid=1000}",
        ),
        (
            "do_handshake",
            7,
            ("example.com",),
            Struct((("version", Symbol("TLSv1.3")), ("cipher", Symbol("AES")), ("alpn", Symbol("h2")))),
            "",
            'do_handshake(7, "example.com") = {version=TLSv1.3, cipher=AES, alpn=h2}',
        ),
        ("do_handshake", 7, (), None, "NOT_TLS", "do_handshake(7) = NOT_TLS"),
        ("if_nametoindex", -1, ("eth0",), 2, "", 'if_nametoindex("eth0") = 2'),
        ("unlink", -1, (at("/run/app.sock"),), 0, "", "unlink(/run/app.sock) = 0"),
        ("getnameinfo", -1, ("::1", Symbol("NI_NAMEREQD")), "ip6", "", 'getnameinfo("::1", NI_NAMEREQD) = "ip6"'),
        ("sleep", -1, (), None, "", "sleep() = NULL"),
    ],
)
def test_a_call_stands_in_one_line(
    name: str, fd: int, given: tuple[Value, ...], returned: Value, error: str, text: str
) -> None:
    assert call_text(Call(name, fd, given, returned, error, 0, 1)) == text


@pytest.mark.parametrize(("rows", "text"), [(0, "0 rows"), (1, "1 row"), (1200, "1,200 rows")])
def test_an_answer_of_the_resolver_is_counted_in_rows(rows: int, text: str) -> None:
    call = Call("getaddrinfo", -1, Question("localhost", "80").arguments(), rows, "", 0, 1)
    assert arguments(call) == '"localhost", "80", AF_UNSPEC, SOCK_STREAM'
    assert result(call) == text


def test_what_was_not_asked_for_is_null_and_a_service_of_that_name_is_not() -> None:
    asked = Question("", "NULL", flags=frozenset({"PASSIVE"})).arguments()
    assert arguments(Call("getaddrinfo", -1, asked, 1, "", 0, 1)) == 'NULL, "NULL", AF_UNSPEC, SOCK_STREAM, AI_PASSIVE'


def test_a_failure_is_told_by_its_name_whatever_else_the_call_holds() -> None:
    assert result(Call("getaddrinfo", -1, (), None, "EAI_NONAME", 0, 1)) == "EAI_NONAME"
    assert result(Call("accept", 5, (), None, "EMFILE", 0, 1, "a note")) == "EMFILE"
