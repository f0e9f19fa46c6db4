"""Socket options: what people write is checked, what is set is read back, and both are facts."""

import errno
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from sockscope.engine.kernel.option import read, read_all, write
from sockscope.net.socket_option import OPTIONS, OptionError, parse
from sockscope.record.fact import Call
from sockscope.show.call_text import call_text
from tests.engine.loopback import connected_pair, needs_ipv6

NAMED = {option.name: option for option in OPTIONS}


@pytest.fixture
def tcp() -> Iterator[socket.socket]:
    with socket.socket() as made:
        yield made


@pytest.fixture
def noted() -> list[Call]:
    return []


def as_written(noted: list[Call]) -> list[str]:
    return [call_text(call) for call in noted]


# What people write.


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("NODELAY=on", "NODELAY", "on"),
        ("nodelay = OFF", "NODELAY", "off"),
        ("TCP_NODELAY=1", "NODELAY", "on"),
        ("KEEPALIVE=0", "KEEPALIVE", "off"),
        ("SNDBUF=65536", "SNDBUF", "65536"),
        ("SNDBUF=0", "SNDBUF", "0"),
        ("RCVBUF=2147483647", "RCVBUF", "2147483647"),
        ("TTL=007", "TTL", "7"),
        ("ipv6_unicast_hops=64", "TTL", "64"),
        ("LINGER=off", "LINGER", "off"),
        ("LINGER=0", "LINGER", "0"),
        ("LINGER=5", "LINGER", "5"),
        ("KEEPCNT=127", "KEEPCNT", "127"),
    ],
)
def test_an_option_and_its_value_are_read(text: str, name: str, value: str) -> None:
    assert parse(text) == (NAMED[name], value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "an option is written NAME=value, such as NODELAY=on"),
        ("NODELAY", "an option is written NAME=value, such as NODELAY=on"),
        ("=on", "an option is written NAME=value, such as NODELAY=on"),
        ("SPEED=on", "SPEED is not an option; there are NODELAY, KEEPALIVE, "),
        ("\x1b[2J=on", "that is not an option; there are NODELAY, "),
        ("NODELAY=maybe", "NODELAY is on or off"),
        ("NODELAY=", "NODELAY is on or off"),
        ("LINGER=on", "LINGER is off or a whole number of seconds, 0 to 2147483647"),
        ("SNDBUF=64k", "SNDBUF is a whole number of bytes, 0 to 2147483647"),
        ("SNDBUF=2147483648", "SNDBUF is a whole number of bytes, 0 to 2147483647"),
        ("SNDBUF=-1", "SNDBUF is a whole number of bytes, 0 to 2147483647"),
        ("SNDBUF=٣", "SNDBUF is a whole number of bytes, 0 to 2147483647"),
        ("SNDBUF=" + "9" * 5000, "SNDBUF is a whole number of bytes, 0 to 2147483647"),
        ("TTL=0", "TTL is a whole number, 1 to 255"),
        ("MULTICAST_TTL=256", "MULTICAST_TTL is a whole number, 0 to 255"),
        ("KEEPIDLE=off", "KEEPIDLE is a whole number of seconds, 1 to 32767"),
    ],
)
def test_what_is_no_option_or_no_value_is_refused_in_one_line(text: str, message: str) -> None:
    with pytest.raises(OptionError) as refused:
        parse(text)
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


def test_an_option_that_the_system_does_not_have_is_refused_and_not_read(
    monkeypatch: pytest.MonkeyPatch, tcp: socket.socket, noted: list[Call]
) -> None:
    assert "REUSEPORT" in read_all(tcp)
    monkeypatch.delattr(socket, "SO_REUSEPORT")
    with pytest.raises(OptionError, match=r"^this system has no SO_REUSEPORT$"):
        parse("REUSEPORT=on")
    assert "REUSEPORT" not in read_all(tcp)
    with pytest.raises(OSError, match="SO_REUSEPORT"):
        read(tcp, noted.append, NAMED["REUSEPORT"])
    assert [call.error for call in noted] == ["ENOPROTOOPT"]


# Which socket an option is for.


def applying(family: int, type: int) -> set[str]:
    return {option.name for option in OPTIONS if option.applies(family, type)}


def test_an_option_applies_to_the_sockets_that_it_means_something_for() -> None:
    for_each = {"REUSEADDR", "REUSEPORT", "SNDBUF", "RCVBUF", "TTL", "TOS"}
    for_stream = {"NODELAY", "KEEPALIVE", "KEEPIDLE", "KEEPINTVL", "KEEPCNT", "LINGER"}
    for_datagram = {"MULTICAST_LOOP", "MULTICAST_TTL"}
    assert applying(socket.AF_INET, socket.SOCK_STREAM) == for_each | for_stream
    assert applying(socket.AF_INET6, socket.SOCK_STREAM) == for_each | for_stream | {"V6ONLY"}
    assert applying(socket.AF_INET, socket.SOCK_DGRAM) == for_each | for_datagram | {"BROADCAST"}
    assert applying(socket.AF_INET6, socket.SOCK_DGRAM) == for_each | for_datagram | {"V6ONLY"}
    assert applying(socket.AF_UNIX, socket.SOCK_STREAM) == {"SNDBUF"}
    assert applying(socket.AF_UNIX, socket.SOCK_DGRAM) == {"SNDBUF"}


