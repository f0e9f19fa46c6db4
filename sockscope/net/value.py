"""What calls take and return, as values; their text is for views to make."""

from dataclasses import dataclass
from pathlib import PurePath

from sockscope.net.endpoint import Endpoint


class Symbol(str):
    """A constant, by the name that the system's headers give it: AF_INET, SO_LINGER, SHUT_WR."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Struct:
    """A structure of C, by its fields: ("l_onoff", 1), ("l_linger", 5)."""

    fields: tuple[tuple[str, "Value"], ...]


Value = int | str | PurePath | Symbol | Struct | Endpoint | tuple["Value", ...] | None
"""What a call can take or return; a string is one of C's, and None is NULL."""
