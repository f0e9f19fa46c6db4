"""Canned replies: on arrival, or each time that what arrived matches a text or a regular expression.

The rules:
- A match is answered once, in order, as soon as it is complete, also when several receives brought it. So `[0-9]+`
  matches the 1 that arrived, and the 2 that comes later again. Datagrams are matched one by one.
- What may still become a match is kept, KEPT_BYTES at the most, and LOOK_BEHIND_BYTES before it.
- An expression must not hold up the engine: what it may take is limited, and one that takes more is off for good.
"""

import math
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat

import regex

from sockscope.engine.listen.responders.response import ANSWER_BYTES, KEPT_BYTES, Responder, ResponderError, Response
from sockscope.request.answers import WHEN

LOOK_BEHIND_BYTES = 256
"""How far before a match an expression can look, at least."""

LIMIT_S = 0.050
"""How long an expression may search in a receive …"""

_BACK_S = 0.000_1
_BACK_EACH_BYTE_S = 0.000_000_2
"""… and how much of that a client gets back with each receive and with each of its bytes."""

_TOO_LONG = "the expression takes too long; it is off"
_TOO_MUCH = f"the replies to one receive are over {ANSWER_BYTES // 1024**2} MiB; the canned reply is off"
_EMPTY = "the expression matches without a byte; it is off"

_LONGEST = 4096
_LARGEST = 250_000
_COUNT = re.compile(rb"(\)?)\s*\{\s*(\d+)")
_NO_BEGINNING = re.compile(rb"\\[GK]|\{[^}]*[a-z]")  # where a match begins is not where its search must: \K, fuzzy
_SAMPLES = (b"", bytes(range(256)))


class _Off(Exception):
    """A canned reply cannot go on; the message says why."""


@dataclass(slots=True)
class Canned:
    """A recipe (see Recipe): what to reply and when. A number in `reply` is that of a capture, 0 the whole match.

    `on` is one of WHEN, `pattern` the text or the expression (see compile_expression). Raises ResponderError.
    """

    reply: Sequence[bytes | int]
    on: str = "arrival"
    pattern: bytes = b""
    fault: str = field(default="", init=False)
    _expression: "regex.Pattern[bytes] | None" = field(default=None, init=False)

    def __post_init__(self) -> None:
        captures = -1
        if self.on == "expression":
            self._expression = compile_expression(self.pattern)
            captures = self._expression.groups
        elif self.on == "text":
            if not 0 < len(self.pattern) <= KEPT_BYTES:
                raise ResponderError("the text to reply to takes 1 byte to 64 KiB")
            captures = 0
        elif self.on != "arrival":
            raise ResponderError("a canned reply is sent on " + ", ".join(WHEN))
        wrong = next((part for part in self.reply if isinstance(part, int) and not 0 <= part <= captures), None)
        if wrong is not None:
            raise ResponderError(f"\\{wrong or '&'} in the reply: there is no such capture in what is replied to")

    def __call__(self, datagrams: bool, /) -> Responder:
        """Make the responder of one client."""
        if self._expression:
            return _OnExpression(self, self._expression, datagrams)
        return _OnText(self, datagrams) if self.on == "text" else _OnArrival(self)

    def filled(self, captures: Sequence[bytes | None]) -> bytes:
        """Write the reply to a match; a capture that took no part is empty."""
        return b"".join((captures[part] or b"") if isinstance(part, int) else part for part in self.reply)

    def answer(self, replies: Iterable[bytes]) -> Response | None:
        """Join the replies to one receive; where that fails this recipe is off."""
        data = bytearray()
        found = False
        try:
            for reply in replies:
                found = True
                data += reply
                if len(data) > ANSWER_BYTES:
                    raise _Off(_TOO_MUCH)
        except _Off as off:
            self.fault = str(off)
        except (TimeoutError, MemoryError, RuntimeError):  # RuntimeError: what regex raises when it backtracks too far
            self.fault = _TOO_LONG
        return Response(bytes(data)) if found and not self.fault else None


class _OnArrival(Responder):
    def __init__(self, canned: Canned) -> None:
        self._canned = canned

    def arrived(self) -> Response:
        return Response(self._canned.filled(()))


