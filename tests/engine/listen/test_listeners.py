"""Listeners as a person switches them: what each kind answers, who waits in the kernel, who is seen off."""

import os
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from sockscope.engine.engine import Engine
from sockscope.engine.listen.responders.http import BODY
from sockscope.engine.listen.responders.responder import make
from sockscope.engine.settings import QUEUE_BYTES, Settings
from sockscope.net.address import Address, parse
from sockscope.net.endpoint import endpoint
from sockscope.record.conversation import Conversation, State
from sockscope.record.listener import Listener, ListenerState
from sockscope.record.tape_entry import EntryKind
from sockscope.request import Connect, Listen
from sockscope.request.answers import Answers
from sockscope.request.tls import ClientTls
from tests.conftest import DEADLINE_S, wait_until
from tests.engine.listen.test_accept import Descriptors
from tests.engine.loopback import (
    ECHO,
    MIB,
    V4,
    all_calls,
    calls,
    client_of,
    needs_ipv6,
    on_tape,
    only_client,
    port_of,
    read_exactly,
    read_to_end,
    refusals,
    run_apart,
    sockaddr_of,
    sockets_open,
    wait_until_given_back,
)


@pytest.fixture
def engine() -> Iterator[Engine]:
    """An engine that looks after its listeners often."""
    running = Engine(Settings(sample_s=0.02))
    running.start()
    yield running
    running.stop()
    assert running.fault == ""


def opened(engine: Engine, text: str = f"{V4}:0", **more: object) -> Listener:
    listener = engine.listen(Listen(parse(text, host_required=False), **more))  # type: ignore[arg-type]
    wait_until(lambda: listener.state is not ListenerState.OPENING)
    assert listener.state is ListenerState.LISTENING, (listener.error, listener.reason)
    return listener


def test_so_many_clients_are_taken_in_all_and_the_next_one_waits(engine: Engine) -> None:
    listener = opened(engine, **ECHO)
    engine.policies.take_at_most(listener, 1)
    wait_until(lambda: listener.policy.most == 1)
    with client_of(listener) as first, client_of(listener) as second:
        second.sendall(b"to nobody")
        first.sendall(b"to us")
        assert read_exactly(first, 5) == b"to us"
        first.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        first.close()
        wait_until(lambda: not listener.live_clients)
        assert (listener.accepted, len(listener.clients)) == (1, 1)


def test_of_datagrams_the_first_peer_goes_on_being_heard_and_others_are_dropped_and_noted(engine: Engine) -> None:
    listener = opened(engine, f"udp://{V4}:0")
    engine.policies.take_at_most(listener, 1)
    wait_until(lambda: listener.policy.most == 1)
    with socket.socket(type=socket.SOCK_DGRAM) as first, socket.socket(type=socket.SOCK_DGRAM) as second:
        for peer in (first, second):
            peer.connect((V4, port_of(listener)))
        first.send(b"one")
        wait_until(lambda: listener.accepted == 1)
        second.send(b"another")
        first.send(b"two")
        wait_until(lambda: listener.flow.calls_in == 2)
        assert listener.accepted == 1 and listener.flow.bytes_in == 6
        (dropped,) = [call for call in listener.facts.calls() if call.note == "dropped: not our peer"]
        assert dropped.returned == (7, endpoint(second.getsockname()))


@contextmanager
def clients_of(listener: Listener, count: int) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        yield [stack.enter_context(client_of(listener)) for _ in range(count)]


def all_clients(listener: Listener) -> list[Conversation]:
    return list(listener.clients.values())


def refuses(listener: Listener) -> bool:
    """Whether the kernel lets nobody in any more: it drops the SYN (listen(2), backlog)."""
    with socket.socket() as client:
        client.settimeout(0.1)
        try:
            client.connect(sockaddr_of(listener.bound[0]))
        except TimeoutError:
            return True
    return False


# Kinds.


