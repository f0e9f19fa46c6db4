"""Which line end goes behind what is typed, and what a line break in it is sent as, where a person leaves that to us.

The rules: none behind a datagram, hex, or text that has line ends of its own, written out or at its end. Else, and for
line breaks, it is CRLF where the peer's lines end so; where it has sent none yet, CRLF where HTTP is typed or our own
lines ended so; else LF.
"""

import re
from enum import Enum, auto
from typing import NamedTuple

from sockscope.request.payload import ENDINGS, template

AUTO = "auto"
_LINE_ENDS = tuple(end for end in ENDINGS.values() if end)
_HTTP = ("HTTP/1.0", "HTTP/1.1")
_BREAK = re.compile(r"\n|\\r|\\n")


class Because(Enum):
    """What a line end was taken from."""

    CHOSEN = auto()
    USUAL = auto()
    PEER = auto()
    HTTP = auto()
    BEFORE = auto()


class Ending(NamedTuple):
    """What goes `behind` what is typed, and what its line `breaks` are sent as, as `payload.template` takes them."""

    behind: str
    breaks: str
    because: Because = Because.CHOSEN


def settled(ending: str, typed: str, mode: str, *, whole: bool, received: bytes = b"", sent: bytes = b"") -> Ending:
    """Return the line ends to send what is typed with. Raise PayloadError.

    `whole` is where each sending has bounds; `received` and `sent` are the first bytes that went each way.
    """
    if ending != AUTO:
        return Ending(ending, ending)
    if mode == "hex":
        return Ending("none", "none")
    breaks, because = _breaks(typed, received, sent)
    return Ending("none" if whole or _has_its_own(typed, mode) else breaks, breaks, because)


def _has_its_own(typed: str, mode: str) -> bool:
    """Return whether line ends are written out in it, beside the breaks between its lines. Raise PayloadError."""
    parts = [part for part in template(typed.replace("\n", " "), mode, "none").parts if isinstance(part, bytes)]
    return typed.endswith("\n") or any(end in part for part in parts for end in _LINE_ENDS)


def _breaks(typed: str, received: bytes, sent: bytes) -> tuple[str, Because]:
    if b"\n" in received:
        return ("CRLF", Because.PEER) if _ends_in_crlf(received) else ("LF", Because.USUAL)
    first = _BREAK.split(typed, maxsplit=1)[0]
    if first.startswith(_HTTP) or first.endswith(_HTTP):
        return "CRLF", Because.HTTP
    return ("CRLF", Because.BEFORE) if _ends_in_crlf(sent) else ("LF", Because.USUAL)


def _ends_in_crlf(data: bytes) -> bool:
    """Return whether there are lines, and each ends in CRLF."""
    return 0 < data.count(b"\n") == data.count(b"\r\n")
