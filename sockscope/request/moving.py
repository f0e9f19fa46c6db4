"""How bytes are moved where there is no screen: what standard input is for, and how much is told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sockscope.request.sequence import Sequence


class Moving(NamedTuple):
    """`verbose` is 0 for nothing, 1 for what a person wants to know, 2 for every call.

    Standard input is sent unless it is not `read`, with LF made CRLF where `crlf` is asked for. Its end finishes
    sending unless `finish` is off, and `quit_s` seconds behind it all ends; None waits for the peer. What goes
    to a terminal is made harmless unless it is to be `raw`. `expect` is what is said and waited for instead of standard
    input. What moves goes to the files `output` and, as a hex dump, `hex_dump` too; `summary` is "words", "json" or "".
    Of a lookup `why` tells the order of its rows, `reverse` the names of its addresses.
    """

    verbose: int = 0
    read: bool = True
    crlf: bool = False
    finish: bool = True
    quit_s: float | None = None
    raw: bool = False
    expect: Sequence | None = None
    output: Path | None = None
    hex_dump: Path | None = None
    summary: str = ""
    why: bool = False
    reverse: bool = False


USUAL = Moving()