def test_listeners_of_every_kind_work_side_by_side(engine: Engine, tmp_path: Path) -> None:
    before = sockets_open()
    kinds = ["tcp", "tls", "udp", f"unix:{tmp_path}/s", f"unix:@sockscope{os.getpid()}", f"unixgram:{tmp_path}/d"]
    texts = [kind if ":" in kind else f"{kind}://{V4}:0" for kind in kinds]
    listeners = [opened(engine, text, **ECHO) for text in texts]
    for text, listener in zip(texts, listeners, strict=True):
        target = parse(text)
        if not target.kind.startswith("unix"):
            target = Address(V4, port_of(listener), target.kind)
        tls = ClientTls(verify=False) if target.kind == "tls" else None
        conversation = engine.connect(Connect(target, tls=tls))
        wait_until(lambda it=conversation: it.state.can_send)
        engine.send(conversation, text.encode())
        wait_until(lambda it=conversation: it.flow.calls_in, what=text)
        assert on_tape(conversation, EntryKind.RECEIVED) == text.encode()
        assert only_client(listener).flow.bytes_out == len(text)
        engine.close(conversation)
    for listener in listeners:
        engine.stop_listening(listener)
    wait_until_given_back(before)
    assert not list(tmp_path.iterdir()), "and every path"


@needs_ipv6
def test_a_dual_stack_listener_shows_ipv4_peers_plainly(engine: Engine) -> None:
    listener = opened(engine, "*:0", family="dual")
    assert len(listener.bound) == 1
    with socket.create_connection((V4, listener.bound[0].port), timeout=DEADLINE_S) as client:
        conversation = only_client(listener)
        assert str(conversation.endpoints.peer) == f"{V4}:{client.getsockname()[1]} (::ffff:)"
        assert str(conversation.endpoints.local) == f"{V4}:{listener.bound[0].port} (::ffff:)"
    with socket.create_connection(("::1", listener.bound[0].port), timeout=DEADLINE_S):
        wait_until(lambda: listener.accepted == 2)
        assert all_clients(listener)[1].endpoints.peer.host == "::1"


# Who waits in the kernel.


@pytest.mark.parametrize("where", ["tcp", "unix"])
def test_with_accepting_off_clients_wait_in_the_kernel_until_it_is_on(
    engine: Engine, tmp_path: Path, where: str
) -> None:
    text = f"{V4}:0" if where == "tcp" else f"unix:{tmp_path}/s"
    listener = opened(engine, text, accepting=False, backlog=50, **ECHO)
    limit = 50
    with ExitStack() as stack:
        for count in range(1, 6):
            client = stack.enter_context(socket.socket(socket.AF_INET if where == "tcp" else socket.AF_UNIX))
            client.settimeout(DEADLINE_S)
            client.connect(sockaddr_of(listener.bound[0]) if where == "tcp" else f"{tmp_path}/s")
            wait_until(lambda n=count: listener.queues == ((n, limit),), what=f"{count} wait")
        client.sendall(b"early")
        assert (listener.accepted, listener.clients) == (0, {})
        engine.policies.set_accepting(listener, accepting=True, one_at_a_time=False)
        wait_until(lambda: listener.live_clients == 5 and listener.queues == ((0, limit),))
        assert read_exactly(client, 5) == b"early"
        engine.policies.set_accepting(listener, accepting=False, one_at_a_time=False)
        client.sendall(b"still")
        assert read_exactly(client, 5) == b"still", "those who are there stay"


def test_a_backlog_lets_in_one_more_than_its_number(engine: Engine) -> None:
    listener = opened(engine, accepting=False, backlog=2)
    with clients_of(listener, 3):
        wait_until(lambda: listener.queues == ((3, 2),))
        assert refuses(listener)
        engine.policies.set_accepting(listener, accepting=True, one_at_a_time=False)
        wait_until(lambda: listener.live_clients == 3)
        assert not refuses(listener)


def test_one_at_a_time_the_next_waits_until_the_last_has_ended(engine: Engine) -> None:
    listener = opened(engine, one_at_a_time=True, **ECHO)
    with clients_of(listener, 3) as (first, second, third):
        for count, client in enumerate((first, second, third)):
            wait_until(lambda n=2 - count: listener.queues and listener.queues[0][0] == n)
            assert (listener.accepted, listener.live_clients) == (count + 1, 1)
            client.sendall(b"mine")
            assert read_exactly(client, 4) == b"mine"
            if client is not third:
                client.close()
    wait_until(lambda: not listener.live_clients)


