"""The socket options that a request asks for: which of them can apply, and setting them.

The rule: what applies to none of the sockets to be made is refused; what does not apply to one of them is said there.
"""

import socket
from collections.abc import Iterable, Sequence

from sockscope.engine.kernel.option import write
from sockscope.net.socket_option import OptionError, parse
from sockscope.net.value import Symbol
from sockscope.record.conversation import Conversation
from sockscope.record.listener import Listener
from sockscope.record.recorder import Recorder

_FAMILY_WORDS = {socket.AF_INET: "IPv4", socket.AF_INET6: "IPv6", socket.AF_UNIX: "UNIX sockets"}


def check_applies(options: Sequence[str], families: Iterable[int], type: int, kind: str) -> None:
    """Refuse an option that means nothing for any of the sockets to be made, `kind` in words. Raise OptionError."""
    asked, possible = [parse(text)[0] for text in options], list(families)
    for one in asked:
        if not any(one.applies(family, type) for family in possible):
            raise OptionError(f"{one.name} does not apply to {kind}: leave it out")


def write_asked(
    sock: socket.socket, recorder: Recorder, subject: Conversation | Listener, options: Sequence[str]
) -> str:
    """Set what was asked for, as far as it means something for this socket; return what does not. Raise OSError."""
    left_out = []
    for text in options:
        one, value = parse(text)
        if one.applies(sock.family, sock.type):
            write(sock, recorder.noting(subject), one, value)
        else:
            said = f"{one.name} does not apply to {_FAMILY_WORDS.get(sock.family, 'such a socket')}"
            recorder.refuse(subject, "setsockopt", (Symbol(one.constant),), "ENOPROTOOPT", said, sock.fileno())
            left_out.append(said)
    return f"not set: {'; '.join(left_out)}" if left_out else ""
