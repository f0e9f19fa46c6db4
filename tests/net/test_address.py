"""Addresses as people write them: good ones are read, every bad one is refused in one line."""

import time
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sockscope.net.address import (
    Address,
    AddressError,
    check_name,
    check_numeric,
    check_service,
    parse,
    parse_port,
)
from sockscope.net.endpoint import endpoint, host_port

LABEL_63 = "a" * 63
NAME_253 = ".".join([LABEL_63, LABEL_63, LABEL_63, "a" * 61])


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("localhost 80", Address("localhost", 80)),
        ("localhost:80", Address("localhost", 80)),
        ("localhost:http", Address("localhost", 80)),
        ("localhost http", Address("localhost", 80)),
        ("localhost:0", Address("localhost", 0)),
        ("localhost:65535", Address("localhost", 65535)),
        ("localhost:00080", Address("localhost", 80)),
        ("127.1:80", Address("127.1", 80)),
        ("example.com.:80", Address("example.com.", 80)),
        ("bücher.example:80", Address("bücher.example", 80)),
        ("bücher.example.:80", Address("bücher.example.", 80)),
        ("٣.example:80", Address("٣.example", 80)),
        ("fe80::1%fifteen_letters 80", Address("fe80::1%fifteen_letters", 80)),
        ("a_b-c.example:80", Address("a_b-c.example", 80)),
        ("[::1]:80", Address("::1", 80)),
        ("[::1] 80", Address("::1", 80)),
        ("::1 80", Address("::1", 80)),
        ("::ffff:127.0.0.1 80", Address("::ffff:127.0.0.1", 80)),
        ("fe80::1%eth0 80", Address("fe80::1%eth0", 80)),
        ("[fe80::1%eth0]:80", Address("fe80::1%eth0", 80)),
        ("tcp://localhost:80", Address("localhost", 80)),
        ("tcp://localhost:80/", Address("localhost", 80)),
        ("tcp://[::1]:80", Address("::1", 80)),
        ("tcp://::1 80", Address("::1", 80)),
        ("udp://localhost:53", Address("localhost", 53, "udp")),
        ("udp://localhost:domain", Address("localhost", 53, "udp")),
        ("tls://example.com:443", Address("example.com", 443, "tls")),
        ("http://localhost", Address("localhost", 80)),
        ("http://localhost:8080/", Address("localhost", 8080)),
        ("https://[::1]/", Address("::1", 443, "tls")),
        ("https://example.com:8443", Address("example.com", 8443, "tls")),
        ("unix:/run/app.sock", Address("/run/app.sock", 0, "unix")),
        ("unix:///run/app.sock", Address("/run/app.sock", 0, "unix")),
        ("unix:a file with spaces", Address("a file with spaces", 0, "unix")),
        ("unix:@name", Address("@name", 0, "unix")),
        ("unixgram:/run/app.sock", Address("/run/app.sock", 0, "unixgram")),
        (f"{LABEL_63}:80", Address(LABEL_63, 80)),
        (f"{NAME_253}:80", Address(NAME_253, 80)),
        (f"{NAME_253}.:80", Address(f"{NAME_253}.", 80)),
    ],
)
def test_a_good_address_is_read(text: str, address: Address) -> None:
    assert parse(text) == address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("8080", Address("", 8080)),
        (":8080", Address("", 8080)),
        ("http", Address("", 80)),
        ("*:8080", Address("*", 8080)),
        ("* 8080", Address("*", 8080)),
        ("[::]:8080", Address("::", 8080)),
        ("localhost:8080", Address("localhost", 8080)),
        ("udp://8080", Address("", 8080, "udp")),
    ],
)
def test_a_listener_needs_no_host(text: str, address: Address) -> None:
    assert parse(text, host_required=False) == address


