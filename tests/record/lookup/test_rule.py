"""The rules one by one, on addresses and sources that are made up."""

from functools import cmp_to_key
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.record.lookup.candidate import Candidate, Held, SourceAddress, weighed
from sockscope.record.lookup.policy import GLIBC, RFC_6724, PolicyTable
from sockscope.record.lookup.rule import common_bits, decide


def candidate(
    address: str,
    source: str = "",
    bits: int = 64,
    *,
    interface: int = 2,
    deprecated: bool = False,
    home: bool = False,
    native: bool = True,
    held: bool = True,
    policy: PolicyTable = GLIBC,
) -> Candidate:
    if not source:
        return weighed(ip_address(address), 0, SourceAddress(None, "ENETUNREACH"), policy)
    its = ip_address(source)
    known = Held(its, bits, interface, deprecated=deprecated, home=home, native=native) if held else None
    return weighed(ip_address(address), 0, SourceAddress(its, "", known), policy)


GLOBAL = candidate("2001:db8::9", "2001:db8::1")
V4 = candidate("10.0.0.9", "10.0.0.1", 24)


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (V4, candidate("::1"), "rule 1: reachable, the other is not (ENETUNREACH)"),
        (
            candidate("10.0.0.9", "10.0.0.1", 24),
            candidate("2001:db8::9", "fe80::1"),
            "rule 2: scopes match (14/14), the other's do not (14/2)",
        ),
        (V4, candidate("2001:db8::9", "2001:db8::1", deprecated=True), "rule 3: the other's source is deprecated"),
        (candidate("10.0.0.9", "10.0.0.1", home=True), GLOBAL, "rule 4: its source is a home address"),
        (V4, candidate("2002::9", "2001:db8::1"), "rule 5: labels match (4/4), the other's do not (2/1)"),
        (GLOBAL, V4, "rule 6: precedence 40 beats 10"),
        (
            candidate("2001:db8::9", "2001:db8:ffff::1"),
            candidate("2001:db8::9", "2001:db8::8", interface=3, native=False),
            "rule 7: a native interface beats a tunnel",
        ),
        (
            candidate("2001:db8::9", "2001:db8:ffff::1"),
            candidate("2001:db8::9", "2001:db8::8", held=False),
            "rule 7: the other's source is on no known interface",
        ),
        (candidate("fe80::9", "fe80::8"), GLOBAL, "rule 8: scope 2 is smaller than 14"),
        (candidate("127.0.0.1", "127.0.0.1", 8), V4, "rule 8: scope 2 is smaller than 14"),
        (
            GLOBAL,
            candidate("2001:db8:ffff::9", "2001:db8::1"),
            "rule 9: 124 bits in common with the source beat 32",
        ),
        (V4, candidate("10.0.1.9", "10.0.0.1", 24), "rule 9: 28 bits in common with the source beat 0"),
        # without sources
        (candidate("2001:db8::9"), candidate("10.0.0.9"), "rule 6: precedence 40 beats 10"),
        (candidate("fe80::9"), candidate("2001:db8::9"), "rule 8: scope 2 is smaller than 14"),
    ],
)
def test_the_first_rule_that_sees_a_difference_decides(first: Candidate, second: Candidate, said: str) -> None:
    verdict, turned = decide(first, second), decide(second, first)
    assert (str(verdict), verdict.compared) == (said, -1)
    assert (str(turned), turned.compared) == (said, 1)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (GLOBAL, candidate("2001:db8::a", "2001:db8::1")),
        (candidate("2001:db8::9"), candidate("2001:db8:ffff::9")),
        (candidate("2001:db8::9"), candidate("fd00::9")),  # labels need sources
        (candidate("10.0.1.9", "10.0.0.1", 24), candidate("10.9.0.9", "10.0.0.1", 24)),
        (candidate("10.0.0.2", "10.0.0.1", held=False), candidate("10.9.0.9", "10.0.0.1", held=False)),
        (
            candidate("::ffff:1.2.3.4", "::ffff:10.0.0.1", policy=GLIBC),
            candidate("1.2.3.4", "10.0.0.1", policy=GLIBC),
        ),  # two families
    ],
)
def test_what_no_rule_decides_stays_as_it_was(one: Candidate, other: Candidate) -> None:
    for verdict in (decide(one, other), decide(other, one)):
        assert (str(verdict), verdict.compared) == ("rule 10: unchanged, as the resolver gave them", 0)


