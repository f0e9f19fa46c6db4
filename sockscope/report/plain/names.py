"""What a name is, on standard output: rows as getent(1) has them (ahosts), answers of DNS servers as dig(1) (+short).

The rules: what DNS servers were asked is all that is printed where they were; else the rows of getaddrinfo, in their
order. `--why` adds the rules of that order, and `--reverse` gives the names of addresses instead; both are asked for
once the rows are there. Every text is harmless.
"""

import itertools
from collections.abc import Iterable, Iterator

from sockscope.net.clock import now_ns
from sockscope.net.row import Row
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.observer import Subject as Record
from sockscope.session import Session
from sockscope.show.lookup.order_page import order_page
from sockscope.show.lookup.subject import Subject
from sockscope.show.sanitizer import safe

_TYPES = {"stream": "STREAM", "datagram": "DGRAM", "raw": "RAW"}
_WIDTH = 100  # of a page without a screen


class Names:
    """Of the lookups of one session."""

    def __init__(self, session: Session, records: Iterable[Record]) -> None:
        self._names, self._moving = session.engine.names, session.asked.moving
        self._lookups = [one for one in records if isinstance(one, Lookup)]
        self._asked: set[int] = set()

    def mind(self) -> None:
        """Ask for more, once there is an answer."""
        for one in self._lookups:
            if one.rows and one.number not in self._asked:
                self._asked.add(one.number)
                if self._moving.why:
                    self._names.weigh(one)
                if self._moving.reverse:
                    self._names.reverse(one)

    @property
    def over(self) -> bool:
        """Whether all of it is there."""
        return all(not one.rows or self._known(one) for one in self._lookups)

    def _known(self, lookup: Lookup) -> bool:
        order = not self._moving.why or lookup.order is not None or "order" in lookup.not_found
        reverse = not self._moving.reverse or (lookup.reverse is not None and not lookup.reverse.waiting)
        return lookup.number in self._asked and order and reverse

    def printed(self) -> Iterator[str]:
        """Give the lines of all answers."""
        return itertools.chain.from_iterable(map(self._of, self._lookups))

    def _of(self, lookup: Lookup) -> Iterator[str]:
        if self._moving.reverse:
            named = lookup.reverse.names.values() if lookup.reverse else ()
            yield from (safe(name) for _, name in named if name)
        elif lookup.inquiry:
            for query in lookup.inquiry.queries:
                yield from (safe(record.data) for record in (query.reply.records if query.reply else ()))
        else:
            for number, row in enumerate(lookup.rows):
                word = _TYPES.get(row.type_word, row.type_word)
                yield safe(f"{_host(row):<15} {word:<6} {row.canonical * (not number)}")
        if self._moving.why and lookup.order:
            for line in order_page(Subject(lookup, now_ns()), _WIDTH):
                yield safe("".join(text for text, _ in line).rstrip())


def _host(row: Row) -> str:
    return str(row.sockaddr[0]) if isinstance(row.sockaddr, tuple) else str(row.sockaddr)
