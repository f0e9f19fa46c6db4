"""Options of a plan: what can never apply is refused, what does not apply to one of several sockets is said."""

import socket
from pathlib import Path

import pytest

from sockscope.engine.engine import Engine
from sockscope.net.address import Address, AddressError
from sockscope.net.socket_option import OptionError
from sockscope.record.conversation import State
from sockscope.request import Connect, Listen
from tests.conftest import wait_until
from tests.engine.loopback import V4, calls, listening, needs_ipv6, refusals, row_of

SAID = "V6ONLY does not apply to IPv4"


@pytest.mark.parametrize(
    ("kind", "family", "option", "said"),
    [
        ("udp", "any", "NODELAY=on", "NODELAY does not apply to UDP sockets"),
        ("udp", "any", "LINGER=5", "LINGER does not apply to UDP sockets"),
        ("tcp", "any", "BROADCAST=on", "BROADCAST does not apply to TCP sockets"),
        ("tcp", "IPv4", "V6ONLY=on", "V6ONLY does not apply to TCP sockets of IPv4"),
        ("udp", "IPv6", "BROADCAST=on", "BROADCAST does not apply to UDP sockets of IPv6"),
        ("unix", "any", "NODELAY=on", "NODELAY does not apply to UNIX stream sockets"),
        ("unixgram", "any", "TTL=3", "TTL does not apply to UNIX datagram sockets"),
    ],
)
def test_what_can_never_apply_is_refused_up_front(
    engine: Engine, tmp_path: Path, kind: str, family: str, option: str, said: str
) -> None:
    target = Address(str(tmp_path / "s"), 0, kind) if kind.startswith("unix") else Address("localhost", 1, kind)
    with pytest.raises(OptionError, match=said):
        engine.connect(Connect(target, family=family, options=(option,)))
    with pytest.raises(OptionError, match=said):
        engine.listen(Listen(target, family=family, options=(option,)))


def test_what_does_not_apply_to_the_address_that_won_is_said(engine: Engine) -> None:
    with listening() as server:
        conversation = engine.connect(Connect(Address(*server.getsockname()), options=("V6ONLY=on", "TTL=9")))
        wait_until(lambda: conversation.state is State.CONNECTED)
        (call,) = refusals(conversation, "setsockopt")
        assert (call.error, call.note) == ("ENOPROTOOPT", SAID)
        assert conversation.facts.said == f"not set: {SAID}"
        assert [call.arguments[0] for call in calls(conversation, "setsockopt")] == ["IP_TTL"]


@needs_ipv6
def test_what_applies_to_the_address_that_won_is_not_said_to_be_left_out(engine: Engine) -> None:
    with listening("::1") as server:
        rows = [row_of(server)]
        conversation = engine.connect(Connect(Address("test", 1), rows=rows, options=("V6ONLY=on",)))
        wait_until(lambda: conversation.state is State.CONNECTED)
        assert (conversation.facts.said, refusals(conversation, "setsockopt")) == ("", [])


@needs_ipv6
def test_a_listener_says_which_of_its_sockets_an_option_does_not_apply_to(engine: Engine) -> None:
    listener = engine.listen(Listen(Address("localhost", 0), options=("V6ONLY=on",)))
    wait_until(lambda: listener.bound)
    ipv4 = [bound.fd for bound in listener.bound if bound.address.host == V4]
    assert [call.fd for call in refusals(listener, "setsockopt")] == ipv4
    assert listener.facts.said == (f"not set: {SAID}" if ipv4 else "")


def test_multicast_is_for_udp_only(engine: Engine, tmp_path: Path) -> None:
    path = Address(str(tmp_path / "s"), 0, "unixgram")
    with pytest.raises(AddressError, match="UDP only"):
        engine.connect(Connect(Address("localhost", 1), interface="lo"))
    with pytest.raises(AddressError, match="UDP only"):
        engine.connect(Connect(path, interface="lo"))
    with pytest.raises(AddressError, match="UDP sockets only"):
        engine.listen(Listen(path, groups=("239.1.2.3",)))


def test_given_rows_tell_which_families_there_are(engine: Engine) -> None:
    with listening() as server:
        assert row_of(server).family is socket.AF_INET
        with pytest.raises(OptionError, match="V6ONLY does not apply"):
            engine.connect(Connect(Address("test", 1), rows=[row_of(server)], options=("V6ONLY=on",)))
