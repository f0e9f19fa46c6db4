"""What in a payload is computed anew at each sending, and by which words a person writes it.

The rules: a word stands in text as `\\{word}` and in hex as `#word`. A number is written in so many bytes as stand
behind its word, big endian, with `le` behind them little endian; without bytes it is decimal, which hex has not. A
length counts bytes: `rest` those behind the word, `size` all of them, with the line end. A checksum is over all that
stands before the word.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from sockscope.net.checksum import crc16_modbus, crc32, internet


@dataclass(frozen=True, slots=True)
class Number:
    """How a number is written: in so many bytes, `little` endian or big; with 0 bytes, in decimal."""

    size_bytes: int = 0
    little: bool = False

    def written(self, value: int) -> bytes:
        """Write a number, of which what does not fit is left out: it wraps."""
        if not self.size_bytes:
            return b"%d" % value
        return (value % (1 << 8 * self.size_bytes)).to_bytes(self.size_bytes, "little" if self.little else "big")


@dataclass(frozen=True, slots=True)
class Counter(Number):
    """The number of the repetition, the first is 1."""


@dataclass(frozen=True, slots=True)
class Time(Number):
    """The time of the sending, in whole seconds since 1970 in UTC."""


@dataclass(frozen=True, slots=True)
class Date:
    """The time of the sending as text (ISO 8601), in UTC: 2026-01-31T12:00:00Z."""

    def written(self, at_s: float) -> bytes:
        """Write a time."""
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at_s)).encode()


@dataclass(frozen=True, slots=True)
class Length(Number):
    """How many bytes stand behind it, or `whole` how many there are in all."""

    whole: bool = False


@dataclass(frozen=True, slots=True)
class Checksum(Number):
    """A checksum over what stands before it."""

    of: Callable[[bytes], int] = internet


Computed = Counter | Time | Date | Length | Checksum

_FORMS = {"1": (1, False), "2": (2, False), "4": (4, False), "8": (8, False)}
_FORMS |= {f"{name}le": (size_bytes, True) for name, (size_bytes, _) in _FORMS.items() if size_bytes > 1}


def _lengths(form: str, size_bytes: int, little: bool) -> dict[str, Computed]:
    return {f"rest{form}": Length(size_bytes, little), f"size{form}": Length(size_bytes, little, whole=True)}


_BINARY: dict[str, Computed] = {
    **{f"count{form}": Counter(*how) for form, how in _FORMS.items()},
    **{f"time{form}": Time(*how) for form, how in _FORMS.items() if how[0] >= 4},
    **{word: part for form, how in _FORMS.items() if how[0] <= 4 for word, part in _lengths(form, *how).items()},
    "internet": Checksum(2, of=internet),
    "modbus": Checksum(2, little=True, of=crc16_modbus),
    "crc32": Checksum(4, of=crc32),
    "crc32le": Checksum(4, little=True, of=crc32),
}

IN_HEX: dict[str, Computed] = {**{str(size): Counter(size) for size in (1, 2, 4, 8)}, **_BINARY}
"""By the word behind #."""

IN_TEXT: dict[str, Computed] = {
    "count": Counter(),
    "time": Time(),
    "date": Date(),
    "rest": Length(),
    "size": Length(whole=True),
    **_BINARY,
}
"""By the word in braces."""

WORDS_IN_HEX = "count time rest size (each with 1 2 4 8, le), internet modbus crc32"
WORDS_IN_TEXT = "count time date rest size (with 1 2 4 8, le: in bytes), internet modbus crc32"
"""What a person is told of them."""
