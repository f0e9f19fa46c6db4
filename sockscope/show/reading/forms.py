"""How bytes are written to be copied: as text, hex, base64, and for programs in Python and C.

The rule: hex, base64, Python and C give exactly these bytes back; text is made harmless, as on the screen.
"""

import base64

from sockscope.show.sanitizer import safe_bytes
from sockscope.show.traffic.characters import is_text
from sockscope.show.traffic.hex_line import hex_parts

FORMS = ("text", "hex", "dump", "base64", "Python", "C")
"""The ways to write bytes: `dump` is hex with offsets and characters."""

_PER_LINE = 16


def form_of(mode: str, data: bytes) -> str:
    """Return the form that bytes have in a mode of the view."""
    return {"text": "text", "hex": "dump"}.get(mode) or ("text" if is_text(data) else "dump")


def written(data: bytes, form: str, offset: int = 0) -> str:
    """Write bytes in one of FORMS; `offset` is where the first stands, for `dump`."""
    if form == "text":
        return _text(data)
    if form == "base64":
        return base64.encodebytes(data).decode("ascii").rstrip("\n")
    lines = [data[at : at + _PER_LINE] for at in range(0, len(data), _PER_LINE)]
    if form == "hex":
        return "\n".join(line.hex(" ") for line in lines)
    if form == "dump":
        rows = (hex_parts(offset + at * _PER_LINE, line, _PER_LINE) for at, line in enumerate(lines))
        return "\n".join("".join(text for text, _ in row).rstrip() for row in rows)
    if form == "Python":
        return "\n".join(["data = (", *(f"    {line!r}" for line in lines or [b""]), ")"])
    rows_of_c = (f"    {', '.join(f'0x{byte:02x}' for byte in line)}," for line in lines)
    return "\n".join([f"static const unsigned char data[{len(data)}] = {{", *rows_of_c, "};"])


def _text(data: bytes) -> str:
    """Write lines and tabs as they are, and all else as on the screen."""
    lines = data.replace(b"\r\n", b"\n").split(b"\n")
    return "\n".join("\t".join(safe_bytes(piece) for piece in line.split(b"\t")) for line in lines)
