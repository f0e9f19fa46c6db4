"""What a person types to send: text with escapes, hex, or the path of a file.

The rule: what cannot be read without doubt is refused with the place of the fault; nothing is guessed.
"""

import re
from pathlib import Path

MODES = ("text", "hex", "file")
ENDINGS = {"none": b"", "LF": b"\n", "CRLF": b"\r\n", "CR": b"\r", "NUL": b"\0"}
"""Line endings that can be put behind what was typed."""

LONGEST_TYPED = 1024 * 1024

_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|.|$)", re.DOTALL)
_ESCAPED = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}
_HEX_WORD = re.compile(r"[^\s,:-]+")
_HEX_DIGITS = "0123456789abcdefABCDEF"


class PayloadError(ValueError):
    """What a person typed cannot be sent; the message is one line for that person."""


def text_bytes(typed: str) -> bytes:
    """Read text with the escapes \\r \\n \\t \\0 \\\\ and \\xNN. Raises PayloadError."""
    data = bytearray()
    done = 0
    for escape in _ESCAPE.finditer(typed):
        data += _encoded(typed[done : escape.start()])
        done = escape.end()
        code = escape[1]
        if len(code) == 3:
            data.append(int(code[1:], 16))
        elif code in _ESCAPED:
            data += _ESCAPED[code]
        else:
            raise PayloadError(f"{_shown(escape[0])} at {escape.start() + 1}: escapes are \\r \\n \\t \\0 \\\\ \\xNN")
    data += _encoded(typed[done:])
    return bytes(data)


def hex_bytes(typed: str) -> bytes:
    """Read hex digits, two a byte; between bytes there may be spaces, , : - and before them 0x. Raises PayloadError."""
    data = bytearray()
    for word in _HEX_WORD.finditer(typed):
        at = word.start() + (2 if word[0][:2] in ("0x", "0X") else 0)
        digits = typed[at : word.end()]
        wrong = next((i for i, digit in enumerate(digits) if digit not in _HEX_DIGITS), None)
        if wrong is not None:
            raise PayloadError(f"{_shown(digits[wrong])} at {at + wrong + 1} is not a hex digit (0-9, a-f)")
        if not digits or len(digits) % 2:
            shown = word[0] if len(word[0]) < 20 else f"what begins at {word.start() + 1}"
            raise PayloadError(f"{shown}: a byte takes two hex digits, so one is missing or too many")
        data += bytes.fromhex(digits)
    return bytes(data)


def file_path(typed: str) -> Path:
    """Read the path of a regular file that can be read. Raises PayloadError."""
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
    """Read what was typed in one of MODES; a file comes as its path, the rest as bytes. Raises PayloadError."""
    if len(typed) > LONGEST_TYPED:
        raise PayloadError("that is over 1 MiB: send it as a file")
    if mode == "file":
        return file_path(typed)
    data = (hex_bytes(typed) if mode == "hex" else text_bytes(typed)) + ENDINGS[ending]
    if not data:
        raise PayloadError("there is nothing to send")
    return data


def _encoded(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise PayloadError("the text holds a lone surrogate, which UTF-8 cannot write") from None


def _shown(text: str) -> str:
    return text if text.isprintable() else ascii(text)[1:-1]