def test_the_same_address_is_called_so() -> None:
    assert str(decide(GLOBAL, GLOBAL)) == "rule 10: the same address"
    other_interface = weighed(GLOBAL.address, 3, GLOBAL.source, GLIBC)
    assert str(decide(GLOBAL, other_interface)) == "rule 10: unchanged, as the resolver gave them"


@pytest.mark.parametrize(
    ("address", "source", "bits", "common"),
    [
        ("10.0.0.9", "10.0.0.1", 24, 28),
        ("10.0.0.9", "10.0.0.1", 28, 28),
        ("10.0.0.9", "10.0.0.1", 29, 0),
        ("10.0.0.1", "10.0.0.1", 32, 32),
        ("192.0.2.1", "10.0.0.1", 0, 0),
        ("11.0.0.1", "10.0.0.1", 0, 7),
        ("2001:db8::1", "2001:db8::1", 64, 128),
        ("2001:db8:8000::1", "2001:db8::1", 64, 32),
        ("::1", "8000::1", 0, 0),
        ("::ffff:10.0.0.9", "::ffff:10.0.0.1", 32, 124),
    ],
)
def test_bits_in_common_are_counted_from_the_left(address: str, source: str, bits: int, common: int) -> None:
    assert common_bits(candidate(address, source, bits)) == common


def test_bits_in_common_need_a_source_and_for_ipv4_its_subnet() -> None:
    assert common_bits(candidate("10.0.0.9")) == 0
    assert common_bits(candidate("10.0.0.9", "10.0.0.1", held=False)) == 0
    assert common_bits(candidate("10.0.0.1", "10.0.0.1", held=False)) == 32


def test_other_tables_decide_otherwise() -> None:
    one, other = candidate("2001:0:1::1", "2001:0:1::2"), V4
    assert decide(one, other).compared == -1
    assert str(decide(one.under(RFC_6724), other.under(RFC_6724))) == "rule 6: precedence 35 beats 5"


addresses = st.sampled_from(
    [
        "::1",
        "fe80::1",
        "fe80::9",
        "fec0::1",
        "fc00::5",
        "2001:db8::1",
        "2001:db8::9",
        "2001:db8:ff::1",
        "2001:0:1::1",
        "2002::1",
        "ff05::1",
        "::1.2.3.4",
        "::ffff:10.0.0.1",
    ]
)
fours = st.sampled_from(["127.0.0.1", "10.0.0.1", "10.0.0.9", "10.0.1.9", "169.254.1.1", "192.0.2.1", "224.0.0.1"])
flags = st.booleans()


def made_of(address: st.SearchStrategy[str]) -> st.SearchStrategy[Candidate]:
    return st.builds(
        candidate,
        address,
        st.one_of(st.just(""), address),
        st.integers(0, 32),
        interface=st.integers(1, 3),
        deprecated=flags,
        home=flags,
        native=flags,
        held=flags,
        policy=st.sampled_from([GLIBC, RFC_6724]),
    )


candidates = st.one_of(made_of(addresses), made_of(fours))


@given(candidates, candidates)
def test_two_turned_round_are_decided_by_the_same_rule(one: Candidate, other: Candidate) -> None:
    verdict, turned = decide(one, other), decide(other, one)
    assert (verdict.rule, verdict.words) == (turned.rule, turned.words)
    assert verdict.compared == -turned.compared
    assert (verdict.compared == 0) == (verdict.rule == 10)
    assert decide(one, one).compared == 0


@given(st.one_of(st.lists(made_of(addresses), max_size=8), st.lists(made_of(fours), max_size=8)))
def test_addresses_of_one_family_come_to_an_order_in_which_all_neighbours_agree(some: list[Candidate]) -> None:
    def compared(one: Candidate, other: Candidate) -> int:
        return decide(one, other).compared

    ordered = sorted(some, key=cmp_to_key(compared))
    for number, one in enumerate(ordered):
        assert all(compared(one, other) <= 0 for other in ordered[number + 1 :])
