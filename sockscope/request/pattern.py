"""What is searched or waited for: text, hex with ?? for any byte, or an expression (regex), as a person types it.

The rule: capitals are minded only where there are some, as in `less -i`, unless it is asked for exactly. What can be
found as plain bytes is: only what needs alternatives becomes an expression.
"""

import re
import string
from functools import lru_cache
from math import prod
from typing import NamedTuple

import regex

from sockscope.request.payload import PayloadError, encoded, hex_bytes, text_bytes

MODES = ("text", "hex", "regex")
LONGEST_TYPED = 4096
EXPRESSION_BYTES = 16 * 1024
"""The longest match of an expression that is put together of several calls."""

_COUNTS = re.compile(rb"\{\s*(\d*)\s*,?\s*(\d*)\s*[},]")
_MOST_COUNTED = 100_000  # what is counted is written out when it is compiled, without a bound in time
_ESCAPED = re.compile(r"\\.", re.DOTALL)
_ANY = "??"
_ASIDE = re.compile(r"\(\?<?[=!:]|[\\()^$]")
_PROBES = (string.printable.encode(), b"ab 12\r\n+CD: 3,4\r\n\r\nOK\r\n")
_PROBE_S = 0.01
_PICTURES = {chr(0x2400 + code): chr(code) for code in range(0x20)} | {"␡": "\x7f"}
"""How controls are drawn: what is typed as it is seen finds both."""


class PatternError(ValueError):
    """What was typed cannot be searched for; the message is one line for a person."""


class Pattern(NamedTuple):
    """Bytes to find, where `folded` in lower case; or an expression, where they are empty."""

    typed: str
    literal: bytes = b""
    folded: bool = False
    expression: "regex.Pattern[bytes] | None" = None


def read(typed: str, mode: str, *, exact: bool = False) -> Pattern:
    """Read what was typed in one of MODES; with `exact` capitals are always minded. Raise PatternError."""
    if not typed:
        raise PatternError("there is nothing to search for")
    if len(typed) > LONGEST_TYPED:
        raise PatternError(f"that is over {LONGEST_TYPED:,} characters")
    try:
        if mode == "hex":
            return _hex(typed)
        return _exactly(typed, mode) if exact else {"text": _text, "regex": _expression}[mode](typed)
    except PayloadError as error:
        raise PatternError(str(error)) from None


def as_hex(typed: str) -> Pattern | None:
    """Read as hex what was typed as text; None where it is no hex."""
    try:
        return read(typed, "hex")
    except PatternError:
        return None


@lru_cache(maxsize=256)
def matches_places_alone(pattern: Pattern) -> bool:
    """Return whether an expression matches without bytes (`\\b`, `x*`), as far as a few texts can tell.

    They are what is usual, and what is typed, without the signs that mean something else.
    """
    if pattern.expression is None:
        return False
    texts = (*_PROBES, _ASIDE.sub("", pattern.typed).encode())
    try:
        if pattern.expression.search(b"", timeout=_PROBE_S):
            return True
        spans = [m.span() for text in texts for m in pattern.expression.finditer(text, timeout=_PROBE_S)]
    except TimeoutError:
        return False
    return bool(spans) and all(low == high for low, high in spans)


def _exactly(typed: str, mode: str) -> Pattern:
    if mode == "text":
        return Pattern(typed, text_bytes(typed))
    return Pattern(typed, expression=_compiled(encoded(typed), regex.MULTILINE))


def _text(typed: str) -> Pattern:
    wanted = text_bytes(typed)
    if any(picture in _PICTURES for picture in typed):
        return Pattern(typed, expression=_compiled(b"".join(map(_either_case, wanted.decode(errors="replace"))), 0))
    if _minds_case(typed):
        return Pattern(typed, wanted)
    if wanted.isascii():
        return Pattern(typed, wanted.lower(), folded=True)
    try:
        letters = wanted.decode()
    except UnicodeDecodeError:
        return Pattern(typed, wanted)
    return Pattern(typed, expression=_compiled(b"".join(map(_either_case, letters)), 0))


def _either_case(letter: str) -> bytes:
    forms = sorted({form.encode() for form in (letter, letter.lower(), letter.upper(), _PICTURES.get(letter, letter))})
    return b"(?:" + b"|".join(map(re.escape, forms)) + b")"


def _hex(typed: str) -> Pattern:
    if _ANY not in typed:
        wanted = hex_bytes(typed)
        if not wanted:
            raise PatternError("there is no byte to search for")
        return Pattern(typed, wanted)
    parts = [re.escape(hex_bytes(part)) for part in typed.split(_ANY)]
    return Pattern(typed, expression=_compiled(b".".join(parts), regex.DOTALL))


def _expression(typed: str) -> Pattern:
    flags = regex.MULTILINE | (0 if _minds_case(_ESCAPED.sub("", typed)) else regex.IGNORECASE)
    return Pattern(typed, expression=_compiled(encoded(typed), flags))


def _compiled(source: bytes, flags: int) -> "regex.Pattern[bytes]":
    counts = [max(int(number) for number in found if number) for found in _COUNTS.findall(source) if any(found)]
    if prod(counts) > _MOST_COUNTED:
        raise PatternError(f"the counts in braces multiply to over {_MOST_COUNTED:,}")
    try:
        return regex.compile(source, flags)
    except (regex.error, OverflowError, RecursionError, MemoryError) as error:
        raise PatternError(f"that is no expression: {getattr(error, 'msg', error)}") from None


def _minds_case(typed: str) -> bool:
    return typed != typed.lower()
