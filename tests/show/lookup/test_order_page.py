"""The page that says why rows are in their order."""

import socket
import time
from ipaddress import ip_address

import pytest

from sockscope.net.endpoint import SocketAddress
from sockscope.net.row import Row
from sockscope.record.lookup.candidate import Held, SourceAddress, weighed
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.order import Order, Rank
from sockscope.record.lookup.policy import GLIBC
from sockscope.record.lookup.rule import decide
from sockscope.request.question import Question
from sockscope.show.layout import Lines, plain
from sockscope.show.lookup.order_page import order_page
from sockscope.show.lookup.subject import Subject
from sockscope.show.sanitizer import safe

WIDTHS = (40, 76, 118, 200)


def row(sockaddr: SocketAddress, kind: int = socket.SOCK_STREAM) -> Row:
    family = socket.AF_INET6 if len(sockaddr) == 4 else socket.AF_INET
    return Row(family if isinstance(sockaddr, tuple) else socket.AF_UNIX, kind, 0, "", sockaddr)


def rank(address: str, source: str = "", error: str = "ENETUNREACH") -> Rank:
    sockaddr = (address, 80, 0, 0) if ":" in address else (address, 80)
    its = ip_address(source) if source else None
    found = SourceAddress(its, "" if its else error, Held(its, 24, 2) if its else None)
    return Rank(row(sockaddr), weighed(ip_address(address), 0, found, GLIBC))


def order(*ranks: Rank, left_out: int = 0, remarks: tuple[str, ...] = ()) -> Order:
    after = [*ranks, None][1:]
    judged = [
        one._replace(decision=decide(one.weighed, other.weighed) if other and one.weighed and other.weighed else None)
        for one, other in zip(ranks, after, strict=True)
    ]
    return Order(tuple(judged), "built into glibc", remarks, left_out)


def page(known: Order | None, width: int = 118, rows: tuple[Row, ...] = ()) -> Lines:
    lookup = Lookup(1, Question("example.com"))
    lookup.order, lookup.rows = known, rows
    return order_page(Subject(lookup, 0), width)


def text(known: Order | None, width: int = 118, rows: tuple[Row, ...] = ()) -> str:
    return plain(page(known, width, rows))


GLOBAL = rank("2001:db8::9", "2001:db8::1")
V4 = rank("192.0.2.7", "10.0.0.1")
NOWHERE = rank("2002::9")
USUAL = order(GLOBAL, V4, NOWHERE)


def test_before_there_is_an_answer_one_line_says_what_will_be_seen() -> None:
    assert text(None) == (
        "  Here is said which rule put each address before the next one, as soon as there is an answer."
    )
    assert len(page(None)) == 1
    assert text(None, rows=(V4.row,)) == "  The kernel is asked which source it would use for each address …"
    assert text(order()) == "  The answer has no rows to be ordered."


def test_with_room_each_rule_stands_beside_its_row() -> None:
    assert text(USUAL).split("\n")[:5] == [
        "  ✓ The rules explain the system's order.",
        "  #  address      source         scope  label  prec.  why it is before the next",
        "  1  2001:db8::9  2001:db8::1    14/14  1/1    40     ↓ rule 6: precedence 40 beats 10",
        "  2  192.0.2.7    10.0.0.1       14/14  4/4    10     ↓ rule 1: reachable, the other is not (ENETUNREACH)",
        "  3  2002::9      ✗ ENETUNREACH  14/–   2/–    30",
    ]


def test_without_room_each_rule_stands_between_two_rows() -> None:
    assert text(USUAL, 76).split("\n")[:7] == [
        "  ✓ The rules explain the system's order.",
        "  #  address      source         scope  label  prec.",
        "  1  2001:db8::9  2001:db8::1    14/14  1/1    40",
        "     ↓ rule 6: precedence 40 beats 10",
        "  2  192.0.2.7    10.0.0.1       14/14  4/4    10",
        "     ↓ rule 1: reachable, the other is not (ENETUNREACH)",
        "  3  2002::9      ✗ ENETUNREACH  14/–   2/–    30",
    ]


def test_the_page_says_how_it_is_known_and_by_which_tables() -> None:
    said = " ".join(text(USUAL).split())
    assert "Tables built into glibc" in said
    assert "A UDP socket was connected to each address: the kernel chose the source, and nothing was sent." in said


