"""Why rows are in their order: what we say is measured against what getaddrinfo does, on a table of addresses.

Each set of addresses stands in a hosts file under several names, for each another order of its lines. So the order in
which the resolver gave them is known, and sorting it by our rules has to give what getaddrinfo gives.
"""

import os
import socket
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from itertools import islice, permutations
from pathlib import Path

import pytest

from sockscope.engine.resolve.interface import read_interfaces
from sockscope.engine.resolve.source_address import find_source
from sockscope.engine.resolve.system_files import read_policy
from sockscope.engine.resolve.weigh import destination, weigh
from sockscope.net.row import Row
from sockscope.record.lookup.candidate import weighed
from sockscope.record.lookup.order import Order
from sockscope.record.lookup.policy import GLIBC, SYSTEM
from sockscope.record.lookup.rule import decide
from tests.engine.loopback import in_a_network_of_its_own, row, run_apart

FILES = "SOCKSCOPE_TEST_FILES"
"""The environment's word for where the files of a test are."""

needs_glibc = pytest.mark.skipif(SYSTEM is not GLIBC, reason="another library orders otherwise")

# What a machine with everything has: v0 with addresses of all kinds, v2 as a second interface, a default route.
RICH = """
ip link set lo up
ip link add v0 type veth peer name v1
ip link add v2 type veth peer name v3
for each in v0 v1 v2 v3; do echo 1 > /proc/sys/net/ipv6/conf/$each/addr_gen_mode; ip link set $each up; done
ip addr add 10.0.0.1/24 dev v0
ip addr add 169.254.7.1/16 dev v0
ip addr add 172.16.0.1/12 dev v2
ip addr add 10.1.0.1 peer 10.1.0.2/32 dev v2
ip addr add 2001:db8:1::1/64 dev v0 nodad
ip addr add 2001:db8:2::1/64 dev v0 nodad preferred_lft 0
ip addr add 2001:db8:6::1/64 dev v0 nodad home
ip addr add 2001:db8:7::1/48 dev v2 nodad
ip addr add fd00:5::1/64 dev v0 nodad
ip addr add fec0:5::1/64 dev v2 nodad
ip addr add 2002:a00:1::1/64 dev v0 nodad
ip addr add 2001:0:1::1/64 dev v0 nodad
ip addr add fe80::1/64 dev v0 nodad
ip route add default via 10.0.0.254
ip route add 10.9.0.0/24 dev v0 src 169.254.7.1
ip -6 route add 2001:db8:2:1::/64 dev v0 src 2001:db8:2::1
ip -6 route add 2001:db8:6:1::/64 dev v0 src 2001:db8:6::1
ip -6 route add 2001:db8:5::/64 dev v0 src fd00:5::1
ip -6 route add 2001:db8:8::/64 dev v0 src 2001:db8:1::1
ip -6 route add 2600::/16 dev v0 src 2001:db8:1::1
ip -6 route add ::/96 dev v0 src 2001:db8:1::1
ip -6 route add 2002:b00::/32 dev v0 src 2001:db8:1::1
ip -6 route add fec0:6::/64 dev v0 src 2001:db8:1::1
ip -6 route add 2001:db8:9::/64 dev v0 src fe80::1
ip -6 route add 2001:0:2::/64 dev v0 src 2001:db8:1::1
ip route add unreachable 10.66.0.0/16
ip route add prohibit 10.67.0.0/16
"""

# Only ::1 and IPv4: glibc does not look at interfaces then.
OLD = """
ip link set lo up
ip link add v0 type veth peer name v1
for each in v0 v1; do echo 1 > /proc/sys/net/ipv6/conf/$each/addr_gen_mode; ip link set $each up; done
ip addr add 10.0.0.1/24 dev v0
"""

