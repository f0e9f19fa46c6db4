"""Harmless text: over every code point there is, over all bytes, and measured by three rulers."""

import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from functools import cache

import pytest
import wcwidth
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len, get_character_cell_size

from sockscope.show.sanitizer import cells, safe, safe_bytes

NEVER = ("Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp", "Mn", "Mc", "Me")
BIDI = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI", "BN", "B", "S")
INVISIBLE = {
    "Hangul choseong filler": "\u115f",
    "Hangul jungseong filler": "\u1160",
    "braille pattern blank": "\u2800",
    "Hangul filler": "\u3164",
    "half-width Hangul filler": "\uffa0",
    "Egyptian hieroglyph full blank": "\U00013441",
    "Egyptian hieroglyph half blank": "\U00013442",
    "musical symbol null notehead": "\U0001d159",
}

any_text = st.text(st.characters())  # with surrogates
mostly_odd = st.text(
    st.one_of(
        st.characters(categories=["Cc", "Cf", "Cs", "Mn", "Mc", "Me", "Zl", "Zp", "Zs", "Co", "Cn"]),
        st.characters(min_codepoint=0x1100, max_codepoint=0x11FF),
        st.characters(min_codepoint=0x1F1E6, max_codepoint=0x1F3FF),
        st.characters(),
    )
)
texts = st.one_of(any_text, mostly_odd)


def every_code_point() -> Iterator[int]:
    """All of planes 0 to 3 and 14, and some of the others, which are unassigned or for private use as a whole."""
    yield from range(0x40000)
    yield from range(0x40000, 0xE0000, 89)
    yield from range(0xE0000, 0xE1000)
    yield from range(0xE1000, 0x110000, 89)


@cache
def all_drawn() -> frozenset[str]:
    """The characters that come out for every character there is."""
    return frozenset(safe("".join(map(chr, every_code_point()))))


@cache
def let_through() -> list[str]:
    """Every character that comes out as it went in."""
    return sorted(character for character in all_drawn() if safe(character) == character)


def is_harmless(character: str) -> bool:
    """Judged without a look at how safe() decides."""
    return character == " " or (
        character.isprintable()
        and unicodedata.category(character) not in NEVER
        and unicodedata.bidirectional(character) not in BIDI
    )


def test_every_code_point_comes_out_harmless() -> None:
    assert len(all_drawn()) > 100_000
    assert sorted(hex(ord(character)) for character in all_drawn() if not is_harmless(character)) == []


def test_every_character_that_is_let_through_takes_a_cell_or_two() -> None:
    assert {cells(character) for character in let_through()} == {1, 2}
    assert min(map(wcwidth.wcwidth, let_through())) == 1, "by what most terminals go, too"


def test_the_three_rulers_agree_on_every_character_that_is_let_through() -> None:
    odd = {
        f"U+{ord(c):04X} {unicodedata.name(c, '?')}": measured
        for c in let_through()
        if len(set(measured := (cells(c), get_character_cell_size(c), wcwidth.wcwidth(c)))) > 1
    }
    assert odd == {}, "cells(), rich and wcwidth differ: the line would be longer than it is thought to be"


@pytest.mark.parametrize("name", INVISIBLE)
def test_a_letter_or_symbol_that_is_drawn_as_nothing_is_written_out(name: str) -> None:
    character = INVISIBLE[name]
    assert safe(character) == f"\\u{{{ord(character):x}}}"


