"""What a conversation is about, in one line: the first line each way, `POST /second?x=1 → 200 OK`.

The rule: whoever spoke first stands first. A first line is text where its bytes are text, otherwise its first bytes in
hex; of HTTP the version is left out, since it says nothing.
"""

import re

from sockscope.record.flow import Head
from sockscope.show.layout import fit
from sockscope.show.sanitizer import cells, safe
from sockscope.show.traffic.characters import begun, is_text

_ARROW = " → "
_HEX_BYTES = 8
_LINE = re.compile(rb"[^\r\n]+")
_REQUEST = re.compile(r"^([A-Z]+ \S+) HTTP/\d(?:\.\d)?$")
_STATUS = re.compile(r"^HTTP/\d(?:\.\d)? (\d{3}(?: .*)?)$")


def preview(head: Head) -> str:
    """Return the first line each way, harmless; nothing where nothing went yet."""
    asked, answered = (head.received, head.sent) if head.peer_began else (head.sent, head.received)
    return _ARROW.join(first_line(data) for data in (asked, answered) if data)


def in_cells(text: str, width: int) -> str:
    """Bring a preview to so many cells; where there is no room the question is cut first, down to a half."""
    asked, arrow, answered = text.partition(_ARROW)
    if answered and cells(text) > width:
        room = max(0, width - cells(_ARROW))
        kept = min(cells(asked), max(room // 2, room - cells(answered)))
        text = f"{fit(asked, kept).rstrip()}{arrow}{answered}"
    return fit(text, width)


def first_line(data: bytes) -> str:
    """Return the first line of some bytes that is not empty, as text or in hex."""
    begin = _LINE.search(data)
    line = begin[0] if begin else data
    if not is_text(line):
        return data[:_HEX_BYTES].hex(" ") + (" …" if len(data) > _HEX_BYTES else "")
    text = line[: len(line) - begun(line)].decode()
    for known in (_REQUEST, _STATUS):
        if found := known.match(text):
            text = found[1]
    return safe(text.replace("\t", " ")).strip()
