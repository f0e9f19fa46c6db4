"""What is asked of DNS servers, checked before anything is sent."""

import socket
import time

import pytest

from sockscope.engine.dns.inquirer import start_inquiry
from sockscope.net.idna import idna_2008
from sockscope.request.dns_question import MOST, read_server, read_servers, read_types
from sockscope.request.question import Question
from tests.engine.loopback import needs_ipv6


@pytest.mark.parametrize(
    ("typed", "text", "sockaddr"),
    [
        ("127.0.0.1", "127.0.0.1:53", ("127.0.0.1", 53)),
        ("127.0.0.1:5353", "127.0.0.1:5353", ("127.0.0.1", 5353)),
        ("@127.0.0.1:5353", "127.0.0.1:5353", ("127.0.0.1", 5353)),
        (" 127.0.0.1 ", "127.0.0.1:53", ("127.0.0.1", 53)),
        ("::1", "[::1]:53", ("::1", 53, 0, 0)),
        ("[::1]", "[::1]:53", ("::1", 53, 0, 0)),
        ("@[::1]:5353", "[::1]:5353", ("::1", 5353, 0, 0)),
        ("2001:DB8::53", "[2001:DB8::53]:53", ("2001:DB8::53", 53, 0, 0)),
        ("fe80::1%7", "[fe80::1%7]:53", ("fe80::1", 53, 0, 7)),
        ("127.0.0.1:domain", "127.0.0.1:53", ("127.0.0.1", 53)),
    ],
)
def test_a_server_is_read_as_people_write_it(typed: str, text: str, sockaddr: tuple[object, ...]) -> None:
    server = read_server(typed)
    assert (server.text, server.sockaddr) == (text, sockaddr)
    assert server.family == (socket.AF_INET6 if ":" in str(sockaddr[0]) else socket.AF_INET)