def test_a_peer_that_sends_every_character_there_is_does_not_fill_our_memory() -> None:
    program = (
        "import tracemalloc; from sockscope.show.sanitizer import safe; tracemalloc.start()\n"
        "for point in range(0x20000, 0x28000): safe(chr(point))\n"
        "print(tracemalloc.get_traced_memory()[0])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)
    assert int(done.stdout) < 2 * 1024 * 1024, "bytes kept for 32,768 of 1,114,112 characters"


@given(texts)
def test_any_text_comes_out_harmless(text: str) -> None:
    drawn = safe(text)
    assert drawn.isprintable()
    assert all(map(is_harmless, drawn))
    assert "\x1b" not in drawn


@given(texts)
@example("🇩🇪👍🏽\u200d👩")
@example("각\u1100\u1161")
@example("कि")
def test_the_width_of_a_text_is_that_of_its_characters_by_every_ruler(text: str) -> None:
    drawn = safe(text)
    assert cells(drawn) == cell_len(drawn) == wcwidth.wcswidth(drawn) == sum(map(cells, drawn))


@given(texts)
def test_what_is_safe_stays_as_it_is(text: str) -> None:
    assert safe(safe(text)) == safe(text)


@given(texts, texts)
def test_a_text_is_made_safe_character_by_character(one: str, other: str) -> None:
    assert safe(one + other) == safe(one) + safe(other), "else a cut in the wrong place would change what is drawn"


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_printable_ascii_is_unchanged(text: str) -> None:
    assert safe(text) == text == safe_bytes(text.encode())


@pytest.mark.parametrize(
    ("given_text", "drawn"),
    [
        ("", ""),
        ("héllo wörld", "héllo wörld"),
        ("日本語 한국어 العربية", "日本語 한국어 العربية"),
        ("→ € ½ ✓ 😀", "→ € ½ ✓ 😀"),
        ("\0\t\n\r\x1b", "␀␉␊␍␛"),
        ("\x7f", "␡"),
        ("\x1b[31mred\x1b]0;title\x07", "␛[31mred␛]0;title␇"),
        ("\x9b2J\x85", "\\u{9b}2J\\u{85}"),
        ("\u202egnp.exe\u202c", "\\u{202e}gnp.exe\\u{202c}"),
        ("\u2066x\u2069\u200f", "\\u{2066}x\\u{2069}\\u{200f}"),
        ("a\u200bb\u200dc\ufeff", "a\\u{200b}b\\u{200d}c\\u{feff}"),
        ("e\u0301", "e\\u{301}"),
        ("\xa0\u3000\u2028\u2029", "\\u{a0}\\u{3000}\\u{2028}\\u{2029}"),
        ("\xad", "\\u{ad}"),
        ("🇩🇪", "\\u{1f1e9}\\u{1f1ea}"),
        ("👍🏽", "👍\\u{1f3fd}"),
        ("✈\ufe0f", "✈\\u{fe0f}"),
        ("\ue000\U000f0000\U0010ffff", "\\u{e000}\\u{f0000}\\u{10ffff}"),
        ("\ud800", "\\u{d800}"),
        ("\udcff\udc80", "\\xff\\x80"),
        ("\udc7f", "\\u{dc7f}"),
        ("[/b][@click=quit]x[/]", "[/b][@click=quit]x[/]"),
    ],
)
def test_text_is_drawn(given_text: str, drawn: str) -> None:
    assert safe(given_text) == drawn


@pytest.mark.parametrize(
    ("data", "drawn"),
    [
        (b"", ""),
        (b"GET / HTTP/1.1\r\n", "GET / HTTP/1.1␍␊"),
        ("é日😀".encode(), "é日😀"),
        (b"\xff\xfe\x80", "\\xff\\xfe\\x80"),
        (b"\xc3", "\\xc3"),
        (b"\xc3(", "\\xc3("),
        (b"\xc0\xaf", "\\xc0\\xaf"),
        (b"\xed\xa0\x80", "\\xed\\xa0\\x80"),
        (b"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"),
        (b"\xc2\x9b31m", "\\u{9b}31m"),
        (b"\xe2\x80\xae", "\\u{202e}"),
        (b"\xef\xbf\xbd", "�"),
    ],
)
def test_bytes_are_drawn(data: bytes, drawn: str) -> None:
    assert safe_bytes(data) == drawn


@given(st.binary())
def test_any_bytes_come_out_harmless(data: bytes) -> None:
    drawn = safe_bytes(data)
    assert drawn.isprintable()
    assert all(map(is_harmless, drawn))
    assert cells(drawn) == cell_len(drawn)


@given(st.binary())
def test_every_byte_that_is_no_utf8_is_shown_by_its_value(data: bytes) -> None:
    bad = [f"\\x{byte:02x}" for byte in data if byte in b"\xc0\xc1\xf5\xf6\xf7\xf8\xf9\xfa\xfb\xfc\xfd\xfe\xff"]
    drawn = safe_bytes(data)
    at = 0
    for written in bad:
        at = drawn.index(written, at) + len(written)


@pytest.mark.parametrize(
    ("text", "width"), [("", 0), ("abc", 3), ("é", 1), ("日本", 4), ("ＡＢ", 4), ("😀x", 3), ("ｱ", 1)]
)
def test_cells_are_counted(text: str, width: int) -> None:
    assert cells(text) == width
