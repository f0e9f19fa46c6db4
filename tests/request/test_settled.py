"""What a person settles in words, made into requests."""

import pytest

from sockscope.engine.check import check_connect, check_listen
from sockscope.engine.listen.responders.responder import recipe
from sockscope.net.address import Address, parse
from sockscope.request import Connect, Listen
from sockscope.request.setting import For
from sockscope.request.settings import unusual, usual
from sockscope.request.tls import ClientTls

TCP, UDP, TLS = Address("localhost", 80), Address("localhost", 53, "udp"), Address("localhost", 443, "tls")
UNIX = Address("/run/x.sock", 0, "unix")


def test_nothing_settled_is_the_usual() -> None:
    assert Connect.read(TCP, {}) == Connect.read(TCP, usual(For.CONNECT)) == Connect(TCP)
    assert Listen.read(TCP, {}) == Listen.read(TCP, usual(For.LISTEN)) == Listen(TCP)
    assert Listen.read(TCP, {}).answers.kind == "none"
    assert Listen.read(TCP, {}).security is None
    assert unusual(For.CONNECT, usual(For.CONNECT)) == unusual(For.LISTEN, usual(For.LISTEN)) == ""


@pytest.mark.parametrize(
    ("target", "texts", "said"),
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
def test_what_cannot_be_connected_so_is_refused_in_one_line(target: Address, texts: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said) as refused:
        check_connect(Connect.read(target, texts))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("target", "texts", "said"),
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
def test_what_cannot_be_listened_so_is_refused_in_one_line(target: Address, texts: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said) as refused:
        asked = Listen.read(target, texts)
        check_listen(asked)
        recipe(asked.answers)
    assert "\n" not in str(refused.value)


def test_what_is_settled_for_a_client_are_in_the_request() -> None:
    texts = {"source": "[::1]:4000", "options": "NODELAY=on, SNDBUF=4096", "read_bytes": "10", "verify": "no"}
    asked = Connect.read(TLS, texts | {"server_name": "x.example", "alpn": "h2 http/1.1"})
    assert asked.source == Address("::1", 4000, "tls")
    assert asked.options == ("NODELAY=on", "SNDBUF=4096")
    assert asked.read_bytes == 10
    assert asked.tls == ClientTls(verify=False, server_name="x.example", alpn=("h2", "http/1.1"))
    assert Connect.read(UDP, {"connected": "no"}).connected is False
    assert Connect.read(TCP, {"connected": "no"}).connected is True
    assert Connect.read(TCP, {"source": ":99"}).source == Address("", 99)
    assert Connect.read(UNIX, {"source": "@mine"}).source == Address("@mine", 0, "unix")


def test_what_is_settled_for_a_listener_are_in_the_request() -> None:
    texts = {"clients": "one at a time", "accepting": "no", "idle": "2.5", "at_eof": "keep", "backlog": "3"}
    asked = Listen.read(TCP, texts | {"relay": "tls://[::1]:443 unverified", "groups": "", "answer": "echo"})
    assert (asked.one_at_a_time, asked.accepting, asked.idle_s, asked.keep_half_open) == (True, False, 2.5, True)
    assert (asked.backlog, asked.answers.kind) == (3, "echo")
    assert asked.relay is not None
    assert (asked.relay.target, asked.relay.tls) == (parse("tls://[::1]:443"), ClientTls(verify=False))


def test_what_differs_from_the_usual_is_written() -> None:
    assert unusual(For.CONNECT, {**usual(For.CONNECT), "connected": "no", "source": "::1"}) == "from ::1 · connect() no"