@needs_ipv6
def test_a_scope_may_be_an_interface_s_name() -> None:
    server = read_server("[fe80::1%lo]:5353")
    assert server.sockaddr == ("fe80::1", 5353, 0, socket.if_nametoindex("lo"))
    assert server.text == "[fe80::1%lo]:5353"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "127.0.0.1"),
        ("@", "127.0.0.1"),
        ("ns.example", "address"),
        ("ns.example:53", "address"),
        ("127.1", "address"),
        ("256.0.0.1", "address"),
        ("127.0.0.1:", "port"),
        ("127.0.0.1:0", "port 0"),
        ("127.0.0.1:65536", "out of range"),
        ("127.0.0.1:x y", "port"),
        ("127.0.0.1%lo", "scope"),
        ("[::1", "brackets"),
        ("[::1]x", "brackets"),
        ("[::1]:", "brackets"),
        ("fe80::1%", "interface"),
        ("fe80::1%nonesuch", "interface"),
        ("fe80::1%no\0ne", "interface"),
        ("127.0.0.1\x1b[2J", "address"),
        ("\ud800", "address"),
        ("1" * 10_000, "address"),
        ("1:2:" * 10_000, "address"),
    ],
)
def test_what_is_no_address_is_refused_in_one_short_harmless_line(typed: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as refused:
        read_server(typed)
    assert str(refused.value).isprintable()
    assert str(refused.value).isascii()
    assert len(str(refused.value)) < 150


def test_servers_are_asked_once_each_and_only_so_many() -> None:
    assert [server.text for server in read_servers(["::1", "@[::1]:53", "127.0.0.1"])] == ["[::1]:53", "127.0.0.1:53"]
    read_servers([f"127.0.0.{number}" for number in range(MOST)])
    with pytest.raises(ValueError, match="17"):
        read_servers([f"127.0.0.{number}" for number in range(MOST + 1)])


@pytest.mark.parametrize(
    ("words", "types"),
    [
        ((), ("A", "AAAA")),
        (("mx", " txt "), ("MX", "TXT")),
        (("A", "a"), ("A",)),
        (("ANY",), ("ANY",)),
        (("tlsa", "DNSKEY"), ("TLSA", "DNSKEY")),
        (("TYPE65280",), ("TYPE65280",)),
        (("TYPE28", "TYPE255"), ("AAAA", "ANY")),
    ],
)
def test_types_are_read_in_any_case_and_asked_once_each(words: tuple[str, ...], types: tuple[str, ...]) -> None:
    assert read_types(words, "www.example") == types


@pytest.mark.parametrize(
    "word", ["", "XYZZY", "TYPE", "TYPE99999999", "AXFR", "TYPE252", "OPT", "TSIG", "NONE", "TYPE0", "\x1b[2J"]
)
def test_what_is_no_type_of_a_record_is_refused_in_one_harmless_line(word: str) -> None:
    with pytest.raises(ValueError, match="type of") as refused:
        read_types([word], "www.example")
    assert str(refused.value).isprintable()


def test_only_so_many_types_are_asked_for() -> None:
    with pytest.raises(ValueError, match="17"):
        read_types([f"TYPE{number}" for number in range(1000, 1000 + MOST + 1)], "www.example")


@pytest.mark.parametrize(
    ("typed", "types", "asked"),
    [
        ("www.example", ("A",), "www.example."),
        ("www.example.", ("A",), "www.example."),
        ("Bücher.example", ("A",), "xn--bcher-kva.example."),
        ("日本語。例え", ("A",), "xn--wgv71a119e.xn--r8jz45g."),
        ("_sip._tcp.example", ("SRV",), "_sip._tcp.example."),
        (".", ("NS",), "."),
        ("192.0.2.1", ("PTR",), "1.2.0.192.in-addr.arpa."),
        ("127.1", ("PTR",), "1.0.0.127.in-addr.arpa."),
        ("2001:db8::1", ("PTR",), "1." + "0." * 23 + "8.b.d.0.1.0.0.2.ip6.arpa."),
        ("fe80::1%lo", ("PTR",), "1." + "0." * 28 + "8.e.f.ip6.arpa."),
        ("192.0.2.1", ("MX",), "192.0.2.1."),
        ("a.b", ("PTR",), "a.b."),
    ],
)
def test_the_name_asked_is_absolute_and_in_a_labels(typed: str, types: tuple[str, ...], asked: str) -> None:
    inquiry = start_inquiry(Question(typed), types)
    assert (inquiry.typed, inquiry.name, inquiry.types) == (typed, asked, types)


@pytest.mark.parametrize("typed", ["192.0.2.1", "::1", "127.1"])
def test_of_an_address_its_name_is_asked_for_where_addresses_were_to_be(typed: str) -> None:
    assert start_inquiry(Question(typed), ()).types == ("PTR",)
    assert start_inquiry(Question(typed), ("A", "AAAA", "TXT")).types == ("PTR", "TXT")


def test_with_the_flag_the_name_is_written_as_the_system_would() -> None:
    assert start_inquiry(Question("faß.example"), ()).name == "fass.example."
    by_system = idna_2008("faß.example")
    if not by_system:
        pytest.skip("libidn2 is absent")
    assert start_inquiry(Question("faß.example", flags=frozenset({"IDN"})), ()).name == by_system + "."
    assert by_system != "fass.example"


@pytest.mark.parametrize(
    "typed", ["", "a..b", ".a", "a b", "a\0b", "a" * 64, "a." * 127 + "a", "a\x1bb", "\ud800", "x:y", "a" * 10_000]
)
def test_what_no_dns_server_should_be_asked_for_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"^[ -~]{5,150}$"):
        start_inquiry(Question(typed), ("A",))


def test_of_an_ipv6_address_nothing_but_its_name_can_be_asked_for() -> None:
    with pytest.raises(ValueError, match="PTR"):
        start_inquiry(Question("::1"), ("MX",))


def test_a_huge_name_is_refused_at_once() -> None:
    began = time.monotonic()
    with pytest.raises(ValueError, match=r".{5,150}"):
        start_inquiry(Question("ü." * 500_000), ("A",))
    assert time.monotonic() - began < 2