def test_one_at_a_time_can_be_switched_while_clients_wait(engine: Engine) -> None:
    listener = opened(engine, one_at_a_time=True)
    with clients_of(listener, 4):
        wait_until(lambda: listener.queues and listener.queues[0][0] == 3)
        began_s, ends = time.process_time(), time.monotonic() + 0.1
        wait_until(lambda: time.monotonic() > ends)
        assert time.process_time() - began_s < 0.06, "whoever waits costs nothing"
        engine.policies.set_accepting(listener, accepting=True, one_at_a_time=False)
        wait_until(lambda: listener.live_clients == 4)


def test_while_accepting_is_off_datagrams_wait_too(engine: Engine) -> None:
    listener = opened(engine, f"udp://{V4}:0", accepting=False, **ECHO)
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.settimeout(DEADLINE_S)
        client.connect((V4, port_of(listener)))
        client.send(b"early")
        client.settimeout(0.05)
        with pytest.raises(TimeoutError):
            client.recv(10)
        client.settimeout(DEADLINE_S)
        engine.policies.set_accepting(listener, accepting=True, one_at_a_time=False)
        assert client.recv(10) == b"early"


def test_two_listeners_share_a_port_with_reuseport(engine: Engine) -> None:
    first = opened(engine, options=("REUSEPORT=on",))
    second = opened(engine, f"{V4}:{port_of(first)}", options=("REUSEPORT=on",))
    with clients_of(first, 40):
        wait_until(lambda: first.live_clients + second.live_clients == 40)
        assert first.live_clients and second.live_clients, "the kernel spreads them"
    third = engine.listen(Listen(Address(V4, port_of(first))))
    wait_until(lambda: not third.state.live)
    assert third.error == "EADDRINUSE"


# Options.


def test_options_are_set_before_bind_and_every_client_inherits_them(engine: Engine) -> None:
    options = ("NODELAY=on", "KEEPALIVE=on", "SNDBUF=50000")
    listener = opened(engine, options=options)
    names = [call.name for call in all_calls(listener.facts)]
    said = [call.arguments for call in calls(listener, "setsockopt")]
    assert said[-3:] == [("TCP_NODELAY", 1), ("SO_KEEPALIVE", 1), ("SO_SNDBUF", 50000)]
    assert max(place for place, name in enumerate(names) if name == "setsockopt") < names.index("bind")
    plain = opened(engine)
    for it, expected in ((listener, ("on", "on", "100000")), (plain, ("off", "off", None))):
        with client_of(it):
            conversation = only_client(it)
            engine.read_options(conversation)
            wait_until(lambda it=conversation: it.options)
            found = conversation.options
            assert (found["NODELAY"], found["KEEPALIVE"]) == expected[:2]
            assert (found["SNDBUF"] == "100000") == (expected[2] is not None)


# Answers.


def curl(program: str, listener: Listener, *more: str, scheme: str = "http") -> bytes:
    url = f"{scheme}://{V4}:{port_of(listener)}/path?x=1"
    ran = subprocess.run([program, "-sS", "--max-time", "10", *more, url], capture_output=True, check=False)
    assert not ran.returncode, ran.stderr
    return ran.stdout


def test_curl_gets_what_the_http_and_canned_responders_say(engine: Engine, peer_program: Callable[[str], str]) -> None:
    program = peer_program("curl")
    listener = opened(engine, answers=Answers("http"))
    assert curl(program, listener) == curl(program, listener, "-d", "hello=world") == BODY
    reply = b"HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\ncanned"
    canned = opened(engine, answers=Answers("canned", (reply,), "expression", rb"\r\n\r\n"))
    assert curl(program, canned) == b"canned"
    secure = opened(engine, f"tls://{V4}:0", answers=Answers("http"))
    assert curl(program, secure, "--insecure", scheme="https") == BODY