@pytest.mark.parametrize("text", ["8080", "*:8080", "[::1]:8080", "udp://:8080", "tls://:443", "unix:/run/app.sock"])
def test_what_is_brief_means_the_same_to_a_listener(text: str) -> None:
    assert parse(text, host_required=False).brief == text
    assert parse(parse(text, host_required=False).brief, host_required=False) == parse(text, host_required=False)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # ports
        ("localhost:65536", "out of range"),
        ("localhost:70000", "out of range"),
        ("localhost:99999", "out of range"),
        ("localhost:100000", "out of range"),
        ("localhost:" + "9" * 5000, "out of range"),
        ("localhost:-1", "not a number"),
        ("localhost -1", "not a number"),
        ("localhost:+80", "not a number"),
        ("localhost:80.0", "not a number"),
        ("localhost:0x50", "not a number"),
        ("localhost:8_0", "not a number"),
        ("localhost: 80", "a space too many"),
        ("localhost  80", "a space too many"),
        ("localhost:80 ", "before or after"),
        (" localhost:80", "before or after"),
        ("localhost:80\n", "before or after"),
        ("localhost:８０", "not a number"),
        ("localhost:٨٠", "not a number"),
        ("localhost:80\0", "not a number"),
        ("localhost:", "not a number"),
        ("localhost:no-such-service", "neither"),
        ("localhost:80/tcp", "not a number"),
        ("localhost", "a port is missing"),
        # hosts
        ("", "an address is needed"),
        (" ", "before or after"),
        (":80", "host is missing"),
        ("[]:80", "brackets are for IPv6"),
        ("a\0b:80", "NUL"),
        ("a\tb:80", "spaces or control"),
        ("a\x1b[2Jb:80", "brackets do not match"),
        ("a\x1bb:80", "spaces or control"),
        ("a\u202eb:80", "spaces or control"),
        ("a\ud800b:80", "spaces or control"),
        ("a\udcffb:80", "no UTF-8"),
        ("a\u3000b:80", "spaces or control"),
        ("host name:80", "not a number"),
        (f"{LABEL_63}a:80", "63 characters"),
        (f"www.{LABEL_63}a.example:80", "63 characters"),
        ("ü" * 64 + ":80", "63 characters"),
        ("ü" * 60 + ":80", "IDNA"),
        (f"{NAME_253}a:80", "253 characters"),
        ("a..b:80", "empty label"),
        (".a:80", "empty label"),
        ("a..:80", "empty label"),
        (".:80", "empty label"),
        ("a。。b:80", "IDNA"),
        ("a‥b:80", "empty label"),
        ("１２７.0.0.1:80", "type 127.0.0.1 if"),
        ("１２７。1:80", "type 127.1 if"),
        ("①.0.0.1:80", "not the digits 0 to 9"),
        ("℀x:80", "IDNA would make a/cx of it"),
        ("：：１ 80", "IDNA would make ::1 of it"),
        ("a" * 10_000 + ":80", "253 characters at most, and this has 10,000"),
        # IPv6 and brackets
        ("::1:80", "[::1]:80"),
        ("::1", "[::1]:80"),
        ("[::1]", "a port is missing"),
        ("[::1]:", "a port is missing"),
        ("[::1]80", "a port is missing"),
        ("[::1:80", "brackets do not match"),
        ("::1]:80", "brackets do not match"),
        ("[[::1]]:80", "brackets do not match"),
        ("[::1]]:80", "a port is missing"),
        ("[127.0.0.1]:80", "brackets are for IPv6"),
        ("[::g]:80", "not an IPv6 address"),
        ("[1::2::3]:80", "not an IPv6 address"),
        ("[:::]:80", "not an IPv6 address"),
        ("[::1 ]:80", "spaces or control"),
        ("1:2 80", "not an IPv6 address"),
        ("[::1%]:80", "behind % stands the interface"),
        ("[fe80::1%sixteen_letters_]:80", "behind % stands the interface"),
        # kinds
        ("gopher://localhost:70", "not known"),
        ("http://localhost/page", "the host and the port are all"),
        ("tcp://", "a port is missing"),
        ("tcp://localhost", "a port is missing"),
        ("tcp://localhost:80/path", "not a number"),
        ("unix:", "needs a path"),
        ("unix://", "needs a path"),
        ("unix:@", "needs a path"),
        ("unix:/a\0b", "needs a path"),
    ],
)
def test_a_bad_address_is_refused_in_one_line(text: str, words: str) -> None:
    with pytest.raises(AddressError) as refused:
        parse(text)
    message = str(refused.value)
    assert words in message
    assert message.isprintable()


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "a port is needed"), ("65536", "out of range"), (" 80", "before or after"), ("*:", "not a number")],
)
def test_a_bad_address_of_a_listener_is_refused(text: str, words: str) -> None:
    with pytest.raises(AddressError, match=words):
        parse(text, host_required=False)


def test_a_kind_that_is_not_known_is_told_which_ones_are() -> None:
    with pytest.raises(AddressError, match=r"ftp:// is not known; it may be tcp://, udp://, tls://"):
        parse("ftp://localhost:21")


@pytest.mark.parametrize("text", ["70000", " 80", "80 ", "８０", "-1", "", "0x50", "65536", "1e3", "²"])
def test_a_port_that_getaddrinfo_would_bend_is_refused(text: str) -> None:
    with pytest.raises(AddressError):
        parse_port(text)


