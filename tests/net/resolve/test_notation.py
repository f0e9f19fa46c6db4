"""How typed names are read: odd addresses, letters in both forms, words that imitate others."""

import socket
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sockscope.net.resolve import notation
from sockscope.net.resolve.notation import Form, Kind, asked_name, forms, idna_2003, idna_2008, kind_of

needs_libidn2 = pytest.mark.skipif(not idna_2008("bücher"), reason="libidn2 is not here")


def form(name: str, label: str, *, idn: bool = False) -> Form:
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
        ("", Kind.NOTHING),
        ("1.2.3.4 five", Kind.NAME),
        ("1.2.3.4.5", Kind.NAME),
        ("256.1.1.1", Kind.NAME),
        ("::g", Kind.NAME),
        ("a\0b", Kind.NAME),
        ("\ud800", Kind.NAME),
        ("１", Kind.NAME),
    ],
)
def test_an_address_is_told_from_a_name(name: str, kind: Kind) -> None:
    assert kind_of(name) is kind


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
    monkeypatch.setattr(notation, "_libidn2", lambda: None)
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
    ],
)
def test_letters_of_several_scripts_in_one_word_are_warned_of(name: str, scripts: str) -> None:
    warnings = [form.why for form in forms(name) if form.label == "beware"]
    assert [scripts in why for why in warnings] == ([True] if scripts else [])


def test_a_dot_at_the_end_and_no_dot_are_told() -> None:
    assert "absolute" in labels("example.com.")
    assert "relative" in labels("localhost")
    assert labels("example.com") == []


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
