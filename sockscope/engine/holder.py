"""What of this very program holds an address that could not be had (bind(2), EADDRINUSE).

The rule: only what certainly stands in the way is named: the same kind and port, and the same address, or on one
side all addresses of the family. Clients that a listener accepted share its address and stand in nobody's way.
"""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from sockscope.net.endpoint import NOWHERE, Endpoint
from sockscope.net.socket_kind import SocketKind
from sockscope.record.conversation import Conversation
from sockscope.record.finding import OwnHolder
from sockscope.record.listener import Listener


def holder(
    address: Endpoint, transport: SocketKind, listeners: Iterable[Listener], conversations: Iterable[Conversation]
) -> OwnHolder | None:
    """Find the listener or the conversation of ours that holds an address."""
    for listener in listeners:
        for bound in listener.bound if listener.state.live else ():
            if _meet(address, transport, bound.address, listener.transport):
                return OwnHolder(listener.number, True, bound.address, NOWHERE)
    for conversation in conversations:
        if conversation.endpoints.listener_fd < 0 and _meet(
            address, transport, conversation.endpoints.local, conversation.transport
        ):
            ends = conversation.endpoints
            return OwnHolder(conversation.number, False, ends.local, ends.peer)
    return None


def _meet(address: Endpoint, transport: SocketKind, other: Endpoint, of_other: SocketKind) -> bool:
    if address.is_local and other.is_local:
        abstract = address.is_abstract or other.is_abstract
        return (address == other and transport is of_other) if abstract else _same_file(address.path, other.path)
    if transport is not of_other or address.port != other.port:
        return False
    everywhere = address.family == other.family and (address.is_any or other.is_any)
    return everywhere or (address.host, address.scope) == (other.host, other.scope)


def _same_file(path: str, other: str) -> bool:
    with suppress(OSError, ValueError):
        return bool(path and other) and Path(path).samefile(other)
    return False
