"""What a person wishes for in words, made into plans."""

import pytest

from sockscope.net.address import Address, parse
from sockscope.net.check import check_connect, check_listen
from sockscope.net.tls import ClientTls
from sockscope.show.wish import CONNECT, LISTEN, connect_plan, listen_plan, unusual

TCP, UDP, TLS = Address("localhost", 80), Address("localhost", 53, "udp"), Address("localhost", 443, "tls")
UNIX = Address("/run/x.sock", 0, "unix")


def test_nothing_wished_for_is_the_usual() -> None:
    assert connect_plan(TCP, {}) == connect_plan(TCP, CONNECT)
    assert listen_plan(TCP, {}).answer == "none"
    assert listen_plan(TCP, {}).security is None
    assert unusual(CONNECT, CONNECT) == unusual(LISTEN, LISTEN) == ""


@pytest.mark.parametrize(
    ("target", "wishes", "said"),
    [
        (TCP, {"read_bytes": "0"}, "from 1 to"),
        (TCP, {"read_bytes": "many"}, "number"),
        (TCP, {"source": "example.com"}, "not a name"),
        (TCP, {"source": "127.0.0.1:70000"}, "out of range"),
        (TCP, {"options": "NONSENSE=1"}, "NONSENSE"),
        (TCP, {"options": "NODELAY=maybe"}, "NODELAY"),
        (UDP, {"interface": "nope0"}, "interface"),
        (TLS, {"ca": "/nowhere/ca.pem"}, "cannot be read"),
        (TLS, {"ca": "/" + "x" * 300}, "cannot be read"),
        (TLS, {"certificate": "~nosuchuser/x.pem"}, "user does not exist"),
        (TLS, {"alpn": "x" * 256}, "ALPN"),
        (UDP, {"tls": "yes"}, "DTLS"),
        (UNIX, {"tls": "yes"}, "server name"),
    ],
)
def test_what_cannot_be_connected_so_is_refused_in_one_line(target: Address, wishes: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said) as refused:
        check_connect(connect_plan(target, wishes))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("target", "wishes", "said"),
    [
        (TCP, {"backlog": "-1"}, "backlog"),
        (TCP, {"idle": "soon"}, "idle time"),
        (TCP, {"idle": "1e9"}, "idle time"),
        (TCP, {"answer": "canned"}, "needs a reply"),
        (TCP, {"answer": "canned", "reply": "x", "reply_on": "expression", "pattern": "("}, "expression"),
        (TCP, {"answer": "canned", "reply": "\\q"}, "escapes"),
        (TCP, {"answer": "file", "file": "/dev/zero"}, "regular file"),
        (TCP, {"answer": "file", "file": "~nosuchuser/x"}, "user does not exist"),
        (TCP, {"answer": "nonsense"}, "can answer with"),
        (TCP, {"relay": "udp://127.0.0.1:1"}, "boundaries would be lost"),
        (TCP, {"relay": "127.0.0.1"}, "port is missing"),
        (TCP, {"relay": "tls://localhost:1 perhaps"}, "IPv6|port|colon"),
        (TCP, {"groups": "239.1.2.3"}, "UDP sockets only"),
        (UDP, {"groups": "10.0.0.1"}, "multicast"),
        (TCP, {"family": "dual"}, "listen at"),
        (TLS, {"client_certificate": "require"}, "CA is needed"),
        (TLS, {"certificate": "/nowhere.pem"}, "cannot be read"),
    ],
)
def test_what_cannot_be_listened_so_is_refused_in_one_line(target: Address, wishes: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said) as refused:
        check_listen(listen_plan(target, wishes))
    assert "\n" not in str(refused.value)


def test_wishes_for_a_client_are_in_the_plan() -> None:
    wishes = {"source": "[::1]:4000", "options": "NODELAY=on, SNDBUF=4096", "read_bytes": "10", "verify": "no"}
    plan = connect_plan(TLS, wishes | {"server_name": "x.example", "alpn": "h2 http/1.1"})
    assert plan.source == Address("::1", 4000, "tls")
    assert plan.options == ("NODELAY=on", "SNDBUF=4096")
    assert plan.read_bytes == 10
    assert plan.tls == ClientTls(verify=False, server_name="x.example", alpn=("h2", "http/1.1"))
    assert connect_plan(UDP, {"connected": "no"}).connected is False
    assert connect_plan(TCP, {"connected": "no"}).connected is True
    assert connect_plan(TCP, {"source": ":99"}).source == Address("", 99)
    assert connect_plan(UNIX, {"source": "@mine"}).source == Address("@mine", 0, "unix")


def test_wishes_for_a_listener_are_in_the_plan() -> None:
    wishes = {"clients": "one at a time", "accepting": "no", "idle": "2.5", "at_eof": "keep", "backlog": "3"}
    plan = listen_plan(TCP, wishes | {"relay": "tls://[::1]:443 unverified", "groups": "", "answer": "echo"})
    assert (plan.one_at_a_time, plan.accepting, plan.idle_s, plan.keep_half_open) == (True, False, 2.5, True)
    assert (plan.backlog, plan.answer) == (3, "echo")
    assert plan.relay is not None
    assert (plan.relay.target, plan.relay.tls) == (parse("tls://[::1]:443"), ClientTls(verify=False))


def test_what_differs_from_the_usual_is_written() -> None:
    assert unusual({**CONNECT, "connected": "no", "source": "::1"}, CONNECT) == "from ::1 · connect() no"
