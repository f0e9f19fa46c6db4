"""UNIX peers, and what an engine opens to them."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sockscope.engine.engine import Engine
from sockscope.net.address import Address
from sockscope.record.conversation import Conversation, State
from sockscope.record.listener import Listener, ListenerState
from sockscope.request import Connect, Listen
from tests.conftest import DEADLINE_S, wait_until

STREAM, DATAGRAM = socket.SOCK_STREAM, socket.SOCK_DGRAM
both_kinds = pytest.mark.parametrize("kind", ["unix", "unixgram"])


def raw(name: str) -> str:
    return "\0" + name[1:] if name.startswith("@") else name


@contextmanager
def peer(name: str = "", type: socket.SocketKind = DATAGRAM, backlog: int = 16) -> Iterator[socket.socket]:
    """A socket of another one, with a name where one is given, listening where it is a stream."""
    with socket.socket(socket.AF_UNIX, type) as made:
        made.settimeout(DEADLINE_S)
        if name:
            made.bind(raw(name))
            if type is STREAM:
                made.listen(backlog)
        yield made


def opened(engine: Engine, name: str, kind: str = "unix", **asked: Any) -> Conversation:
    conversation = engine.connect(Connect(Address(name, 0, kind), **asked))
    wait_until(lambda: conversation.state is not State.CONNECTING, what="opened")
    return conversation


def listen(engine: Engine, name: str, kind: str = "unix", **asked: Any) -> Listener:
    listener = engine.listen(Listen(Address(name, 0, kind), **asked))
    wait_until(lambda: listener.state is not ListenerState.OPENING, what="opened")
    return listener


def stopped(engine: Engine, listener: Listener) -> None:
    engine.stop_listening(listener)
    wait_until(lambda: not listener.state.live)
