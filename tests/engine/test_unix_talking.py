"""UNIX sockets through the engine's verbs: who is at the other end, who holds up whom, and how each direction ends."""

import os
import pwd
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sockscope.engine.engine import Engine
from sockscope.net.address import Address
from sockscope.record.conversation import Conversation, State
from sockscope.record.tape_entry import EntryKind
from sockscope.show.step import peer_of
from tests.conftest import DEADLINE_S, wait_until
from tests.engine.loopback import ECHO, calls, held, on_tape, only_client, read_to_end, refusals, sockets_open
from tests.engine.unix_peers import DATAGRAM, STREAM, both_kinds, listen, opened, peer, raw, stopped
from tests.facts import at

ME = pwd.getpwuid(os.geteuid()).pw_name


@pytest.fixture(params=["path", "abstract"])
def name(request: pytest.FixtureRequest, path: str) -> str:
    """A path, and an abstract name that nobody else has."""
    return path if request.param == "path" else f"@{path}"


@contextmanager
def connected(engine: Engine, path: str) -> Iterator[tuple[Conversation, socket.socket]]:
    """A stream that the engine opened, and the peer's end of it."""
    with peer(path, STREAM) as server:
        ours = opened(engine, path)
        accepted, _ = server.accept()
    with accepted:
        accepted.settimeout(DEADLINE_S)
        yield ours, accepted


# Listening and connecting.


@both_kinds
def test_both_ends_talk_and_know_each_other(engine: Engine, name: str, kind: str) -> None:
    listener = listen(engine, name, kind, **ECHO)
    ours = opened(engine, name, kind)
    assert (ours.state, ours.endpoints.peer) == (State.CONNECTED, at(name))
    engine.send(ours, b"hello")
    wait_until(lambda: ours.flow.bytes_in == 5)
    assert on_tape(ours, EntryKind.RECEIVED) == b"hello"
    client = only_client(listener)
    assert (listener.bound[0].address, client.endpoints.local) == (at(name), at(name))
    if kind == "unixgram":
        assert client.endpoints.peer == ours.endpoints.local
        assert ours.endpoints.local.is_abstract, "the kernel chose a name, so that we can be answered"
    else:
        assert ours.endpoints.credentials
        assert (ours.endpoints.credentials.pid, ours.endpoints.credentials.user) == (os.getpid(), ME)
        assert not client.endpoints.peer
        assert peer_of(client) == str(client.endpoints.credentials) == str(ours.endpoints.credentials)
    assert not listener.reachable_from_outside
    before = sockets_open()
    stopped(engine, listener)
    assert not Path(name).exists()
    assert len(before - sockets_open()) == (2 if kind == "unix" else 1)


