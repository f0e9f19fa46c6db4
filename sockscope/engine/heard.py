"""What a conversation received since something was sent, for whoever waits for something in it.

The rules: calls cut a stream at random, so what is looked for may begin in one call and end in a later one; a datagram
is whole. What was found is taken out, with all before it. Of more than KEPT_BYTES the oldest are dropped.
"""

from collections import deque

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
        self._dropped = 0  # bytes before `data`
        self._looked_for: Pattern | None = None
        self._from = 0  # nothing that is looked for begins before it

    def hear(self, data: bytes | memoryview, at_ns: int) -> None:
        """Keep what a call brought."""
        if not data:
            return
        begins = self._dropped + len(self._data)
        self._data += data
        self._calls.append((begins, begins + len(data), at_ns))
        if len(self._data) > 2 * KEPT_BYTES:  # seldom, as what is left is moved
            self._drop(self._dropped + len(self._data) - KEPT_BYTES)

    def forget(self) -> None:
        """Forget all."""
        self._drop(self._dropped + len(self._data))

    def _drop(self, up_to: int) -> None:
        del self._data[: up_to - self._dropped]
        self._dropped = up_to
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
        at_ns = next(at_ns for _, ends, at_ns in self._calls if ends >= self._dropped + high)
        match = bytes(self._data[low:high])
        self._drop(self._dropped + high)
        self._from = self._dropped
        return match, at_ns

    def _find_cut(self, pattern: Pattern, until_ns: int | None) -> tuple[int, int] | None:
        end = len(self._data)
        for begins, _, at_ns in reversed(self._calls):
            if until_ns is None or at_ns <= until_ns:
                break
            end = max(0, begins - self._dropped)
        return self._find(pattern, self._from, end)

    def _find_whole(self, pattern: Pattern, until_ns: int | None) -> tuple[int, int] | None:
        for begins, ends, at_ns in self._calls:
            if until_ns is not None and at_ns > until_ns:
                break
            if ends > self._from:
                found = self._find(pattern, max(begins, self._from), ends - self._dropped)
                if found:
                    return found
                self._from = ends
        return None

    def _find(self, pattern: Pattern, begin: int, end: int) -> tuple[int, int] | None:
        """Return where the first match is; where there is none, remember from where on to look the next time."""
        first = max(0, begin - self._dropped)
        if pattern.expression is None:
            at = self._data.find(pattern.literal, first, end)
            self._from = self._dropped + max(first, end - len(pattern.literal) + 1)
            return (at, at + len(pattern.literal)) if at >= 0 else None
        for match in pattern.expression.finditer(self._data, first, end, timeout=LOOK_S):
            if match.end() > match.start():
                return match.span()
        half = pattern.expression.search(self._data, first, end, partial=True, timeout=LOOK_S)
        self._from = self._dropped + (half.start() if half else end)
        return None
