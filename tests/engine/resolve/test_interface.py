"""What the kernel tells of this machine's addresses: read from real ones, and nothing is believed of an odd answer."""

import socket
import struct
import sys
from collections.abc import Iterator
from ipaddress import ip_address

import pytest

from sockscope.engine.kernel.netlink import DONE, ERROR, request
from sockscope.engine.resolve import interface
from sockscope.engine.resolve.interface import Interfaces, read_interfaces
from sockscope.record.fact import Call
from sockscope.record.lookup.candidate import Held
from tests.engine.loopback import in_a_network_of_its_own, run_apart, sockets_open

NETWORK = """
ip link set lo up
ip link add v0 index 7 type veth peer name v1 index 8
for each in v0 v1; do echo 1 > /proc/sys/net/ipv6/conf/$each/addr_gen_mode; ip link set $each up; done
ip addr add 10.0.0.1/24 dev v0
ip addr add 10.1.0.1 peer 10.1.0.2/32 dev v1
ip addr add 2001:db8:1::1/64 dev v0 nodad
ip addr add 2001:db8:2::1/48 dev v1 nodad preferred_lft 0
ip addr add 2001:db8:3::1/64 dev v1 nodad home
ip addr add fe80::1/64 dev v0 nodad
ip addr add fe80::1/64 dev v1 nodad
"""


def check_addresses() -> None:
    facts: list[Call] = []
    found = read_interfaces(facts.append)
    assert found.gap == ""
    assert set(found.held) == {
        Held(ip_address("127.0.0.1"), 8, 1),
        Held(ip_address("::1"), 128, 1),
        Held(ip_address("10.0.0.1"), 24, 7),
        Held(ip_address("10.1.0.2"), 32, 8),
        Held(ip_address("2001:db8:1::1"), 64, 7),
        Held(ip_address("2001:db8:2::1"), 48, 8, deprecated=True),
        Held(ip_address("2001:db8:3::1"), 64, 8, home=True),
        Held(ip_address("fe80::1"), 64, 7),
        Held(ip_address("fe80::1"), 64, 8),
    }
    interfaces = [found.find(ip_address("fe80::1"), scope_id) for scope_id in (7, 8, 9)]
    assert [held and held.interface for held in interfaces] == [7, 8, 7]
    assert found.find(ip_address("::ffff:10.0.0.1")) == Held(ip_address("10.0.0.1"), 24, 7)
    assert found.find(ip_address("10.0.0.2")) is None
    names = [call.name for call in facts]
    assert (names[0], names[-1]) == ("socket", "close")
    assert [call.arguments[0] for call in facts if call.name == "send"] == [
        "RTM_GETLINK",
        "RTM_GETADDR",
    ]
    assert all(call.error == "" for call in facts)


def test_the_addresses_of_a_machine_are_told() -> None:
    run_apart(check_addresses, within=in_a_network_of_its_own(NETWORK))


def check_many() -> None:
    assert len(read_interfaces(lambda _: None).held) == 3002


def test_more_addresses_than_one_answer_holds_are_told() -> None:
    batch = (
        "for a in $(seq 0 11); do for b in $(seq 1 250); do echo addr add 2001:db8:$a::$b/64 dev lo nodad; done; done"
    )
    run_apart(check_many, within=in_a_network_of_its_own("ip link set lo up", f"({batch}) | ip -batch -"))


def link(index: int, device: int) -> bytes:
    return request(16, struct.pack("=BxHi", 0, device, index))


def address(index: int, packed: bytes, flags: int = 0, attribute: int = 1) -> bytes:
    family = socket.AF_INET if len(packed) == 4 else socket.AF_INET6
    told = struct.pack("=HH", 4 + len(packed), attribute) + packed
    return request(20, struct.pack("=BBBBi", family, 24, flags, 0, index) + told)


GLOBAL = ip_address("2001:db8::1").packed
END = request(DONE, bytes(4))


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """A kernel that gives these answers."""
    answers: list[bytes] = []

    class Canned(socket.socket):
        def recv(self, *_: int) -> bytes:
            return answers.pop(0) if answers else b""

    before = sockets_open()
    with monkeypatch.context() as patched:
        patched.setattr(socket, "socket", Canned)
        yield answers
    assert sockets_open() <= before


@pytest.mark.parametrize(("device", "native"), [(1, True), (768, False), (769, False), (776, False), (65534, True)])
def test_a_tunnel_is_not_native(kernel: list[bytes], device: int, native: bool) -> None:
    kernel += [link(5, device), link(6, 1) + END, address(5, GLOBAL) + address(6, bytes(4)), END]
    five, six = read_interfaces(lambda _: None).held
    assert (five.native, six.native) == (native, True)


@pytest.mark.parametrize("flags", [0x20, 0x04, 0x24])
def test_what_is_optimistic_counts_as_deprecated(kernel: list[bytes], flags: int) -> None:
    kernel += [END, address(5, GLOBAL, flags) + END]
    (held,) = read_interfaces(lambda _: None).held
    assert (held.deprecated, held.home) == (True, False)


def test_a_local_address_stands_in_for_a_missing_one(kernel: list[bytes]) -> None:
    odd = address(5, b"8 bytes.") + request(99, b"")
    kernel += [END, address(5, GLOBAL, attribute=2) + odd + address(5, GLOBAL, attribute=9) + END]
    (held,) = read_interfaces(lambda _: None).held
    assert held.address == ip_address("2001:db8::1")


@pytest.mark.parametrize(
    "answers",
    [[], [b"garbage"], [request(ERROR, bytes(20))], [END, request(ERROR, bytes(20))], [END, request(20, b"x") + END]],
    ids=["nothing", "garbage", "an error", "a late error", "too short"],
)
def test_an_odd_answer_is_a_gap(kernel: list[bytes], answers: list[bytes]) -> None:
    kernel += answers
    assert read_interfaces(lambda _: None) == Interfaces(gap="the kernel did not tell of its interfaces' addresses")


def test_without_an_ipv6_address_nothing_is_known_as_in_glibc(kernel: list[bytes]) -> None:
    kernel += [END, address(1, ip_address("::1").packed) + address(5, bytes(4)) + END]
    found = read_interfaces(lambda _: None)
    assert found.held == ()
    assert found.gap.startswith("no interface has an IPv6 address but ::1")


def test_a_kernel_that_refuses_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    facts: list[Call] = []
    monkeypatch.setattr(interface, "_NETLINK_ROUTE", 31)  # no such protocol
    assert read_interfaces(facts.append).gap == "the kernel did not tell of its interfaces' addresses"
    assert [(call.name, call.error) for call in facts] == [("socket", "EPROTONOSUPPORT")]


def test_another_system_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    facts: list[Call] = []
    monkeypatch.setattr(sys, "platform", "darwin")
    assert read_interfaces(facts.append) == Interfaces(gap="this system does not tell of its interfaces' addresses")
    assert facts == []
