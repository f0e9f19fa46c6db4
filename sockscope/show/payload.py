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
_HEX_GAPS = re.compile(r"0x|[\s,:-]", re.IGNORECASE)


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
    """Read hex digits; spaces, commas, colons, dashes and 0x between the bytes are ignored. Raises PayloadError."""
    digits = _HEX_GAPS.sub("", typed)
    wrong = re.search(r"[^0-9A-Fa-f]", digits)
    if wrong:
        raise PayloadError(f"{_shown(wrong[0])} is not a hex digit (0-9, a-f)")
    if len(digits) % 2:
        raise PayloadError(f"{len(digits)} hex digits: a byte takes two, so one is missing or too many")
    return bytes.fromhex(digits)


def file_path(typed: str) -> Path:
    """Read the path of a regular file that can be read. Raises PayloadError."""
    if not typed:
        raise PayloadError("the path of a file is needed")
    if "\0" in typed:
        raise PayloadError("a path cannot hold a NUL byte")
    path = Path(typed).expanduser()
    try:
        if not path.is_file():
            raise PayloadError("there is no such file" if not path.exists() else "that is not a regular file")
        path.open("rb").close()
    except OSError as error:
        raise PayloadError(f"the file cannot be read: {error.strerror}") from None
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
