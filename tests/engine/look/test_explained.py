"""Errors that are provoked for real: what is found out about each, what it is said to mean, and what is advised."""

import ctypes
import json
import os
import pwd
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sockscope.engine.engine import Engine
from sockscope.engine.kernel import sock_diag
from sockscope.engine.settings import Settings
from sockscope.net.address import Address
from sockscope.record.conversation import Conversation, State
from sockscope.record.listener import Listener, ListenerState
from sockscope.report.json_lines import explained_line
from sockscope.request import Connect, Listen
from sockscope.show.explain.explanation import FREE_PORT, GO_TO_HOLDER, OTHER_FAMILY, REMOVE_PATH, Explanation
from sockscope.show.explain.reaching import elsewhere
from sockscope.show.step import told, why, why_troubled
from tests.conftest import wait_until
from tests.engine.loopback import (
    V4,
    V6,
    black_hole,
    bound_only,
    dialled,
    listen,
    listening,
    needs_ipv6,
    port_of,
    row,
    send_reset,
)

USER = pwd.getpwuid(os.geteuid()).pw_name


@contextmanager
def held_by_another(opened: socket.socket) -> Iterator[int]:
    """Have a socket held by another program alone, of which this gives the process."""
    with subprocess.Popen(["sleep", "60"], pass_fds=[opened.fileno()]) as holder:
        opened.close()
        try:
            yield holder.pid
        finally:
            holder.kill()


def not_listening(engine: Engine, target: Address, **asked: object) -> tuple[Listener, Explanation]:
    """A listener that failed, and why."""
    listener = engine.listen(Listen(target, **asked))  # type: ignore[arg-type]
    wait_until(lambda: listener.state is ListenerState.FAILED and not listener.looking)
    return listener, why(listener)


def not_connected(engine: Engine, request: Connect) -> tuple[Conversation, Explanation]:
    """A conversation that failed, and why."""
    conversation = engine.connect(request)
    wait_until(lambda: not conversation.state.live and not conversation.looking)
    assert conversation.state is State.FAILED
    return conversation, why(conversation)


def to(host: str, port: int) -> Connect:
    return Connect(Address(host, port), rows=[row(host, port)])


# Addresses that could not be had.


def test_a_port_that_another_program_has_is_said_with_who_has_it(engine: Engine) -> None:
    taken = socket.create_server((V4, 0))
    port = taken.getsockname()[1]
    with held_by_another(taken) as pid:
        _, explained = not_listening(engine, Address(V4, port))
    assert explained.name == "EADDRINUSE"
    assert f"{V4}:{port} (TCP, listening) is held by sleep (pid {pid}, user {USER})" in explained.meaning
    assert (
        "still to be had at another address, by another protocol (UDP beside TCP), or where both set REUSEPORT"
        in explained.advice
    )
    assert explained.action == FREE_PORT


def test_a_port_that_is_held_at_all_addresses_is_in_the_way_of_each(engine: Engine) -> None:
    taken = socket.create_server(("0.0.0.0", 0))
    port = taken.getsockname()[1]
    with held_by_another(taken):
        _, explained = not_listening(engine, Address(V4, port))
    assert f"0.0.0.0:{port} (TCP, listening), which takes {V4}:{port} too, is held by sleep" in explained.meaning
    assert "still to be had by another protocol" in explained.advice


def test_a_port_of_datagrams_is_looked_for_among_them(engine: Engine) -> None:
    taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    taken.bind((V4, 0))
    port = taken.getsockname()[1]
    with held_by_another(taken) as pid, socket.create_server((V4, port)):
        _, explained = not_listening(engine, Address(V4, port, "udp"))
    assert f"(UDP, bound) is held by sleep (pid {pid}" in explained.meaning


def test_a_port_in_time_wait_has_no_holder_and_an_end(engine: Engine) -> None:
    with listening() as server, socket.create_connection(server.getsockname()) as client:
        accepted, _ = server.accept()
        port = accepted.getsockname()[1]
        accepted.close()  # first: TIME_WAIT is at its end
        assert client.recv(1) == b""
    _, explained = not_listening(engine, Address(V4, port), options=("REUSEADDR=off",))
    assert f"Nobody has a socket at {V4}:{port} any more, but 1 connection from there rests in TIME_WAIT, for " in (
        explained.meaning
    )
    assert explained.action == FREE_PORT
    assert "With REUSEADDR, which was switched off, a listener has it at once" in explained.advice


def test_a_port_of_ours_leads_to_who_has_it(engine: Engine) -> None:
    first = listen(engine)
    _, explained = not_listening(engine, Address(V4, port_of(first)))
    assert explained.meaning == f"This program itself has it: its listener {first.bound[0].address}."
    assert explained.action == GO_TO_HOLDER


def test_an_address_of_another_machine_is_said_beside_our_own(engine: Engine) -> None:
    _, explained = not_listening(engine, Address("192.0.2.55", 0))
    assert explained.name == "EADDRNOTAVAIL"
    assert explained.meaning == "No interface of this machine has the address 192.0.2.55."
    assert f"Use one that it has: {V4} (lo)" in explained.advice


