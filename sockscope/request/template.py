"""What is sent repeatedly: bytes, and counters that say which repetition it is."""

import builtins
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counter:
    """The number of the repetition: big endian in so many bytes, which wraps; with 0 bytes, in decimal."""

    size_bytes: int = 0

    def write(self, number: int) -> bytes:
        """Write the number."""
        if not self.size_bytes:
            return b"%d" % number
        return (number % (1 << 8 * self.size_bytes)).to_bytes(self.size_bytes, "big")


@dataclass(frozen=True, slots=True)
class Template:
    """What is sent, with the places of its counters."""

    parts: tuple[builtins.bytes | Counter, ...]

    @property
    def counts(self) -> bool:
        """Whether one repetition differs from the next."""
        return any(isinstance(part, Counter) for part in self.parts)

    def bytes(self, number: int) -> builtins.bytes:
        """Write the repetition of that number, the first is 1."""
        return b"".join(part.write(number) if isinstance(part, Counter) else part for part in self.parts)
