"""Bytes and words as programs write them, so that exactly they come back, whatever they are.

The rule: what comes out is printable ASCII in lines, so nothing of it can act on a terminal, hide, or end where it
should not. In a comment, which nothing reads back, whatever is not plain becomes _.
"""

import os
import re
import shlex
import textwrap
from collections.abc import Iterable
from functools import lru_cache

PER_LINE = 64
"""Bytes of a literal in one line."""

_PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")
_NOT_COMMENTED = re.compile(r"[^ -~]|[\\?*`]")
_WIDTH = 100
_ESCAPES = {ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t"}


def pieces(data: bytes) -> list[bytes]:
    """Cut bytes into lines, behind line ends where that is possible; of none there is one empty line."""
    lines = [line[at : at + PER_LINE] for line in data.splitlines(True) for at in range(0, len(line), PER_LINE)]
    return lines or [b""]


def python_bytes(data: bytes, indent: str = "") -> str:
    """Write bytes in Python, in brackets where it takes several lines."""
    lines = pieces(data)
    if len(lines) == 1:
        return repr(lines[0])
    return "\n".join(["(", *(f"{indent}    {line!r}" for line in lines), f"{indent})"])


def c_bytes(data: bytes, indent: str = "") -> str:
    """Write bytes in C, as strings that the compiler joins; octal ends after three digits, where \\x would go on."""
    written = [f'"{_escaped(line, b"?")}"' for line in pieces(data)]
    return written[0] if len(written) == 1 else "".join(f"\n{indent}    {line}" for line in written)


def printf(data: bytes) -> str:
    """Write the command of a shell that prints bytes."""
    lines = pieces(data)
    if len(lines) == 1 and not data.startswith(b"-"):
        return f"printf '{_escaped(data, b'%')}'"
    return " \\\n    ".join(["printf '%b'", *(f"'{_escaped(line, octal='0')}'" for line in lines)])


def _escaped(data: bytes, besides: bytes = b"", octal: str = "") -> str:
    """Write bytes with the escapes that C, printf and bash's $'' have in common; `octal` goes before the digits."""
    return "".join(map(_table(besides, octal).__getitem__, data))


@lru_cache
def _table(besides: bytes, octal: str) -> list[str]:
    """Return how each byte is written; `besides` are those that are not plain, besides the usual ones."""
    special = b"\"'\\" + besides
    plain = [chr(byte) if 0x20 <= byte < 0x7F and byte not in special else "" for byte in range(256)]
    return [_ESCAPES.get(byte) or plain[byte] or f"\\{octal}{byte:03o}" for byte in range(256)]


def word(text: str) -> str:
    """Write one argument of a command, for bash."""
    data = os.fsencode(text)
    if all(0x20 <= byte < 0x7F for byte in data):
        return shlex.quote(text)
    return f"$'{_escaped(data)}'"


def command(*words: str) -> str:
    """Write a command line of words that are quoted as they need it."""
    return " ".join(one if _PLAIN.fullmatch(one) else word(one) for one in words)


def python_path(path: str) -> str:
    """Write the address of a UNIX socket in Python; @name is abstract."""
    name = os.fsencode(path)
    return repr(b"\0" + name[1:]) if name.startswith(b"@") else ascii(path) if path.isascii() else repr(name)


def python_text(text: str) -> str:
    """Write a text in Python; surrogates stand for bytes of a path that are no UTF-8."""
    return ascii(text)


def comment(lines: Iterable[str], begins: str) -> list[str]:
    """Write comments, each line with what one `begins` with."""
    plain = [_NOT_COMMENTED.sub("_", line) for line in lines]
    return [f"{begins} {part}" for line in plain for part in textwrap.wrap(line, _WIDTH)]