def test_a_file_and_the_time_are_served_and_then_finished(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content" * MIB)
    served = opened(engine, answers=Answers("file", file=path))
    with client_of(served) as client:
        assert read_to_end(client) == b"content" * MIB
        conversation = only_client(served)
        wait_until(lambda: conversation.state is State.WE_FINISHED)
        assert conversation.outgoing.transfer is not None
        assert (conversation.outgoing.transfer.outcome, conversation.outgoing.transfer.sent_bytes) == ("sent", 7 * MIB)
    timed = opened(engine)
    engine.policies.set_responder(timed, make("time", clock=lambda: 0.0))
    with client_of(timed) as client:
        assert read_to_end(client) == (2_208_988_800).to_bytes(4, "big")


def test_a_file_that_is_gone_when_a_client_comes_is_said_and_our_side_finishes(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    listener = opened(engine, answers=Answers("file", file=path))
    path.unlink()
    with client_of(listener) as client:
        assert read_to_end(client) == b""
        (call,) = refusals(only_client(listener))
        assert call.error == "ENOENT"


def test_answers_can_be_changed_while_clients_are_there(engine: Engine) -> None:
    listener = opened(engine)
    with client_of(listener) as client:
        client.sendall(b"unanswered")
        wait_until(lambda: only_client(listener).flow.bytes_in == 10)
        engine.policies.set_answers(listener, Answers("echo"), keep_half_open=True)
        wait_until(lambda: listener.policy.answers.kind == "echo")
        client.sendall(b"echo!")
        assert read_exactly(client, 5) == b"echo!"
        engine.policies.set_answers(listener, Answers("canned", (b"canned",), "text", b"x"), keep_half_open=True)
        wait_until(lambda: listener.policy.answers.kind == "canned")
        client.sendall(b"x")
        assert read_exactly(client, 6) == b"canned"
        client.shutdown(socket.SHUT_WR)
        wait_until(lambda: only_client(listener).state is State.PEER_FINISHED)
        engine.finish_sending(only_client(listener))
        assert read_to_end(client) == b""


def test_a_client_that_does_not_take_its_answers_is_not_read_and_loses_none(engine: Engine) -> None:
    listener = opened(engine, **ECHO)
    with client_of(listener) as client:
        data = bytes(range(256)) * 4 * 1024 * 40  # more than the queue holds
        sender = threading.Thread(target=client.sendall, args=(data,))
        sender.start()
        conversation = only_client(listener)
        wait_until(lambda: conversation.outgoing.queued_bytes > QUEUE_BYTES // 2)
        assert read_exactly(client, len(data), MIB) == data
        sender.join()
        assert refusals(conversation) == []


# Who is seen off.


@pytest.mark.parametrize("kind", ["tcp", "udp"])
def test_silent_clients_are_closed_and_said_to_be_and_busy_ones_stay(engine: Engine, kind: str) -> None:
    listener = opened(engine, f"{kind}://{V4}:0", idle_s=0.3, **ECHO)
    with ExitStack() as stack:
        type_ = socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM
        silent, busy = (stack.enter_context(socket.socket(type=type_)) for _ in range(2))
        for client in (silent, busy):
            client.settimeout(DEADLINE_S)
            client.connect((V4, port_of(listener)))
            client.sendall(b"hello")
            assert client.recv(5) == b"hello"
        gone, stays = all_clients(listener)
        ends = time.monotonic() + 0.6
        while time.monotonic() < ends or gone.state.live:
            busy.sendall(b"busy")
            assert busy.recv(4) == b"busy"
        assert (gone.state, gone.facts.said) == (State.CLOSED_BY_US, "closed: silent for 0.3 s")
        assert 0.3e9 <= gone.ended_at_ns - gone.last_active_ns < 0.5e9
        assert stays.state.live and not stays.facts.said
        assert listener.live_clients == 1


def switch_off_while_out_of_descriptors() -> None:
    engine = Engine()
    engine.start()
    listener = opened(engine, **ECHO)
    with socket.socket() as client:
        descriptors = Descriptors()
        client.settimeout(10)
        client.connect(sockaddr_of(listener.bound[0]))
        wait_until(lambda: listener.state is ListenerState.PAUSED)
        engine.policies.set_accepting(listener, accepting=False, one_at_a_time=False)
        wait_until(lambda: listener.state is ListenerState.LISTENING, what="nothing is tried any more")
        assert listener.error == ""
        engine.policies.set_accepting(listener, accepting=True, one_at_a_time=False)
        wait_until(lambda: listener.state is ListenerState.PAUSED)
        descriptors.give_back_all()
        client.sendall(b"echo")
        assert read_exactly(client, 4) == b"echo"
        wait_until(lambda: listener.state is ListenerState.LISTENING)
    engine.stop()
    assert engine.fault == ""


def test_out_of_descriptors_accepting_pauses_and_switching_it_off_ends_the_pause() -> None:
    run_apart(switch_off_while_out_of_descriptors)