# Addresses that could not be reached.


def test_a_refused_port_is_said_with_who_has_it_elsewhere(engine: Engine) -> None:
    with listening("127.0.0.2") as server:
        port = server.getsockname()[1]
        conversation, explained = not_connected(engine, to(V4, port))
    assert explained.name == "ECONNREFUSED"
    assert explained.meaning.startswith(f"Nobody on this machine listens at {V4}:{port}. The same port is open at ")
    assert f"127.0.0.2:{port}, this program itself" in explained.meaning
    assert "Use the address 127.0.0.2" in explained.advice
    assert (explained.action, elsewhere(conversation)) == ("", "")


@needs_ipv6
def test_a_refused_port_that_is_open_by_the_other_family_leads_there(engine: Engine) -> None:
    with listening(V6) as server:
        port = server.getsockname()[1]
        conversation, explained = not_connected(engine, to(V4, port))
    assert f"The same port is open at [{V6}]:{port}" in explained.meaning
    assert (explained.action, elsewhere(conversation)) == (OTHER_FAMILY, V6)


def test_a_refused_port_is_said_with_those_near_it(engine: Engine) -> None:
    with listening() as server:
        port = server.getsockname()[1]
        tried = next(one for one in range(port + 1, port + 9) if _refuses(one))
        _, explained = not_connected(engine, to(V4, tried))
    assert "Near it there are" in explained.meaning
    assert f"{V4}:{port}, this program itself" in explained.meaning


def test_a_port_that_is_bound_alone_has_somebody_who_does_not_listen(engine: Engine) -> None:
    with bound_only() as taken:
        port = taken.getsockname()[1]
        if not any(one.local.port == port for one in sock_diag.sockets(socket.IPPROTO_TCP)):
            pytest.skip("this kernel does not tell of sockets that are bound alone")
        _, explained = not_connected(engine, to(V4, port))
    assert explained.meaning == f"{V4}:{port} is bound (this program itself), and nobody listens there."


def _refuses(port: int) -> bool:
    with socket.socket() as trying:
        return trying.connect_ex((V4, port)) != 0


def test_a_full_queue_is_told_from_a_silent_network(engine: Engine) -> None:
    impatient = Engine(Settings(connect_timeout_s=0.2))
    impatient.start()
    try:
        with black_hole() as server:
            port = server.getsockname()[1]
            _, explained = not_connected(impatient, to(V4, port))
    finally:
        impatient.stop()
    assert (explained.name, explained.word) == ("timeout", "queue full")
    assert f"The queue of {V4}:{port} is full (1 client waits, and a backlog of 0 lets one more" in explained.meaning
    assert "this program itself accepts nobody" in explained.meaning


# UNIX sockets.


def unix(path: Path, kind: str = "unix") -> Connect:
    return Connect(Address(str(path), 0, kind))


def test_of_a_path_it_is_said_which_part_is_missing(engine: Engine, tmp_path: Path) -> None:
    assert not_connected(engine, unix(tmp_path / "s"))[1].meaning == (
        f"Nothing is at {tmp_path / 's'}, though its folder exists."
    )
    assert not_connected(engine, unix(tmp_path / "a" / "b" / "s"))[1].meaning == (
        f"The folder {tmp_path / 'a'} does not exist."
    )
    (tmp_path / "f").touch()
    _, explained = not_connected(engine, unix(tmp_path / "f" / "s"))
    assert (explained.name, explained.meaning) == (
        "ENOTDIR",
        f"{tmp_path / 'f'}, a part of the path, is a file and no folder.",
    )