# A device that says it is a tunnel for IPv6 over IPv4 (ARPHRD_SIT), since not every kernel can make a real one.
TUNNEL = f"""
ip link set lo up
ip link add v0 type veth peer name v1
for each in v0 v1; do echo 1 > /proc/sys/net/ipv6/conf/$each/addr_gen_mode; ip link set $each up; done
ip tuntap add dev t0 mode tun
{sys.executable} -c '
import fcntl, struct
with open("/dev/net/tun", "r+b", buffering=0) as device:
    fcntl.ioctl(device, 0x400454CA, struct.pack("16sH22x", b"t0", 0x1001))  # TUNSETIFF, IFF_TUN | IFF_NO_PI
    fcntl.ioctl(device, 0x400454CD, 776)  # TUNSETLINK, ARPHRD_SIT
'
ip link set t0 up
ip addr add 2001:db8:1::1/64 dev v0 nodad
ip addr add 2001:db8:2::1/64 dev t0 nodad
ip route add local 2001:db8:3::/64 dev lo
ip -6 route add 2001:db8:4::/64 dev t0 src 2001:db8:2::1
ip addr add 10.0.0.1/24 dev v0
ip addr add 10.2.0.1/24 dev t0
"""

# Addresses in the order in which getaddrinfo gives them, and the rules that decide between neighbours.
RICH_SETS = [
    ("::1 127.0.0.1", (6,)),
    ("2001:db8:1::9 10.0.0.9", (6,)),
    ("10.0.0.9 2a00::1", (1,)),
    ("10.0.0.9 10.66.0.1", (1,)),
    ("10.0.0.9 10.67.0.1", (1,)),
    ("2001:db8:1::9 2a00::1 3fff::1", (1, 10)),
    ("2a00::1 10.66.0.1", (6,)),
    ("10.0.0.9 10.9.0.9", (2,)),
    ("127.0.0.1 10.0.0.9", (8,)),
    ("169.254.7.9 10.0.0.9", (8,)),
    ("10.0.0.9 2001:db8:2:1::9", (3,)),
    ("2001:db8:1::9 2001:db8:2:1::9", (3,)),
    ("2001:db8:6:1::9 2001:db8:1::9", (4,)),
    ("2001:db8:6:1::9 10.0.0.9", (4,)),
    ("10.0.0.9 2001:db8:5::9", (5,)),
    ("2001:db8:1::9 2001:db8:5::9", (5,)),
    ("fd00:5::9 2001:db8:5::9", (5,)),
    ("2001:db8:1::9 2002:a00:1::9 10.0.0.9", (6, 6)),
    ("2002:a00:1::9 10.0.0.9", (6,)),
    ("2001:0:1::9 10.0.0.9", (6,)),
    ("2001:db8:1::9 2600::9", (9,)),
    ("2001:db8:1::9 fd00:5::1:9 2600::9", (9, 9)),
    ("2001:db8:7::9 2001:db8:8::9", (9,)),
    ("2600::9 2001:0:2::9", (5,)),
    ("2001:db8:5::9 2002:b00::9 ::10.0.0.9", (6, 6)),
    ("2001:db8:9::9 fec0:6::9", (5,)),
    ("fd00:5::9 10.0.0.9", (6,)),
    ("fec0:5::9 2001:db8:1::9", (8,)),
    ("10.0.0.1 10.0.0.3 10.0.0.9 10.0.0.200", (9, 9, 9)),
    ("10.0.0.9 192.0.2.1", (9,)),
    ("172.16.0.9 172.31.0.9 192.0.2.1", (9, 9)),
    ("192.0.2.1 198.51.100.1 203.0.113.1", (10, 10)),
    ("10.0.0.9 10.1.0.2", (7,)),
    ("2001:db8:1::9 2001:db8:6::2 fd00:5::9 10.0.0.9 192.0.2.1 2a00::1", ()),
]
OLD_SETS = [
    ("::1 127.0.0.1", (6,)),
    ("10.0.0.1 10.0.0.9", (9,)),
    ("10.0.0.9 10.0.0.200", (10,)),
    ("127.0.0.1 10.0.0.9", (8,)),
    ("10.0.0.9 2001:db8::1", (1,)),
]
TUNNEL_SETS = [
    ("2001:db8:1::9 2001:db8:2::9", (7,)),
    ("2001:db8:1:0:8000::9 2001:db8:2::2", (7,)),
    ("2001:db8:2::9 2001:db8:4::9", (9,)),
    ("10.0.0.200 10.2.0.2", (7,)),
    ("2001:db8:2::9 10.0.0.9", (6,)),
]

