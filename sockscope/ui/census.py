"""Who is on record, all panes together: every conversation, how often something came, and who is connected to us."""

import os
from collections.abc import Iterator

from sockscope.engine.engine import Engine
from sockscope.net.endpoint import Endpoint
from sockscope.record.conversation import Conversation


def every(engine: Engine) -> Iterator[Conversation]:
    """Give all conversations that are kept, live and ended ones."""
    yield from list(engine.dialled.values())
    yield from _clients(engine)


def _clients(engine: Engine) -> Iterator[Conversation]:
    for listener in list(engine.listeners.values()):
        yield from list(listener.clients.values())


def arrivals(engine: Engine) -> int:
    """Return how often something was received or a client came so far."""
    dialled, listeners = list(engine.dialled.values()), list(engine.listeners.values())
    return sum(one.flow.calls_in for one in dialled) + sum(one.flow.calls_in + one.accepted for one in listeners)


def connected(engine: Engine) -> int:
    """Return how many clients are connected now."""
    return sum(one.live_clients for one in list(engine.listeners.values()))


def strangers(engine: Engine) -> int:
    """Return how many clients of our listeners are connected and are not our own: whom quitting would disconnect."""
    ours = {conversation.endpoints.local for conversation in list(engine.dialled.values())}
    present = (one for one in _clients(engine) if one.state.live and one.transport.connection_oriented)
    return sum(not _is_ours(client, ours) for client in present)


def _is_ours(client: Conversation, ours: set[Endpoint]) -> bool:
    """Whether we are at both ends."""
    if client.endpoints.credentials:
        return client.endpoints.credentials.pid == os.getpid()
    return client.endpoints.peer in ours