def test_every_option_says_what_it_means_in_one_line() -> None:
    assert len(NAMED) == len(OPTIONS)
    for option in OPTIONS:
        assert option.kind in ("switch", "number", "linger")
        assert option.unit in ("", "bytes", "seconds")
        assert option.meaning.endswith(".")
        assert len(option.meaning) < 100


# Setting and reading back.

CHANGED = {
    "NODELAY": "on",
    "KEEPALIVE": "on",
    "KEEPIDLE": "11",
    "KEEPINTVL": "12",
    "KEEPCNT": "13",
    "LINGER": "14",
    "REUSEADDR": "on",
    "REUSEPORT": "on",
    "V6ONLY": "on",
    "TTL": "15",
    "TOS": "16",
    "BROADCAST": "on",
    "MULTICAST_LOOP": "off",
    "MULTICAST_TTL": "16",
}


@pytest.mark.parametrize("family", [socket.AF_INET, pytest.param(socket.AF_INET6, marks=needs_ipv6)])
@pytest.mark.parametrize("type", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_every_option_that_applies_can_be_set_and_nothing_else_changes_by_it(
    family: socket.AddressFamily, type: socket.SocketKind, noted: list[Call]
) -> None:
    with socket.socket(family, type) as made:
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        before = read_all(made)
        assert before.keys() == applying(family, type)
        for name in before.keys() & CHANGED.keys():
            assert before[name] != CHANGED[name], name
            assert write(made, noted.append, NAMED[name], CHANGED[name]) == CHANGED[name], name
            before[name] = CHANGED[name]
            assert read_all(made) == before, name


def test_what_is_in_force_is_shown_and_not_what_was_asked_for(tcp: socket.socket, noted: list[Call]) -> None:
    fd = tcp.fileno()
    in_force = write(tcp, noted.append, NAMED["SNDBUF"], "65536")
    assert in_force == str(tcp.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)) == "131072"
    assert as_written(noted) == [f"setsockopt({fd}, SO_SNDBUF, 65536) = 0", f"getsockopt({fd}, SO_SNDBUF) = 131072"]


def test_a_switch_and_linger_are_noted_as_they_are_passed(tcp: socket.socket, noted: list[Call]) -> None:
    fd = tcp.fileno()
    assert read(tcp, noted.append, NAMED["LINGER"]) == "off"
    assert write(tcp, noted.append, NAMED["LINGER"], "5") == "5"
    assert write(tcp, noted.append, NAMED["LINGER"], "0") == "0"
    assert write(tcp, noted.append, NAMED["LINGER"], "off") == "off"
    assert write(tcp, noted.append, NAMED["NODELAY"], "on") == "on"
    assert as_written(noted) == [
        f"getsockopt({fd}, SO_LINGER) = {{l_onoff=0}}",
        f"setsockopt({fd}, SO_LINGER, {{l_onoff=1, l_linger=5}}) = 0",
        f"getsockopt({fd}, SO_LINGER) = {{l_onoff=1, l_linger=5}}",
        f"setsockopt({fd}, SO_LINGER, {{l_onoff=1, l_linger=0}}) = 0",
        f"getsockopt({fd}, SO_LINGER) = {{l_onoff=1, l_linger=0}}",
        f"setsockopt({fd}, SO_LINGER, {{l_onoff=0}}) = 0",
        f"getsockopt({fd}, SO_LINGER) = {{l_onoff=0}}",
        f"setsockopt({fd}, TCP_NODELAY, 1) = 0",
        f"getsockopt({fd}, TCP_NODELAY) = 1",
    ]


@needs_ipv6
def test_ipv6_has_constants_of_its_own(noted: list[Call]) -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as made:
        write(made, noted.append, NAMED["MULTICAST_TTL"], "3")
        assert made.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS) == 3
        assert noted[0].arguments == ("IPV6_MULTICAST_HOPS", 3)


def test_options_of_a_connection_can_be_set() -> None:
    with connected_pair() as (one, other):
        assert write(one, lambda _: None, NAMED["LINGER"], "0") == "0"
        one.close()
        with pytest.raises(ConnectionResetError):
            other.recv(1)


@needs_ipv6
def test_what_the_kernel_refuses_is_an_error_and_a_fact(noted: list[Call]) -> None:
    with socket.socket(socket.AF_INET6) as bound:
        bound.bind(("::1", 0))
        with pytest.raises(OSError) as refused:
            write(bound, noted.append, NAMED["V6ONLY"], "on")
        assert refused.value.errno == errno.EINVAL
        assert as_written(noted) == [f"setsockopt({bound.fileno()}, IPV6_V6ONLY, 1) = EINVAL"]


def test_an_option_of_another_kind_of_socket_is_an_error(noted: list[Call]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, pytest.raises(OSError):
        write(udp, noted.append, NAMED["NODELAY"], "on")
    (call,) = noted
    assert call.error in ("EOPNOTSUPP", "ENOPROTOOPT")


def test_one_that_cannot_be_read_is_left_out_and_a_closed_socket_has_none(tcp: socket.socket) -> None:
    class NoKeepIdle(socket.socket):
        def getsockopt(self, level: int, option: int, *size: int) -> Any:
            if (level, option) == (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE):
                raise OSError(errno.ENOPROTOOPT, "Protocol not available")
            return super().getsockopt(level, option, *size)

    with NoKeepIdle() as made:
        assert read_all(made) == {name: value for name, value in read_all(tcp).items() if name != "KEEPIDLE"}
    assert read_all(made) == {}
