"""What is marked in a line of the traffic: pieces of matches, given by where they stand on the tape."""

from collections.abc import Callable, Iterable

Mark = tuple[int, int, str]
"""Where a piece begins and ends, and its role."""

Marks = Callable[[int, int], Iterable[Mark]]
"""Gives what is to be marked between two places of the tape."""


def nothing_marked(first: int, last: int) -> Iterable[Mark]:
    """Mark nothing."""
    return ()


def character_at(data: bytes, at: int) -> int:
    """Bring a place to where a character of UTF-8 begins: what is marked is never cut within one."""
    while at < len(data) and data[at] & 0xC0 == 0x80:
        at += 1
    return at


def marked_hex(parts: list[tuple[str, str]], marks: list[Mark], per_line: int) -> list[tuple[str, str]]:
    """Mark the digits and the characters of some bytes of a hex line."""
    offset, (digits, _), (characters, _) = parts
    if not marks:
        return parts
    gap = len(digits) > 3 * per_line  # one more cell in the middle
    roles = ["hex"] * len(digits)
    drawn = ["text"] * len(characters)
    for low, high, role in marks:
        for byte in range(low, high):
            cell = 3 * byte + (gap and byte >= per_line // 2)
            joined = byte + 1 < high and not (gap and byte + 1 == per_line // 2)
            roles[cell : cell + 2 + joined] = [role] * (2 + joined)
            drawn[byte] = role
    return [offset, *_runs(digits, roles), *_runs(characters, drawn)]


def _runs(text: str, roles: list[str]) -> list[tuple[str, str]]:
    """Put neighbours of one role together."""
    parts: list[tuple[str, str]] = []
    for character, role in zip(text, roles, strict=True):
        if parts and parts[-1][1] == role:
            parts[-1] = (parts[-1][0] + character, role)
        else:
            parts.append((character, role))
    return parts
