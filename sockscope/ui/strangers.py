"""Whom quitting would disconnect who is not ourselves."""

import os

from sockscope.engine.engine import Engine
from sockscope.net.endpoint import Endpoint
from sockscope.record.conversation import Conversation


def connected_strangers(engine: Engine) -> int:
    """Return how many clients of our listeners are connected and are not our own."""
    ours = {conversation.endpoints.local for conversation in list(engine.dialled.values())}
    clients = [client for listener in list(engine.listeners.values()) for client in list(listener.clients.values())]
    connected = [client for client in clients if client.state.live and client.transport.connection_oriented]
    return sum(not _is_ours(client, ours) for client in connected)


def _is_ours(client: Conversation, ours: set[Endpoint]) -> bool:
    """Whether we are at both ends."""
    if client.endpoints.credentials:
        return client.endpoints.credentials.pid == os.getpid()
    return client.endpoints.peer in ours
