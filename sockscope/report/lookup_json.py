"""Everything that is known of a lookup, as JSON.

The rules: what was found out is written whole, whatever a record holds under its own name; the same record gives the
same text; and it is ASCII, so that foreign text in it is harmless wherever it is pasted (RFC 8259, 7).
"""

import json
import socket
from collections.abc import Mapping, Sequence, Set
from enum import Enum

from sockscope.net.row import Row
from sockscope.record.fact import Facts
from sockscope.record.lookup.lookup import Lookup
from sockscope.report.named_fields import named_fields
from sockscope.show.explain.names import explain_lookup

_FOUND = ("order", "sources", "reverse", "inquiry")
_DEEPEST = 20
"""How far into records is written; none is as deep unless it holds itself."""


def answer_json(lookup: Lookup) -> str:
    """Write the question, the call, the answer, and what was found out about it; ends without a newline."""
    known: dict[str, object] = {
        "question": lookup.question,
        "python": lookup.question.python(),
        "state": lookup.state.value,
        "took_ns": lookup.took_ns,
        "call": lookup.call,
        "error": lookup.error,
        "explanation": str(explain_lookup(lookup)) if lookup.error else "",
        "rows": lookup.rows,
        **{name: found for name in _FOUND if (found := getattr(lookup, name)) is not None},
    }
    return json.dumps({name: _plain(value) for name, value in known.items()}, indent=2, ensure_ascii=True)


def _plain(value: object, depth: int = 0) -> object:
    """Make of any record what JSON has."""
    if depth > _DEEPEST:
        return "…"
    if isinstance(value, Enum):
        return value.name
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, Row):
        return _row(value)
    if (fields := named_fields(value)) is not None:
        return {name: _plain(field, depth + 1) for name, field in fields.items()}
    if isinstance(value, Facts):
        return _plain(value.all(), depth)
    return _collected(value, depth)


def _collected(value: object, depth: int) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(value[key], depth + 1) for key in sorted(value, key=str)}
    if isinstance(value, Set):
        return sorted((_plain(one, depth + 1) for one in value), key=str)
    if isinstance(value, Sequence):
        return [_plain(one, depth + 1) for one in list(value)]
    speaks = type(value).__repr__ is not object.__repr__  # what does not would tell its place in memory
    return str(value) if speaks else type(value).__name__


def _row(row: Row) -> dict[str, object]:
    """Write a 5-tuple, the constants by their names."""
    kinds = {int(kind): kind.name for kind in socket.SocketKind}
    return {
        "family": getattr(row.family, "name", row.family),
        "type": kinds.get(row.type, row.type),
        "protocol": row.protocol,
        "canonical": row.canonical,
        "sockaddr": _plain(row.sockaddr),
    }
