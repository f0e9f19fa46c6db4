"""A small web server: every request gets the same short answer (RFC 9110, RFC 9112).

The rule: a request is answered when it is there with its body. What cannot be framed without doubt is refused
and ends the connection, so that nothing is taken for a request that is part of a body.
"""

import re
from collections import defaultdict
from typing import NamedTuple

from sockscope.engine.listen.responders.response import KEPT_BYTES, Responder, Response

BODY = b"This is sockscope.\n"

_BLANK = re.compile(rb"[\r\n]*")
_HEAD_END = re.compile(rb"\n\r?\n")
_REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) \S+ HTTP/1\.([01])")
_LENGTH = re.compile(rb"[0-9]{1,18}")
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Reply(NamedTuple):
    """What to send for a request, after its body of `body_bytes` came; `interim` goes out before that."""

    data: bytes
    finish: bool
    body_bytes: int = 0
    interim: bytes = b""


class Http(Responder):
    """Answers one client. Of datagrams each is a request, whatever follows its head is its body."""

    def __init__(self, datagrams: bool) -> None:
        self._datagrams = datagrams
        self._kept = b""  # a head that is not complete
        self._searched = 0  # how much of it holds no end
        self._due: Reply | None = None  # what is sent when the body came
        self._body_bytes = 0  # how much of it is missing
        self._finished = False

    def received(self, data: memoryview) -> Response | None:
        """Take bytes, and answer all requests that are complete now."""
        if self._datagrams:
            head = bytes(data)
            end = _HEAD_END.search(head)
            return Response((read_head(head[: end.end()]) if end else refuse("400 Bad Request")).data)
        if self._finished:
            return None
        answers = self._answers(self._kept + data)
        return Response(answers, self._finished) if answers else None

    def _answers(self, seen: bytes) -> bytes:
        answers = bytearray()
        at = 0
        while True:
            swallowed = min(self._body_bytes, len(seen) - at)
            at += swallowed
            self._body_bytes -= swallowed
            if self._due and not self._body_bytes:
                answers += self._due.data
                self._finished = self._due.finish
                self._due = None
            if self._finished or self._due:
                self._kept = b""
                return bytes(answers)
            at = self._next(seen, at)
            if self._due is None:
                self._kept = seen[at:]
                return bytes(answers)
            if self._body_bytes > len(seen) - at:
                answers += self._due.interim

    def _next(self, seen: bytes, at: int) -> int:
        """Make due the answer to the request at that place, if its head is complete, and give the place behind it."""
        begin = _match_end(seen, at)
        end = _HEAD_END.search(seen, max(begin, self._searched))
        behind = end.end() if end else len(seen)
        self._searched = 0
        if behind - begin > KEPT_BYTES:
            self._due = refuse("431 Request Header Fields Too Large")
        elif end:
            self._due = read_head(seen[begin:behind])
            self._body_bytes = self._due.body_bytes
            return behind
        else:
            self._searched = max(0, behind - begin - 2)
        return begin


def _match_end(seen: bytes, at: int) -> int:
    """Skip empty lines before a request (RFC 9112, 2.2)."""
    blank = _BLANK.match(seen, at)
    return blank.end() if blank else at


def read_head(head: bytes) -> Reply:
    """Read a request's head, which ends with an empty line, and say how to answer."""
    lines = head.split(b"\n")
    request = _REQUEST_LINE.fullmatch(lines[0].removesuffix(b"\r"))
    if not request:
        return refuse("400 Bad Request")
    fields = _fields(lines[1:])
    lengths = fields["content-length"] or {b"0"}
    length = lengths.pop()
    if lengths or not _LENGTH.fullmatch(length):
        return refuse("400 Bad Request")
    if fields["transfer-encoding"]:
        return refuse("411 Length Required")
    newer = request[2] == b"1"
    keep = b"close" not in fields["connection"] and (newer or b"keep-alive" in fields["connection"])
    interim = _CONTINUE if newer and b"100-continue" in fields["expect"] else b""
    data = _written("200 OK", BODY, keep, with_body=request[1] != b"HEAD")
    return Reply(data, not keep, int(length), interim)


def refuse(status: str) -> Reply:
    """Answer with an error, after which nothing more is read."""
    return Reply(_written(status, f"{status}\n".encode(), keep=False, with_body=True), finish=True)


def _fields(lines: list[bytes]) -> defaultdict[str, set[bytes]]:
    """Read header fields as sets of their members in lower case; those of lines with the same name are joined."""
    fields: defaultdict[str, set[bytes]] = defaultdict(set)
    for line in lines:
        name, _, value = line.partition(b":")
        fields[name.strip().lower().decode("latin-1")].update(part.strip().lower() for part in value.split(b","))
    return fields


def _written(status: str, body: bytes, keep: bool, with_body: bool) -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\n"
        "Content-Type: text/plain\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"Connection: {'keep-alive' if keep else 'close'}\r\n\r\n"
    )
    return head.encode() + (body if with_body else b"")
