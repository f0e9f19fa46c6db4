"""Every event of a record as one line of JSON (docs/json.md is the contract).

The rules: keys and values are of this format alone and independent of any word on the screen; a line is ASCII, whatever
bytes and names come; what cannot be written in Unicode is written \\xNN, and bytes always stand there as base64 too.
"""

import json
import time
from base64 import b64encode
from pathlib import PurePath
from typing import Any

from sockscope.net.clock import now_ns
from sockscope.net.endpoint import Endpoint
from sockscope.net.socket_kind import SCHEMES
from sockscope.net.value import Struct, Value
from sockscope.record.conversation import PEER, US, Conversation, State
from sockscope.record.fact import Call, Event, Refusal
from sockscope.record.finding import Finding
from sockscope.record.listener import Listener
from sockscope.record.lookup.inquiry import Query
from sockscope.record.lookup.lookup import Lookup
from sockscope.record.lookup.state import LookupState
from sockscope.record.observer import Subject
from sockscope.record.tape_entry import Mover
from sockscope.report.named_fields import named_fields
from sockscope.show.explain.explanation import Explanation
from sockscope.show.step import why_failing

VERSION = 1

_WHO = {PEER: "peer", US: "us"}
_SENT = (Mover.SEND, Mover.SENDTO, Mover.SSL_WRITE)

_SHARED = Explanation("", "shared", "Others are bound to the same address (SO_REUSEPORT): they get a part of it.", "")

Fields = dict[str, Any]


def unix_ns(at_ns: int) -> int:
    """Return what time it was by the system's clock, of a time by the clock of facts."""
    return time.time_ns() - (now_ns() - at_ns)


def line(subject: Subject, event: str, at_ns: int, fields: Fields) -> str:
    """Return one line, with its newline."""
    head = {"v": VERSION, "unix_ns": unix_ns(at_ns), "monotonic_ns": at_ns, **_subject(subject), "event": event}
    return json.dumps({**head, **fields}, separators=(",", ":"), allow_nan=False) + "\n"


def event_line(subject: Subject, event: Event) -> str:
    """Return the line of a call, of something that was not done, or of what should be known."""
    if isinstance(event, Call):
        return line(subject, "call", event.at_ns, call_fields(event))
    if isinstance(event, Refusal):
        refused = {"what": event.what, "fd": event.fd, "about": _values(event.about), "errno": event.error}
        return line(subject, "refused", event.at_ns, {**refused, "note": text(event.note)})
    return line(subject, "remark", event.at_ns, {"kind": event.kind, "text": text(event.text)})


def call_fields(call: Call) -> Fields:
    """Return what is said of a call: its descriptor is -1 where it takes none, its result null where it failed."""
    return {
        "call": call.name,
        "fd": call.fd,
        "args": _values(call.arguments),
        "result": value(call.returned),
        "errno": call.error,
        "duration_ns": call.took_ns,
        "note": text(call.note),
    }


def state_line(subject: Subject) -> str:
    """Return the line of a state that a subject has from now on."""
    fields: Fields = {"state": subject.state.name.lower()}
    if isinstance(subject, Conversation):
        fields |= _conversation(subject)
    elif isinstance(subject, Listener):
        fields |= {"errno": subject.error, "reason": text(subject.reason)}
        fields["bound"] = [value(bound.address) for bound in subject.bound]
    else:
        fields |= _lookup(subject)
    return line(subject, "state", now_ns(), fields)


def explained_line(subject: Conversation | Listener) -> str:
    """Return the line of what a failure means, and what the system said about it."""
    known = why_failing(subject) if subject.error or not isinstance(subject, Listener) else _SHARED
    fields = {"errno": known.name, "meaning": text(known.meaning), "advice": text(known.advice), "action": known.action}
    return line(subject, "explained", now_ns(), {**fields, "findings": [_finding(one) for one in subject.findings]})


def _finding(one: Finding) -> Fields:
    return {"kind": one.kind, **_fields(one)}


def _fields(one: Any) -> Fields:
    """Return the fields of a finding, and of what it is made of, by their names."""
    return {name: _told(field) for name, field in (named_fields(one) or {}).items()}


def _told(one: Any) -> Any:
    match one:
        case Endpoint():
            return _endpoint(one) if one else None
        case str():
            return text(one)
        case tuple() if named_fields(one) is None:
            return [_told(each) for each in one]
        case None | int() | float():
            return one
    return _fields(one)


