"""What a setting is: its name, how its text becomes a value, what is usual, and where it is offered.

The rule: whatever is to be known of a setting stands in its row of the table (`settings`). The command line's options,
the sheets, the defaults and the checks are made of the rows; nothing else declares a setting.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Generic, NamedTuple, TypeVar

from sockscope.net.address import KINDS

T_co = TypeVar("T_co", covariant=True)

Texts = Mapping[str, str]
"""What was settled, as a person writes it, by the names of the settings; what is not in it is as usual."""

NOTHING: Texts = {}

DATAGRAMS = ("udp", "unixgram")
INTERNET = tuple(kind for kind in KINDS if not kind.startswith("unix"))
STREAMS = tuple(kind for kind in KINDS if kind not in DATAGRAMS)
"""Kinds of addresses, as `net.address.KINDS` has them."""


class For(Enum):
    """What a setting is for: one of the requests, or the program as a whole."""

    RESOLVE = "resolve"
    CONNECT = "connect"
    LISTEN = "listen"
    PROGRAM = "program"


class Group(Enum):
    """Under which heading of `--help` an option stands; the order is theirs."""

    ADDRESS = "options"
    SOCKETS = "sockets"
    LISTENING = "listening"
    TLS = "TLS"
    PROGRAM = "the program"


class Flag(NamedTuple):
    """How a setting is written on the command line: with a value (`metavar`), or alone, which stands for `const`.

    What `appends` may be written several times.
    """

    names: tuple[str, ...]
    help: str
    metavar: str = ""
    const: str = ""
    appends: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting(Generic[T_co]):
    """One setting. `parse` reads its text and raises ValueError with one line for a person.

    `text` is the default as a person writes it. `kinds` are the kinds of addresses that it means something for, and
    `elsewhere` is said where it is asked for with another one; empty, it is then left out. The kinds that it is
    `settled_by` settle it themselves. `implies` is what it settles besides, unless that was settled itself. `heading`
    is what it stands below on a sheet, where not below its group. What takes effect `at_once` does so for what is open
    already, all else for the next one. `note` is how it is called beside the address line, where not by its name.
    """

    name: str
    label: str
    help: str
    requests: tuple[For, ...]
    parse: Callable[[str], T_co]
    default: T_co
    text: str = ""
    group: Group = Group.SOCKETS
    unit: str = ""
    choices: tuple[str, ...] = ()
    example: str = ""
    flags: tuple[Flag, ...] = ()
    kinds: tuple[str, ...] = KINDS
    elsewhere: str = ""
    implies: tuple[str, str] | None = None
    settled_by: tuple[str, ...] = ()
    heading: str = ""
    at_once: bool = False
    note: str = ""

    def read(self, texts: Texts) -> T_co:
        """Return what was settled, or the default. Raise ValueError."""
        return self.parse(texts[self.name]) if self.name in texts else self.default

    @property
    def below(self) -> str:
        """Return the heading that it stands below on a sheet."""
        return self.heading or self.group.value

    @property
    def word(self) -> str:
        """Return the name as a person reads it."""
        return self.name.replace("_", " ")
