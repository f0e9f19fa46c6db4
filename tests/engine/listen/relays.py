"""Relays, and both of their sides."""

import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sockscope.engine.engine import Engine
from sockscope.net.address import Address
from sockscope.record.conversation import Conversation, State
from sockscope.record.listener import Listener, ListenerState
from sockscope.request import Connect, Listen
from tests.conftest import DEADLINE_S, wait_until
from tests.engine.loopback import MIB, V4, client_of, listening, only_client, row_of

DATA = hashlib.shake_128(b"data").digest(MIB)


def relay(engine: Engine, target: Connect, at: Address | None = None, **more: object) -> Listener:
    """A relay that is ready."""
    listener = engine.listen(Listen(at or Address(V4, 0), relay=target, **more))  # type: ignore[arg-type]
    wait_until(lambda: listener.state is not ListenerState.OPENING)
    assert listener.state is ListenerState.LISTENING, listener.reason
    return listener


def to(server: socket.socket, **more: object) -> Connect:
    """How to connect to where a socket is bound."""
    return Connect(Address("test", 1), rows=[row_of(server)], **more)  # type: ignore[arg-type]


@contextmanager
def relayed(engine: Engine, **more: object) -> Iterator[tuple[socket.socket, socket.socket, Conversation]]:
    """A client, the target's end of what was opened for it, and the record."""
    with listening() as server:
        listener = relay(engine, to(server), None, **more)
        with client_of(listener) as client, server.accept()[0] as target:
            target.settimeout(DEADLINE_S)
            conversation = only_client(listener)
            wait_until(lambda: far(conversation).state is State.CONNECTED)
            yield client, target, conversation
    engine.stop_listening(listener)


def far(conversation: Conversation) -> Conversation:
    """The leg that was opened for a client."""
    assert conversation.upstream
    return conversation.upstream


def both_ended(conversation: Conversation) -> Callable[[], bool]:
    """What to wait for until both legs are over."""
    return lambda: not conversation.state.live and not far(conversation).state.live


def pump(source: socket.socket, data: bytes) -> threading.Thread:
    """Send everything and then the end, in a thread of its own."""

    def send() -> None:
        source.sendall(data)
        source.shutdown(socket.SHUT_WR)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


def digest_of_the_rest(peer: socket.socket) -> str:
    """The SHA-1 of what comes until the end."""
    digest, room = hashlib.sha1(), bytearray(MIB)
    while size_bytes := peer.recv_into(room):
        digest.update(memoryview(room)[:size_bytes])
    return digest.hexdigest()