class _OnText(Responder):
    def __init__(self, canned: Canned, datagrams: bool) -> None:
        self._canned = canned
        self._reply = canned.filled((canned.pattern,))
        self._most_kept = 0 if datagrams else len(canned.pattern) - 1
        self._kept = b""

    def received(self, data: memoryview) -> Response | None:
        if self._canned.fault:
            return None
        *before, rest = (self._kept + data).split(self._canned.pattern)
        self._kept = rest[max(0, len(rest) - self._most_kept) :]
        return self._canned.answer(repeat(self._reply, len(before)))


class _OnExpression(Responder):
    def __init__(self, canned: Canned, expression: "regex.Pattern[bytes]", datagrams: bool) -> None:
        self._canned = canned
        self._expression = expression
        self._same = None if any(isinstance(part, int) for part in canned.reply) else canned.filled(())
        self._partial = not datagrams and not _NO_BEGINNING.search(expression.pattern)
        self._datagrams = datagrams
        self._kept = b""
        self._at = 0  # where in it the next match can begin
        self._left_s = LIMIT_S

    def received(self, data: memoryview) -> Response | None:
        if self._canned.fault:
            return None
        left_s = min(self._left_s, LIMIT_S) + _BACK_S + len(data) * _BACK_EACH_BYTE_S
        began_s = time.thread_time()
        answer = self._canned.answer(self._replies(self._kept + data, left_s))
        self._left_s = max(0.0, left_s - (time.thread_time() - began_s))
        return answer

    def _replies(self, seen: bytes, timeout_s: float) -> Iterator[bytes]:
        """Search what was kept and what came. Raise TimeoutError."""
        at = len(seen) if self._partial else self._at
        for match in self._expression.finditer(seen, self._at, partial=self._partial, timeout=timeout_s):
            if match.partial:
                at = match.start()  # what arrives next may complete it
                break
            if match.start() == match.end():
                raise _Off(_EMPTY)
            yield self._canned.filled((match[0], *match.groups())) if self._same is None else self._same
            if not self._partial:
                at = match.end()
        if not self._datagrams:
            self._keep(seen, at)

    def _keep(self, seen: bytes, at: int) -> None:
        cut = max(0, at - LOOK_BEHIND_BYTES, len(seen) - KEPT_BYTES)
        self._kept = seen[cut:]
        self._at = max(at - cut, 1 if cut else 0)  # at 0 an expression would take it for the first byte of all


def encoded(text: str | bytes) -> bytes:
    """Write text as UTF-8. Raise ResponderError."""
    try:
        return text.encode() if isinstance(text, str) else text
    except UnicodeEncodeError:
        raise ResponderError("the text holds a lone surrogate, which UTF-8 cannot write") from None


def compile_expression(text: str | bytes) -> "regex.Pattern[bytes]":
    """Compile an expression of the regex package, over bytes; text is taken as UTF-8. Raise ResponderError.

    `^` is where the client's first byte was, `$` where the latest was, unless `(?m)` makes them ends of lines.
    """
    source = encoded(text)
    if len(source) > _LONGEST or _written_out(source) > _LARGEST:
        raise ResponderError("the expression is too large")
    try:
        expression = regex.compile(source)
    except regex.error as error:
        at = len(source[: error.pos or 0].decode("utf-8", "replace"))  # type: ignore[attr-defined]
        raise ResponderError(f"the expression at {at + 1}: {error.msg}") from None  # type: ignore[attr-defined]
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        raise ResponderError(f"the expression does not compile: {error or 'it is too large'}") from None
    if expression.flags & regex.REVERSE:
        raise ResponderError("the expression searches backwards, which cannot be done in what still arrives")
    if _matches_nothing(expression):
        raise ResponderError("the expression also matches where there is nothing, so it would match for ever")
    return expression


def _written_out(source: bytes) -> int:
    """Say how many steps an expression has at the most; compiling it writes counted repeats out, also nested ones."""
    counts = [(group, max(1, int(count))) for group, count in _COUNT.findall(source)]
    single = len(source) + sum(count for group, count in counts if not group)
    return single * math.prod(count for group, count in counts if group)


def _matches_nothing(expression: "regex.Pattern[bytes]") -> bool:
    try:
        matches = [match.span() for sample in _SAMPLES for match in expression.finditer(sample, timeout=LIMIT_S)]
    except (TimeoutError, MemoryError, RuntimeError):
        raise ResponderError("the expression takes too long") from None
    return any(begin == end for begin, end in matches)
