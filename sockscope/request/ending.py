"""Which line end goes behind what is typed, where a person leaves that to us.

The rule: none behind a datagram, hex, or text that ends in one of its own; else LF, which is what lines end in.
"""

from sockscope.request.payload import ENDINGS, template

AUTO = "auto"
_USUAL = "LF"
_LINE_ENDS = tuple(end for end in ENDINGS.values() if end)


def settled(ending: str, typed: str, mode: str, *, whole: bool) -> str:
    """Return the line end to send what is typed with; `whole` is where each sending has bounds. Raise PayloadError."""
    if ending != AUTO:
        return ending
    if whole or mode == "hex":
        return "none"
    parts = template(typed, mode, "none").parts
    last = parts[-1] if parts else b""
    return "none" if isinstance(last, bytes) and last.endswith(_LINE_ENDS) else _USUAL
