"""A filter of calls as a person types it: words that must all be so, as in the filter of conversations.

The rules: a word occurs in the call as it is written, its error, what it means, or whose it is. `fd 7` is of that
descriptor, `error` is what failed or was refused, `>10ms` and `<5us` compare what a call took (ns us ms s). "Words in
quotes" are plain text. Capitals are minded in a word that has some. A word that cannot be read filters nothing, and is
said.
"""

import re
from typing import NamedTuple

from sockscope.record.fact import Call, Refusal
from sockscope.show.call_text import call_text, value_text
from sockscope.show.layout import fit
from sockscope.show.row_filter import Word, word
from sockscope.show.sanitizer import safe

BRIEF = "words · fd 7 · error · >10ms"
HINT = f"{BRIEF} · Enter keeps them, Esc clears them"

_TOKENS = re.compile(r'"([^"]+)"(?!\S)|fd (\d{1,9})(?!\S)|(\S+)')
_TOOK = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s)")
_UNITS = {"ns": 1, "us": 1e3, "µs": 1e3, "ms": 1e6, "s": 1e9}
_ERROR = "error"
_SHOWN = 24  # cells of a word that is complained of


class Took(NamedTuple):
    """More than so long, or less."""

    more: bool
    ns: float


class Wanted(NamedTuple):
    """What must be so of a call; and, in a line, which word could not be read."""

    words: tuple[Word, ...] = ()
    fds: tuple[int, ...] = ()
    took: tuple[Took, ...] = ()
    failed: bool = False
    trouble: str = ""

    @property
    def empty(self) -> bool:
        """Whether it leaves every call."""
        return not (self.words or self.fds or self.took or self.failed)

    def keeps(self, call: Call | Refusal | None, name: str) -> bool:
        """Return whether everything is so of a call; `name` is whose it is. Of one that was dropped nothing is."""
        if call is None:
            return self.empty
        if (self.failed and not call.failed) or any(call.fd != fd for fd in self.fds):
            return False
        took_ns = call.took_ns if isinstance(call, Call) else 0
        if any(took_ns <= took.ns if took.more else took_ns >= took.ns for took in self.took):
            return False
        text = text_of(call, name) if self.words else ""
        return all(one.within(text if one.minds_case else text.casefold()) for one in self.words)


def text_of(call: Call | Refusal, name: str) -> str:
    """Write all that is searched of a call; it is not made safe."""
    if isinstance(call, Call):
        return f"{name} {call.note} {call_text(call)}"
    return f"{name} {call.note} {', '.join([call.what, *map(value_text, call.about)])} not done {call.error}"


def read(typed: str) -> Wanted:
    """Read what was typed; of several words that cannot be read the first is said."""
    words, fds, took, failed, trouble = [], [], [], False, ""
    for phrase, fd, token in _TOKENS.findall(typed):
        try:
            if fd:
                fds.append(int(fd))
            elif token == _ERROR:
                failed = True
            elif token[:1] in ("<", ">"):
                took.append(_took(token))
            else:
                words.append(word(phrase or token))
        except ValueError as error:
            trouble = trouble or str(error)
    return Wanted(tuple(words), tuple(fds), tuple(took), failed, trouble)


def _took(token: str) -> Took:
    """Read a comparison. Raise ValueError."""
    if not (number := _TOOK.fullmatch(token[1:])):
        shown = fit(safe(token), _SHOWN).rstrip()
        raise ValueError(f'{shown}: behind {token[0]} stands a time, as {token[0]}10ms; for the text: "{shown}"')
    return Took(token[0] == ">", float(number[1]) * _UNITS[number[2]])