def bytes_line(conversation: Conversation, data: memoryview, at_ns: int, took_ns: int, asked: int, mover: Mover) -> str:
    """Return the line of bytes that a call received or sent; `offset` counts those of its direction."""
    sent = mover in _SENT
    flow = conversation.flow
    fields: Fields = {
        "call": mover.call,
        "asked": asked,
        "duration_ns": took_ns,
        "offset": (flow.bytes_out if sent else flow.bytes_in) - len(data),
        "size": len(data),
        "base64": b64encode(data).decode("ascii"),
    }
    try:
        fields["text"] = bytes(data).decode()
    except UnicodeDecodeError:
        fields["text"] = None
    return line(conversation, "sent" if sent else "received", at_ns, fields)


def query_line(lookup: Lookup, query: Query) -> str:
    """Return the line of what one DNS server answered to one question."""
    reply = query.reply
    fields: Fields = {
        "server": query.server,
        "type": query.type,
        "transport": query.transport,
        "duration_ns": query.took_ns,
        "errno": query.error or ("abandoned" if query.state is LookupState.ABANDONED else ""),
        "rcode": reply.rcode if reply else "",
        "records": [
            {"name": text(one.name), "ttl": one.ttl_s, "type": one.type, "data": text(one.data)}
            for one in (reply.records if reply else ())
        ],
    }
    return line(lookup, "dns", query.ended_at_ns, fields)


def value(one: Value) -> Any:
    """Return a value of a call as JSON has it: a number, a string, null, an object or an array."""
    match one:
        case None | int():
            return one
        case Endpoint():
            return _endpoint(one)
        case Struct():
            return {name: value(field) for name, field in one.fields}
        case PurePath() | str():
            return text(str(one))
        case tuple():
            return _values(one)


def text(words: str) -> str:
    """Return a text with all in it that Unicode cannot write as \\xNN."""
    return "".join(map(_written, words)) if any(map(_odd, words)) else words


def _odd(letter: str) -> bool:
    return "\ud800" <= letter <= "\udfff"


def _written(letter: str) -> str:
    """Write one that stands for a byte as \\xNN, any other lone surrogate as \\uNNNN."""
    if not _odd(letter):
        return letter
    point = ord(letter)
    return f"\\x{point - 0xDC00:02x}" if 0xDC80 <= point <= 0xDCFF else f"\\u{point:04x}"


def _values(several: tuple[Value, ...]) -> list[Any]:
    return [value(one) for one in several]


def _subject(subject: Subject) -> Fields:
    kind = {Conversation: "conversation", Listener: "listener", Lookup: "lookup"}[type(subject)]
    return {"subject": kind, "number": subject.number}


def _endpoint(one: Endpoint) -> Fields:
    if one.is_local:
        return {"family": "AF_UNIX", "path": text(one.path)}
    scope = {"scope": one.scope} if one.scope else {}
    return {"family": one.family_name, "host": one.host, "port": one.port, **scope}


def _conversation(one: Conversation) -> Fields:
    fields: Fields = {"kind": _scheme(one), "tls": one.layers.wire is not None, "fd": one.fd}
    fields |= {"listener_fd": one.endpoints.listener_fd, "target": text(one.target)}
    fields |= {
        "local": _endpoint(one.endpoints.local) if one.endpoints.local else None,
        "peer": _endpoint(one.endpoints.peer) if one.endpoints.peer else None,
    }
    if one.state in (State.FAILED, State.RESET_BY_PEER):
        fields |= {"errno": one.error, "reason": text(one.reason)}
    if not one.state.live:
        flow, left = one.flow, one.left
        fields |= {"bytes_in": flow.bytes_in, "bytes_out": flow.bytes_out, "bytes_unsent": one.outgoing.unsent_bytes}
        fields |= {"bytes_unread": left.unread_bytes, "bytes_unacknowledged": left.unacknowledged_bytes}
        ends = zip(one.finished, one.finished_at_ns, strict=True)
        fields["finished"] = [
            {"who": _WHO[end], "unix_ns": unix_ns(at_ns), "monotonic_ns": at_ns} for end, at_ns in ends
        ]
    return fields


def _scheme(one: Conversation) -> str:
    return next(scheme for scheme, kind in SCHEMES.items() if kind is one.transport)


def _lookup(one: Lookup) -> Fields:
    asked = {"name": text(one.question.name), "service": text(one.question.service)}
    if one.call is None:
        return asked
    fields: Fields = {**asked, **call_fields(one.call)}
    if one.state is LookupState.ANSWERED:
        fields["rows"] = [
            {
                "family": row.family_name,
                "type": row.type_name,
                "protocol": row.protocol_word,
                "canonical": text(row.canonical),
                "address": _endpoint(row.endpoint),
            }
            for row in one.rows
        ]
    return fields
