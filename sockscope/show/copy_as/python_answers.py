"""What a server in Python answers: a generator that is given what came, and gives what is answered.

The rule: `responder()` stands for one client, and answers as the listener does. It first gives what a client gets on
arrival; each answer goes with whether it is the last, behind which our direction is finished. Of datagrams None is no
answer, where b"" is an empty datagram.
"""

from sockscope.request.answers import Answers
from sockscope.show.copy_as.literals import python_bytes, python_text
from sockscope.show.copy_as.script import CannotSay

_HTTP = '''
BODY = b"This is sockscope.\\n"


def written(status, body, keep, with_body=True):
    """Write a response."""
    head = f"HTTP/1.1 {status}\\r\\nContent-Type: text/plain\\r\\nContent-Length: {len(body)}\\r\\n"
    head += f"Connection: {'keep-alive' if keep else 'close'}\\r\\n\\r\\n"
    return head.encode() + (body if with_body else b"")


def refused(status):
    """Write a refusal, which is the last answer."""
    return written(status, f"{status}\\n".encode(), False), True, 0, b""


def read(head):
    """Read a request's head: the answer, whether it is the last, the body's length, and what goes out before that."""
    first, *others = head.split(b"\\n")
    request = re.fullmatch(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) \\S+ HTTP/1\\.([01])", first.removesuffix(b"\\r"))
    if not request:
        return refused("400 Bad Request")
    fields = collections.defaultdict(set)
    for line in others:
        name, _, value = line.partition(b":")
        fields[name.strip().lower()].update(part.strip().lower() for part in value.split(b","))
    lengths = fields[b"content-length"] or {b"0"}
    length = lengths.pop()
    if lengths or not re.fullmatch(rb"[0-9]{1,18}", length):
        return refused("400 Bad Request")
    if fields[b"transfer-encoding"]:
        return refused("411 Length Required")
    newer = request[2] == b"1"
    keep = b"close" not in fields[b"connection"] and (newer or b"keep-alive" in fields[b"connection"])
    interim = b"HTTP/1.1 100 Continue\\r\\n\\r\\n" if newer and b"100-continue" in fields[b"expect"] else b""
    return written("200 OK", BODY, keep, request[1] != b"HEAD"), not keep, int(length), interim


'''
_HTTP_STREAM = '''
def responder():
    """Answer each request when it is there with its body (RFC 9112)."""
    seen, answer, last = b"", b"", False
    while True:
        seen = seen.lstrip(b"\\r\\n")
        end = re.search(rb"\\n\\r?\\n", seen)
        if (end.end() if end else len(seen)) > 65536:
            last, reply = True, refused("431 Request Header Fields Too Large")[0]
        elif not end:
            seen += yield answer, last
            answer = b""
            continue
        else:
            head, seen = seen[: end.end()], seen[end.end() :]
            reply, last, length, interim = read(head)
            answer += interim if length > len(seen) else b""
            while length > len(seen):
                length, seen = length - len(seen), (yield answer, False)
                answer = b""
            seen = seen[length:]
        answer += reply
        while last:
            yield answer, True
'''
_HTTP_DATAGRAMS = '''
def responder():
    """Answer each datagram as a request."""
    data = yield None, False
    while True:
        end = re.search(rb"\\n\\r?\\n", data)
        data = yield (read(data[: end.end()]) if end else refused("400 Bad Request"))[0], False
'''
_ECHO = '''
def responder():
    """Answer with the same bytes (RFC 862)."""
    data = yield {nothing}, False
    while True:
        data = yield data, False
'''
_SERVED = '''
def content():
    """Give what everybody gets."""
    {content}


def responder():
    """Give it on arrival, and finish."""
    while True:
        yield content(), True
'''
_SERVED_DATAGRAMS = '''
def content():
    """Give what everybody gets."""
    {content}


def responder():
    """Give it for each datagram."""
    yield None, False
    while True:
        yield content(), False
'''
_ARRIVAL = '''
REPLY = {reply}


def responder():
    """Reply on arrival, and to nothing else."""
    yield REPLY, False
    while True:
        yield {nothing}, False
'''
_TEXT = '''
PATTERN = {pattern}
REPLY = {reply}


def responder():
    """Reply each time that a text came, also where several receives bring it."""
    data = kept = {nothing}
    answer = {nothing}
    while True:
        data = yield answer, False
        *before, rest = {seen}.split(PATTERN)
{keep}        answer = REPLY * len(before){or_none}
'''
_KEEP = "        kept = rest[max(0, len(rest) - len(PATTERN) + 1) :]\n"
_SILENT = '''
def responder():
    """Answer nothing."""
    while True:
        yield {nothing}, False
'''
_TIME = "return ((int(time.time()) + 2_208_988_800) % 2**32).to_bytes(4, 'big')  # since 1900 (RFC 868)"


def imports(answers: Answers) -> set[str]:
    """Return the modules that the responder needs."""
    return {"http": {"collections", "re"}, "time": {"time"}, "file": {"pathlib"}}.get(answers.kind, set())


def responder(answers: Answers, datagrams: bool) -> str:
    """Write the responder. Raise CannotSay."""
    nothing = "None" if datagrams else 'b""'
    match answers.kind:
        case "none":
            return _SILENT.format(nothing=nothing)
        case "echo":
            return _ECHO.format(nothing=nothing)
        case "http":
            return _HTTP.rstrip() + "\n\n" + (_HTTP_DATAGRAMS if datagrams else _HTTP_STREAM)
        case "canned":
            return _canned(answers, datagrams, nothing)
        case "file" | "time":
            file = python_text(str(answers.file or ""))
            content = _TIME if answers.kind == "time" else f"return pathlib.Path({file}).read_bytes()"
            return (_SERVED_DATAGRAMS if datagrams else _SERVED).format(content=content)
    raise CannotSay(f"no program answers with {answers.kind}")


def _canned(answers: Answers, datagrams: bool, nothing: str) -> str:
    reply = python_bytes(reply_of(answers))
    if answers.when == "arrival":
        return _ARRIVAL.format(reply=reply, nothing=nothing)
    return _TEXT.format(
        pattern=python_bytes(answers.pattern),
        reply=reply,
        nothing=nothing if datagrams else 'b""',
        seen="data" if datagrams else "(kept + data)",
        keep="" if datagrams else _KEEP,
        or_none=" if before else None" if datagrams else "",
    )


def reply_of(answers: Answers) -> bytes:
    """Return the bytes of a canned reply; a capture of a text is that text. Raise CannotSay."""
    if answers.when == "expression":
        raise CannotSay("a canned reply to an expression needs the matching of sockscope itself")
    return b"".join(answers.pattern if isinstance(part, int) else part for part in answers.reply)
