"""What a conversation received since something was sent, for whoever waits for something in it.

The rules: calls cut a stream at random, so what is looked for may begin in one call and end in a later one; a datagram
is whole. What was found is taken out, with all before it, but for a byte that says what is behind it: whether a line
begins there, or a word. Of more than KEPT_BYTES the oldest are dropped.
"""

from collections import deque

from sockscope.record.sequence import ANSWER_BYTES
from sockscope.request.pattern import Pattern

KEPT_BYTES = 64 * 1024
LOOK_S = 0.05
"""How long an expression may take, each time: nothing else is done meanwhile."""


class Heard:
    """The bytes of one direction and when each call brought its own."""

    def __init__(self, *, whole: bool) -> None:
        """`whole` is where each receive is a message of its own."""
        self._whole = whole
        self._data = bytearray()
        self._calls: deque[tuple[int, int, int]] = deque()  # where each begins and ends, and when it came
        self._begin = 0  # bytes before `data`; all places are counted from the first byte ever
        self._dropped = 0  # nothing before it is found any more; of it `data` has a byte at most
        self._looked_for: Pattern | None = None
        self._from = 0  # nothing that is looked for begins before it
        self.answer = b""
        """What the latest match stands in: its datagram, or what came since the send or the match before; bounded."""
        self.matched = (0, 0)
        """Where in that the match begins and ends."""

    def hear(self, data: bytes | memoryview, at_ns: int) -> None:
        """Keep what a call brought."""
        if not data:
            return
        begins = self._end
        self._data += data
        self._calls.append((begins, begins + len(data), at_ns))
        if len(self._data) > 2 * KEPT_BYTES:  # seldom, as what is left is moved
            self._drop(self._end - KEPT_BYTES)

    def forget(self) -> None:
        """Forget all: a line begins behind it."""
        self._drop(self._end)
        self._begin = self._end
        self._data.clear()

    @property
    def _end(self) -> int:
        return self._begin + len(self._data)

    def _drop(self, up_to: int) -> None:
        begin = max(self._begin, up_to - 1)
        del self._data[: begin - self._begin]
        self._begin, self._dropped = begin, up_to
        self._from = max(self._from, up_to)
        while self._calls and self._calls[0][1] <= up_to:
            self._calls.popleft()

    def find(self, pattern: Pattern, until_ns: int | None = None) -> tuple[bytes, int] | None:
        """Return the first match in what came until then, and when its end did. Raise TimeoutError."""
        if pattern is not self._looked_for:
            self._looked_for, self._from = pattern, self._dropped
        found = self._find_whole(pattern, until_ns) if self._whole else self._find_cut(pattern, until_ns)
        if found is None:
            return None
        low, high = found
        at_ns = next(at_ns for _, ends, at_ns in self._calls if ends >= high)
        match = bytes(self._data[low - self._begin : high - self._begin])
        self.answer, self.matched = self._around(low, high)
        self._drop(high)
        self._from = self._dropped
        return match, at_ns

    def _around(self, low: int, high: int) -> tuple[bytes, tuple[int, int]]:
        """Return ANSWER_BYTES of what a match stands in, from its beginning or from where the match is still in it.

        And where the match is in them.
        """
        begin, end = max(self._begin, self._dropped), self._end
        if self._whole:
            begin, end = next((max(begin, begins), ends) for begins, ends, _ in self._calls if ends >= high)
        first = max(begin, min(low, high - ANSWER_BYTES))
        end = min(first + ANSWER_BYTES, end)
        return bytes(self._data[first - self._begin : end - self._begin]), (low - first, min(high, end) - first)

    def _find_cut(self, pattern: Pattern, until_ns: int | None) -> tuple[int, int] | None:
        end = self._end
        for begins, _, at_ns in reversed(self._calls):
            if until_ns is None or at_ns <= until_ns:
                break
            end = max(self._dropped, begins)
        return self._find(pattern, self._data, self._begin, end)

    def _find_whole(self, pattern: Pattern, until_ns: int | None) -> tuple[int, int] | None:
        for begins, ends, at_ns in self._calls:
            if until_ns is not None and at_ns > until_ns:
                break
            if ends > self._from:
                self._from, low = max(begins, self._from), max(begins, self._begin)
                one = self._data[low - self._begin : ends - self._begin]
                found = self._find(pattern, one, low, ends)
                if found:
                    return found
                self._from = ends
        return None

    def _find(self, pattern: Pattern, data: bytearray, begin: int, end: int) -> tuple[int, int] | None:
        """Return where the first match in data is that begins at `begin`; without one, remember where to look next."""
        first = self._from - begin
        if pattern.expression is None:
            at = data.find(pattern.literal, first, end - begin)
            self._from = max(self._from, end - len(pattern.literal) + 1)
            return (begin + at, begin + at + len(pattern.literal)) if at >= 0 else None
        for match in pattern.expression.finditer(data, first, end - begin, timeout=LOOK_S):
            if match.end() > match.start():
                return begin + match.start(), begin + match.end()
        half = pattern.expression.search(data, first, end - begin, partial=True, timeout=LOOK_S)
        self._from = begin + half.start() if half else max(self._from, end)
        return None
