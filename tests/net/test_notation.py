"""How typed names are read: odd addresses, letters in both forms, words that imitate others."""

import socket
from contextlib import suppress

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from sockscope.net import idna, notation
from sockscope.net.idna import idna_2003, idna_2008
from sockscope.net.notation import NO_ADDRESS, NameKind, Spelling, asked_name, forms, kind_of
from sockscope.net.resolv_conf import ResolvConf

needs_libidn2 = pytest.mark.skipif(not idna_2008("bücher"), reason="libidn2 is not here")


def form(name: str, label: str, *, idn: bool = False) -> Spelling:
    return {form.label: form for form in forms(name, idn=idn)}[label]


def labels(name: str) -> list[str]:
    return [form.label for form in forms(name)]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("127.1", ["two parts", "24"]),
        ("127.0.1", ["three parts", "16"]),
        ("2130706433", ["one number", "32"]),
        ("0177.1", ["0177 is octal: 127"]),
        ("0x7f.1", ["0x7f is hexadecimal: 127"]),
        ("0X7F000001", ["hexadecimal: 2130706433"]),
        ("127.0.0.01", ["01 is octal: 1"]),
        ("127.0.0.1", ["loopback"]),
    ],
)
def test_an_odd_ipv4_address_is_read_as_the_system_reads_it(name: str, why: list[str]) -> None:
    canonical = form(name, "canonical")
    assert canonical.text == "127.0.0.1" == socket.getaddrinfo(name, None)[0][4][0]
    assert all(words in canonical.why for words in why)
    assert form(name, "as a number").text == "2130706433 = 0x7f000001"
    assert form(name, "reverse name").text == "1.0.0.127.in-addr.arpa"


def test_a_leading_zero_is_warned_of() -> None:
    beware = form("010.0.0.1", "beware")
    assert beware.odd and "octal" in beware.why
    assert form("010.0.0.1", "canonical").text == "8.0.0.1"
    assert "beware" not in labels("10.0.0.0")
    assert "beware" not in labels("0x10.0.0.1")


@pytest.mark.parametrize(
    ("name", "canonical", "full"),
    [
        ("2001:DB8:0:0::1", "2001:db8::1", "2001:0db8:0000:0000:0000:0000:0000:0001"),
        ("::ffff:1.2.3.4", "::ffff:1.2.3.4", "0000:0000:0000:0000:0000:ffff:0102:0304"),
        ("::1%lo", "::1%lo", "0000:0000:0000:0000:0000:0000:0000:0001"),
    ],
)
def test_an_ipv6_address_is_written_short_and_in_full(name: str, canonical: str, full: str) -> None:
    assert form(name, "canonical").text == canonical
    assert (form(name, "canonical").why == "as typed") is (name == canonical)
    assert form(name, "in full").text == full


def test_an_ipv4_address_inside_an_ipv6_one_is_told() -> None:
    assert form("::ffff:1.2.3.4", "in IPv4").text == "1.2.3.4"
    assert "6to4" in form("2002:102:304::1", "in IPv4").why
    assert "in IPv4" not in labels("2001:db8::1")


def test_a_link_local_address_needs_its_interface() -> None:
    assert form("fe80::1", "beware").odd
    assert "beware" not in labels("fe80::1%eth0")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("", NameKind.NOTHING),
        ("1.2.3.4 five", NameKind.NAME),
        ("1.2.3.4.5", NameKind.NAME),
        ("256.1.1.1", NameKind.NAME),
        ("::g", NameKind.NAME),
        ("a\0b", NameKind.NAME),
        ("\ud800", NameKind.NAME),
        ("１", NameKind.NAME),
    ],
)
def test_an_address_is_told_from_a_name(name: str, kind: NameKind) -> None:
    assert kind_of(name) is kind


# What only looks like an address.


