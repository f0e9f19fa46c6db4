"""What a person types to send: text with escapes, hex, the path of a file, or a canned reply.

The rule: what cannot be read without doubt is refused with the place of the fault; nothing is guessed.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from sockscope.request.computed import IN_HEX, IN_TEXT, WORDS_IN_HEX, WORDS_IN_TEXT, Computed, Counter
from sockscope.request.template import Template

Part = TypeVar("Part")

MODES = ("text", "hex", "file")
ENDINGS = {"none": b"", "LF": b"\n", "CRLF": b"\r\n", "CR": b"\r", "NUL": b"\0"}
"""Line ends that can be put behind what was typed; one of a person's own is written with the escapes of text."""

LONGEST_TYPED = 1024 * 1024
LONGEST_ENDING = 64
"""Characters."""

_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|\{[^{}\\]{0,24}\}?|.|$)", re.DOTALL)
_ESCAPED = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}
_ESCAPES = "\\r \\n \\t \\0 \\\\ \\xNN"
_CAPTURES = {"&": 0} | {str(number): number for number in range(1, 10)}
_HEX_WORD = re.compile(r"[^\s,:-]+")
_HEX_DIGITS = "0123456789abcdefABCDEF"
_IN_TEXT: dict[str, Computed] = {"#": Counter(), **{f"{{{word}}}": part for word, part in IN_TEXT.items()}}


class PayloadError(ValueError):
    """What a person typed cannot be sent; the message is one line for that person."""


def text_bytes(typed: str) -> bytes:
    """Read text with the escapes \\r \\n \\t \\0 \\\\ and \\xNN. Raise PayloadError."""
    nothing_else: dict[str, bytes] = {}
    return b"".join(_text_parts(typed, nothing_else, ""))


def hex_bytes(typed: str) -> bytes:
    """Read hex digits, two a byte; between bytes there may be spaces, , : - and before them 0x. Raise PayloadError."""
    return b"".join(_hex_word(word) for word in _HEX_WORD.finditer(typed))


def reply_parts(typed: str) -> tuple[bytes | int, ...]:
    """Read a canned reply: text, in which \\1 … \\9 are the captures of what is replied to and \\& is all of it.

    A capture comes as its number, 0 for \\&. Raise PayloadError.
    """
    _check_length(typed)
    return _text_parts(typed, _CAPTURES, " \\1…\\9 \\&")


_BREAKS = {"CRLF": "\r\n", "CR": "\r"}


def template(typed: str, mode: str, ending: str, breaks: str = "") -> Template:
    """Read text or hex with what is computed at each sending, and put an ending behind it. Raise PayloadError.

    A line break in text is sent as `breaks`, or without that the ending, where it is CRLF or CR, else as LF.
    In text \\{word} is computed (see `computed`), and \\# is the number of the repetition; in hex it is #word.
    """
    _check_length(typed)
    if mode == "text":
        typed = typed.replace("\n", _BREAKS.get(breaks or ending, "\n"))
    parts = _hex_parts(typed) if mode == "hex" else _text_parts(typed, _IN_TEXT, " \\# \\{word}")
    end = ending_bytes(ending)
    made = Template((*parts, end) if end else parts)
    if wrong := made.wrong():
        raise PayloadError(wrong)
    return made


def ending_bytes(ending: str) -> bytes:
    """Return the bytes of one of ENDINGS, or of one that is written with the escapes of text. Raise PayloadError."""
    if ending in ENDINGS:
        return ENDINGS[ending]
    if ending.isalnum():
        known = ", ".join(ENDINGS)
        raise PayloadError(f"{_shown(ending[:10])} is no line end: those are {known}, or letters that begin as \\xNN")
    if len(ending) > LONGEST_ENDING:
        raise PayloadError(f"a line end of one's own has at most {LONGEST_ENDING} characters")
    return text_bytes(ending)