GAI_CONFS = {
    "IPv4 first": "precedence ::ffff:0:0/96 100\n",
    "some labels": "label 2001:db8:1::/48 9 # ours\nlabel 2001:db8:5::/64 6\nlabel fd00::/8 6\n",
    "equal precedence": "precedence ::/0 40\nprecedence ::1/128 7\n",
    "scopes": "scopev4 ::ffff:10.0.0.0/104 2\nscopev4 192.0.2.0/24\t5\nscopev4 ::ffff:0:0/96 14\n",
    "no value": "precedence ::ffff:0:0/96 50\nprecedence 2001:db8::/32\nlabel ::/0 \n",
    "the first of two": "precedence ::ffff:0:0/96 60\nprecedence ::ffff:0:0/96 1\nprecedence fd00::/8 70\n",
    "host bits": "precedence fd00:5::1/16 90\nlabel 2001:db8:1::1/33 3\n",
    "garbage": "precedence\n\x01 \xff\nlabel foo/64 3\nprecedence ::/129 9\nprecedence ::1/128 x\nscopev4 fe80::/64 2\n"
    "Precedence ::ffff:0:0/96 100\nprecedence ::ffff:0:0/96 -1\nlabel 10.0.0.0/8 3\nscopev4 10.0.0.0/33 2\n"
    "label ::/0 99999999999\n#precedence ::ffff:0:0/96 100\nreload yes\nprecedence ::ffff:0:0/96 99junk\n",
}
GAI_SETS = [text for text, _ in RICH_SETS]


def write_hosts(folder: Path, sets: Sequence[str], turns: int) -> None:
    """Give each set several names, with the lines of each in another order."""
    (folder / "nsswitch.conf").write_text("hosts: files\n")
    lines = [
        f"{address} s{number}-{turn}.test"
        for number, text in enumerate(sets)
        for turn, addresses in enumerate(islice(permutations(text.split()[::-1]), turns))
        for address in addresses
    ]
    (folder / "hosts").write_text("\n".join(lines) + "\n")


def a_network(folder: Path, setup: str) -> tuple[str, ...]:
    mounts = [f"mount --bind {folder / name} /etc/{name}" for name in ("hosts", "nsswitch.conf")]
    return in_a_network_of_its_own(setup, *mounts)


def row_to(address: str) -> Row:
    return row(address, 80)


def sorted_by_rule(addresses: list[str]) -> list[str]:
    """Sort addresses as we think that getaddrinfo does."""
    policy, interfaces = read_policy(), read_interfaces(lambda _: None)
    ranks = {address: destination(row_to(address)) for address in addresses}
    found = {
        address: weighed(*rank, find_source(*rank, 80, interfaces), policy) for address, rank in ranks.items() if rank
    }
    return merge_sorted(addresses, lambda one, other: decide(found[one], found[other]).compared)


def merge_sorted(given: list[str], compare: Callable[[str, str], int]) -> list[str]:
    """Sort as qsort_r(3) of glibc does: where rules go in a circle it matters which pairs are compared."""
    if len(given) < 2:
        return given
    half = len(given) // 2
    one, other = merge_sorted(given[:half], compare), merge_sorted(given[half:], compare)
    merged = []
    while one and other:
        merged.append((one if compare(one[0], other[0]) <= 0 else other).pop(0))
    return merged + one + other


def check_names() -> dict[str, list[tuple[list[str], Order]]]:
    """For every name of the hosts file compare getaddrinfo with our rules; give what it said, by set."""
    given: dict[str, list[str]] = {}
    for line in Path("/etc/hosts").read_text().splitlines():
        address, name = line.split()
        given.setdefault(name, []).append(address)
    answers: dict[str, list[tuple[list[str], Order]]] = {}
    for name, addresses in given.items():
        rows = [Row(*entry) for entry in socket.getaddrinfo(name, 80, type=socket.SOCK_STREAM)]
        system = [str(ip_address(row.host)) for row in rows]
        ours = sorted_by_rule([str(ip_address(address)) for address in addresses])
        assert system == ours, f"{name}: given {addresses}, getaddrinfo {system}, our rules {ours}"
        order = weigh(rows)
        assert order.wrong == (), f"{name}: {[str(place.decision) for place in order.ranks]}"
        answers.setdefault(name.partition("-")[0], []).append((system, order))
    return answers