def no_address(name: str) -> str:
    """Why a text is no address; it is said first."""
    first = next(iter(forms(name)), Spelling("", ""))
    return first.why if first.label == NO_ADDRESS else ""


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("09.1", "9 is no octal digit: a leading 0 means octal"),
        ("1.080", "8 is no octal digit: a leading 0 means octal"),
        ("256.1.1.1", "256 does not fit into a byte"),
        ("1.2.3.0x100", "0x100 does not fit into a byte"),
        ("0400.1", "0400 does not fit into a byte"),
        ("1.2.65536", "65536 does not fit into the 16 bits that are left for it"),
        ("4294967296", "4294967296 does not fit into 32 bits"),
        ("1.2.3.4.5", "5 parts: an IPv4 address has four at most"),
        ("1.2.3.", "a dot at the end makes a name of it"),
        ("1..2", "a number is missing before a dot"),
        (".1", "a number is missing before a dot"),
        ("0x", "no digit follows 0x, which means hexadecimal"),
        ("2001:db8::1%lo", "only a link-local address, such as fe80::1, takes an interface's name behind %"),
        ("::1::", ":: stands for all the zeros left out, and may stand once only"),
        (":::", ":: stands for all the zeros left out, and may stand once only"),
        ("::12345", "12345 is too long: a group has four digits at most"),
        ("::1.2.3", "1.2.3 is no IPv4 address of four parts"),
        ("fe80::l", "l is no hexadecimal digit"),
        ("1:2:3", "an IPv6 address has eight groups, or :: in place of some"),
    ],
)
def test_why_a_text_is_no_address_is_told(name: str, why: str) -> None:
    assert no_address(name) == why
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo(name.encode(), None, flags=socket.AI_NUMERICHOST)


@pytest.mark.parametrize(
    "name",
    [
        "example.org",
        "123.example",
        "1and1.de",
        "a.1",
        "0xg",
        "1e3",
        "3com",
        ".",
        "..",
        "",
        "www.1.2",
        "-1",
        "１.２.３.４.５",
        "a:b",
        "127.0.0.1:80",
        "fe80::1%eth0",
        "ff02::1%eth0",
        "::1%5",
        "127.1",
        "2001:db8::1",
        "1.2.3.4 five",
    ],
)
def test_of_other_texts_nothing_is_said(name: str) -> None:
    assert no_address(name) == ""


NUMBERS = [
    "0",
    "1",
    "07",
    "08",
    "0x",
    "0X1f",
    "0x",
    "255",
    "256",
    "0400",
    "65535",
    "65536",
    "16777216",
    "4294967296",
    "",
]


@given(parts=st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=6))
def test_of_numbers_with_dots_it_is_told_just_where_inet_aton_refuses(parts: list[str]) -> None:
    name = ".".join(parts)
    refused = False
    try:
        socket.inet_aton(name)
    except OSError:
        refused = any(parts)
    assert bool(no_address(name)) is refused


@given(label=st.from_regex(r"[a-z0-9-]*[g-wyz-][a-z0-9-]*", fullmatch=True), number=st.sampled_from(NUMBERS))
def test_of_a_text_with_a_word_in_it_nothing_is_said(label: str, number: str) -> None:
    assert no_address(f"{label}.{number}") == no_address(f"{number}.{label}") == no_address(label) == ""


LONGEST_LABEL = 64


@given(
    pieces=st.lists(st.sampled_from(["1", "ffff", "12345", ":", ":", "::", "1.2.3.4", "1.256", "fe80:"]), max_size=16),
    scope=st.sampled_from(["", "", "%1", "%lo"]),
)
@example(pieces=["1:2:3:4:5:6:7:8", "::"], scope="")
@example(pieces=["1:2:3:4:5:6:7", "::"], scope="")
@example(pieces=["1:2:3:4:5:6:1.2.3.4"], scope="")
@example(pieces=["fe80::1"], scope="%lo")
@example(pieces=["ff01::1"], scope="%lo")
@example(pieces=["ff05::1"], scope="%lo")
@example(pieces=["fec0::1"], scope="%lo")
def test_of_groups_with_colons_it_is_told_just_where_getaddrinfo_refuses(pieces: list[str], scope: str) -> None:
    name = "".join(pieces) + scope
    assume(name.count(":") > 1 and ("::" in name or "." not in name.rpartition(":")[0]))
    assume(len(name) < LONGEST_LABEL)  # a longer one is refused by Python itself, which asks nobody
    refused = False
    try:
        socket.getaddrinfo(name, None, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        refused = True
    assert bool(no_address(name)) is refused


# Letters.


@needs_libidn2
def test_letters_have_one_form_in_ascii_where_both_standards_agree() -> None:
    assert form("bücher.example", "asked as").text == "xn--bcher-kva.example"
    assert "alike" in form("bücher.example", "asked as").why
    assert form("XN--bcher-kva.example", "in letters").text == "bücher.example"


@needs_libidn2
@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("straße.example", "strasse.example", "xn--strae-oqa.example"),
        ("βόλος.example", "xn--nxasmq6b.example", "xn--nxasmm1c.example"),
    ],
)
def test_letters_that_the_standards_read_differently_are_warned_of(name: str, old: str, new: str) -> None:
    assert (form(name, "asked as").text, form(name, "with AI_IDN").text) == (old, new)
    assert (form(name, "asked as", idn=True).text, form(name, "without AI_IDN", idn=True).text) == (new, old)
    assert form(name, "beware").odd
    assert (asked_name(name), asked_name(name, idn=True)) == (old, new)