def test_a_port_of_many_zeros_is_still_an_address_error_or_a_port() -> None:
    with suppress(AddressError):
        assert parse_port("0" * 5000 + "80") == 80


@pytest.mark.parametrize("text", ["", "80", "0", "65535", "http", "no-such-service", "x11"])
def test_a_service_that_the_resolver_may_be_asked_for_is_let_through(text: str) -> None:
    check_service(text)


@pytest.mark.parametrize("text", ["70000", "65536", " 80", "80 ", "-1", "８０", "8o", "http ", "\0", "a\x1bb", "²"])
def test_a_service_that_getaddrinfo_would_bend_is_refused(text: str) -> None:
    with pytest.raises(AddressError):
        check_service(text)


@pytest.mark.parametrize("host", ["", "127.0.0.1", "0.0.0.0", "192.0.2.55", "::", "::1", "fe80::1%eth0"])
def test_an_address_in_numbers_may_be_a_source(host: str) -> None:
    check_numeric(host)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.1",
        "*",
        " ",
        "127.0.0.1 ",
        "%lo",
        "::g",
        "１２７.0.0.1",
        "a\0b",
        "\ud800",
    ],
)
def test_what_the_resolver_would_be_asked_for_may_not_be_a_source(host: str) -> None:
    with pytest.raises(AddressError, match="not a name"):
        check_numeric(host)


def test_a_service_name_depends_on_the_kind() -> None:
    assert parse_port("tftp", "udp") == 69
    with pytest.raises(AddressError, match="neither"):
        parse_port("tftp", "tcp")


def test_a_name_may_be_empty_only_where_that_is_said() -> None:
    check_name("", empty_allowed=True)
    with pytest.raises(AddressError, match="a name is needed"):
        check_name("")


@pytest.mark.parametrize("letter", ["a", "ü", "ü.", "ß", ".", ":", "\0", " ", "\ud800", "１", "xn--"])
def test_a_name_of_a_million_characters_is_refused_at_once(letter: str) -> None:
    began = time.monotonic()
    with pytest.raises(AddressError, match="253 characters at most, and this has"):
        check_name(letter * 1_000_000)
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("text", [":: 80", "fe80:: 80"])
def test_an_ipv6_address_that_ends_in_colons_may_stand_before_a_space(text: str) -> None:
    assert parse(text, host_required=False) == Address(text.split()[0], 80)


def test_all_addresses_can_be_listened_at_but_not_connected_to() -> None:
    assert parse("*:80", host_required=False).host == "*"
    with pytest.raises(AddressError):
        parse("*:80")


def test_host_and_port_are_one_word_with_ipv6_in_brackets() -> None:
    assert host_port("127.0.0.1", 80) == "127.0.0.1:80"
    assert host_port("::1", 80) == "[::1]:80"


@pytest.mark.parametrize(
    ("sockaddr", "text"),
    [
        (("127.0.0.1", 80), "127.0.0.1:80"),
        (("::1", 80, 0, 0), "[::1]:80"),
        (("fe80::1", 80, 0, 2), "[fe80::1%2]:80"),
        (("fe80::1%eth0", 80, 0, 2), "[fe80::1%eth0]:80"),
    ],
)
def test_an_endpoint_is_written_with_its_scope(sockaddr: tuple[str | int, ...], text: str) -> None:
    assert str(endpoint(sockaddr)) == text


PIECES = [
    "unix",
    "tcp",
    "udp",
    "tls",
    "://",
    ":",
    "/",
    "[",
    "]",
    "::1",
    "%",
    "*",
    "@",
    "80",
    "http",
    " ",
    ".",
    "a",
    "。",
]
texts = st.one_of(
    st.text(max_size=40), st.lists(st.sampled_from([*PIECES, "ü", "\0", "65536"]), max_size=8).map("".join)
)


@given(text=texts, host_required=st.booleans())
@example(text="a\nb", host_required=True)
@example(text="[a:\nb]", host_required=True)
def test_any_text_is_an_address_or_refused_in_one_line(text: str, host_required: bool) -> None:
    try:
        address = parse(text, host_required=host_required)
    except AddressError as error:
        assert len(str(error).splitlines()) == 1
    else:
        assert 0 <= address.port <= 65535


@given(text=texts, host_required=st.booleans())
@example(text="unix 80", host_required=True)
@example(text="unix:////a", host_required=True)
def test_an_address_that_is_written_reads_back_the_same(text: str, host_required: bool) -> None:
    try:
        address = parse(text, host_required=host_required)
    except AddressError:
        return
    assert parse(str(address), host_required=host_required) == address
