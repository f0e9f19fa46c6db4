"""Values that canned facts are made of, and how they are noted."""

import socket
from typing import Any

from sockscope.net.endpoint import Endpoint, endpoint
from sockscope.net.value import Symbol
from sockscope.record.conversation import Conversation
from sockscope.record.fact import Call
from sockscope.record.listener import Listener
from sockscope.record.milestone import ACCEPTED, BOUND, CLOSED, CONNECTED, LISTENING, LOOKED_UP, NAMED, SECURED, SOCKET
from sockscope.record.recorder import Recorder
from sockscope.record.tape_entry import Mover

RECORDER = Recorder()
"""Writes canned records; nobody observes it."""

AF_INET, AF_INET6, AF_UNIX = Symbol("AF_INET"), Symbol("AF_INET6"), Symbol("AF_UNIX")
STREAM, DGRAM = Symbol("SOCK_STREAM"), Symbol("SOCK_DGRAM")

_EITHER_WAY = {
    "getaddrinfo": LOOKED_UP,
    "socket": SOCKET,
    "bind": BOUND,
    "listen": LISTENING,
    "connect": CONNECTED,
    "close": CLOSED,
}
_DONE = {"accept": ACCEPTED, "do_handshake": SECURED, "getsockname": NAMED}


def at(text: str) -> Endpoint:
    """Return the endpoint that a test names: `127.0.0.1:80`, `[fe80::1%eth0]:80`, `/run/app.sock` or `@app`."""
    if text.startswith("@"):
        return endpoint("\0" + text[1:])
    host, colon, port = text.rpartition(":")
    if not colon or "/" in text:
        return endpoint(text)
    host, _, scope = host.strip("[]").partition("%")
    return Endpoint(socket.AF_INET6 if ":" in host else socket.AF_INET, host, int(port), scope)


def note(subject: Conversation | Listener, *calls: Call) -> None:
    """Note calls as the engine does, each with the milestone that it makes."""
    for call in calls:
        milestone = _EITHER_WAY.get(call.name) or ("" if call.error else _DONE.get(call.name, ""))
        RECORDER.note(subject, call, *([milestone] if milestone else []))


def treat(listener: Listener, **changed: Any) -> None:
    """Change a listener's policy as the engine does."""
    RECORDER.listeners.treats(listener, listener.policy._replace(**changed))


def movers(conversation: Conversation) -> tuple[Mover, Mover]:
    """Return the calls that bring and take the bytes of such a conversation."""
    if conversation.layers.wire:
        return Mover.SSL_READ, Mover.SSL_WRITE
    if conversation.transport.keeps_boundaries:
        return Mover.RECVFROM, Mover.SENDTO if conversation.endpoints.unconnected else Mover.SEND
    return Mover.RECV, Mover.SEND
