"""What a listener answers by itself: nothing, the same, a file, the time, words, a canned reply, HTTP, or a chat.

To add one: a class with `arrived` or `received` or both, its name in `request.answers`, and a line in `make`.
"""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from sockscope.engine.listen.responders.canned import Canned, compile_expression, encoded
from sockscope.engine.listen.responders.chat import Chat
from sockscope.engine.listen.responders.http import Http
from sockscope.engine.listen.responders.response import Maker, Recipe, Responder, ResponderError, Response
from sockscope.engine.listen.responders.words import Words
from sockscope.request.answers import RESPONDERS, Answers

__all__ = [
    "RESPONDERS",
    "Canned",
    "FixedRecipe",
    "Maker",
    "Recipe",
    "Responder",
    "ResponderError",
    "Response",
    "compile_expression",
    "echo",
    "make",
    "recipe",
    "silent",
    "time_bytes",
]

_SINCE_1900_S = 2_208_988_800  # from 1900-01-01 to the clock's 1970-01-01 (RFC 868)


class Silent(Responder):
    """Answers nothing; a person does."""


class Echo(Responder):
    """Answers with the same bytes (RFC 862); an empty datagram with an empty one."""

    def received(self, data: memoryview) -> Response:
        """Return the same bytes."""
        return Response(bytes(data))


class Served(Responder):
    """Gives the same to everybody: on arrival, and then finished; over datagrams once for each of them."""

    def __init__(self, datagrams: bool, content: Callable[[], bytes | Path]) -> None:
        self._datagrams = datagrams
        self._content = content

    def arrived(self) -> Response | None:
        """Serve a stream."""
        return None if self._datagrams else Response(self._content(), finish=True)

    def received(self, data: memoryview) -> Response | None:
        """Serve a datagram."""
        return Response(self._content()) if self._datagrams else None


class FixedRecipe(NamedTuple):
    """A recipe in which nothing can go wrong."""

    make: Maker
    fault: str = ""

    def __call__(self, datagrams: bool, /) -> Responder:
        """Make the responder of one client."""
        return self.make(datagrams)


def silent(datagrams: bool) -> Responder:
    """Make a responder that answers nothing; this is a Maker."""
    return Silent()


def echo(datagrams: bool) -> Responder:
    """Make a responder that sends everything back; this is a Maker."""
    return Echo()


def time_bytes(now_s: float) -> bytes:
    """Write seconds since 1970 as those since 1900: four bytes, big endian, beginning anew in 2036 (RFC 868)."""
    return ((int(now_s) + _SINCE_1900_S) % 2**32).to_bytes(4, "big")


def make(
    name: str,
    *,
    reply: Sequence[bytes | int] = (),
    on: str = "arrival",
    pattern: bytes | str = b"",
    path: Path | None = None,
    clock: Callable[[], float] = time.time,
) -> Recipe:
    """Make the recipe of one of RESPONDERS. Raise ResponderError.

    `reply`, `on` and `pattern` are for "canned" (see Canned), `path` is for "file", and `clock`, which gives
    seconds since 1970, for "time".
    """
    if name == "canned":
        return Canned(reply, on, encoded(pattern))
    if name == "file":
        content = _readable(path)
        return FixedRecipe(lambda datagrams: Served(datagrams, lambda: content))
    if name == "time":
        return FixedRecipe(lambda datagrams: Served(datagrams, lambda: time_bytes(clock())))
    if name == "chat":
        return Chat()
    makers: dict[str, Maker] = {"none": silent, "echo": echo, "http": Http, "words": Words}
    if name not in makers:
        raise ResponderError("a listener can answer with " + ", ".join(RESPONDERS))
    return FixedRecipe(makers[name])


def recipe(asked: Answers) -> Recipe:
    """Make the recipe of what is asked for. Raise ResponderError."""
    return make(asked.kind, reply=asked.reply, on=asked.when, pattern=asked.pattern, path=asked.file)


def _readable(path: Path | None) -> Path:
    try:
        readable = path is not None and path.is_file() and os.access(path, os.R_OK)
    except (OSError, ValueError):
        readable = False
    if path is None or not readable:
        raise ResponderError("the file to answer with is no regular file that can be read")
    return path
