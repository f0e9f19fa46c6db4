"""The tables that addresses are judged by, and what gai.conf(5) makes of them."""

from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.engine.resolve.system_files import READ_BYTES, read_policy
from sockscope.record.lookup.policy import GLIBC, RFC_6724, Mark, PolicyTable, parse

ADDRESSES = (
    "::1",
    "::",
    "::1.2.3.4",
    "::ffff:1.2.3.4",
    "1.2.3.4",
    "127.0.0.1",
    "169.254.1.1",
    "10.0.0.1",
    "2001:db8::1",
)


@pytest.mark.parametrize(
    ("address", "scope", "rfc", "glibc"),
    [
        ("::1", 2, (0, 50), (0, 50)),
        ("::", 14, (3, 1), (3, 20)),
        ("::1.2.3.4", 14, (3, 1), (3, 20)),
        ("2001:db8::1", 14, (1, 40), (1, 40)),
        ("2002::1", 14, (2, 30), (2, 30)),
        ("2001:0:1::1", 14, (5, 5), (7, 40)),
        ("3ffe::1", 14, (12, 1), (1, 40)),
        ("fc00::1", 14, (13, 3), (6, 40)),
        ("fdff::1", 14, (13, 3), (6, 40)),
        ("fe80::1", 2, (1, 40), (1, 40)),
        ("febf::1", 2, (1, 40), (1, 40)),
        ("fec0::1", 5, (11, 1), (5, 40)),
        ("ff05::1", 5, (1, 40), (1, 40)),
        ("ff0e::1", 14, (1, 40), (1, 40)),
        ("::ffff:127.0.0.1", 14, (4, 35), (4, 10)),
        ("127.8.0.1", 2, (4, 35), (4, 10)),
        ("169.254.1.1", 2, (4, 35), (4, 10)),
        ("10.0.0.1", 14, (4, 35), (4, 10)),
        ("224.0.0.1", 14, (4, 35), (4, 10)),
    ],
)
def test_an_address_has_its_marks(address: str, scope: int, rfc: tuple[int, int], glibc: tuple[int, int]) -> None:
    assert RFC_6724.mark(ip_address(address)) == Mark(scope, *rfc)
    assert GLIBC.mark(ip_address(address)) == Mark(scope, *glibc)


def marks(tables: PolicyTable) -> list[Mark]:
    return [tables.mark(ip_address(address)) for address in ADDRESSES]


def changed(text: str, *addresses: str) -> list[Mark]:
    return [parse(text).mark(ip_address(address)) for address in addresses]


def test_any_line_of_a_kind_replaces_that_whole_table() -> None:
    assert changed("precedence 2001:db8::/32 7", "::1", "10.0.0.1", "2001:db8::1") == [
        Mark(2, 0, 40),
        Mark(14, 4, 40),
        Mark(14, 1, 7),
    ]
    assert changed("label ::1/128 7", "::1", "10.0.0.1") == [Mark(2, 7, 50), Mark(14, 1, 10)]
    assert changed("scopev4 10.0.0.0/8 5", "10.1.1.1", "127.0.0.1") == [Mark(5, 4, 10), Mark(14, 4, 10)]


@pytest.mark.parametrize(
    ("text", "address", "mark"),
    [
        ("scopev4 ::ffff:10.0.0.0/104 5", "10.1.1.1", Mark(5, 4, 10)),
        ("scopev4 ::ffff:0:0/96 9", "1.1.1.1", Mark(9, 4, 10)),
        ("scopev4 0.0.0.0/0 9", "1.1.1.1", Mark(9, 4, 10)),
        ("scopev4 1.1.1.1 9", "1.1.1.1", Mark(9, 4, 10)),
        ("scopev4 1.1.1.1 9", "::ffff:1.1.1.1", Mark(14, 4, 10)),  # of IPv4 alone
        ("label ::1 9", "::1", Mark(2, 9, 50)),
        ("\tlabel \t ::1/128\t9 # a remark", "::1", Mark(2, 9, 50)),
        ("label ::1/128 9 more", "::1", Mark(2, 9, 50)),
        ("label ::1/128", "::1", Mark(2, 0, 50)),  # strtoul(3) of nothing
        ("label ::1/128 9\nlabel ::1/128 8", "::1", Mark(2, 9, 50)),
        ("label ::/0 9\nlabel ::1/128 8", "::1", Mark(2, 8, 50)),
        ("label 2001:db8:ffff::1/32 9", "2001:db8::1", Mark(14, 9, 40)),
        ("precedence ::ffff:0:0/96  100", "1.1.1.1", Mark(14, 4, 100)),
    ],
)
def test_a_line_is_read_as_glibc_reads_it(text: str, address: str, mark: Mark) -> None:
    tables = parse(text)
    assert tables.mark(ip_address(address)) == mark
    assert tables.remarks == ()


