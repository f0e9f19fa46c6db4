"""A file of the system that was read, or was to be."""

from typing import NamedTuple


class File(NamedTuple):
    """One file: how much of it was read, and the errno where it could not be; `cut` where it has more."""

    path: str
    size_bytes: int
    error: str = ""
    cut: bool = False
