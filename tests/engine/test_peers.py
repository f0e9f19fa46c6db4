"""Who is at the other end: the process that holds the peer's socket, found by the endpoints, once, for the chosen."""

import os
import socket
import subprocess
import sys

import pytest

from sockscope.engine import peers
from sockscope.engine.engine import Engine
from sockscope.engine.kernel import sock_diag
from sockscope.engine.kernel.sock_diag import find
from sockscope.net.address import Address
from sockscope.net.endpoint import endpoint
from sockscope.record.conversation import Conversation
from sockscope.record.process import Holders
from sockscope.request import Connect
from tests.conftest import wait_until
from tests.engine.datagram.udp_peers import listen_udp, open_udp
from tests.engine.loopback import both_families, connected_pair, dialled, listen, only_client, port_of, sockaddr_of

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
_CLIENT = "import socket, sys; one = socket.create_connection(('127.0.0.1', int(sys.argv[1]))); input()"


def found(engine: Engine, conversation: Conversation) -> Holders:
    engine.find_peer(conversation)
    wait_until(lambda: conversation.endpoints.peer_process is not None)
    assert conversation.endpoints.peer_process
    return conversation.endpoints.peer_process


@linux
@both_families
def test_the_socket_with_these_ends_is_found_and_no_listener_in_its_place(engine: Engine, host: str) -> None:
    with dialled(engine, host) as (conversation, peer):
        local, theirs = conversation.endpoints.local, conversation.endpoints.peer
        told = find(socket.IPPROTO_TCP, theirs, local)
        assert told and told.inode == os.fstat(peer.fileno()).st_ino
    with connected_pair() as (one, _other):
        at = endpoint(one.getpeername())
        assert find(socket.IPPROTO_TCP, at, endpoint((at.host, 1))) is None


@linux
def test_the_process_of_a_client_is_told_with_its_command_line(engine: Engine) -> None:
    listener = listen(engine)
    command = [sys.executable, "-c", _CLIENT, str(port_of(listener))]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as client:
        (process,) = found(engine, only_client(listener)).processes
        client.communicate(b"\n")
    assert (process.pid, process.command[1:]) == (client.pid, tuple(command[1:]))


@linux
def test_of_datagrams_it_is_who_gets_them(engine: Engine) -> None:
    opened = open_udp(engine, "127.0.0.1", port_of(listen_udp(engine)))
    wait_until(lambda: opened.endpoints.local)
    assert [one.pid for one in found(engine, opened).processes] == [os.getpid()]


@linux
def test_what_nobody_accepted_yet_is_asked_again(engine: Engine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        conversation = engine.connect(Connect(Address(*server.getsockname())))
        wait_until(lambda: conversation.connected_at_ns)
        engine.find_peer(conversation)
        peer, _ = server.accept()
        with peer:
            wait_until(lambda: engine.find_peer(conversation) or conversation.endpoints.peer_process)
            assert conversation.endpoints.peer_process
            assert [one.pid for one in conversation.endpoints.peer_process.processes] == [os.getpid()]


def test_where_the_system_does_not_tell_nobody_is_claimed(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(sock_diag, "find", refuse)
    with dialled(engine) as (conversation, _peer):
        assert found(engine, conversation) == Holders()


def test_only_the_latest_that_was_asked_for_waits(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[object] = []

    def holders(_protocol: int, _local: object, peer: object) -> Holders:
        looked.append(peer)
        return Holders()

    monkeypatch.setattr(peers, "_holders", holders)
    listener = listen(engine)
    with (
        socket.create_connection(sockaddr_of(listener.bound[0])),
        socket.create_connection(sockaddr_of(listener.bound[0])),
    ):
        wait_until(lambda: len(listener.clients) == 2)
        first, last = listener.clients.values()

        def all_at_once() -> None:
            for conversation in [first] + [last, first] * 500 + [last]:
                engine._peers.find(conversation)

        engine.soon(all_at_once)
        wait_until(lambda: last.endpoints.peer_process == Holders())
    assert looked == [first.endpoints.peer, last.endpoints.peer]
