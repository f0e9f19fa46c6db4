"""What the kernel tells of its queues: they are filled for real, and it tells nothing where it knows nothing."""

import socket
import struct
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from sockscope.engine.kernel import queues as kernel_queue
from sockscope.engine.kernel.queues import accept_queue, dropped_datagrams
from tests.conftest import wait_until
from tests.engine.loopback import V4, both_families, connected_pair, family_of, listening


@both_families
def test_clients_that_wait_for_accept_are_told_of_with_the_limit(host: str) -> None:
    with listening(host, backlog=3) as server, ExitStack() as stack:
        assert accept_queue(server) == (0, 3)
        for waiting in range(1, 5):  # one more than the limit
            stack.enter_context(socket.create_connection(server.getsockname()[:2], timeout=5))
            wait_until(lambda waiting=waiting: accept_queue(server) == (waiting, 3))
        accepted, _ = server.accept()
        accepted.close()
        assert accept_queue(server) == (3, 3)


def test_clients_of_a_unix_socket_that_wait_for_accept_are_told_of(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as server, ExitStack() as stack:
        server.bind(path)
        server.listen(2)
        assert accept_queue(server) == (0, 2)
        for waiting in range(1, 4):
            client = stack.enter_context(socket.socket(socket.AF_UNIX))
            client.setblocking(False)
            client.connect(path)
            assert accept_queue(server) == (waiting, 2)
        with socket.socket(socket.AF_UNIX) as refused, pytest.raises(BlockingIOError):
            refused.setblocking(False)
            refused.connect(path)
        accepted, _ = server.accept()
        accepted.close()
        assert accept_queue(server) == (2, 2)


def test_a_socket_that_does_not_listen_has_no_queue() -> None:
    with connected_pair() as (one, other):
        other.sendall(b"unread")
        assert (accept_queue(one), accept_queue(other)) == (None, None)
    one, other = socket.socketpair()
    with one, other:
        other.sendall(b"unread")
        assert (accept_queue(one), accept_queue(other)) == (None, None)
    with socket.socket() as new, socket.socket(socket.AF_UNIX) as new_unix:
        assert (accept_queue(new), accept_queue(new_unix)) == (None, None)
    with socket.socket(type=socket.SOCK_DGRAM) as udp, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as unix:
        assert (accept_queue(udp), accept_queue(unix)) == (None, None)


def test_a_closed_socket_has_neither() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as udp, socket.socket() as tcp, socket.socket(socket.AF_UNIX) as unix:
        pass
    assert (accept_queue(tcp), accept_queue(unix), dropped_datagrams(udp)) == (None, None, None)


def test_asking_for_a_unix_socket_leaves_no_descriptor_open(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        server.listen(1)
        before = set(Path("/proc/self/fd").iterdir())
        accept_queue(server)
        assert set(Path("/proc/self/fd").iterdir()) == before


RQLEN = b"\x0c\0\x04\0\x07\0\0\0\x09\0\0\0"


def answer_of(kind: int, state: int) -> bytes:
    """A netlink message that tells of seven waiting, of nine."""
    message = struct.pack("=BBBBIII", socket.AF_UNIX, socket.SOCK_STREAM, state, 0, 1, 0, 0) + RQLEN
    return struct.pack("=IHHII", 16 + len(message), kind, 0, 1, 0) + message


@pytest.mark.parametrize(
    "answer", [b"", b"short", bytes(16), answer_of(2, 10), answer_of(20, 1), answer_of(20, 10)[:-1]]
)
def test_an_odd_answer_of_the_kernel_tells_nothing(monkeypatch: pytest.MonkeyPatch, answer: bytes) -> None:
    class Odd(socket.socket):
        def recv(self, *_: int) -> bytes:
            return answer

    with socket.socket(socket.AF_UNIX) as server:
        server.bind("")
        server.listen(1)
        assert accept_queue(server) == (0, 1)
        monkeypatch.setattr(socket, "socket", Odd)
        assert accept_queue(server) is None


@pytest.mark.parametrize(
    ("attributes", "told"),
    [
        (b"", None),
        (b"\0\0\0\0" * 3, None),  # of no length: read on all the same
        (b"\x05\0\x06\0\x01\0\0\0" + RQLEN, (7, 9)),
    ],
)
def test_the_queue_is_found_among_other_attributes(attributes: bytes, told: tuple[int, int] | None) -> None:
    assert kernel_queue._rqlen(attributes) == told


@both_families
def test_datagrams_that_did_not_fit_are_counted(host: str) -> None:
    with socket.socket(family_of(host), socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.bind((host, 0))
        assert dropped_datagrams(sock) == 0
        for _ in range(40):
            sock.sendto(b"x" * 500, sock.getsockname())
        wait_until(lambda: dropped_datagrams(sock))
        sock.setblocking(False)
        received = 0
        while True:
            try:
                sock.recv(500)
            except BlockingIOError:
                break
            received += 1
        assert received > 0
        assert dropped_datagrams(sock) == 40 - received


def test_sockets_that_drop_no_datagrams_have_no_number() -> None:
    with socket.socket() as tcp, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as unix:
        assert (dropped_datagrams(tcp), dropped_datagrams(unix)) == (None, None)


def test_another_system_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(V4) as server, socket.socket(type=socket.SOCK_DGRAM) as udp:
        assert (accept_queue(server), dropped_datagrams(udp)) == ((0, 16), 0)
        monkeypatch.setattr(sys, "platform", "darwin")
        assert (accept_queue(server), dropped_datagrams(udp)) == (None, None)
