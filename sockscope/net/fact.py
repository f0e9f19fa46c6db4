"""Facts: socket calls that were really made.

The rule: a fact is written once, by the thread that made the call, after the call returned, and never
changes. Every view of the program is drawn from facts, so nothing on screen is merely what was asked for.
Sends and receives that moved bytes are kept more tightly, in the tape.
"""

import errno
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

Result = TypeVar("Result")

now_ns = time.monotonic_ns
"""The one clock of all facts: nanoseconds, never set back (clock_gettime(2), CLOCK_MONOTONIC)."""


@dataclass(frozen=True, slots=True)
class Call:
    """One system or library call: its arguments as a person writes them, and what came of it.

    `error` is the errno (or EAI_) name, empty when the call succeeded; `meaning` says in words what the
    result tells about the peer, where it tells something.
    """

    name: str
    arguments: str
    result: str
    error: str
    at_ns: int
    took_ns: int
    meaning: str = ""


class Facts:
    """The calls of one subject in the order in which they returned: the first few and the latest ones.

    The beginning (socket, bind, connect …) explains everything after it, so it is kept for good; of the
    rest the oldest give way. Written by one thread, read by any.
    """

    FIRST = 64
    LATEST = 192

    __slots__ = ("_calls", "count")

    def __init__(self) -> None:
        self._calls: dict[int, Call] = {}
        self.count = 0

    def add(self, call: Call) -> int:
        """Keep a call and give its number, counted from 0."""
        number = self.count
        self._calls[number] = call
        self.count = number + 1
        if number >= self.FIRST + self.LATEST:
            del self._calls[number - self.LATEST]
        return number

    def get(self, number: int) -> Call | None:
        """Give the call of that number, or None where it was dropped."""
        return self._calls.get(number)

    def all(self) -> list[Call]:
        """Give the kept calls, oldest first."""
        return list(self._calls.values())

    def last(self, name: str) -> Call | None:
        """Give the latest kept call of that name."""
        return next((call for call in reversed(self.all()) if call.name == name), None)

    @property
    def dropped(self) -> int:
        """How many calls are no longer kept."""
        return max(0, self.count - len(self._calls))  # a call is kept a moment before it is counted


def make(
    note: Callable[[Call], object],
    name: str,
    arguments: str,
    function: Callable[[], Result],
    show: Callable[[Result], str] = str,
    meaning: str = "",
) -> Result:
    """Make a call, note it as a fact whether it succeeds or fails, and give its result. Raises OSError."""
    at_ns = now_ns()
    try:
        result = function()
    except OSError as error:
        note(Call(name, arguments, "", error_name(error), at_ns, now_ns() - at_ns))
        raise
    took_ns = now_ns() - at_ns
    note(Call(name, arguments, show(result), "", at_ns, took_ns, meaning))
    return result


def error_name(error: Exception) -> str:
    """Give the symbol of an error, such as ECONNREFUSED or EAI_NONAME, or its type where it has none."""
    if isinstance(error, socket.gaierror):
        return _EAI.get(error.errno or 0, f"EAI {error.errno}")
    if not isinstance(error, OSError) or error.errno is None:
        return type(error).__name__
    return errno.errorcode.get(error.errno, f"errno {error.errno}")


_EAI = {getattr(socket, name): name for name in dir(socket) if name.startswith("EAI_")} | (
    {-105: "EAI_IDN_ENCODE"} if sys.platform == "linux" else {}
)
"""Every code that getaddrinfo(3) and getnameinfo(3) can give, with glibc's own one that Python has no name for."""
