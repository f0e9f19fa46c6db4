"""A sequence: what is sent, what is waited for, in order, as a person writes it, a step a line.

    send text AT+CSQ CRLF           text, in quotes where it holds spaces, and a line end where one is wanted
    send hex 01 03 00 00 #modbus    hex; both as in the box to send from, with what is computed
    wait text OK 2s                 until that comes; without a time for WAIT_S
    wait regex "\\+CSQ: ([0-9,]+)\\r" 500ms
    wait hex 01 03 ?? 1s
    pause 100ms
    repeat 10                       the last line: so many runs, or `repeat forever`; without it one

The rule: what is unclear is refused with its line and place; nothing is guessed. Capitals are minded. Lines that are
empty or begin with # are left out.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, TypeVar

from sockscope.request.interval import seconds
from sockscope.request.pattern import Pattern, PatternError, matches_places_alone, read
from sockscope.request.payload import ENDINGS, PayloadError, ending_bytes, template
from sockscope.request.template import Template

WAIT_S = 1.0
"""How long is waited where no time is written."""

MOST_STEPS = 200
MOST_RUNS = 1_000_000
LONGEST_TYPED = 64 * 1024
"""Characters of the text of a sequence."""

_LONGEST_S = 3600.0
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"(?=\s|$)|("?)\S+')
_TIME = re.compile(r"[0-9.]+(?:ms|s|m|h)")
_ENDS = tuple(ENDINGS)
_BETWEEN_BYTES = ",:-"


Read = TypeVar("Read")


class SequenceError(ValueError):
    """What was written is no sequence; the message is one line for a person."""


@dataclass(frozen=True, slots=True)
class Send:
    """Send a payload, made anew in each run."""

    waits: ClassVar = False
    typed: str
    payload: Template


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait until something comes, `within_s` seconds at most."""

    waits: ClassVar = True  # so that something can be lost
    typed: str
    pattern: Pattern
    within_s: float


@dataclass(frozen=True, slots=True)
class Pause:
    """Do nothing for so many seconds."""

    waits: ClassVar = False
    typed: str
    lasts_s: float


Step = Send | Wait | Pause


class Sequence(NamedTuple):
    """The steps, how often they are run (0 is until somebody stops it), and the text that says so."""

    text: str
    steps: tuple[Step, ...]
    runs: int = 1


class _Word(NamedTuple):
    """A word of a line: what it says, where it begins (counted from 1), and whether it stood in quotes."""

    text: str
    place: int
    quoted: bool


def read_sequence(text: str) -> Sequence:
    """Read a sequence. Raise SequenceError."""
    if len(text) > LONGEST_TYPED:
        raise SequenceError(f"a sequence has at most {LONGEST_TYPED:,} characters")
    steps: list[Step] = []
    runs = 0
    repeated = False
    for number, line in enumerate(text.split("\n"), 1):
        words = _words(number, line)
        if not words or words[0].text.startswith("#"):
            continue
        if repeated:
            raise _wrong(number, words[0].place, "repeat is the last line")
        if words[0].text == "repeat":
            runs, repeated = _runs(number, words), True
        else:
            steps.append(_step(number, line.strip(), words))
    if not steps:
        raise SequenceError("a sequence has a step at least: send, wait or pause")
    if len(steps) > MOST_STEPS:
        raise SequenceError(f"a sequence has at most {MOST_STEPS} steps")
    return Sequence(text, tuple(steps), runs if repeated else 1)


def _words(number: int, line: str) -> list[_Word]:
    words = []
    for match in _WORD.finditer(line.rstrip("\r")):
        if match[2]:
            raise _wrong(number, match.start() + 1, 'what begins with " has no " at its end, or something behind it')
        quoted = match[1] is not None
        words.append(_Word(match[1].replace('\\"', '"') if quoted else match[0], match.start() + 1, quoted))
    return words


def _wrong(number: int, place: int, why: str) -> SequenceError:
    return SequenceError(f"line {number}, {place}: {why}")


