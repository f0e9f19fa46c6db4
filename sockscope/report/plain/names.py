"""What a name is, on standard output: rows as getent(1) has them (ahosts), answers of DNS servers as dig(1) (+short).

The rule: what DNS servers were asked is all that is printed where they were; else the rows of getaddrinfo, in their
order. Every text is harmless.
"""

from collections.abc import Iterator

from sockscope.net.row import Row
from sockscope.record.lookup.lookup import Lookup
from sockscope.show.sanitizer import safe

_TYPES = {"stream": "STREAM", "datagram": "DGRAM", "raw": "RAW"}


def printed(lookup: Lookup) -> Iterator[str]:
    """Give the lines of an answer."""
    if lookup.inquiry:
        for query in lookup.inquiry.queries:
            yield from (safe(record.data) for record in (query.reply.records if query.reply else ()))
        return
    for number, row in enumerate(lookup.rows):
        yield safe(f"{_host(row):<15} {_TYPES.get(row.type_word, row.type_word):<6} {row.canonical * (not number)}")


def _host(row: Row) -> str:
    return str(row.sockaddr[0]) if isinstance(row.sockaddr, tuple) else str(row.sockaddr)
