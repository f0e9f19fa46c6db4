"""Texts that a person writes, read as values: words, numbers, seconds, sizes, paths, choices.

The rule: what cannot be read is refused with one line (ValueError); an empty text stands for what is usual.
"""

from collections.abc import Callable
from pathlib import Path

from sockscope.request import interval

YES, NO = "yes", "no"
YES_NO, NO_YES = (YES, NO), (NO, YES)

LONGEST_S = 86_400
_UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}
_MOST_DIGITS = 12


def yes(text: str) -> bool:
    """Return whether the text says yes. Raise ValueError where it says neither."""
    return one_of(YES_NO, "that")(text) == YES


def one_of(choices: tuple[str, ...], what: str) -> Callable[[str], str]:
    """Return a parser that lets the choices through; `what` begins the refusal."""

    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError(f"{what} can be: {', '.join(choices)}")
        return text

    return parse


def is_second(choices: tuple[str, str], what: str) -> Callable[[str], bool]:
    """Return a parser that tells whether it is the second of two choices."""
    parse = one_of(choices, what)
    return lambda text: parse(text) == choices[1]


def words(text: str) -> tuple[str, ...]:
    """Return the words between spaces and commas."""
    return tuple(text.replace(",", " ").split())


def number(what: str, least: int, most: int, usual: int) -> Callable[[str], int]:
    """Return a parser of whole numbers; `what` begins the refusal."""

    def parse(text: str) -> int:
        if not text:
            return usual
        if not text.isascii() or not text.isdigit() or len(text) > _MOST_DIGITS or not least <= int(text) <= most:
            raise ValueError(f"{what} is a number from {least:,} to {most:,}")
        return int(text)

    return parse


def idle_seconds(text: str) -> float:
    """Return how many seconds a time is, where none stands for never. Raise ValueError."""
    number = _time(text or "0", -1.0)
    if not 0 <= number <= LONGEST_S:
        raise ValueError(f"the idle time is a number of seconds, at most {LONGEST_S:,}")
    return number


def seconds(text: str) -> float:
    """Return how many seconds a time is, written as 2, 500ms or 1m. Raise ValueError."""
    number = _time(text, 0.0)
    if not 0 < number < LONGEST_S:
        raise ValueError(f"{text!r} is not a number of seconds, above 0 and below {LONGEST_S}")
    return number


def _time(text: str, otherwise: float) -> float:
    try:
        return interval.seconds(text)
    except ValueError:
        return otherwise


def size(text: str) -> int:
    """Return a number of bytes, written with a unit or without. Raise ValueError."""
    digits, unit = (text[:-1], text[-1].upper()) if text[-1:].isalpha() else (text, "")
    if unit not in _UNITS or not digits.isascii() or not digits.isdigit():
        raise ValueError(f"{text!r} is not a size such as 64M")
    return int(digits) * _UNITS[unit]


def path(text: str) -> str:
    """Return a path, in which ~ is the home of a user. Raise ValueError."""
    try:
        return str(Path(text).expanduser()) if text else ""
    except RuntimeError:
        raise ValueError("that is no path: its user does not exist") from None
