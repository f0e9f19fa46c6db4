"""The small web server: framing, what it refuses, and what it keeps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.engine.listen.responders.responder import make
from sockscope.engine.listen.responders.response import KEPT_BYTES, Responder, Response
from tests.engine.replies import cut, give, places, sent

BODY = b"This is sockscope.\n"


def ok(connection: str = "keep-alive", body: bytes = BODY) -> bytes:
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 19\r\n"
        b"Connection: " + connection.encode() + b"\r\n\r\n" + body
    )


def refusal(status: str) -> bytes:
    return (
        f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(status) + 1}\r\n"
        f"Connection: close\r\n\r\n{status}\n"
    ).encode()


def server() -> Responder:
    return make("http")(False)


GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def test_a_request_is_answered_when_its_head_ends() -> None:
    responder = server()
    assert responder.arrived() is None
    assert give(responder, GET[:-1]) is None
    assert give(responder, GET[-1:]) == Response(ok())


@pytest.mark.parametrize(
    ("request_", "connection"),
    [
        (b"GET / HTTP/1.1\n\n", "keep-alive"),
        (b"GET / HTTP/1.1\nHost: a\n\r\n", "keep-alive"),
        (b"\r\n\n\r\nGET / HTTP/1.1\r\n\r\n", "keep-alive"),
        (b"OPTIONS * HTTP/1.1\r\n\r\n", "keep-alive"),
        (b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", "close"),
        (b"GET / HTTP/1.1\r\nCONNECTION:upgrade ,Close\r\n\r\n", "close"),
        (b"GET / HTTP/1.1\r\nConnection: a\r\nConnection: close\r\n\r\n", "close"),
        (b"GET / HTTP/1.1\r\nX-Connection: close\r\n\r\n", "keep-alive"),
        (b"GET / HTTP/1.0\r\n\r\n", "close"),
        (b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "keep-alive"),
    ],
)
def test_the_connection_is_kept_as_asked(request_: bytes, connection: str) -> None:
    assert give(server(), request_) == Response(ok(connection), finish=connection == "close")


def test_head_gets_no_body() -> None:
    assert give(server(), b"HEAD / HTTP/1.1\r\n\r\n") == Response(ok(body=b""))


@given(places)
def test_pipelined_requests_are_answered_in_order_wherever_they_are_cut(at: list[int]) -> None:
    post = b"POST / HTTP/1.1\r\nContent-Length: 20\r\n\r\nGET / HTTP/1.1\r\n\r\nab"
    head = b"HEAD / HTTP/1.1\n\n"
    last = b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"
    answers = [ok(), ok(), ok(body=b""), ok("close")]
    assert sent(server(), *cut(GET + post + head + last + GET, at)) == b"".join(answers)


def test_a_body_is_swallowed_before_the_answer() -> None:
    responder = server()
    assert give(responder, b"POST / HTTP/1.1\r\nContent-Length: 3000000\r\n\r\n" + b"x" * 1_000_000) is None
    assert give(responder, b"\n" * 1_999_999) is None
    assert give(responder, b"x" + GET) == Response(ok() + ok())


def test_who_waits_with_a_body_is_told_to_go_on() -> None:
    head = b"POST / HTTP/1.%d\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    responder = server()
    assert give(responder, head % 1) == Response(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert give(responder, b"ab") == Response(ok())
    assert give(responder, head % 1 + b"ab") == Response(ok()), "the body is there already"
    assert give(responder, head % 0) is None


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"hello\r\n\r\n", "400 Bad Request"),
        (b"GET /\r\n\r\n", "400 Bad Request"),
        (b"GET / HTTP/2.0\r\n\r\n", "400 Bad Request"),
        (b"GET / x HTTP/1.1\r\n\r\n", "400 Bad Request"),
        (b"G\xffT / HTTP/1.1\r\n\r\n", "400 Bad Request"),
        (b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "400 Bad Request"),
        (b"GET / HTTP/1.1\r\nContent-Length: 1, 2\r\n\r\n", "400 Bad Request"),
        (b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "400 Bad Request"),
        (b"GET / HTTP/1.1\r\nContent-Length:\r\n\r\n", "400 Bad Request"),
        (b"GET / HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", "400 Bad Request"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "411 Length Required"),
    ],
)
def test_what_cannot_be_framed_is_refused_and_finished(request_: bytes, status: str) -> None:
    responder = server()
    assert give(responder, GET + request_ + GET) == Response(ok() + refusal(status), finish=True)
    assert give(responder, GET) is None


@pytest.mark.parametrize("ended", [False, True])
def test_a_head_over_64_kib_is_refused(ended: bool) -> None:
    longest = b"GET / HTTP/1.1\r\nX: " + b"x" * (KEPT_BYTES - 23) + b"\r\n\r\n"
    assert give(server(), GET + longest) == Response(ok() + ok())
    responder = server()
    too_long = longest[:-4] + (b"x\r\n\r\n" if ended else b"xxxxx")
    answers = [give(responder, part) for part in (too_long[:40_000], too_long[40_000:], GET)]
    assert answers == [None, Response(refusal("431 Request Header Fields Too Large"), finish=True), None]


def test_empty_lines_are_not_kept() -> None:
    responder = server()
    for _ in range(4):
        assert give(responder, b"\r\n" * 20_000) is None
    assert give(responder, GET) == Response(ok())


def test_a_head_may_arrive_byte_by_byte() -> None:
    head = b"GET / HTTP/1.1\r\nX: " + b"\n x" * 5000 + b"\r\n\r\n"
    assert sent(server(), *(head[at : at + 1] for at in range(len(head)))) == ok()


def test_each_datagram_is_a_request() -> None:
    responder = make("http")(True)
    assert responder.arrived() is None
    assert give(responder, b"GET / HTTP/1.0\r\n\r\n") == Response(ok("close"))
    assert give(responder, b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nab") == Response(ok())
    assert give(responder, b"GET / HTTP/1.1\r\n") == Response(refusal("400 Bad Request"))
    assert give(responder, b"\r\n") == Response(refusal("400 Bad Request"))
    assert give(responder, GET) == Response(ok())


@given(
    st.lists(st.binary(max_size=30) | st.sampled_from([b"\n", b"\r\n\r\n", b"GET / HTTP/1.1", b"Content-Length: 1"]))
)
def test_whatever_arrives_is_answered_with_whole_answers(receives: list[bytes]) -> None:
    data = sent(server(), *receives)
    assert data == b"" or data.startswith(b"HTTP/1.1 ")
