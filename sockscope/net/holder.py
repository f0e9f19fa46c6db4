"""What of this very program holds an address that could not be had (bind(2), EADDRINUSE).

The rule: only what certainly stands in the way is named: the same transport and port, and the same address, or on one
side all addresses of the family. Clients that a listener accepted share its address and stand in nobody's way.
"""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from sockscope.net.conversation import Conversation
from sockscope.net.listener import Listener
from sockscope.net.transport import Transport

_EVERYWHERE = ("0.0.0.0", "[::]")


def holder(
    address: str, transport: Transport, listeners: Iterable[Listener], conversations: Iterable[Conversation]
) -> str:
    """Name the listener or the conversation of ours that holds an address, else nothing."""
    for listener in listeners:
        for bound in listener.bound if listener.state.live else ():
            if _meet(address, transport, bound.address, listener.transport):
                return f"its listener {bound.address}"
    for conversation in conversations:
        if conversation.listener_fd < 0 and _meet(address, transport, conversation.local, conversation.transport):
            return f"its conversation from {conversation.local} to {conversation.peer}"
    return ""


def _meet(address: str, transport: Transport, other: str, of_other: Transport) -> bool:
    if transport.local and of_other.local:
        abstract = address.startswith("@") or other.startswith("@")
        return (address == other and transport is of_other) if abstract else _same_file(address, other)
    if transport is not of_other:
        return False
    host, _, port = address.rpartition(":")
    other_host, _, other_port = other.rpartition(":")
    same_family = host.startswith("[") == other_host.startswith("[")
    everywhere = same_family and (host in _EVERYWHERE or other_host in _EVERYWHERE)
    return port == other_port and (host == other_host or everywhere)


def _same_file(path: str, other: str) -> bool:
    with suppress(OSError, ValueError):
        return bool(path and other) and Path(path).samefile(other)
    return False
