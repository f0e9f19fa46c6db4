"""The other end: plain blocking sockets on loopback, so that a test says exactly what the peer does."""

import itertools
import os
import random
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import pytest

from sockscope.engine.context import Context
from sockscope.engine.engine import Engine
from sockscope.net.address import Address
from sockscope.net.clock import now_ns
from sockscope.net.row import Row
from sockscope.record.conversation import Conversation, State
from sockscope.record.fact import Call, Facts, Refusal
from sockscope.record.flow import Flow, Meter
from sockscope.record.listener import Bound, Listener, ListenerState
from sockscope.record.tape import Tape
from sockscope.record.tape_entry import EntryKind
from sockscope.record.tape_memory import TapeMemory
from sockscope.request import Connect, Listen
from sockscope.request.answers import Answers
from tests.conftest import DEADLINE_S, wait_until

MIB = 1024 * 1024
DATA = random.Random(1).randbytes(4 * MIB)
"""Bytes to send, of which no part looks like another."""
V4, V6 = "127.0.0.1", "::1"
SMALL_BUFFER = 64 * 1024
STALLED_NS = 100_000_000
Trace = Callable[[FrameType, str, object], "Trace | None"]
"""What Python calls before each line."""
ECHO: dict[str, Any] = {"answers": Answers("echo")}
"""What a plan says of a listener that sends everything back."""


def _ipv6_works() -> bool:
    with socket.socket(socket.AF_INET6) as probe, suppress(OSError):
        probe.bind((V6, 0))
        return True
    return False


needs_ipv6 = pytest.mark.skipif(not _ipv6_works(), reason="::1 cannot be bound on this machine")
both_families = pytest.mark.parametrize("host", [V4, pytest.param(V6, marks=needs_ipv6)])


