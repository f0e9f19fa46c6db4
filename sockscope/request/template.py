"""What is sent, once or repeatedly: bytes, and between them what is computed at each sending.

The rules: what is computed is written in the order in which it can be: counters and times, then lengths (a decimal one
may count its own digits), then checksums from the front to the back. A length that might not fit into its bytes is
refused when it is read, so at a sending nothing can go wrong.
"""

import builtins
import time
from typing import NamedTuple

from sockscope.request.computed import Checksum, Computed, Counter, Date, Length

MOST_COMPUTED = 64
"""Parts of one payload."""

MOST_CHECKED_BYTES = 64 * 1024
"""Which the checksums of one payload are over, in all: they are made in the engine's thread, at each sending."""

_MOST_DIGITS = 20  # of a decimal number of 64 bits


class Template(NamedTuple):
    """What is sent, with the places of what is computed."""

    parts: tuple[builtins.bytes | Computed, ...]

    @property
    def counts(self) -> bool:
        """Whether one repetition differs from the next by its number."""
        return any(isinstance(part, Counter) for part in self.parts)

    @property
    def line_breaks(self) -> bool:
        """Whether LF stands in it, as a line break is sent."""
        return any(b"\n" in part for part in self.parts if isinstance(part, bytes))

    def bytes(self, number: int, at_s: float | None = None) -> builtins.bytes:
        """Write the repetition of that number, the first is 1, as sent at a time (Unix seconds), else now."""
        if all(isinstance(part, bytes) for part in self.parts):
            return b"".join(part for part in self.parts if isinstance(part, bytes))
        written = [_early(part, number, time.time() if at_s is None else at_s) for part in self.parts]
        self._write_lengths(written)
        data = bytearray()
        for part, known in zip(self.parts, written, strict=True):
            data += part.written(part.of(bytes(data))) if isinstance(part, Checksum) else known
        return bytes(data)

    def _write_lengths(self, written: list[builtins.bytes]) -> None:
        """Write the lengths; each decimal one makes others longer, until all tell what is so."""
        before: list[builtins.bytes] = []
        while before != written:
            before[:] = written
            rest = whole = sum(map(len, written))
            for place, part in enumerate(self.parts):
                rest -= len(before[place])
                if isinstance(part, Length):
                    written[place] = part.written(whole if part.whole else rest)

    def wrong(self) -> str:
        """Say why it cannot be sent whatever the time and the number are, or give an empty text."""
        if sum(not isinstance(part, bytes) for part in self.parts) > MOST_COMPUTED:
            return f"at most {MOST_COMPUTED} parts can be computed"
        sizes = [_most_bytes(part) for part in self.parts]
        before, checked, whole = 0, 0, sum(sizes)
        for part, size_bytes in zip(self.parts, sizes, strict=True):
            checked += before if isinstance(part, Checksum) else 0
            if checked > MOST_CHECKED_BYTES:
                return f"the checksums of a payload are over {MOST_CHECKED_BYTES // 1024} KiB at most, in all"
            before += size_bytes
            if isinstance(part, Length) and part.size_bytes:
                counted = whole if part.whole else whole - before
                if counted >= 1 << 8 * part.size_bytes:
                    return f"a length of {counted:,} bytes does not fit into {part.size_bytes}"
        return ""


def _early(part: builtins.bytes | Computed, number: int, at_s: float) -> builtins.bytes:
    """Write what depends on no other part; of the rest, as many bytes as it takes."""
    if isinstance(part, bytes):
        return part
    if isinstance(part, Date):
        return part.written(at_s)
    if isinstance(part, Length | Checksum):
        return part.written(0)
    return part.written(number if isinstance(part, Counter) else int(at_s))


def _most_bytes(part: builtins.bytes | Computed) -> int:
    if isinstance(part, bytes):
        return len(part)
    if isinstance(part, Date):
        return len(part.written(0))
    return part.size_bytes or _MOST_DIGITS
