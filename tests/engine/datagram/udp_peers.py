"""UDP peers, and what an engine opens to them."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sockscope.engine.engine import Engine
from sockscope.net.address import Address
from sockscope.record.conversation import Conversation, State
from sockscope.record.listener import Listener, ListenerState
from sockscope.record.tape_entry import EntryKind
from sockscope.request import Connect, Listen
from tests.conftest import DEADLINE_S, wait_until
from tests.engine.loopback import V4, family_of


@contextmanager
def peer(host: str = V4, port: int = 0) -> Iterator[socket.socket]:
    with socket.socket(family_of(host), socket.SOCK_DGRAM) as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
        made.bind((host, port))
        made.settimeout(DEADLINE_S)
        yield made


def open_udp(engine: Engine, host: str, port: int, **asked: Any) -> Conversation:
    conversation = engine.connect(Connect(Address(host, port, "udp"), **asked))
    wait_until(lambda: conversation.state is not State.CONNECTING, what="opened")
    return conversation


def listen_udp(engine: Engine, host: str = V4, port: int = 0, **asked: Any) -> Listener:
    listener = engine.listen(Listen(Address(host, port, "udp"), **asked))
    wait_until(lambda: listener.state is not ListenerState.OPENING, what="opened")
    return listener


def datagrams(conversation: Conversation, kind: EntryKind = EntryKind.RECEIVED) -> list[bytes | None]:
    tape = conversation.tape
    return [tape.read(one.offset, one.size_bytes) for one in tape.entries(0) if one.kind is kind]


def heard(conversation: Conversation, count: int) -> list[bytes | None]:
    wait_until(lambda: conversation.flow.calls_in >= count, what=f"{count} datagrams heard")
    assert conversation.flow.calls_in == count
    return datagrams(conversation)


def settle(engine: Engine, conversation: Conversation) -> None:
    """Let the engine do what was asked of it before."""
    conversation.options = {}
    engine.read_options(conversation)
    wait_until(lambda: conversation.options)
