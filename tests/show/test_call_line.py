"""A call on one line: what came of it is never cut, whatever else gives way."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.net.value import Struct, Symbol
from sockscope.record.fact import Call, Refusal
from sockscope.show.call_line import call_line, cut_middle
from sockscope.show.sanitizer import cells, safe
from sockscope.show.units import duration
from tests.facts import AF_INET, STREAM

LOOKED_UP = Call("getaddrinfo", -1, ("::1", "42851", AF_INET, STREAM), 2, "", 0, 118_000)
FINISHED = Call("shutdown", 5, (1,), 0, "", 0, 4_000, "we finished sending")
AGREED = Struct((("version", Symbol("TLSv1.3")), ("cipher", Symbol("TLS_AES_256_GCM_SHA384"))))
SECURED = Call("do_handshake", 13, ("a.example",), AGREED, "", 0, 64_000_000, "verified")
REFUSED = Refusal("send", 7, (5,), "EPIPE", 0, "not sent: our direction is finished")


def text(fact: Call | Refusal, room: int | None) -> str:
    return "".join(part for part, _ in call_line(fact, room)).rstrip()


@pytest.mark.parametrize(
    ("fact", "room", "written"),
    [
        (LOOKED_UP, None, 'getaddrinfo("::1", "42851", AF_INET, SOCK_STREAM) = 2 rows 118 µs'),
        (LOOKED_UP, 68, 'getaddrinfo("::1", "42851", AF_INET, SOCK_STREAM) = 2 rows 118 µs'),
        (LOOKED_UP, 60, 'getaddrinfo("::1", "42851", AF_I…OCK_STREAM) = 2 rows 118 µs'),
        (LOOKED_UP, 40, 'getaddrinfo("::1", …EAM) = 2 rows 118 µs'),
        (LOOKED_UP, 30, "getaddrinfo(…) = 2 rows 118 µs"),
        (LOOKED_UP, 20, "getaddrinfo(…) = 2 rows"),
        (FINISHED, 43, "we finished sending shutdown(5, 1) = 0 4 µs"),
        (FINISHED, 40, "we finished sending shutdown(…) = 0 4 µs"),
        (FINISHED, 30, "we finis… shutdown(…) = 0 4 µs"),
        (FINISHED, 10, "we fin… shutdown(…) = 0"),
        (SECURED, 75, "verified do_handshake(…) = {version=TLSv1.3, cipher=TL…56_GCM_SHA384} 64 ms"),
        (SECURED, 60, "verified do_handshake(…) = {version=TLSv1.3,…M_SHA384} 64 ms"),
        (SECURED, 40, "verifi… do_handshake(…) = {version=T…A384}"),
        (REFUSED, 80, "not done: send, 5 · not sent: our direction is finished EPIPE"),
        (REFUSED, 50, "not done: send, 5 · not sent: our direction… EPIPE"),
        (REFUSED, 30, "not done: send, 5 · not sen… EPIPE"),
    ],
)
def test_what_gives_way(fact: Call | Refusal, room: int | None, written: str) -> None:
    assert text(fact, room) == written


def test_a_connect_that_is_under_way_is_no_error() -> None:
    connect = Call("connect", 5, (Symbol("there"),), None, "EINPROGRESS", 0, 4_000)
    refused = Call("getsockopt", 5, (Symbol("SO_ERROR"),), None, "ECONNREFUSED", 0, 4_000, "", connect)
    assert ("= EINPROGRESS ", "result") in call_line(connect)
    assert ("= ECONNREFUSED ", "error") in call_line(refused)


@given(
    st.text(max_size=12),
    st.text(max_size=60),
    st.one_of(st.none(), st.integers(-(2**31), 2**31), st.text(string.ascii_letters, max_size=16)),
    st.sampled_from(["", "ECONNRESET"]),
    st.text(max_size=50),
    st.integers(40, 200),
)
def test_a_short_result_stands_whole_and_the_line_fits(
    name: str, argument: str, returned: int | str | None, error: str, note: str, room: int
) -> None:
    call = Call("recv", 7, (argument,), returned, error, 0, 5_000, note)
    parts = call_line(call, room)
    whole = {role: part for part, role in call_line(call)}
    found = {role: part for part, role in parts}
    role = "error" if error else "result"
    assert found[role] == whole[role]
    least = cells("recv(…) " + whole[role]) + 8
    assert cells("".join(part for part, _ in parts).rstrip()) <= max(room, least)


NARROW = 80 - 2 - 1 - 2 - 27
"""Cells of a call in a terminal of 80 columns: without the frame, the scroll bar, the gutter and the times."""

CALLS = [
    LOOKED_UP,
    FINISHED,
    SECURED,
    Call("accept", 10, (), (15, "[2001:db8:1234:5678::abcd:ef01]:56578"), "", 0, 118_000),
    Call("connect", 7, ("[2001:db8:1234:5678::abcd:ef01]:56578",), None, "ECONNREFUSED", 0, 99_000),
    Call("recv", 7, (262144,), 0, "", 0, 5_000, "peer finished sending"),
    Call("setsockopt", 7, (Symbol("SO_RCVBUF"), 4194304), 0, "", 0, 1_000),
]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_at_80_columns_a_call_keeps_its_duration(call: Call) -> None:
    line = text(call, NARROW)
    assert cells(line) <= NARROW
    assert line.endswith(duration(call.took_ns))
    assert call.error in line


@given(st.text(max_size=80).map(safe), st.integers(1, 60))
def test_of_a_text_that_is_cut_both_ends_stay(whole: str, room: int) -> None:
    cut = cut_middle(whole, room)
    assert cells(cut) <= room
    if cut != whole:
        first, _, last = cut.partition("…") if whole.count("…") == 0 else ("", "", "")
        assert whole.startswith(first) and whole.endswith(last)
