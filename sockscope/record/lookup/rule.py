"""The rules by which destination addresses are ordered (RFC 6724, 6), as glibc follows them.

Each rule has a measure, and the larger one goes first; the first rule whose measures differ decides. Without sources
only rules 1, 6 and 8 say something, and rule 9 compares addresses of one family alone.
"""

from collections.abc import Callable
from ipaddress import IPv4Address
from typing import NamedTuple

from sockscope.record.lookup.candidate import Candidate

UNCHANGED = 10
"""The rule that leaves things as they are."""

SAME_ADDRESS = "the same address"
"""What there is to say of two rows that differ in type or protocol alone."""


class Decision(NamedTuple):
    """Which rule decided between two destinations, and in words why.

    `compared` is -1 where the first one goes first, 1 where the second one does, 0 where they stay as they are.
    """

    rule: int
    compared: int
    words: str

    def __str__(self) -> str:
        return f"rule {self.rule}: {self.words}"


class _Rule(NamedTuple):
    number: int
    measure: Callable[[Candidate], int]
    words: Callable[[Candidate, Candidate], str]  # of the one that goes first, and the other
    of_source: bool = True  # it looks at the source addresses
    of_family: bool = False  # it compares addresses of one family alone


def decide(one: Candidate, other: Candidate) -> Decision:
    """Find the rule that decides between two destinations."""
    for rule in _RULES:
        if (rule.of_source and not (one.source_mark and other.source_mark)) or (
            rule.of_family and type(one.address) is not type(other.address)
        ):
            continue
        ahead = rule.measure(one) - rule.measure(other)
        if ahead:
            first, second = (one, other) if ahead > 0 else (other, one)
            return Decision(rule.number, -1 if ahead > 0 else 1, rule.words(first, second))
    same = (one.address, one.scope_id) == (other.address, other.scope_id)
    return Decision(UNCHANGED, 0, SAME_ADDRESS if same else "unchanged, as the resolver gave them")


def common_bits(one: Candidate) -> int:
    """How many bits a destination has in common with its source, from the left (CommonPrefixLen, RFC 6724, 2.2).

    IPv4 addresses have none in common outside of the source's subnet. Where its prefix is unknown the subnet is taken
    for the source alone, as the library does.
    """
    source = one.source.address
    if source is None:
        return 0
    size = one.address.max_prefixlen
    bits = size - (int(one.address) ^ int(source)).bit_length()
    if isinstance(one.address, IPv4Address) and bits < (one.source.held.prefix_bits if one.source.held else size):
        return 0
    return bits


def _pair(one: Candidate, what: str) -> tuple[int, int]:
    """Return the same thing of a destination and its source."""
    return getattr(one.mark, what), getattr(one.source_mark, what)


def _match(what: str) -> Callable[[Candidate], int]:
    def measure(one: Candidate) -> int:
        destination, source = _pair(one, what)
        return destination == source

    return measure


def _matching(what: str) -> Callable[[Candidate, Candidate], str]:
    def words(first: Candidate, second: Candidate) -> str:
        """Such as: labels match (1/1), the other's do not (4/1)."""
        matching, others = (f"{own}/{source}" for own, source in (_pair(first, what), _pair(second, what)))
        return f"{what}s match ({matching}), the other's do not ({others})"

    return words


def _held(what: str) -> Callable[[Candidate], int]:
    return lambda one: bool(one.source.held and getattr(one.source.held, what))


def _native_words(first: Candidate, second: Candidate) -> str:
    if second.source.held:
        return "a native interface beats a tunnel"
    return "the other's source is on no known interface"


_RULES = (
    _Rule(
        1,
        lambda one: one.source_mark is not None,
        lambda first, second: f"reachable, the other is not ({second.source.error})",
        of_source=False,
    ),
    _Rule(2, _match("scope"), _matching("scope")),
    _Rule(
        3,
        lambda one: not _held("deprecated")(one),
        lambda first, second: "the other's source is deprecated",
    ),
    _Rule(4, _held("home"), lambda first, second: "its source is a home address"),
    _Rule(5, _match("label"), _matching("label")),
    _Rule(
        6,
        lambda one: one.mark.precedence,
        lambda first, second: f"precedence {first.mark.precedence} beats {second.mark.precedence}",
        of_source=False,
    ),
    _Rule(7, _held("native"), _native_words),
    _Rule(
        8,
        lambda one: -one.mark.scope,
        lambda first, second: f"scope {first.mark.scope} is smaller than {second.mark.scope}",
        of_source=False,
    ),
    _Rule(
        9,
        common_bits,
        lambda first, second: f"{common_bits(first)} bits in common with the source beat {common_bits(second)}",
        of_family=True,
    ),
)
