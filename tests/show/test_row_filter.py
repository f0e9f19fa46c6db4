"""The filter of conversations: what each word means, what cannot be read, and that all words must be so."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockscope.show.row_filter import Filter, Word, keeps, read


@dataclass(frozen=True)
class Plain:
    """A row with what it says of its columns."""

    text: str = ""
    peer: str = ""
    state: str = ""
    bytes_in: int = 0
    bytes_out: int = 0

    def holds(self, word: Word) -> bool:
        return word.within(self.text)


CURL = Plain(
    "11→15\t127.0.0.1:51334\tclosed by peer\tGET /Index → 200 OK", "127.0.0.1:51334", "closed by peer", 900, 200
)
FILE = Plain('12→16\t[::1]:80\tconnected\t<html> {"a":1}', "[::1]:80", "connected", 3 << 20, 10 << 10)


@pytest.mark.parametrize(
    ("typed", "rows"),
    [
        ("", [CURL, FILE]),
        ("   ", [CURL, FILE]),
        ("get", [CURL]),
        ("Get", []),
        ("GET ok 200", [CURL]),
        ("get html", []),
        ("127.0.0.1:51334", [CURL]),
        ("[::1]:80", [FILE]),
        ("peer:127", [CURL]),
        ("peer:1", [CURL, FILE]),
        ("peer:80", [FILE]),
        ("state:conn", [FILE]),
        ("state:Conn", []),
        ('state:"closed by"', [CURL]),
        ("state:closed peer:127 index", [CURL]),
        ('"closed by peer"', [CURL]),
        ('"peer closed"', []),
        ('"a":1', [FILE]),
        ('{"a":1}', [FILE]),
        ('"<html>"', [FILE]),
        ("PEER:127", []),
        (">1M", [FILE]),
        ("<1m", [CURL]),
        ("<1100", []),
        ("<1101", [CURL]),
        (">1099", [CURL, FILE]),
        (">1.07k", [CURL, FILE]),
        (">1.08k", [FILE]),
        ("in>900", [FILE]),
        ("in<901 get", [CURL]),
        ("out>9kB", [FILE]),
        ("out<1KiB", [CURL]),
        (">1M <4M in>2M out<11k", [FILE]),
        (">1T", []),
    ],
)
def test_what_a_word_leaves(typed: str, rows: list[Plain]) -> None:
    wanted = read(typed)
    assert not wanted.trouble
    assert [row for row in (CURL, FILE) if keeps(wanted, row)] == rows
    assert wanted.empty is (not typed.strip())


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (">1Q", ">1Q: behind > stands a number of bytes, as >10k"),
        ("<", "<: behind < stands a number of bytes, as <10k"),
        (">=1M", ">=1M: behind > stands"),
        ("in>x", "in>x: behind > stands a number of bytes, as in>10k"),
        (">-1", ">-1: behind > stands"),
        (">1e3", ">1e3: behind > stands"),
        ("<html>", 'for the text: "<html>"'),
        ("peer:", "peer: needs a text behind it"),
        ("st:closed", 'st: is unknown: state: is meant? For the text: "st:closed"'),
        ("state:", "state: needs a text behind it"),
        (">\x1b[2J", ">␛[2J: behind"),
        (f">{'9' * 99}x", f">{'9' * 22}…: behind"),
    ],
)
def test_what_cannot_be_read_is_said_and_filters_nothing(typed: str, said: str) -> None:
    wanted = read(typed)
    assert said in wanted.trouble and "\n" not in wanted.trouble
    assert wanted.empty and keeps(wanted, CURL) and keeps(wanted, FILE)
    both = read(f"get {typed}")
    assert both.trouble == wanted.trouble and keeps(both, CURL) and not keeps(both, FILE)


@given(st.text(max_size=80))
def test_whatever_is_typed_is_read_or_said(typed: str) -> None:
    wanted = read(typed)
    assert isinstance(wanted, Filter)
    assert len(wanted.trouble.splitlines()) <= 1
    keeps(wanted, CURL)


texts = st.text("aAbB:1 ", max_size=12)
words = st.text("aAbB1", min_size=1, max_size=3)
counts = st.integers(0, 5000)
conditions = st.one_of(
    words.map(lambda word: (word, "text", word)),
    words.map(lambda word: (f"peer:{word}", "peer", word)),
    words.map(lambda word: (f"state:{word}", "state", word)),
    st.tuples(st.sampled_from(["", "in", "out"]), st.sampled_from("<>"), counts, st.sampled_from(["", "k", "M"])).map(
        lambda of: (f"{of[0]}{of[1]}{of[2]}{of[3]}", f"{of[0]}{of[1]}", of[2] * {"": 1, "k": 1024, "M": 1 << 20}[of[3]])
    ),
)


def is_so(row: Plain, of: str, wanted: str | int) -> bool:
    """The model: what one condition means."""
    if isinstance(wanted, str):
        text = getattr(row, of)
        return wanted in text or (
            (wanted.islower() or not wanted.isalpha()) and wanted == wanted.lower() and (wanted in text.lower())
        )
    count = {"": row.bytes_in + row.bytes_out, "in": row.bytes_in, "out": row.bytes_out}[of[:-1]]
    return count > wanted if of[-1] == ">" else count < wanted


@given(st.lists(conditions, max_size=4), texts, texts, texts, counts, counts)
def test_a_row_stays_where_all_conditions_are_so(
    typed: list[tuple[str, str, str | int]], text: str, peer: str, state: str, bytes_in: int, bytes_out: int
) -> None:
    row = Plain(text, peer, state, bytes_in, bytes_out)
    wanted = read("  ".join(one for one, _, _ in typed))
    assert not wanted.trouble
    assert keeps(wanted, row) is all(is_so(row, of, value) for _, of, value in typed)
