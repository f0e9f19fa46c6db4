"""A filter of conversations as a person types it: words that must all be so.

The rules: a word occurs in any column; `peer:TEXT` and `state:TEXT` look there alone. `>1M` and `<10k` compare the
bytes of both directions together, `in>` and `out<` those of one; k M G T are powers of 1024, as everywhere on the
screen. "two words" in quotes are one, and plain text whatever they begin with. Capitals are minded in a word that has
some. A word that cannot be read, as st:closed, filters nothing, and is said.
"""

import re
from typing import NamedTuple, Protocol

from sockscope.show.layout import fit
from sockscope.show.sanitizer import safe

_WORDS = re.compile(r'(?:(peer|state):)?"([^"]+)"(?!\S)|(\S+)')
_BYTES = re.compile(r"(in|out)?([<>])(.*)")
_COUNT = re.compile(r"(\d+(?:\.\d+)?)([kmgt]?)(?:i?b)?", re.IGNORECASE)
_UNITS = " kmgt"
_FIELDS = ("peer", "state")
_SHOWN = 24  # cells of a word that is complained of


class Word(NamedTuple):
    """A text that must occur; without capitals it is folded already."""

    text: str
    minds_case: bool

    def within(self, text: str) -> bool:
        """Return whether it occurs in a text."""
        return self.text in (text if self.minds_case else text.casefold())


class Amount(NamedTuple):
    """More than a number of bytes, or less: of those received ("in"), sent ("out"), or of both together ("")."""

    way: str
    more: bool
    bytes: float


class Filter(NamedTuple):
    """What must be so of a row; and, in a line, which word could not be read."""

    amounts: tuple[Amount, ...] = ()
    peer: tuple[Word, ...] = ()
    state: tuple[Word, ...] = ()
    words: tuple[Word, ...] = ()
    trouble: str = ""

    @property
    def empty(self) -> bool:
        """Whether it leaves every row."""
        return not (self.amounts or self.peer or self.state or self.words)


class Row(Protocol):
    """What is looked at of a row."""

    @property
    def bytes_in(self) -> int:
        """Bytes that were received."""

    @property
    def bytes_out(self) -> int:
        """Bytes that were sent."""

    @property
    def peer(self) -> str:
        """Who is at the other end."""

    @property
    def state(self) -> str:
        """The state in words."""

    def holds(self, word: Word) -> bool:
        """Return whether a word occurs in any column."""


def read(typed: str) -> Filter:
    """Read what was typed; of several words that cannot be read the first is said."""
    amounts: list[Amount] = []
    words: dict[str, list[Word]] = {"peer": [], "state": [], "": []}
    trouble = ""
    for field, phrase, token in _WORDS.findall(typed):
        try:
            if amount := None if phrase else _amount(token):
                amounts.append(amount)
            else:
                where, text = (field, phrase) if phrase else _where(token)
                words[where].append(word(text))
        except ValueError as error:
            trouble = trouble or str(error)
    return Filter(tuple(amounts), tuple(words["peer"]), tuple(words["state"]), tuple(words[""]), trouble)


def word(text: str) -> Word:
    """Return a text to look for, which minds capitals where it has some."""
    minds_case = text != text.lower()
    return Word(text if minds_case else text.casefold(), minds_case)


def _where(word: str) -> tuple[str, str]:
    field, colon, text = word.partition(":")
    if not colon or field not in _FIELDS:
        if colon and field and (meant := next((one for one in _FIELDS if one.startswith(field)), "")):
            raise ValueError(
                f'{field}: is unknown: {meant}: is meant? For the text: "{fit(safe(word), _SHOWN).rstrip()}"'
            )
        return "", word
    if not text:
        raise ValueError(f"{word} needs a text behind it, as {field}:{'127.0.0.1' if field == 'peer' else 'closed'}")
    return field, text


def _amount(word: str) -> Amount | None:
    """Read a comparison; None where it is none. Raise ValueError."""
    if not (compared := _BYTES.fullmatch(word)):
        return None
    way, sign, count = compared.groups(default="")
    if not (number := _COUNT.fullmatch(count)):
        shown = fit(safe(word), _SHOWN).rstrip()
        raise ValueError(f'{shown}: behind {sign} stands a number of bytes, as {way}{sign}10k; for the text: "{shown}"')
    return Amount(way, sign == ">", float(number[1]) * 1024.0 ** _UNITS.index(number[2].lower() or " "))


def keeps(wanted: Filter, row: Row) -> bool:
    """Return whether everything is so of a row; what costs little is looked at first."""
    return (
        all(_is_so(amount, row) for amount in wanted.amounts)
        and (not wanted.state or _all_in(wanted.state, row.state))
        and (not wanted.peer or _all_in(wanted.peer, row.peer))
        and all(row.holds(word) for word in wanted.words)
    )


def _all_in(words: tuple[Word, ...], text: str) -> bool:
    return all(word.within(text) for word in words)


def _is_so(amount: Amount, row: Row) -> bool:
    count = (row.bytes_in if amount.way != "out" else 0) + (row.bytes_out if amount.way != "in" else 0)
    return count > amount.bytes if amount.more else count < amount.bytes