def test_a_name_that_cannot_be_written_in_ascii_is_said_to_be_so() -> None:
    asked = form("ü" * 62, "asked as")
    assert (asked.text, asked.odd) == ("–", True)
    assert "cannot be written by IDNA 2003" in asked.why


def test_without_libidn2_only_one_form_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idna, "_libidn2", lambda: None)
    assert idna_2008("straße") == ""
    assert notation.asked_name("straße", idn=True) == "straße"
    assert [form.label for form in notation._a_labels("straße", False)] == ["asked as"]


@pytest.mark.parametrize("name", ["xn--zzzz!", "xn--" + "9" * 59, "xn--" + "a" * 300, "xn--strasse-"])
def test_an_a_label_that_is_none_is_said_to_be_odd(name: str) -> None:
    assert form(name, "in letters").odd


@pytest.mark.parametrize(
    ("name", "scripts"),
    [
        ("раypal.com", "Cyrillic and Latin"),
        ("xn--ypal-43d9g.com", "Cyrillic and Latin"),
        ("gοοgle.com", "Greek and Latin"),
        ("日本語かなカナabc.jp", ""),
        ("한국어漢字.kr", ""),
        ("россия.рф", ""),
        ("bücher1-2.de", ""),
        ("кириллица.com", ""),
        ("コーヒー.jp", ""),
        ("らーめん.jp", ""),
        ("佐々木.jp", ""),
        ("佐々木abc.jp", ""),
        ("ＢÜcher.de", ""),
        ("ʻokina.com", ""),
        ("漢字ㄅㄆ.tw", ""),
        ("コーヒーа.jp", "Cyrillic and Katakana"),
        ("佐々木а.jp", "Cyrillic and Han"),
        ("ひらがな한국.jp", "Hangul and Hiragana"),
        ("scоpe.com", "Cyrillic and Latin"),
    ],
)
def test_letters_of_several_scripts_in_one_word_are_warned_of(name: str, scripts: str) -> None:
    warnings = [form.why for form in forms(name) if form.label == "beware"]
    assert [scripts in why for why in warnings] == ([True] if scripts else [])


def test_a_dot_at_the_end_and_no_dot_are_told() -> None:
    assert "absolute" in labels("example.com.")
    assert "relative" in labels("localhost")
    assert labels("example.com") == []


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (None, "search domains, where there are any, are added"),
        (ResolvConf(), "there are no search domains"),
        (ResolvConf(search=("corp.example",)), "search domains are added to it, first"),
        (ResolvConf(search=("corp.example",), ndots=0), "asked as it is first"),
    ],
)
def test_what_search_domains_do_is_said_as_they_are(config: ResolvConf | None, told: str) -> None:
    (relative,) = [form for form in forms("db", config=config) if form.label == "relative"]
    assert told in relative.why


@given(name=st.text(max_size=300))
@example(name="xn--\udcff")
@example(name="xn--" + "9" * 500)
@example(name="a" * 100_000)
@example(name="ü" * 100_000)
def test_any_text_has_forms_without_a_crash(name: str) -> None:
    assert all(form.label and isinstance(form.text, str) for form in forms(name))
    assert isinstance(asked_name(name, idn=True), str)


@given(parts=st.lists(st.sampled_from(["0", "1", "07", "0x1f", "255", "256", "65536", "08", "0x", "a"]), max_size=5))
def test_an_address_is_read_like_inet_aton(parts: list[str]) -> None:
    name = ".".join(parts)
    read = ""
    with suppress(OSError):
        read = socket.inet_ntoa(socket.inet_aton(name)) if name else ""
    assert ([form.text for form in forms(name) if form.label == "canonical"] or [""]) == [read]


@needs_libidn2
def test_capital_letters_make_no_difference() -> None:
    assert idna_2003("ＢÜcher.Example") == "xn--bcher-kva.Example"
    assert idna_2008("Bücher.Example") == "xn--bcher-kva.example"
    assert labels("Bücher.Example") == ["asked as"]
