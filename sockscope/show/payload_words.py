"""How much would be sent, in words."""

from sockscope.request.payload import ENDINGS
from sockscope.show.units import plural, size


def told_size(size_bytes: int, ending: str, *, breaks: int = 0) -> str:
    """Write the size of what was typed, with the line end that is put behind it, and what a line break is sent as."""
    said = [plural(size_bytes, "byte")]
    if ending not in ("none", ""):
        said.append(f"with {ending}" if ending in ENDINGS else f"with {ending} behind it")
    if breaks:
        said.append(f"{plural(breaks, 'line break')} as {ending if ending in ('CRLF', 'CR') else 'LF'}")
    return ", ".join(said)


def told_file(size_bytes: int) -> str:
    """Write the size of a file."""
    exact = plural(size_bytes, "byte")
    return exact if size_bytes < 1024 else f"{size(size_bytes)}, {exact}"