def file_path(typed: str) -> Path:
    """Read the path of a regular file that can be read. Raise PayloadError."""
    if not typed:
        raise PayloadError("the path of a file is needed")
    if "\0" in typed:
        raise PayloadError("a path cannot hold a NUL byte")
    try:
        path = Path(typed).expanduser()
        missing, regular = not path.exists(), path.is_file()
        if regular:
            path.open("rb").close()
    except OSError as error:
        raise PayloadError(f"the file cannot be read: {error.strerror}") from None
    except (RuntimeError, ValueError):
        raise PayloadError("that is no path: its user or a character in it does not exist") from None
    if not regular:
        raise PayloadError("there is no such file" if missing else "that is not a regular file")
    return path


def read(typed: str, mode: str, ending: str) -> bytes | Path:
    """Read what was typed in one of MODES; a file comes as its path, the rest as bytes. Raise PayloadError.

    Counters are those of the first repetition. Where nothing was typed nothing comes, an empty datagram's bytes.
    """
    if mode == "file":
        _check_length(typed)
        return file_path(typed)
    return template(typed, mode, ending).bytes(1)


def _check_length(typed: str) -> None:
    if len(typed) > LONGEST_TYPED:
        raise PayloadError("that is over 1 MiB: send it as a file")


def _text_parts(typed: str, more: Mapping[str, Part], named: str) -> tuple[bytes | Part, ...]:
    """Read text; `more` are escapes that stand for something else than bytes, `named` lists them for a person."""
    parts: list[bytes | Part] = []
    data = bytearray()
    done = 0
    for escape in _ESCAPE.finditer(typed):
        data += encoded(typed[done : escape.start()])
        done = escape.end()
        code = escape[1]
        if len(code) == 3 and code[0] == "x":
            data.append(int(code[1:], 16))
        elif code in _ESCAPED:
            data += _ESCAPED[code]
        elif code in more:
            parts += [bytes(data), more[code]] if data else [more[code]]
            data.clear()
        else:
            raise PayloadError(f"{_shown(escape[0])} at {escape.start() + 1}: {_wrong_escape(code, more, named)}")
    data += encoded(typed[done:])
    return (*parts, bytes(data)) if data else tuple(parts)


def _wrong_escape(code: str, more: Mapping[str, Part], named: str) -> str:
    if not code.startswith("{") or "{count}" not in more:
        return f"escapes are {_ESCAPES}{named}"
    return f"words in braces are {WORDS_IN_TEXT}" if code.endswith("}") else "a } is missing"


def _hex_parts(typed: str) -> tuple[bytes | Computed, ...]:
    parts: list[bytes | Computed] = []
    data = bytearray()
    for word in _HEX_WORD.finditer(typed):
        if not word[0].startswith("#"):
            data += _hex_word(word)
        elif word[0][1:] in IN_HEX:
            parts += [bytes(data), IN_HEX[word[0][1:]]] if data else [IN_HEX[word[0][1:]]]
            data.clear()
        else:
            shown = _shown(word[0]) if len(word[0]) < 20 else "#"
            raise PayloadError(f"{shown} at {word.start() + 1}: words behind # are 1 2 4 8, {WORDS_IN_HEX}")
    return (*parts, bytes(data)) if data else tuple(parts)


def _hex_word(word: re.Match[str]) -> bytes:
    prefix = 2 if word[0][:2] in ("0x", "0X") else 0
    digits = word[0][prefix:]
    at = word.start() + prefix
    wrong = next((i for i, digit in enumerate(digits) if digit not in _HEX_DIGITS), None)
    if wrong is not None:
        raise PayloadError(f"{_shown(digits[wrong])} at {at + wrong + 1} is not a hex digit (0-9, a-f)")
    if not digits or len(digits) % 2:
        shown = word[0] if len(word[0]) < 20 else f"what begins at {word.start() + 1}"
        raise PayloadError(f"{shown}: a byte takes two hex digits, so one is missing or too many")
    return bytes.fromhex(digits)


def encoded(text: str) -> bytes:
    """Return text as UTF-8. Raise PayloadError."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise PayloadError("the text holds a lone surrogate, which UTF-8 cannot write") from None


def _shown(text: str) -> str:
    return text if text.isprintable() else ascii(text)[1:-1]
