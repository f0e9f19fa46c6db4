"""How much would be sent, in words."""

from sockscope.request.ending import Because, Ending
from sockscope.request.payload import ENDINGS
from sockscope.show.units import plural, size

_BECAUSE = {
    Because.PEER: ", as the peer does",
    Because.HTTP: ", as HTTP does",
    Because.BEFORE: ", as before",
}


def told_size(size_bytes: int, ending: Ending, *, line_breaks: int = 0) -> str:
    """Write the size of what was typed, the line end behind it, what line breaks are sent as, and why those."""
    said = [plural(size_bytes, "byte")]
    if ending.behind not in ("none", ""):
        said.append(f"with {ending.behind}" if ending.behind in ENDINGS else f"with {ending.behind} behind it")
    if line_breaks:
        breaks = ending.breaks if ending.breaks in ("CRLF", "CR") else "LF"
        said.append(f"{plural(line_breaks, 'line break')} as {breaks}")
    because = _BECAUSE.get(ending.because, "") if len(said) > 1 else ""
    return ", ".join(said) + because


def told_file(size_bytes: int) -> str:
    """Write the size of a file."""
    exact = plural(size_bytes, "byte")
    return exact if size_bytes < 1024 else f"{size(size_bytes)}, {exact}"
