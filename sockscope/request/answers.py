"""What the clients of a listener are answered without anybody typing.

The rule: this is data alone. What comes of it for one client is made by the engine (`engine.listen.responders`), which
also says what it cannot do: an expression that does not compile, a file that is not there.
"""

from pathlib import Path
from typing import NamedTuple

RESPONDERS = ("none", "echo", "canned", "http", "file", "time", "words", "chat")
"""What a listener can answer with."""

WHEN = ("arrival", "text", "expression")
"""When a canned reply is sent."""


class Answers(NamedTuple):
    """What clients are answered: `kind` is one of RESPONDERS.

    For "canned", `reply` is what is sent, in which a number is that of a capture and 0 the whole match; `when` is one
    of WHEN, and `pattern` the text or the expression. For "file", `file` is whose content is sent.
    """

    kind: str = "none"
    reply: tuple[bytes | int, ...] = ()
    when: str = "arrival"
    pattern: bytes = b""
    file: Path | None = None


SILENCE = Answers()
"""Nothing, until somebody types."""
