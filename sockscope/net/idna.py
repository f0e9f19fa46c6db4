"""International names in ASCII and back: A-labels by IDNA 2003 and 2008, and scripts that are mixed.

The rule: IDNA 2003 (RFC 3490) is Python's own, which it applies before it calls getaddrinfo; IDNA 2008 (RFC 5891) is
libidn2's, the library that glibc takes for AI_IDN, so that both are what really happens.
"""

from __future__ import annotations

import contextlib
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:  # seldom needed, and imported then
    import ctypes

A_LABEL = "xn--"
"""What an A-label begins with (RFC 5890, 2.3.2.1)."""


def decoded(name: str) -> str:
    """Put the letters of A-labels back (RFC 3492); one that is none stays as it is."""
    return ".".join(_decoded_label(label) for label in name.split("."))


def _decoded_label(label: str) -> str:
    if label[:4].lower() == A_LABEL and len(label) < 64:
        with contextlib.suppress(UnicodeError, ValueError, OverflowError):
            return label[4:].encode("ascii").decode("punycode")
    return label


def idna_2003(name: str) -> str:
    """Write a name in ASCII as Python does before it calls getaddrinfo; empty where it cannot be."""
    with contextlib.suppress(UnicodeError):
        return name.encode("idna").decode("ascii")
    return ""


def idna_2008(name: str) -> str:
    """Write a name in ASCII as glibc does with AI_IDN, by the same library; empty where it cannot be, or is absent."""
    import ctypes

    library = _libidn2()
    with contextlib.suppress(UnicodeError):
        text = name.encode()
        if library is None or b"\0" in text:
            return ""
        written = ctypes.c_void_p()
        if library.idn2_lookup_u8(text, ctypes.byref(written), 0) == 0 and written.value:
            ascii_form = ctypes.string_at(written.value).decode("ascii")
            library.idn2_free(written)
            return ascii_form
    return ""


@lru_cache(maxsize=1)
def _libidn2() -> ctypes.CDLL | None:
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL("libidn2.so.0")
        library.idn2_lookup_u8.argtypes = (ctypes.c_char_p, ctypes.POINTER(ctypes.c_void_p), ctypes.c_int)
        library.idn2_free.argtypes = (ctypes.c_void_p,)
        library.idn2_free.restype = None
        return library
    return None


_TOGETHER = [("Han", "Hiragana", "Katakana", "Latin"), ("Han", "Hangul", "Latin"), ("Han", "Bopomofo", "Latin")]
"""Scripts that are written together in one word (UTS 39, 5.2)."""

_EVERYWHERE = ("Common", "Inherited")


def mixed_scripts(label: str) -> str:
    """Name the scripts of a word where it mixes such as are never written together, else nothing.

    A letter counts for every script that it is written in (UAX 24, Script_Extensions): ー for Hiragana and Katakana.
    """
    letters = {letter for letter in label if letter.isalpha()}
    scripts = {letter: _script(letter) for letter in letters}
    known = sorted(set(filter(_is_script, scripts.values())))
    for together in [*((script,) for script in known), *_TOGETHER]:
        if all(_written_in(letter, (*together, *_EVERYWHERE)) for letter in letters):
            return ""
    others = {scripts[letter] for letter in letters if not _written_in(letter, (*known, *_EVERYWHERE))}
    return " and ".join(sorted({*known, *others}))


def _script(letter: str) -> str:
    """Return the first word of a letter's name, which most often is its script."""
    word = unicodedata.name(letter, "?").split()[0].title()
    return "Han" if word in ("Cjk", "Ideographic") else word


@lru_cache(maxsize=256)
def _is_script(word: str) -> bool:
    with contextlib.suppress(regex.error):
        return bool(regex.compile(rf"\p{{sc={word}}}"))
    return False


@lru_cache(maxsize=4096)
def _written_in(letter: str, scripts: tuple[str, ...]) -> bool:
    return any(regex.match(rf"\p{{scx={script}}}", letter) for script in scripts)
