"""Multicast groups: what people write is checked, and a datagram to a group arrives."""

import errno
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sockscope.engine.kernel import multicast
from sockscope.engine.kernel.multicast import GroupError, interface_name, join, parse_group, send_through
from sockscope.record.fact import Call
from sockscope.show.call_text import call_text
from tests.engine.loopback import in_a_network_of_its_own, needs_ipv6, run_apart

GROUP = "239.1.2.3"
LOOPBACK = socket.if_indextoname(1)


@pytest.fixture
def udp() -> Iterator[socket.socket]:
    with socket.socket(type=socket.SOCK_DGRAM) as made:
        made.settimeout(10)
        yield made


@pytest.fixture
def noted() -> list[Call]:
    return []


def as_written(noted: list[Call]) -> list[str]:
    return [call_text(call) for call in noted]


# What people write.


@pytest.mark.parametrize(
    ("text", "group", "interface"),
    [
        ("239.1.2.3", "239.1.2.3", ""),
        ("224.0.0.1", "224.0.0.1", ""),
        ("ff02::1", "ff02::1", ""),
        ("FF05:0:0::00C", "ff05::c", ""),
        (f"239.1.2.3%{LOOPBACK}", "239.1.2.3", LOOPBACK),
        ("239.1.2.3%1", "239.1.2.3", LOOPBACK),
        ("239.1.2.3%127.0.0.1", "239.1.2.3", LOOPBACK),
        (f"ff02::1%{LOOPBACK}", "ff02::1", LOOPBACK),
        ("ff02::1%1", "ff02::1", LOOPBACK),
        ("ff02::1%127.0.0.1", "ff02::1", LOOPBACK),
        pytest.param("ff02::1%::1", "ff02::1", LOOPBACK, marks=needs_ipv6),
        pytest.param("239.1.2.3%0:0::1", "239.1.2.3", LOOPBACK, marks=needs_ipv6),
    ],
)
def test_a_group_and_its_interface_are_read(text: str, group: str, interface: str) -> None:
    assert parse_group(text) == (group, interface)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a multicast group is needed"),
        ("%lo", "a multicast group is needed"),
        ("group", "that is no IPv4 or IPv6 address"),
        ("239.1.2", "that is no IPv4 or IPv6 address"),
        ("239.01.2.3", "that is no IPv4 or IPv6 address"),
        (" 239.1.2.3", "that is no IPv4 or IPv6 address"),
        ("192.0.2.1", "192.0.2.1 is no multicast group; those are 224.0.0.0 to 239.255.255.255 and ff00::/8"),
        ("240.0.0.1", "240.0.0.1 is no multicast group"),
        ("fe80::1%lo", "fe80::1 is no multicast group"),
        ("::ffff:239.1.2.3", "::ffff:"),
        ("239.1.2.3%", "an interface is missing after %"),
        ("239.1.2.3%nowhere0", "there is no interface nowhere0 here; there are "),
        ("239.1.2.3%999999999", "there is no interface 999999999 here; there are "),
        ("239.1.2.3%0", "there is no interface 0 here; there are "),
        ("239.1.2.3%192.0.2.254", "there is no interface 192.0.2.254 here; there are "),
        ("ff02::1%\x1b[2J\n", "there is no interface like that here; there are "),
        ("ff02::1%" + "x" * 5000, "there is no interface like that here; there are "),
        ("ff02::1%a\0b", "there is no interface like that here; there are "),
    ],
)
def test_what_is_no_group_or_no_interface_is_refused_in_one_line(text: str, message: str) -> None:
    with pytest.raises(GroupError) as refused:
        parse_group(text)
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


def find_interfaces_by_every_address() -> None:
    for text in ("10.1.0.1", "10.2.0.1", "10.3.0.1", "fd00::7", str(socket.if_nametoindex("it0")), "it0"):
        assert interface_name(text) == "it0", text
    assert interface_name("127.0.0.1") == interface_name("1") == "lo"


def test_an_interface_is_found_by_any_of_its_addresses() -> None:
    setup = (
        "ip link set lo up",
        "ip link add it0 type veth peer name it1",
        "ip addr add 10.1.0.1/24 dev it0",
        "ip addr add 10.2.0.1/24 dev it0 label it0:2",
        "ip addr add 10.3.0.1/32 dev it0",
        "ip link set it0 up",
        "ip addr add fd00::7/64 dev it0 nodad",
    )
    run_apart(find_interfaces_by_every_address, within=in_a_network_of_its_own(*setup))


def test_where_the_system_tells_no_addresses_names_and_indexes_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert interface_name("1") == interface_name(LOOPBACK) == LOOPBACK
    with pytest.raises(GroupError):
        interface_name("127.0.0.1")


def test_without_ipv6_the_ipv4_addresses_are_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(multicast, "_IF_INET6", tmp_path / "none")
    assert interface_name("127.0.0.1") == LOOPBACK
    with pytest.raises(GroupError):
        interface_name("::1")