def check_sets(sets: Sequence[tuple[str, tuple[int, ...]]]) -> None:
    """Compare the order and the rules with what is written in a table."""
    answers = check_names()
    for (text, rules), (name, found) in zip(sets, answers.items(), strict=True):
        for system, order in found:
            said = tuple(rank.decision.rule for rank in order.ranks if rank.decision)
            assert not rules or said == rules, f"{name}: {text}: {[str(place.decision) for place in order.ranks]}"
            assert 10 in said or not rules or system == [str(ip_address(word)) for word in text.split()], (
                f"{name}: {text}: {system}"
            )


def check_rich() -> None:
    check_sets(RICH_SETS)
    for flags in (0, socket.AI_PASSIVE):
        rows = [Row(*entry) for entry in socket.getaddrinfo(None, 80, flags=flags)]
        order = weigh(rows)
        assert order.addresses == 2
        assert order.wrong == ()
        assert order.remarks == ()
    mapped = [Row(*entry) for entry in socket.getaddrinfo("s1-0.test", 80, socket.AF_INET6, 1, 0, 0x8 | 0x10)]
    assert {row.host for row in mapped} == {"2001:db8:1::9", "::ffff:10.0.0.9"}
    order = weigh(mapped)
    assert order.wrong == ()
    assert {rank.weighed.source.word for rank in order.ranks if rank.weighed} == {
        "2001:db8:1::1",
        "::ffff:10.0.0.1",
    }
    unique = ["2001:db8:1::9", "fd00:5::1:9", "2600::9"]
    said = "the tables of RFC 6724 itself would put row 3 before row 2 (rule 6: precedence 40 beats 3)"
    assert weigh([row_to(address) for address in unique]).remarks == (said,)
    assert weigh([row_to(address) for address in 2 * unique]).remarks == (f"{said}, and so on for 1 more",)
    scoped = weigh([Row(*socket.getaddrinfo("fe80::9%v0", 80)[0]), row_to("fe80::9")])
    first, second = (rank.weighed for rank in scoped.ranks)
    assert first and second and scoped.addresses == 2
    assert (str(first.source.address), second.source.error) == ("fe80::1", "EINVAL")


def check_old() -> None:
    check_sets(OLD_SETS)
    order = weigh([row_to("10.0.0.9"), row_to("10.0.0.200")])
    assert "no interface has an IPv6 address but ::1" in order.remarks[0]


def check_tunnel() -> None:
    check_sets(TUNNEL_SETS)
    words = {rank.decision.words for rank in weigh([row_to("2001:db8:1::9"), row_to("2001:db8:2::9")]).ranks[:1]}  # type: ignore[union-attr]
    assert words == {"a native interface beats a tunnel"}


def check_gai_confs() -> None:
    for file in sorted(Path(os.environ[FILES]).glob("*.gai")):
        subprocess.run(["mount", "--bind", file, "/etc/gai.conf"], check=True)
        child = os.fork()  # glibc reads the file once
        if child == 0:
            try:
                check_names()
                os._exit(0)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
        assert os.waitpid(child, 0)[1] == 0, file.stem


@needs_glibc
@pytest.mark.parametrize(
    ("setup", "sets", "check"),
    [(RICH, RICH_SETS, check_rich), (OLD, OLD_SETS, check_old), (TUNNEL, TUNNEL_SETS, check_tunnel)],
    ids=["rich", "old", "tunnel"],
)
def test_our_rules_give_the_order_of_getaddrinfo(
    tmp_path: Path, setup: str, sets: list[tuple[str, tuple[int, ...]]], check: Callable[[], None]
) -> None:
    write_hosts(tmp_path, [text for text, _ in sets], turns=24)
    run_apart(check, within=a_network(tmp_path, setup))


@needs_glibc
def test_our_rules_follow_gai_conf_as_getaddrinfo_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not Path("/etc/gai.conf").exists():
        pytest.skip("no /etc/gai.conf that another could be mounted over")
    for name, text in GAI_CONFS.items():
        (tmp_path / f"{name}.gai").write_text(text, encoding="latin-1")
    write_hosts(tmp_path, GAI_SETS, turns=4)
    monkeypatch.setenv(FILES, str(tmp_path))
    run_apart(check_gai_confs, within=a_network(tmp_path, RICH))