@pytest.mark.parametrize(
    "line",
    [
        "label",
        "label foo 3",
        "label 10.0.0.0/8 3",
        "label ::/129 3",
        "label ::/-1 3",
        "label ::/x 3",
        "label fe80::1%lo/128 3",
        "precedence ::1/128 x",
        "precedence ::1/128 -1",
        "precedence ::1/128 +",
        "precedence ::1/128 2147483648",
        "precedence ::1/128 99999999999999999999",
        "precedence ::1/128 ٣",
        "scopev4 10.0.0.0/33 3",
        "scopev4 ::ffff:0:0/95 3",
        "scopev4 fe80::/104 3",
        "Label ::1/128 3",
        "\x1b[2J",
    ],
)
def test_a_line_that_cannot_be_read_changes_nothing_and_is_told(line: str) -> None:
    tables = parse(f"# first\n{line}\n")
    assert marks(tables) == marks(GLIBC)
    assert tables.remarks == (f"/etc/gai.conf, line 2 cannot be read: {line}",)
    assert tables.origin == "built into glibc, after RFC 3484; /etc/gai.conf changes nothing"


def test_of_many_lines_that_cannot_be_read_the_first_are_told() -> None:
    remarks = parse("junk\n" * 20).remarks
    assert len(remarks) == 9
    assert remarks[-1] == "12 more lines of /etc/gai.conf cannot be read"
    assert len(parse("x" * 10_000).remarks[0]) < 120


def test_comments_empty_lines_and_reload_say_nothing() -> None:
    tables = parse("\n   \n# label ::1/128 3\nreload yes\n")
    assert (marks(tables), tables.remarks) == (marks(GLIBC), ())


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("label ::1 2", "label lines of /etc/gai.conf, the rest built into glibc, after RFC 3484"),
        ("label ::1 2\nprecedence ::1 2\nscopev4 1.1.1.1 2", "label and precedence and scopev4 lines of /etc/gai.conf"),
    ],
)
def test_it_is_told_where_the_tables_come_from(text: str, origin: str) -> None:
    assert parse(text).origin == origin


def test_a_file_is_read_anew_each_time(tmp_path: Path) -> None:
    file = tmp_path / "gai.conf"
    assert read_policy(file, GLIBC).origin == f"built into glibc, after RFC 3484; there is no {file}"
    file.write_bytes(b"\xff\n" + b"#" * READ_BYTES + b"\nlabel ::1/128 9")
    tables = read_policy(file, GLIBC)
    assert marks(tables) == marks(GLIBC)
    assert tables.remarks == (f"{file}, line 1 cannot be read: \udcff",)
    file.write_text("label ::1/128 9")
    assert read_policy(file, GLIBC).mark(ip_address("::1")).label == 9


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    tables = read_policy(tmp_path, GLIBC)
    assert tables.origin == f"built into glibc, after RFC 3484; {tmp_path} cannot be read (EISDIR)"
    assert marks(tables) == marks(GLIBC)


def test_without_glibc_no_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "gai.conf").write_text("label ::1/128 9")
    assert read_policy(tmp_path / "gai.conf", RFC_6724) is RFC_6724


@given(
    st.lists(
        st.one_of(
            st.text(max_size=40),
            st.builds(
                "{} {}/{} {}".format,
                st.sampled_from(["label", "precedence", "scopev4"]),
                st.ip_addresses(),
                st.integers(-1, 140),
                st.integers(-1, 2**32),
            ),
        ),
        max_size=20,
    ).map("\n".join)
)
def test_after_any_text_every_address_has_its_marks(text: str) -> None:
    assert len(marks(parse(text))) == len(ADDRESSES)