# Joining, and sending.


def test_a_datagram_to_the_group_arrives_at_a_member_through_the_interface(
    udp: socket.socket, noted: list[Call]
) -> None:
    udp.bind((GROUP, 0))
    join(udp, noted.append, GROUP, LOOPBACK)
    with socket.socket(type=socket.SOCK_DGRAM) as sender:
        send_through(sender, noted.append, LOOPBACK)
        sender.sendto(b"to all", udp.getsockname())
        assert udp.recv(100) == b"to all"
        assert as_written(noted) == [
            f'if_nametoindex("{LOOPBACK}") = 1',
            f"setsockopt({udp.fileno()}, IP_ADD_MEMBERSHIP, {{multiaddr=239.1.2.3, interface={LOOPBACK}}}) = 0",
            f'if_nametoindex("{LOOPBACK}") = 1',
            f"setsockopt({sender.fileno()}, IP_MULTICAST_IF, {LOOPBACK}) = 0",
        ]


def test_joining_is_on_the_interface_that_was_asked_for(udp: socket.socket, noted: list[Call]) -> None:
    group = "239.7.6.5"
    join(udp, noted.append, group, LOOPBACK)
    lines = Path("/proc/net/igmp").read_text().splitlines()
    wanted = f"{int.from_bytes(socket.inet_aton(group), sys.byteorder):08X}"
    (at,) = [number for number, line in enumerate(lines) if line.split()[0] == wanted]
    device = next(line for line in reversed(lines[:at]) if not line.startswith("\t"))
    assert device.split()[1] == LOOPBACK


def exchange_over_ipv6() -> None:
    noted: list[Call] = []
    with (
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as member,
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sender,
    ):
        member.settimeout(10)
        member.bind(("::", 0))
        join(member, noted.append, "ff02::1234", "it0")
        send_through(sender, noted.append, "it0")
        sender.sendto(b"to all", ("ff02::1234", member.getsockname()[1]))
        assert member.recv(100) == b"to all"
        index = socket.if_nametoindex("it0")
        assert as_written(noted) == [
            f'if_nametoindex("it0") = {index}',
            f"setsockopt({member.fileno()}, IPV6_JOIN_GROUP, {{multiaddr=ff02::1234, interface=it0}}) = 0",
            f'if_nametoindex("it0") = {index}',
            f"setsockopt({sender.fileno()}, IPV6_MULTICAST_IF, it0) = 0",
        ]


@needs_ipv6
def test_a_datagram_to_an_ipv6_group_arrives_at_a_member() -> None:
    setup = (
        "ip link set lo up",
        "ip link add it0 type veth peer name it1",
        "ip link set it0 up",
        "ip link set it1 up",
        "ip addr add fe80::7/64 dev it0 nodad",
    )
    run_apart(exchange_over_ipv6, within=in_a_network_of_its_own(*setup))


@needs_ipv6
def test_an_ipv6_group_can_be_joined_once(noted: list[Call]) -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as udp6:
        join(udp6, noted.append, "ff02::1234", LOOPBACK)
        members = [line.split() for line in Path("/proc/net/igmp6").read_text().splitlines()]
        assert [LOOPBACK, "ff020000000000000000000000001234"] in [member[1:3] for member in members]
        with pytest.raises(OSError) as refused:
            join(udp6, noted.append, "ff02::1234", LOOPBACK)
        assert refused.value.errno == errno.EADDRINUSE
        assert noted[-1].error == "EADDRINUSE"


@pytest.mark.parametrize("group", [GROUP, "ff02::1234"])
def test_an_interface_that_is_gone_by_now_is_an_error_and_a_fact(
    group: str, udp: socket.socket, noted: list[Call]
) -> None:
    calls: tuple[Callable[[], object], ...] = (
        lambda: join(udp, noted.append, group, "gone0"),
        lambda: send_through(udp, noted.append, "gone0"),
    )
    for call in calls:
        with pytest.raises(OSError) as refused:
            call()
        assert refused.value.errno == errno.ENODEV
        assert as_written(noted) == ['if_nametoindex("gone0") = ENODEV']
        noted.clear()


def join_where_there_is_no_route() -> None:
    noted: list[Call] = []
    with socket.socket(type=socket.SOCK_DGRAM) as udp:
        with pytest.raises(OSError) as refused:
            join(udp, noted.append, GROUP, "")
        assert refused.value.errno == errno.ENODEV
        assert as_written(noted) == [f"setsockopt({udp.fileno()}, IP_ADD_MEMBERSHIP, {{multiaddr=239.1.2.3}}) = ENODEV"]


def test_without_an_interface_the_kernel_chooses_and_may_find_none() -> None:
    run_apart(join_where_there_is_no_route, within=in_a_network_of_its_own())