def _runs(number: int, words: list[_Word]) -> int:
    if len(words) == 2:
        if words[1].text == "forever":
            return 0
        if words[1].text.isascii() and words[1].text.isdigit() and 1 <= int(words[1].text[:9]) <= MOST_RUNS:
            return int(words[1].text[:9])
    raise _wrong(number, words[-1].place, f"it is repeat 1 to {MOST_RUNS:,} (without commas), or repeat forever")


def _step(number: int, typed: str, words: list[_Word]) -> Step:
    verb, *rest = words
    try:
        match (verb.text, rest[0].text if rest else ""):
            case ("send", "text"):
                return Send(typed, _text(number, rest))
            case ("send", "hex"):
                return Send(typed, _hex(number, rest, lambda digits: template(digits, "hex", "none")))
            case ("wait", "text" | "regex" | "hex"):
                return _wait(number, typed, rest)
            case ("pause", _):
                return Pause(typed, _time(number, _only(number, words, 2)[1]))
    except (PayloadError, PatternError) as error:
        raise _unreadable(number, rest[1], error) from None
    known = {"send": "send is followed by text or hex", "wait": "wait is followed by text, hex or regex"}
    place = rest[0].place if rest and verb.text in known else verb.place
    raise _wrong(number, place, known.get(verb.text, "a line begins with send, wait, pause or repeat"))


def _unreadable(number: int, word: _Word, error: ValueError) -> SequenceError:
    return _wrong(number, word.place, f"in what begins here, {error}")


def _only(number: int, words: list[_Word], most: int) -> list[_Word]:
    """Return the words, of which there are so many. Raise SequenceError."""
    if len(words) < most:
        raise _wrong(number, words[-1].place + len(words[-1].text), "something is missing here")
    if len(words) > most:
        raise _wrong(number, words[most].place, "that is too much: what holds spaces stands in quotes")
    return words


def _text(number: int, words: list[_Word]) -> Template:
    if len(words) != 3:
        return template(_only(number, words, 2)[1].text, "text", "none")
    ending = words[2]
    if not ending.quoted and ending.text not in ENDINGS:
        raise _wrong(
            number, ending.place, f"that is no line end ({' '.join(_ENDS)}); what holds spaces stands in quotes"
        )
    try:
        ending_bytes(ending.text)
    except PayloadError as error:
        raise _unreadable(number, ending, error) from None
    return template(words[1].text, "text", ending.text)


def _hex(number: int, words: list[_Word], reads: Callable[[str], Read]) -> Read:
    """Read what stands behind the first word; a fault is that of the first word that is wrong by itself."""
    if len(words) < 2:
        raise _wrong(number, words[0].place + len(words[0].text), "something is missing here")
    try:
        return reads(" ".join(word.text for word in words[1:]))
    except (PayloadError, PatternError):
        for word in words[1:]:
            try:
                if word.text.strip(_BETWEEN_BYTES):
                    reads(word.text)
            except (PayloadError, PatternError) as error:
                raise _unreadable(number, word, error) from None
        raise


def _wait(number: int, typed: str, words: list[_Word]) -> Wait:
    mode, within_s = words[0].text, WAIT_S
    timed = _TIME.fullmatch(words[-1].text) if mode == "hex" else len(words) > 2 and not words[-1].quoted
    if timed:
        within_s = _time(number, words[-1])
        words = words[:-1]
    if mode == "hex":
        return Wait(typed, _hex(number, words, lambda digits: read(digits, "hex", exact=True)), within_s)
    pattern = read(_only(number, words, 2)[1].text, mode, exact=True)
    if mode == "regex" and matches_places_alone(pattern):
        raise _wrong(number, words[1].place, "that matches nothing but a place: a wait is for bytes")
    return Wait(typed, pattern, within_s)


def _time(number: int, word: _Word) -> float:
    try:
        time_s = seconds(word.text) if _TIME.fullmatch(word.text) else 0.0
    except ValueError:
        time_s = 0.0
    if not 0.001 <= time_s <= _LONGEST_S:
        raise _wrong(number, word.place, "a time is written as 200ms, 2s or 1m, from 1ms to 1h")
    return time_s
