"""The filter of a table of conversations: what was typed, read, and asked of each row.

The rules: the text of a row is kept until the row changes, so that ten thousand rows are asked within a tick or two.
What changes as time goes on is written anew, and only for a word that could stand there: a port has more digits than a
time, and only what flows has a rate.
"""

import asyncio
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sockscope.record.conversation import Conversation
from sockscope.show.row_filter import Filter, Word, keeps, read
from sockscope.show.sanitizer import safe
from sockscope.show.step import peer_of
from sockscope.show.units import DAYS_ALONE_NS
from sockscope.ui.clock import clock_ns
from sockscope.ui.widgets.column import Column
from sockscope.ui.widgets.conversation_words import state_word

MOVING = frozenset("•–.0123456789 smhdbkmgtpi/")
"""All that columns are written with, folded, whose text changes by itself."""

_AT_ONCE = 250  # rows that are made ready before others have their turn
_MOST = 16_384  # texts that are kept
_TIME_DIGITS = 2
_DIGITS = re.compile("[0-9]+")

_Place = tuple[list[Column[Conversation]], int]
"""In which columns that move a word could stand, and how many digits it has in a row."""


class _Text(NamedTuple):
    """What does not change by itself in a row, and what it was written of."""

    written_of: tuple[object, ...]
    text: str
    folded: str


class ConversationFilter:
    """Tells which conversations stay."""

    def __init__(self, columns: Sequence[Column[Conversation]]) -> None:
        self._still = [column for column in columns if not column.moves]
        self._moving = [column for column in columns if column.moves]
        self._wanted = Filter()
        self._texts: dict[int, _Text] = {}
        self._places: dict[Word, _Place] = {}  # of the words that are wanted

    def read(self, typed: str) -> str:
        """Take what was typed, and give which word could not be read, in one line; empty where all could."""
        self._wanted = read(typed)
        self._places.clear()
        if self.empty:
            self._texts.clear()
        return self._wanted.trouble

    @property
    def empty(self) -> bool:
        """Whether every conversation stays."""
        return self._wanted.empty

    def keeps(self, conversation: Conversation) -> bool:
        """Return whether one stays."""
        return keeps(self._wanted, _Row(self, conversation))

    async def get_ready(self, conversations: Sequence[Conversation]) -> None:
        """Write the texts beforehand, a few at a time, so that nobody waits; the table goes on meanwhile."""
        for number, conversation in enumerate(conversations):
            self.text(conversation)
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)

    def text(self, conversation: Conversation) -> _Text:
        """Return the text of a row but for what changes by itself."""
        flow, ends = conversation.flow, conversation.endpoints
        written_of = (
            conversation.state,
            conversation.fd,
            flow.bytes_in,
            flow.bytes_out,
            conversation.error,
            ends.peer,
            ends.credentials,
            conversation.unverified,
        )
        kept = self._texts.get(conversation.number)
        if kept is None or kept.written_of != written_of:
            text = _joined(self._still, conversation)
            kept = self._texts[conversation.number] = _Text(written_of, text, text.casefold())
            if len(self._texts) > _MOST:
                del self._texts[next(iter(self._texts))]
        return kept

    def holds_now(self, conversation: Conversation, word: Word) -> bool:
        """Return whether a word stands in what changes by itself."""
        if word not in self._places:
            self._places[word] = self._could_hold(word)
        columns, digits = self._places[word]
        if digits > _TIME_DIGITS and clock_ns() - conversation.started_at_ns >= DAYS_ALONE_NS:
            columns = self._moving
        # What these columns write is harmless (MOVING).
        return any(word.within(column.text(conversation)) for column in columns)

    def _could_hold(self, word: Word) -> _Place:
        folded = word.text.casefold()
        digits = max(map(len, _DIGITS.findall(folded)), default=0)
        if not MOVING.issuperset(folded):
            return [], 0
        return [column for column in self._moving if column.digits >= digits], digits


def _joined(columns: Iterable[Column[Conversation]], conversation: Conversation) -> str:
    return "\t".join(safe(column.text(conversation)) for column in columns)


class _Row:
    """A conversation as the filter looks at it."""

    __slots__ = ("_conversation", "_texts", "bytes_in", "bytes_out")

    def __init__(self, texts: ConversationFilter, conversation: Conversation) -> None:
        self._texts, self._conversation = texts, conversation
        self.bytes_in, self.bytes_out = conversation.flow.bytes_in, conversation.flow.bytes_out

    @property
    def peer(self) -> str:
        """Who is at the other end."""
        return safe(peer_of(self._conversation))

    @property
    def state(self) -> str:
        """The state in words."""
        return safe(state_word(self._conversation))

    def holds(self, word: Word) -> bool:
        """Return whether a word occurs in any column."""
        kept = self._texts.text(self._conversation)
        if word.text in (kept.text if word.minds_case else kept.folded):
            return True
        return self._texts.holds_now(self._conversation, word)