def family_of(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def row(host: str, port: int) -> Row:
    """A row as getaddrinfo would give it."""
    sockaddr = (host, port, 0, 0) if ":" in host else (host, port)
    return Row(family_of(host), socket.SOCK_STREAM, socket.IPPROTO_TCP, "", sockaddr)


def row_of(bound: socket.socket) -> Row:
    return row(*bound.getsockname()[:2])


def target_of(bound: socket.socket, kind: str) -> Address:
    """Where a socket is bound, to connect to as that kind."""
    host, port = bound.getsockname()[:2]
    return Address(host, port, kind)


@contextmanager
def bound_only(host: str = V4, port: int = 0) -> Iterator[socket.socket]:
    """A port that is taken and refuses: bound, not listening."""
    with socket.socket(family_of(host)) as taken:
        taken.bind((host, port))
        yield taken


@contextmanager
def listening(host: str = V4, backlog: int = 16, port: int = 0) -> Iterator[socket.socket]:
    with bound_only(host, port) as server:
        server.listen(backlog)
        server.settimeout(DEADLINE_S)
        yield server


@contextmanager
def connected_pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Both ends of a connection, without an engine."""
    with listening() as server, socket.create_connection(server.getsockname(), timeout=DEADLINE_S) as one:
        other, _ = server.accept()
        with other:
            other.settimeout(DEADLINE_S)
            yield one, other


@contextmanager
def black_hole() -> Iterator[socket.socket]:
    """A listener whose queue is full: it drops every further SYN, so that a connect hangs (listen(2), backlog)."""
    with listening(backlog=0) as server, ExitStack() as stack:
        for _ in range(8):
            waiting = stack.enter_context(socket.socket())
            waiting.settimeout(0.1)
            try:
                waiting.connect(server.getsockname())
            except TimeoutError:
                waiting.close()  # it would take the first free place
                break
        else:
            pytest.fail("the queue of a listener with backlog 0 did not fill")
        yield server


@contextmanager
def dialled(
    engine: Engine, host: str = V4, *, small_buffer: bool = False
) -> Iterator[tuple[Conversation, socket.socket]]:
    """A conversation that the engine dialled, and the peer's end of it; with a small buffer a send is often partial."""
    with listening(host) as server:
        conversation = engine.connect(Connect(Address(*server.getsockname()[:2]), rows=[row_of(server)]))
        peer, _ = server.accept()
    with peer:
        peer.settimeout(DEADLINE_S)
        wait_until(lambda: conversation.state is State.CONNECTED, what="connected")
        if small_buffer:
            set_option(conversation, socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL_BUFFER)
        yield conversation, peer


def set_option(conversation: Conversation, level: int, option: int, value: int | bytes) -> None:
    """Set an option of the engine's own socket, through a copy of its descriptor."""
    with socket.socket(fileno=os.dup(conversation.fd)) as ours:
        ours.setsockopt(level, option, value)


def context_of(engine: Engine) -> Context:
    """What all of an engine shares; no test goes inside by another door, and only for what no record says."""
    return engine._context


@contextmanager
def held(engine: Engine) -> Iterator[None]:
    """Keep the engine's thread from doing anything, so that verbs pile up in its queue."""
    entered, gate = threading.Event(), threading.Event()

    def hold() -> None:
        entered.set()
        gate.wait()

    engine.soon(hold)
    assert entered.wait(10)
    try:
        yield
    finally:
        gate.set()


def listen(
    engine: Engine, host: str = V4, port: int = 0, *, echo: bool = False, keep_half_open: bool = False
) -> Listener:
    """A listener of the engine that is ready."""
    request = Listen(Address(host, port), keep_half_open=keep_half_open, **(ECHO if echo else {}))
    listener = engine.listen(request)
    wait_until(lambda: listener.state is not ListenerState.OPENING, what="opened")
    assert listener.state is ListenerState.LISTENING, listener.error
    return listener


def sockaddr_of(bound: Bound) -> tuple[str, int]:
    return bound.address.host, bound.address.port


def port_of(listener: Listener) -> int:
    return sockaddr_of(listener.bound[0])[1]


@contextmanager
def client_of(listener: Listener) -> Iterator[socket.socket]:
    """A peer connected to the first address of a listener."""
    with socket.create_connection(sockaddr_of(listener.bound[0]), timeout=DEADLINE_S) as client:
        yield client


def only_client(listener: Listener) -> Conversation:
    """The conversation of the only client that ever came."""
    wait_until(lambda: listener.clients, what="a client arrived")
    (client,) = listener.clients.values()
    return client


def send_reset(peer: socket.socket) -> None:
    """Close with a reset instead of an end of stream (socket(7), SO_LINGER)."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


def read_exactly(peer: socket.socket, size_bytes: int, at_once: int = 65536) -> bytes:
    received = bytearray()
    while len(received) < size_bytes:
        piece = peer.recv(min(at_once, size_bytes - len(received)))
        if not piece:
            pytest.fail(f"the stream ended after {len(received)} of {size_bytes} bytes")
        received += piece
    return bytes(received)


def read_to_end(peer: socket.socket) -> bytes:
    received = bytearray()
    while piece := peer.recv(65536):
        received += piece
    return bytes(received)


def on_tape(conversation: Conversation, kind: EntryKind) -> bytes:
    """Everything still kept of one direction."""
    tape = conversation.tape
    pieces = (tape.read(record.offset, record.size_bytes) for record in tape.entries(0) if record.kind is kind)
    return b"".join(piece for piece in pieces if piece is not None)


def calls(conversation: Conversation | Listener, name: str) -> list[Call]:
    """The kept calls of one name."""
    return conversation.facts.calls(name)


def all_calls(facts: Facts) -> list[Call]:
    """Everything that was kept, and nothing of it is a refusal."""
    kept = facts.all()
    made = [fact for fact in kept if isinstance(fact, Call)]
    assert made == kept
    return made


def refusals(subject: Conversation | Listener, what: str = "send") -> list[Refusal]:
    """What was kept of what was asked for and not done."""
    return [fact for fact in subject.facts.all() if isinstance(fact, Refusal) and fact.what == what]


def sockets_open() -> set[str]:
    """The sockets that this process holds, each by its inode."""
    return {link for link in _descriptors() if link.startswith("socket:")}


def wait_until_given_back(before: set[str]) -> None:
    """Wait until no socket is open but such as were before, some of which may be closed by now."""
    wait_until(lambda: sockets_open() <= before, what="every descriptor is given back")


def files_open(path: Path) -> int:
    """How many descriptors this process has on a file."""
    return _descriptors().count(str(path))


def descriptors_open() -> int:
    """How many descriptors of any kind this process holds."""
    return len(_descriptors())


def _descriptors() -> list[str]:
    links = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the one that lists them is gone by now
            links.append(str(descriptor.readlink()))
    return links


def a_conversation(tape: Tape | None = None) -> Conversation:
    """A conversation of its own, without an engine."""
    history = TapeMemory(limit_bytes=MIB, limit_each_bytes=MIB)
    return Conversation(1, "test:1", tape or Tape(history), Flow(Meter()))


def interrupted(
    modules: tuple[ModuleType, ...], at_line: int, work: Callable[[], object], interrupt: Callable[[], None]
) -> tuple[object, bool]:
    """Do some work, and something else just before the n-th line of some modules that it runs; tell if it came there.

    What another thread could do between two lines happens for certain, and in this thread.
    """
    lines = itertools.count()
    before, happened = sys.gettrace(), False

    def trace(frame: FrameType, event: str, _: object) -> Trace:
        nonlocal happened
        if event == "line" and not happened and next(lines) == at_line:
            happened = True
            sys.settrace(None)
            interrupt()
        return trace

    files = {module.__file__ for module in modules}
    sys.settrace(lambda frame, event, _: trace if frame.f_code.co_filename in files else None)
    try:
        return work(), happened
    finally:
        sys.settrace(before)


def before_every_line(module: ModuleType, work: Callable[[], object], look: Callable[[], None]) -> None:
    """Do some work, and look before each line of a module that it runs, as another thread might."""
    before = sys.gettrace()

    def trace(frame: FrameType, event: str, _: object) -> Trace:
        if event in ("line", "return"):
            look()
        return trace

    sys.settrace(lambda frame, event, _: trace if frame.f_code.co_filename == module.__file__ else None)
    try:
        work()
    finally:
        sys.settrace(before)


def run_apart(function: Callable[[], None], *, within: tuple[str, ...] = ()) -> None:
    """Run a function in a process of its own, `within` being a command such as unshare; fail as it fails."""
    code = f"from {function.__module__} import {function.__name__} as it; it()"
    command = [*within, sys.executable, "-W", "error", "-c", code]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=40, check=False)
    if ran.returncode or ran.stderr:
        pytest.fail(f"exit {ran.returncode}\n{ran.stdout}{ran.stderr}")


def in_a_network_of_its_own(*setup: str) -> tuple[str, ...]:
    """A command that runs another in an empty network namespace, after some shell commands; skip where forbidden."""
    unshare = "-nm" if os.geteuid() == 0 else "-rnm"
    command = ("unshare", unshare, "sh", "-ec", "\n".join([*setup, 'exec "$@"']), "sh")
    tried = subprocess.run([*command, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"no network namespace here: {tried.stderr.strip()}")
    return command


def ended(conversation: Conversation) -> Callable[[], bool]:
    """What to wait for until a conversation is over."""
    return lambda: not conversation.state.live


def stall(engine: Engine, conversation: Conversation, size_bytes: int) -> None:
    """Send more than the kernel takes to a peer that does not read; wait until it takes no more.

    The kernel lets its buffers grow while they fill, so it counts once nothing was taken for STALLED_NS.
    """
    engine.send(conversation, bytes(size_bytes))
    wait_until(lambda: 0 < conversation.outgoing.blocked_at_ns < now_ns() - STALLED_NS, what="stalled")
    assert conversation.outgoing.queued_bytes


def wait_s(seconds: float) -> None:
    """Let the engine go on for a while, to see that nothing happens."""
    ends = time.monotonic() + seconds
    wait_until(lambda: time.monotonic() > ends)