def test_a_path_that_was_left_behind_is_told_from_one_that_is_not_ready(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        assert "does not listen" in not_connected(engine, unix(path))[1].meaning
    assert not_connected(engine, unix(path))[1].meaning == (
        f"Nobody has a socket at {path} any more: the path is left over (its owner is {USER})."
    )
    _, explained = not_listening(engine, Address(str(path), 0, "unix"))
    assert explained.action == REMOVE_PATH


def test_the_other_type_is_said_with_who_has_it(engine: Engine, tmp_path: Path) -> None:
    server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    server.bind(str(tmp_path / "s"))
    with held_by_another(server) as pid:
        _, explained = not_connected(engine, unix(tmp_path / "s"))
    assert explained.name == "EPROTOTYPE"
    assert f"Ours is a UNIX stream socket, and the one at {tmp_path / 's'} of sleep (pid {pid}" in explained.meaning


def test_a_full_queue_of_a_path_has_an_owner(engine: Engine, tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as waiting:
        server.bind(path)
        server.listen(0)
        waiting.connect(path)
        _, explained = not_connected(engine, unix(Path(path)))
    assert (explained.name, explained.word) == ("EAGAIN", "queue full")
    assert f"(pid {os.getpid()}, user {USER}) accepts nobody" in explained.meaning


# Streams that were there.


def ended(conversation: Conversation) -> Explanation:
    wait_until(lambda: not conversation.state.live and not conversation.looking)
    assert conversation.state is State.RESET_BY_PEER
    return why(conversation)


def test_a_reset_behind_what_we_sent_has_its_usual_cause(engine: Engine) -> None:
    with dialled(engine) as (conversation, peer):
        engine.send(conversation, b"unread")
        wait_until(lambda: len(peer.recv(16, socket.MSG_PEEK)) == 6)
        peer.close()
        explained = ended(conversation)
    assert explained.name == "ECONNRESET"
    assert " after we sent, usually as it closed with bytes of ours unread; of 6 bytes" in explained.meaning


def test_a_reset_before_anything_was_said_is_another_thing(engine: Engine) -> None:
    with dialled(engine) as (conversation, peer):
        send_reset(peer)
        explained = ended(conversation)
    assert "after it was made, before anything was said" in explained.meaning
    assert told(conversation).startswith("ECONNRESET: The peer reset the connection")


def test_a_reset_out_of_the_blue_is_not_blamed_on_what_we_sent(engine: Engine) -> None:
    with dialled(engine) as (conversation, peer):
        peer.sendall(b"hello")
        wait_until(lambda: conversation.flow.bytes_in == 5)
        send_reset(peer)
        assert "not for anything that we had just sent" in ended(conversation).meaning


# Datagrams that could not be sent, after which it goes on.


@contextmanager
def udp(engine: Engine, port: int) -> Iterator[Conversation]:
    conversation = engine.connect(Connect(Address(V4, port, "udp")))
    wait_until(lambda: conversation.state is State.CONNECTED)
    yield conversation


def troubled(conversation: Conversation) -> Explanation:
    wait_until(lambda: why_troubled(conversation) and not conversation.looking)
    explained = why_troubled(conversation)
    assert explained
    return explained


def test_a_datagram_that_is_too_large_says_how_large_one_may_be(engine: Engine) -> None:
    with bound_only() as taken, udp(engine, taken.getsockname()[1]) as conversation:
        engine.send(conversation, b"x" * 65508)
        explained = troubled(conversation)
        wait_until(lambda: "carries 65,507 bytes" in troubled(conversation).meaning)
        assert explained.name == "EMSGSIZE"
        assert troubled(conversation).meaning.startswith("It had 65,508 bytes. A UDP datagram to there carries 65,507")
        assert "send it in pieces" in explained.advice
        assert conversation.state.live


def test_a_refused_datagram_is_said_with_who_is_near_until_one_comes(engine: Engine) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.2", 0))
        port = server.getsockname()[1]
        with udp(engine, port) as conversation:
            engine.send(conversation, b"x")
            wait_until(lambda: f"open at 127.0.0.2:{port}" in troubled(conversation).meaning)
            assert troubled(conversation).name == "ECONNREFUSED"
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as late:
                late.bind((V4, port))
                late.sendto(b"y", ("127.0.0.1", conversation.endpoints.local.port))
                wait_until(lambda: why_troubled(conversation) is None)


def test_a_peer_that_was_undone_is_no_destination(engine: Engine) -> None:
    with bound_only() as taken, udp(engine, taken.getsockname()[1]) as conversation:
        _disconnect(conversation.fd)
        engine.send(conversation, b"four")
        explained = troubled(conversation)
        told = json.loads(explained_line(conversation))
    assert (explained.name, told["errno"]) == ("EDESTADDRREQ", "EDESTADDRREQ")
    assert explained.meaning == told["meaning"]
    assert told["meaning"] == (
        "We called send with 4 bytes and no address, and the socket has no peer: its connection to "
        f"{conversation.endpoints.peer} was undone."
    )
    assert told["advice"] == "Nothing was sent: connect again, which names the peer anew."


def _disconnect(fd: int) -> None:
    """Undo a connect (connect(2), AF_UNSPEC), which Python has no call for."""
    assert ctypes.CDLL(None).connect(fd, bytes(16), 16) == 0


# Streams that our own system ended.


def test_a_connection_that_our_system_ended_is_not_blamed_on_the_peer(
    engine: Engine, peer_program: Callable[[str], str]
) -> None:
    ss = peer_program("ss")
    with dialled(engine) as (conversation, _):
        local, to = conversation.endpoints.local, conversation.endpoints.peer
        exactly = ["src", str(local), "dst", str(to)]  # nobody else's
        done = subprocess.run([ss, "-K", "-t", *exactly], capture_output=True, check=False)
        if done.returncode or str(local).encode() not in done.stdout:
            pytest.skip("this kernel or this user ends no sockets")
        wait_until(lambda: not conversation.state.live and not conversation.looking)
        told = json.loads(explained_line(conversation))
    assert (conversation.error, told["errno"]) == ("ECONNABORTED", "ECONNABORTED")
    whom = f"ended the connection to {conversation.endpoints.peer} after"
    assert told["meaning"].startswith(f"Our own system, not the peer, {whom}")
    assert told["advice"].startswith("Connect again") and why(conversation).meaning == told["meaning"]