@pytest.mark.parametrize("width", WIDTHS)
def test_where_the_next_row_should_come_first_it_is_said(width: int) -> None:
    said = " ".join(text(order(V4, GLOBAL, NOWHERE), width).split())
    assert "≠ Differs: the rules would swap rows 1 and 2; the system may know more" in said
    assert "≠ differs: by rule 6 the next one should come first: precedence 40 beats 10" in said
    assert "✓" not in said


def test_of_many_differences_the_first_are_named() -> None:
    said = text(order(*[V4, GLOBAL] * 5))
    assert "would swap rows 1 and 2, 3 and 4, 5 and 6 and more;" in said


def test_what_is_marked_by_a_colour_has_a_sign_too() -> None:
    odd = order(rank("10.9.0.9", "169.254.7.1"), GLOBAL, NOWHERE)
    parts = [(part.strip(), role) for line in page(odd) for part, role in line]
    assert ("14/2", "event") in parts
    assert ("✗ ENETUNREACH", "bad") in parts
    assert [role for part, role in parts if part.startswith("≠")] == ["bad", "bad"]


def test_one_address_has_nothing_to_be_ordered() -> None:
    assert text(order(V4)).startswith("  One IP address: there is nothing to order.\n")
    assert "192.0.2.7" in text(order(V4))


def test_rows_of_one_address_are_said_to_be_the_same() -> None:
    twice = order(V4, V4._replace(row=row(("192.0.2.7", 80), socket.SOCK_DGRAM)))
    assert text(twice).startswith("  One IP address: there is nothing to order.\n")
    assert "= the same address" in text(twice)
    assert "same address" not in text(order(GLOBAL, GLOBAL, V4), 76), "between rows it would only take a line"


def test_rows_without_an_address_are_shown_as_not_weighed() -> None:
    unix = Rank(Row(socket.AF_UNIX, socket.SOCK_STREAM, 0, "", "/run/x.sock"))
    said = text(order(unix, V4))
    assert "1  /run/x.sock  no IP address" in said
    assert text(order(unix)).startswith("  No IP address: there is nothing to order.")


def test_rows_that_were_left_out_are_counted() -> None:
    assert "… and 12 more rows, which were not weighed" in text(order(GLOBAL, V4, left_out=12))


@pytest.mark.parametrize("width", WIDTHS)
def test_remarks_are_shown_and_harmless(width: int) -> None:
    hostile = "/etc/gai.conf, line 1 cannot be read: \x1b[2J [/b] \u202e\udcff"
    lines = page(order(GLOBAL, V4, remarks=(hostile,)), width)
    assert "".join(safe(hostile).split()) in "".join(text(order(GLOBAL, V4, remarks=(hostile,)), 200).split())
    assert all(part == safe(part) for line in lines for part, _ in line)


def test_an_ipv4_address_in_an_ipv6_one_is_written_as_such() -> None:
    assert "::ffff:192.0.2.7  ::ffff:10.0.0.1  14/14" in text(order(rank("::ffff:192.0.2.7", "::ffff:10.0.0.1")))


def test_foreign_text_in_a_row_is_harmless() -> None:
    odd = Rank(Row(socket.AF_UNIX, socket.SOCK_STREAM, 0, "", "/run/\x1b[2J"))
    lines = page(order(NOWHERE._replace(row=odd.row), odd))
    assert all(part == safe(part) for line in lines for part, _ in line)


@pytest.mark.parametrize("width", WIDTHS)
def test_lines_fit_where_they_can(width: int) -> None:
    longest = rank("2001:db8:1111:2222:3333:4444:5555:6666", "2001:db8:1111:2222:3333:4444:5555:7777")
    lines = text(order(longest, V4, NOWHERE), width).split("\n")
    assert all(len(line) <= max(width, 80) for line in lines)


def test_a_page_of_a_usual_answer_is_written_quickly() -> None:
    usual = order(*[GLOBAL] * 4, *[V4] * 4)
    took = []
    for _ in range(20):
        began = time.perf_counter()
        page(usual, 76)
        took.append(time.perf_counter() - began)
    assert min(took) < 0.01