def test_another_program_is_named(engine: Engine, name: str, peer_program: Callable[[str], str]) -> None:
    listener = listen(engine, name, **ECHO)
    where = f"ABSTRACT-CONNECT:{name[1:]}" if name.startswith("@") else f"UNIX-CONNECT:{name}"
    with subprocess.Popen(
        [peer_program("socat"), "-", where], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as program:
        out, _ = program.communicate(b"from socat", timeout=DEADLINE_S)
    assert out == b"from socat"
    client = only_client(listener)
    wait_until(lambda: client.state is State.CLOSED_BY_PEER)
    assert client.endpoints.credentials
    assert (client.endpoints.credentials.pid, client.endpoints.credentials.uid) == (program.pid, os.geteuid())
    assert peer_of(client) == f"pid {program.pid} socat, user {ME}"


def test_another_program_receives_and_answers(
    engine: Engine, path: str, tmp_path: Path, peer_program: Callable[[str], str]
) -> None:
    program = subprocess.Popen([peer_program("socat"), f"UNIX-RECVFROM:{path}", "EXEC:cat"])
    try:
        wait_until(lambda: Path(path).exists())
        ours = opened(engine, path, "unixgram", source=Address(str(tmp_path / "mine"), 0, "unixgram"))
        assert ours.endpoints.local == at(str(tmp_path / "mine"))
        engine.send(ours, b"to socat")
        wait_until(lambda: ours.flow.bytes_in == 8)
    finally:
        program.terminate()
        program.wait(DEADLINE_S)


def test_an_unnamed_peer_is_heard_and_cannot_be_answered(engine: Engine, name: str) -> None:
    listener = listen(engine, name, "unixgram", **ECHO)
    with peer() as unnamed:
        unnamed.sendto(b"x", raw(name))
        client = only_client(listener)
        wait_until(lambda: client.facts.said)
    assert (peer_of(client), client.flow.calls_in, client.flow.calls_out) == ("unnamed", 1, 0)
    assert client.facts.said == "not sent: this peer has no name, so it cannot be answered"
    assert [one.error for one in refusals(client)] == ["EDESTADDRREQ"]


def test_an_unconnected_socket_names_strangers_but_not_whom_it_sends_to(engine: Engine, name: str) -> None:
    with peer(name) as friend, peer() as stranger:
        ours = opened(engine, name, "unixgram", connected=False)
        assert ours.state is State.OPEN
        friend.sendto(b"friend", raw(ours.endpoints.local.path))
        wait_until(lambda: ours.flow.calls_in == 1)
        assert calls(ours, "recvfrom") == []
        stranger.sendto(b"stranger", raw(ours.endpoints.local.path))
        wait_until(lambda: ours.flow.calls_in == 2)
        (told,) = calls(ours, "recvfrom")
        assert told.note == "from a socket without a name, which is not whom we send to"


def test_truncation_and_emptiness_are_as_of_any_datagram(engine: Engine, name: str) -> None:
    listener = listen(engine, name, "unixgram", read_bytes=2, **ECHO)
    ours = opened(engine, name, "unixgram")
    for data in (b"", b"abc"):
        engine.send(ours, data)
    wait_until(lambda: ours.flow.calls_in == 2)
    assert on_tape(ours, EntryKind.RECEIVED) == b"ab"
    assert only_client(listener).facts.said == "cut off: the datagram had 3 bytes, 1 of them are lost"


# Peers that do not take what they are sent.


def test_a_peer_that_takes_nothing_holds_up_no_other_and_costs_no_time(engine: Engine, path: str) -> None:
    listener = listen(engine, path, "unixgram")
    with peer(f"{path}.1") as slow, peer(f"{path}.2") as quick:
        for one in (slow, quick):
            one.sendto(b"x", path)
        wait_until(lambda: len(listener.clients) == 2)
        to_slow, to_quick = listener.clients.values()
        for number in range(300):
            engine.send(to_slow, b"%d" % number)
        engine.send(to_quick, b"at once")
        assert quick.recv(100) == b"at once"
        assert to_slow.outgoing.queued_bytes
        assert to_slow.outgoing.blocked_at_ns
        began_s = time.process_time()
        quick.settimeout(0.3)
        with pytest.raises(TimeoutError):
            quick.recv(1)
        assert time.process_time() - began_s < 0.15, "waiting for the slow one keeps the engine busy"
        assert [slow.recv(10) for _ in range(300)] == [b"%d" % number for number in range(300)]
        wait_until(lambda: not to_slow.outgoing.queued_bytes and not to_slow.outgoing.blocked_at_ns)
        assert to_slow.flow.calls_out == 300


def test_what_waits_for_a_peer_that_we_close_is_not_sent_any_more(engine: Engine, path: str) -> None:
    listener = listen(engine, path, "unixgram")
    with peer(f"{path}.1") as slow:
        slow.sendto(b"x", path)
        client = only_client(listener)
        for _ in range(100):
            engine.send(client, b"x")
        engine.close(client)
        wait_until(lambda: not client.state.live)
        taken = client.flow.calls_out
        assert (taken + client.outgoing.unsent_bytes, client.outgoing.unsent_bytes > 0) == (100, True)
        assert slow.recv(1) * taken == b"".join([b"x", *(slow.recv(1) for _ in range(taken - 1))])
        slow.settimeout(0.05)
        with pytest.raises(TimeoutError):
            slow.recv(1)


def test_nothing_overtakes_what_waits(engine: Engine, path: str) -> None:
    with peer(path) as slow:
        ours = opened(engine, path, "unixgram")
        for number in range(30):
            engine.send(ours, b"%d" % number)
        wait_until(lambda: ours.flow.calls_out and ours.outgoing.queued_bytes)
        with held(engine):
            assert slow.recv(10) == b"0"  # there is room, which the engine does not know yet
            engine.send(ours, b"30")
        assert [slow.recv(10) for _ in range(30)] == [b"%d" % number for number in range(1, 31)]


@pytest.mark.engine(queue_bytes=100_000)
def test_what_waits_is_bounded_and_counted_as_unsent(engine: Engine, path: str) -> None:
    with peer(path) as slow:
        ours = opened(engine, path, "unixgram")
        for _ in range(300):
            engine.send(ours, bytes(1000))
        wait_until(lambda: ours.facts.said == "not sent: too much is queued already")
        wait_until(lambda: ours.flow.calls_out + ours.outgoing.queued_bytes // 1000 + len(refusals(ours)) == 300)
        assert ours.outgoing.queued_bytes == 100_000
        dropped = len(refusals(ours))
        for _ in range(300 - dropped):
            slow.recv(1000)
        wait_until(lambda: not ours.outgoing.queued_bytes, what="it goes on when there is room")
        for _ in range(100):
            engine.send(ours, bytes(1000))
        engine.close(ours)
        wait_until(lambda: not ours.state.live)
        assert len(refusals(ours)) == dropped, "there was room again"
        assert 0 < ours.outgoing.unsent_bytes == 1000 * (400 - dropped - ours.flow.calls_out)


@pytest.mark.parametrize("connected", [True, False])
def test_a_file_waits_for_its_peer_and_can_be_cancelled(
    engine: Engine, path: str, tmp_path: Path, connected: bool
) -> None:
    (tmp_path / "file").write_bytes(bytes(1_000_000))
    with peer(path) as slow:
        ours = opened(engine, path, "unixgram", connected=connected)
        engine.send_file(ours, tmp_path / "file")
        wait_until(lambda: ours.outgoing.queued_bytes)
        assert ours.outgoing.transfer
        assert ours.outgoing.transfer.live
        assert ours.outgoing.transfer.sent_bytes == ours.flow.bytes_out < 1_000_000
        engine.send_file(ours, tmp_path / "file")
        wait_until(lambda: ours.facts.said == "not sent: another file is still on its way")
        for _ in range(100):
            assert len(slow.recv(5000)) == 1400
        wait_until(lambda: ours.outgoing.transfer and ours.outgoing.transfer.sent_bytes >= 140_000)
        engine.cancel_file(ours)
        wait_until(lambda: ours.outgoing.transfer and not ours.outgoing.transfer.live)
        assert ours.outgoing.transfer.outcome == "cancelled"
        assert ours.outgoing.transfer.sent_bytes < 1_000_000


def test_a_peer_that_is_gone_is_said_and_no_machine_is_blamed(engine: Engine, path: str) -> None:
    with peer(path):
        ours = opened(engine, path, "unixgram")
        unconnected = opened(engine, path, "unixgram", connected=False)
    for one in (ours, unconnected):
        engine.send(one, b"x")
        wait_until(lambda one=one: one.facts.said)
        assert one.facts.said == "refused: nobody has a socket there"
        assert one.state.live
    engine.send(ours, b"xy")
    wait_until(lambda: "ENOTCONN, 2 bytes" in ours.facts.said)
    Path(path).unlink()
    engine.send(unconnected, b"x")
    wait_until(lambda: "ENOENT" in unconnected.facts.said)


# Streams.


def test_each_direction_ends_for_itself(engine: Engine, path: str) -> None:
    with connected(engine, path) as (ours, other):
        engine.finish_sending(ours)
        assert read_to_end(other) == b""
        other.sendall(b"late")
        wait_until(lambda: ours.flow.bytes_in == 4)
        assert ours.state is State.WE_FINISHED
    wait_until(lambda: ours.state is State.CLOSED_BY_US)
    Path(path).unlink()
    with connected(engine, path) as (ours, other):
        other.shutdown(socket.SHUT_WR)
        wait_until(lambda: ours.state is State.PEER_FINISHED)
        engine.send(ours, b"answer")
        engine.finish_sending(ours)
        assert read_to_end(other) == b"answer"
        wait_until(lambda: ours.state is State.PEER_THEN_US)


def test_a_reset_is_not_claimed_where_there_is_none(engine: Engine, path: str) -> None:
    with connected(engine, path) as (ours, other):
        engine.reset(ours)
        assert read_to_end(other) == b"", "SO_LINGER does nothing here: the peer sees an end of stream"
    wait_until(lambda: not ours.state.live)
    assert ours.state is State.CLOSED_BY_US
    assert [call.note for call in ours.facts.calls() if "reset" in call.note] == []


def test_a_peer_that_closed_did_not_reset(engine: Engine, path: str) -> None:
    with connected(engine, path) as (ours, other):
        other.close()
        wait_until(lambda: ours.state is State.PEER_FINISHED)
        engine.send(ours, b"too late")
        wait_until(lambda: not ours.state.live)
    assert (ours.state, ours.error) == (State.FAILED, "EPIPE")


def test_a_peer_that_left_our_bytes_unread_is_a_reset_as_the_kernel_says(engine: Engine, path: str) -> None:
    with connected(engine, path) as (ours, other):
        engine.send(ours, b"unread")
        assert other.recv(6, socket.MSG_PEEK) == b"unread"
    wait_until(lambda: not ours.state.live)
    assert (ours.state, calls(ours, "recv")[-1].error) == (State.RESET_BY_PEER, "ECONNRESET")


def test_a_full_queue_is_a_failure_and_seen_at_the_listener(engine: Engine, path: str) -> None:
    listener = listen(engine, path, accepting=False, backlog=1)
    first, second, third = (opened(engine, path) for _ in range(3))
    assert (first.state, second.state) == (State.CONNECTED, State.CONNECTED)
    assert (third.state, third.error) == (State.FAILED, "EAGAIN")
    wait_until(lambda: listener.queues == ((2, 1),))
    assert listener.accepted == 0
    engine.policies.set_accepting(listener, accepting=True, one_at_a_time=False)
    wait_until(lambda: listener.accepted == 2)


@pytest.mark.parametrize(("kind", "other"), [("unix", DATAGRAM), ("unixgram", STREAM)])
def test_a_socket_of_the_other_type_is_the_wrong_one(
    engine: Engine, path: str, kind: str, other: socket.SocketKind
) -> None:
    with peer(path, other):
        assert opened(engine, path, kind).error == "EPROTOTYPE"
    Path(path).unlink()
    with peer(f"@{path}", other):  # an abstract name is another one for each type
        assert opened(engine, f"@{path}", kind).error == "ECONNREFUSED"
