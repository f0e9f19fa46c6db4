"""What is typed where a name is asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.net.address import AddressError
from sockscope.request.typed import Typed, read


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("example.org", Typed("example.org")),
        ("example.org @", Typed("example.org", ())),
        ("example.org MX", Typed("example.org", None, ("MX",))),
        ("example.org mx txt", Typed("example.org", None, ("MX", "TXT"))),
        ("example.org SSHFP TYPE65", Typed("example.org", None, ("SSHFP", "HTTPS"))),
        ("@127.0.0.1:5353 example.org", Typed("example.org", ("127.0.0.1:5353",))),
        ("example.org @::1 AAAA @192.0.2.1", Typed("example.org", ("::1", "192.0.2.1"), ("AAAA",))),
        ("mx", Typed("mx")),
        ("::1 PTR", Typed("::1", None, ("PTR",))),
    ],
)
def test_a_name_comes_first_and_dns_beside_it(text: str, typed: Typed) -> None:
    assert read(text) == typed
    assert read(text).direct is (" " in text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a name is needed"),
        ("@127.0.0.1", "beside the @server"),
        ("a b", "cannot hold spaces"),
        (" a", "cannot hold spaces"),
        ("a  @", "cannot hold spaces"),
        ("a\tMX", "cannot hold spaces"),
        ("localhost:80", "field beside"),
        ("[::1]", "without brackets"),
        ("[::1]:80", "without brackets"),
        ("https://example.org/", "URL"),
        ("a @ @127.0.0.1", "lone @"),
        ("a\0b", "NUL"),
        ("a..b", "empty label"),
        ("a" * 64, "63 characters"),
        ("a." * 128, "253 characters"),
        ("a" * 10_000, "253 characters"),
        ("a MX " * 3_000, "253 characters"),
        ("a " + "MX " * 500, "253 characters"),
    ],
    ids=lambda value: repr(value[:20]),
)
def test_what_is_no_name_is_refused_with_one_line(text: str, said: str) -> None:
    with pytest.raises(AddressError, match=said) as refused:
        read(text)
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 130


@given(st.text(max_size=60))
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    try:
        typed = read(text)
    except AddressError as refused:
        assert str(refused).isprintable()
    else:
        assert typed.name in text and not typed.name.startswith("@")
